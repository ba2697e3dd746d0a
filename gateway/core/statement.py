"""Statements: what is signed, and the lines that are sealed with it.

Owns the payload of a statement, its strict reading, and how statement, texts and evidence become
one plaintext. Leaves to others: the bodies (bodies), signatures (flow asks the key agent), the
envelope around it (envelope), what a text says (schemas).

Ruled by docs/spec/wire.md, sections 4 and 5.

Stays true:
  * What is laid out here is read back by the same rules before it is handed to be signed.
  * A plaintext has one form: its lines, then as many spaces as its size step asks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.bodies import (
    DIGEST,
    KINDS,
    WITH_TEXTS,
    Body,
    Texts,
    body_members,
    parse_body,
)
from gateway.core.errors import GatewayError, Malformed
from gateway.core.ids import PartnerId, is_name
from gateway.core.limits import WIRE, WireLimits
from keys import jws
from keys.errors import KeysError, NotStrict
from keys.jws import Signed, Signer, Unsigned
from keys.ring import Ring
from keys.strict import compact, integer, members, strict_json, text
from keys.suite import digest

STATEMENT_TYP: Final = "xg-statement+jws"
STATEMENT_MEMBERS: Final = (
    *("v", "iss", "aud", "rk", "ep", "seq", "prev"),
    *("iat", "exp", "kind", "agr", "pur", "body"),
)
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PURPOSE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SMALL_STEPS = (8 * 1024, 16 * 1024, 32 * 1024, 64 * 1024)
_CONTROLS = bytes(range(0x20))
# The most that a statement line takes: headers, signatures and members, then 43 characters,
# quotes and comma per text, all of it in base64url.
_STATEMENT_BYTES = 8 * 1024
_DIGEST_BYTES = 64


class MalformedStatement(Malformed):
    """A signed payload is not a statement."""

    code = "malformed-statement"


class MalformedLines(Malformed):
    """A plaintext is not lines and padding as they must be."""

    code = "malformed-lines"


class EvidenceRefused(GatewayError):
    """The originator's statement does not prove where this text comes from."""

    code = "evidence-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one gateway says to another, once, at one place of their sequence."""

    iss: PartnerId
    aud: PartnerId
    rk: str
    ep: int
    seq: int
    prev: str | None
    iat: int
    exp: int
    kind: str
    agr: str | None
    pur: str | None
    body: Body


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a plaintext, without their line ends."""

    statement: bytes
    rest: tuple[bytes, ...]  # texts, then evidence


def lay_out(statement: Statement, signers: Sequence[Signer]) -> Unsigned:
    """Return the statement for its signers. Raises MalformedStatement for one nobody would take."""
    payload = compact(_members_of(statement))
    parse_payload(payload)
    return Unsigned(STATEMENT_TYP, payload, tuple(signers))


def parse(line: bytes) -> Signed:
    """Return the signed text in a statement line; no signature is verified.

    Raises MalformedStatement.
    """
    try:
        return jws.parse(line, STATEMENT_TYP)
    except KeysError as fault:
        raise MalformedStatement from fault


def parse_payload(payload: bytes) -> Statement:
    """Return the statement in a payload. Says nothing about whether it is believed."""
    try:
        return _statement(members(strict_json(payload), *STATEMENT_MEMBERS))
    except NotStrict as fault:
        raise MalformedStatement(fault.detail) from fault


def plaintext(
    line: bytes,
    texts: Sequence[bytes],
    evidence: Sequence[bytes] = (),
    limits: WireLimits = WIRE,
) -> bytes:
    """Return statement, texts and evidence as lines, filled with spaces to their size step.

    Raises MalformedLines for what `split` would refuse.
    """
    lines = b"".join(one + b"\n" for one in (line, *texts, *evidence))
    filled = lines.ljust(padded_size(len(lines)))
    split(filled, limits)
    return filled


def split(filled: bytes, limits: WireLimits = WIRE) -> Lines:
    """Return the lines of a plaintext. Raises MalformedLines."""
    end = filled.rfind(b"\n") + 1
    if filled[end:].strip(b" ") or len(filled) != padded_size(end):
        raise MalformedLines("padding")
    if len(filled) > limits.max_plaintext_bytes:
        raise MalformedLines("size")
    line, *rest = filled[: end - 1].split(b"\n") if end else [b""]
    if not line or len(rest) > 2 * limits.max_texts:
        raise MalformedLines("number of lines")
    if not all(0 < len(one) <= limits.max_record_text_bytes for one in rest):
        raise MalformedLines("length of a line")
    if any(len(one.translate(None, _CONTROLS)) != len(one) for one in (line, *rest)):
        raise MalformedLines("a byte below 0x20")
    return Lines(line, tuple(rest))


def padded_size(size: int) -> int:
    """Return the step that `size` bytes are filled to: 8, 16, 32, 64 KiB and its multiples."""
    for step in _SMALL_STEPS:
        if size <= step:
            return step
    return -(-size // _SMALL_STEPS[-1]) * _SMALL_STEPS[-1]


def fitting(
    texts: Sequence[bytes],
    evidence: Sequence[bytes] = (),
    limits: WireLimits = WIRE,
) -> int:
    """Return how many of the first `texts` one statement can carry beside all of `evidence`."""
    left = limits.max_plaintext_bytes - _STATEMENT_BYTES
    left -= sum(len(one) + 1 + _DIGEST_BYTES for one in evidence)
    count = 0
    for one in texts[: limits.max_texts]:
        left -= len(one) + 1 + _DIGEST_BYTES
        if left < 0 or len(one) > limits.max_record_text_bytes:
            break
        count += 1
    return count


def check_evidence(line: bytes, record_text: bytes, ring: Ring) -> Statement:
    """Return the originator's statement if it proves that `record_text` is the originator's.

    Checks both signatures by keys of `ring` and that the statement names the text; to whom,
    when and at which place it was said is no matter. Raises EvidenceRefused.
    """
    try:
        signed = parse(line)
        ring.verify(signed)
        statement = parse_payload(signed.payload)
    except (KeysError, Malformed) as fault:
        raise EvidenceRefused from fault
    body = statement.body
    if not isinstance(body, Texts) or digest(record_text) not in body.items:
        raise EvidenceRefused
    return statement


def _members_of(statement: Statement) -> dict[str, Any]:
    values = {name: getattr(statement, name, None) for name in STATEMENT_MEMBERS}
    return values | {"v": 1, "body": body_members(statement.body)}


def _statement(found: dict[str, Any]) -> Statement:
    if integer(found["v"]) != 1:
        raise NotStrict("not version 1")
    kind = text(found["kind"], _KIND)
    seq = integer(found["seq"], 1)
    prev = found["prev"]
    if prev is not None or seq > 1:
        text(prev, DIGEST)
    iat = integer(found["iat"])
    _demand_basis(kind, found["agr"], found["pur"])
    return Statement(
        iss=_partner(found["iss"]),
        aud=_partner(found["aud"]),
        rk=text(found["rk"], DIGEST),
        ep=integer(found["ep"], 1),
        seq=seq,
        prev=prev,
        iat=iat,
        exp=integer(found["exp"], iat + 1),
        kind=kind,
        agr=found["agr"],
        pur=found["pur"],
        body=parse_body(kind, found["body"]),
    )


def _demand_basis(kind: str, agreement: object, purpose: object) -> None:
    """Demand that records and notices name an agreement and a purpose, the other kinds neither.

    A kind that we do not know may do either.
    """
    if (agreement is None) != (purpose is None):
        raise NotStrict("agreement and purpose stand together")
    if agreement is None:
        if kind in WITH_TEXTS:
            raise NotStrict("records and notices name their agreement")
        return
    if kind in KINDS - WITH_TEXTS:
        raise NotStrict("this kind has no agreement")
    _partner(agreement)  # the same grammar
    text(purpose, _PURPOSE)


def _partner(value: object) -> PartnerId:
    if not isinstance(value, str) or not is_name(value):
        raise NotStrict("not an id")
    return PartnerId(value)
