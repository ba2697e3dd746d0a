"""Passkeys (WebAuthn level 3): what a browser is asked, and whether its answer is right.

Owns the cryptography of an answer. Leaves to others which challenge is fresh, whose a passkey is,
and where its public key is kept. No attestation is asked for: any authenticator will do that
verifies its user, by a PIN, a finger or a face.

Stays true:
  * Only an answer for this host, from a page of this origin, and with its user verified counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from keys.errors import KeysError
from keys.suite import b64, unb64

_LONGEST: Final = 16 * 1024


class PasskeyRefused(KeysError):
    """An answer of an authenticator that is none, or not to this question."""

    code = "passkey-refused"


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept of one: its id and its public key (COSE), and how often it says it signed."""

    id: str
    public_key: bytes
    count: int


def to_register(challenge: str, person: str, host: str, gateway: str, known: Sequence[str]) -> str:
    """Return what a browser is asked to make a passkey, in JSON; none of `known` once more."""
    # The library takes half a second to load: only who uses passkeys pays.
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=gateway,
        user_name=person,
        user_id=person.encode(),
        challenge=challenge.encode(),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(unb64(one)) for one in known],
    )
    return webauthn.options_to_json(options)


def to_sign_in(challenge: str, host: str) -> str:
    """Return what a browser is asked to sign in with a passkey, in JSON."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = webauthn.generate_authentication_options(
        rp_id=host,
        challenge=challenge.encode(),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def id_and_challenge(answer: str) -> tuple[str, str]:
    """Return which passkey an answer is of, and to which question. Raises PasskeyRefused.

    Nothing of it is believed yet.
    """
    try:
        read: dict[str, Any] = json.loads(answer) if len(answer) <= _LONGEST else {}
        client = json.loads(unb64(read["response"]["clientDataJSON"]))
        return b64(unb64(read["rawId"])), unb64(client["challenge"]).decode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, KeysError):
        raise PasskeyRefused("not an answer of an authenticator") from None


def registered(answer: str, challenge: str, host: str, origin: str) -> Passkey:
    """Return the passkey that was made. Raises PasskeyRefused."""
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyRefused("not a new passkey for this gateway") from None
    return Passkey(b64(found.credential_id), found.credential_public_key, found.sign_count)


def signed(answer: str, challenge: str, host: str, origin: str, known: Passkey) -> int:
    """Return how often a passkey says it signed, once its answer is verified.

    Raises PasskeyRefused, also when it counts backwards, as a copy would.
    """
    import webauthn  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise PasskeyRefused("not signed by this passkey for this gateway") from None
    return found.new_sign_count
