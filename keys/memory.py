"""Keys of a gateway that keeps none: everything derived from one seed, nothing on disk.

For simulated partners and published vectors. A gateway that runs keeps its keys in a folder
(files); nothing in the service makes one of these.
"""

from __future__ import annotations

import hashlib

from keys.agent import LocalKeyAgent
from keys.audit import AuditKeys
from keys.errors import NotHeldHere
from keys.ring import ACTIVE, SEAL, SIGN, RingKey
from keys.suite import ED25519, HPKE_10_KE, ML_DSA_65, public_of

_USES = {ED25519: SIGN, ML_DSA_65: SIGN, HPKE_10_KE: SEAL}


class MemoryKeys:
    """Both key groups, derived from `seed`: the same seed, the same keys."""

    def __init__(self, seed: bytes, *, not_before: int | None = None) -> None:
        self._seed = seed
        self._seeds = {alg: self._derived(f"private {alg}") for alg in _USES}
        self._keys = [
            RingKey(
                key=public_of(alg, self._seeds[alg]), use=use, state=ACTIVE, not_before=not_before
            )
            for alg, use in _USES.items()
        ]

    def agent(self) -> LocalKeyAgent:
        """Return an agent that holds both groups, and the public half of an audit key."""
        return LocalKeyAgent(self, self, public_of(HPKE_10_KE, self._derived("audit")))

    def audit(self) -> AuditKeys:
        """Return the audit key as two people would open it."""
        seed = self._derived("audit")
        return AuditKeys({public_of(HPKE_10_KE, seed).kid: seed}, ("dpo-1", "auditor-2"))

    def public_keys(self) -> list[RingKey]:
        """Return the three public halves: Ed25519, ML-DSA-65, HPKE-10-KE."""
        return list(self._keys)

    def seed(self, kid: str) -> tuple[str, bytes]:
        """Return the algorithm and the private key of `kid`."""
        for one in self._keys:
            if one.key.kid == kid:
                return one.key.alg, self._seeds[one.key.alg]
        raise NotHeldHere

    def kek(self, origin: str, *, make: bool) -> bytes:  # noqa: ARG002 - always there
        """Return the key that wraps the data keys of `origin`."""
        return self._derived(f"kek {origin}")

    def tag_root(self) -> bytes:
        """Return the secret from which the tag keys are derived."""
        return self._derived("tags")

    def _derived(self, name: str) -> bytes:
        return hashlib.sha256(self._seed + b"\x1f" + name.encode()).digest()
