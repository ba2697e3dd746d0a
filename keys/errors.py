"""What keys refuse, and why: a class per reason, a stable code, how to mend it.

Stays true: no message holds key material, a passphrase or anything that was signed or sealed.
"""

from __future__ import annotations

from typing import ClassVar


class KeysError(Exception):
    """Base of everything this package refuses on purpose."""

    code: ClassVar[str] = "keys-error"
    hint: ClassVar[str] = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or self.code).strip().splitlines()[0])

    @property
    def detail(self) -> str:
        """One sentence, safe to show to a stranger."""
        return str(self)


class NotStrict(KeysError):
    """Not JSON as the wire format allows it."""

    code = "not-strict-json"
    hint = "UTF-8, no member twice, integers up to 2^53-1 only, at most 32 levels."


class NotEncoded(KeysError):
    """Not unpadded base64url in its only form, or of the wrong length."""

    code = "not-base64url"


class NotExact(KeysError):
    """A signed text does not have its exact form."""

    code = "not-exact-form"


class KeyRefused(KeysError):
    """A public key that must not be enrolled."""

    code = "key-refused"
    hint = "Ask the partner for a freshly made key."


class SignatureWrong(KeysError):
    """A signature does not verify."""

    code = "signature-wrong"


class SignerUnknown(KeysError):
    """The signing key belongs to no ring that we have confirmed."""

    code = "signer-unknown"
    hint = "Confirm the partner's new card by its fingerprint."


class SignerRevoked(KeysError):
    """The signing key has been revoked; nothing signed by it is taken in, whatever its date."""

    code = "signer-revoked"


class SignerOutOfDate(KeysError):
    """The signing key was not valid at the time the statement gives."""

    code = "signer-out-of-date"


class NoKey(KeysError):
    """The ring holds no key that may be used for this now."""

    code = "no-key"
    hint = "Make or confirm a new key."


class CannotOpen(KeysError):
    """What was sealed does not open with this key."""

    code = "cannot-open"


class NotHeldHere(KeysError):
    """No key for that is held here: keys that sign and open live in the worker only."""

    code = "key-not-held"


class LoosePermissions(KeysError):
    """A file or folder with keys can be read by others."""

    code = "loose-permissions"


class KeyFolderBroken(KeysError):
    """A key folder or one of its files is missing, damaged or of another gateway."""

    code = "key-folder-broken"


class PassphraseWrong(KeysError):
    """The passphrase does not open this key folder."""

    code = "passphrase-wrong"


class PassphraseRefused(KeysError):
    """The passphrase cannot be read or is too short."""

    code = "passphrase-refused"
    hint = "Put at least 16 characters into a file that only the gateway's account can read."


class CardRefused(KeysError):
    """A partner card that does not hold what it must, or is not signed as it must be."""

    code = "card-refused"
