"""Which of the keys of one owner may do what, and when. Pure.

A ring holds the public halves of one gateway's keys, ours or a partner's, in the states
next, active, retired, revoked and destroyed. Leaves to others: where the states are kept, who
changes them, and the private halves.

Ruled by docs/spec/wire.md, sections 7 and 10.

Stays true:
  * Nothing signed by a revoked key verifies, whatever date it gives: a thief writes any date.
  * Records are sealed only to a key whose owner has shown that it opens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from keys.errors import NoKey, SignatureWrong, SignerOutOfDate, SignerRevoked, SignerUnknown
from keys.jws import Signed, Signer
from keys.suite import DEFAULT_SUITE, SUITES, PublicKey, Suite, verify

SIGN: Final = "sign"
SEAL: Final = "seal"
NEXT: Final = "next"
ACTIVE: Final = "active"
RETIRED: Final = "retired"
REVOKED: Final = "revoked"
DESTROYED: Final = "destroyed"
STATES: Final = frozenset({NEXT, ACTIVE, RETIRED, REVOKED, DESTROYED})
SEALED_TO_SECONDS: Final = 90 * 24 * 3600
OPEN_AFTER_SECONDS: Final = 31 * 24 * 3600  # longer than an envelope may be under way


@dataclass(frozen=True, slots=True, kw_only=True)
class RingKey:
    """A public key in its state. Times in seconds since 1970; None: no bound.

    For a sealing key `not_after` ends sealing; opening goes on for `OPEN_AFTER_SECONDS`.
    `confirmed` says that the owner has shown possession.
    """

    key: PublicKey
    use: str
    state: str
    not_before: int | None = None
    not_after: int | None = None
    revoked_at: int | None = None
    confirmed: bool = True

    @property
    def revoked(self) -> bool:
        """Whether nothing by this key counts any more."""
        return self.state == REVOKED or self.revoked_at is not None

    def covers(self, moment: int) -> bool:
        """Return whether `moment` lies within the key's dates."""
        return (self.not_before is None or self.not_before <= moment) and (
            self.not_after is None or moment < self.not_after
        )


class Ring:
    """All keys of one owner."""

    def __init__(self, keys: Iterable[RingKey], *, suite: Suite = SUITES[DEFAULT_SUITE]) -> None:
        self._keys = {one.key.kid: one for one in keys}
        self._suite = suite

    def signers(self, now: int) -> tuple[Signer, Signer]:
        """Return the pair to sign with. Raises NoKey."""
        ed25519, ml_dsa = (self._signer(alg, now) for alg in self._suite.signatures)
        return ed25519, ml_dsa

    def recipient(self, now: int) -> PublicKey:
        """Return the newest confirmed key to seal to. Raises NoKey."""
        usable = [one for one in self._sealing(now) if one.confirmed]
        if not usable:
            raise NoKey("no sealing key is active, confirmed and within its dates")
        return max(usable, key=_age_order).key

    def unconfirmed(self, now: int) -> list[PublicKey]:
        """Return the sealing keys whose owner has not yet shown that they open."""
        return [one.key for one in self._sealing(now) if not one.confirmed]

    def may_open(self, kid: str, now: int) -> bool:
        """Return whether what was sealed to `kid` may still be opened."""
        one = self._keys.get(kid)
        return (
            one is not None
            and one.use == SEAL
            and one.state in (NEXT, ACTIVE, RETIRED)
            and not one.revoked
            and (one.not_after is None or now < one.not_after + OPEN_AFTER_SECONDS)
        )

    def open_kids(self, now: int) -> frozenset[str]:
        """Return the ids of all keys that `may_open`."""
        return frozenset(kid for kid in self._keys if self.may_open(kid, now))

    def verifier(self, kid: str) -> RingKey:
        """Return the signing key `kid`. Raises SignerUnknown, SignerRevoked.

        A key in state next is unknown still: its owner may not sign with it yet.
        """
        one = self._keys.get(kid)
        if one is None or one.use != SIGN or (one.state == NEXT and not one.revoked):
            raise SignerUnknown
        if one.revoked:
            raise SignerRevoked
        return one

    def verify(self, signed: Signed) -> tuple[RingKey, ...]:
        """Return the keys that signed, once every signature has been verified.

        Their dates are not looked at: `demand_valid_at`, when the payload has given its own.
        """
        keys = tuple(self.verifier(one.signer.kid) for one in signed.signatures)
        for key, one in zip(keys, signed.signatures, strict=True):
            if key.key.alg != one.signer.alg:
                raise SignatureWrong
            verify(key.key, one.value, one.signed)
        return keys

    def _signer(self, alg: str, now: int) -> Signer:
        usable = [
            one
            for one in self._keys.values()
            if one.use == SIGN
            and one.key.alg == alg
            and one.state == ACTIVE
            and not one.revoked
            and one.covers(now)
        ]
        if not usable:
            raise NoKey(f"no {alg} key is active and within its dates")
        return Signer(alg, max(usable, key=_age_order).key.kid)

    def _sealing(self, now: int) -> list[RingKey]:
        return [
            one
            for one in self._keys.values()
            if one.use == SEAL
            and one.key.alg == self._suite.key_management
            and one.state == ACTIVE
            and not one.revoked
            and one.covers(now)
        ]


def demand_valid_at(keys: Iterable[RingKey], moment: int) -> None:
    """Raise SignerOutOfDate unless every key was valid at `moment`."""
    if not all(one.covers(moment) for one in keys):
        raise SignerOutOfDate


def _age_order(one: RingKey) -> tuple[int, str]:
    return one.not_before or 0, one.key.kid
