"""The port behind which private keys live, and the agent that holds them in this process.

Every call takes and gives lists, so that an agent in a process of its own costs one round trip
per batch. Leaves to others: which key may be used when (ring), where keys are kept (files).

Stays true:
  * Private keys, key-encryption keys and tag keys never leave an agent.
  * Who holds the storage group only can neither sign nor open envelopes.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys import suite
from keys.errors import CannotOpen, NotHeldHere
from keys.jws import Signer, ToSign
from keys.ring import Ring, RingKey
from keys.suite import Encapsulated, PublicKey

_TAG_INFO: Final = b"exchange-gateway tag\x1f"


class KeyAgent(Protocol):
    """Signs, opens, wraps, unwraps and tags."""

    def public_keys(self) -> list[RingKey]:
        """Return the public halves of all our keys, whatever their state."""

    def signers(self, now: int) -> tuple[Signer, Signer]:
        """Return the pair of keys that signs at `now`. Raises NoKey, NotHeldHere."""

    def sign(self, messages: Sequence[Sequence[ToSign]]) -> list[tuple[bytes, ...]]:
        """Return the signatures of each message, in the order asked. Raises NotHeldHere."""

    def open(self, requests: Sequence[Encapsulated]) -> list[bytes | None]:
        """Return the content keys; None for one that does not open. Raises NotHeldHere."""

    def wrap(self, origin: str, data_keys: Sequence[bytes]) -> list[bytes]:
        """Return data keys wrapped by the key of `origin`, which is made when first used."""

    def unwrap(self, origin: str, wrapped: Sequence[bytes]) -> list[bytes]:
        """Return what `wrap` wrapped. Raises CannotOpen, KeyFolderBroken."""

    def tag(self, purpose: str, values: Sequence[bytes]) -> list[str]:
        """Return a keyed tag of 43 characters for each value; other purposes, other tags."""

    def audit_key(self) -> PublicKey:
        """Return the key that only two people can open, to seal to. Raises NotHeldHere."""


class StorageKeys(Protocol):
    """What protects the store at rest."""

    def kek(self, origin: str, *, make: bool) -> bytes:
        """Return the key that wraps the data keys of `origin`."""

    def tag_root(self) -> bytes:
        """Return the secret from which the tag keys are derived."""


class SigningKeys(Protocol):
    """What speaks for this gateway towards partners."""

    def public_keys(self) -> list[RingKey]:
        """Return all public halves."""

    def seed(self, kid: str) -> tuple[str, bytes]:
        """Return the algorithm and the private key of `kid`. Raises NotHeldHere."""


class LocalKeyAgent:
    """Keys in this process: the storage group, and in the worker the signing group too."""

    def __init__(
        self,
        storage: StorageKeys,
        signing: SigningKeys | None = None,
        audit: PublicKey | None = None,
    ) -> None:
        self._storage = storage
        self._signing = signing
        self._audit = audit
        self._tag_keys: dict[str, bytes] = {}

    def public_keys(self) -> list[RingKey]:
        """Return the public halves of the signing group."""
        return self._demand_signing().public_keys()

    def signers(self, now: int) -> tuple[Signer, Signer]:
        """Return the pair of keys that signs at `now`."""
        return Ring(self.public_keys()).signers(now)

    def sign(self, messages: Sequence[Sequence[ToSign]]) -> list[tuple[bytes, ...]]:
        """Return the signatures of each message, in the order asked."""
        signing = self._demand_signing()
        return [
            tuple(suite.sign(*signing.seed(part.kid), part.signed) for part in message)
            for message in messages
        ]

    def open(self, requests: Sequence[Encapsulated]) -> list[bytes | None]:
        """Return the content keys; None for one that does not open."""
        signing = self._demand_signing()
        return [_opened(signing, request) for request in requests]

    def wrap(self, origin: str, data_keys: Sequence[bytes]) -> list[bytes]:
        """Return data keys wrapped by the key of `origin`, made when first used."""
        kek = self._storage.kek(origin, make=True)
        return [suite.wrap_key(kek, one) for one in data_keys]

    def unwrap(self, origin: str, wrapped: Sequence[bytes]) -> list[bytes]:
        """Return what `wrap` wrapped; never makes a key."""
        kek = self._storage.kek(origin, make=False)
        return [suite.unwrap_key(kek, one) for one in wrapped]

    def tag(self, purpose: str, values: Sequence[bytes]) -> list[str]:
        """Return a keyed tag for each value."""
        key = self._tag_keys.get(purpose)
        if key is None:
            kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_TAG_INFO + purpose.encode())
            key = self._tag_keys[purpose] = kdf.derive(self._storage.tag_root())
        return [suite.b64(hmac.digest(key, value, "sha256")) for value in values]

    def audit_key(self) -> PublicKey:
        """Return the public half; the private one is in no agent."""
        if self._audit is None:
            raise NotHeldHere("the public half of the audit key was not given to this process")
        return self._audit

    def _demand_signing(self) -> SigningKeys:
        if self._signing is None:
            raise NotHeldHere
        return self._signing


def _opened(signing: SigningKeys, request: Encapsulated) -> bytes | None:
    try:
        alg, seed = signing.seed(request.kid)
        if alg != suite.HPKE_10_KE:
            return None
        return suite.decapsulate(seed, request.ek, request.encrypted_key)
    except (CannotOpen, NotHeldHere):
        # One bad envelope stops no other, and looks the same whatever was wrong with it.
        return None
