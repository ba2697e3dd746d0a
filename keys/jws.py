"""Signed texts: a JWS in General JSON Serialization, in exact form, with pairs of signatures.

Owns how statements, receipts and cards look around their payload (docs/spec/wire.md, section 4).
Leaves to others: whose keys may have signed (ring, trust) and what the payload says.

Stays true:
  * A text that parses is byte for byte what `assemble` would write; there is no second form.
  * Parsing believes nothing: no signature is checked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from keys.errors import NotEncoded, NotExact, NotStrict
from keys.strict import compact, strict_json
from keys.suite import DEFAULT_SUITE, SIGNATURE_BYTES, SUITES, Suite, b64, unb64

KID_BYTES: Final = 32


class Signer(NamedTuple):
    """The key that shall sign: its algorithm and id."""

    alg: str
    kid: str


class ToSign(NamedTuple):
    """What the key `kid` is asked to sign."""

    kid: str
    signed: bytes


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A payload laid out for its signers, in pairs: Ed25519, then ML-DSA-65."""

    typ: str
    payload: bytes = field(repr=False)
    signers: tuple[Signer, ...]

    def to_sign(self) -> tuple[ToSign, ...]:
        """Return what each signer signs, in order."""
        payload = b64(self.payload)
        return tuple(
            ToSign(signer.kid, f"{_protected(self.typ, signer)}.{payload}".encode())
            for signer in self.signers
        )

    def assemble(self, signatures: Sequence[bytes]) -> bytes:
        """Return the signed text; `signatures` are in the order of `to_sign`."""
        entries = [
            {"protected": _protected(self.typ, signer), "signature": b64(signature)}
            for signer, signature in zip(self.signers, signatures, strict=True)
        ]
        return compact({"payload": b64(self.payload), "signatures": entries})


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature as found: not verified."""

    signer: Signer
    value: bytes = field(repr=False)
    signed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed text of exact form: not verified."""

    raw: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signatures: tuple[Signature, ...]


def parse(
    raw: bytes, typ: str, *, most_pairs: int = 1, suite: Suite = SUITES[DEFAULT_SUITE]
) -> Signed:
    """Return the parts of a signed text of type `typ` with 1 to `most_pairs` pairs.

    Raises NotExact unless every byte is as the form prescribes.
    """
    try:
        text = strict_json(raw, max_depth=4)
        payload, entries = text["payload"], text["signatures"]
        if not 1 <= len(entries) // 2 <= most_pairs or len(entries) % 2:
            raise NotExact
        signatures = tuple(
            _signature(entry, typ, suite.signatures[place % 2], payload)
            for place, entry in enumerate(entries)
        )
        signed = Signed(raw, unb64(payload), signatures)
    except (NotStrict, NotEncoded, KeyError, TypeError, AttributeError):
        raise NotExact from None
    unsigned = Unsigned(typ, signed.payload, tuple(one.signer for one in signatures))
    if unsigned.assemble([one.value for one in signatures]) != raw:
        raise NotExact
    return signed


def _protected(typ: str, signer: Signer) -> str:
    return b64(compact({"alg": signer.alg, "kid": signer.kid, "typ": typ}))


def _signature(entry: Any, typ: str, alg: str, payload: str) -> Signature:
    """Take one entry apart; whoever calls compares the whole text afterwards."""
    protected = entry["protected"]
    signer = Signer(alg, strict_json(unb64(protected), max_depth=1)["kid"])
    unb64(signer.kid, KID_BYTES)
    if protected != _protected(typ, signer):
        raise NotExact
    value = unb64(entry["signature"], SIGNATURE_BYTES[alg])
    return Signature(signer, value, f"{protected}.{payload}".encode())
