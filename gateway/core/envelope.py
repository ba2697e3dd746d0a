"""Envelopes: laid out from what the key agent and the suite gave, and examined step by step.

Owns every decision between "bytes from a partner" and "a statement we believe". Leaves to
others: what one record may do (core.policy), storing, and private keys.

Ruled by docs/spec/wire.md, section 6. The numbers are the same here:

    examine   (1) size  (3) strict JSON  (4) exact form  (5) parties  (6) agreement
              (7) rd  (8) our key  (9) suite
    believe   (10) open  (11) lines  (12) signatures  (13) payload equals aad  (14) dates
              (15) agreement covers  (16) sequence  (17) digests

The caller owes (2), whether these bytes are known, before (3); after (9) that the bytes are
durable; after (17) the commit and the receipt; then (18) to (20) for each record.

Stays true:
  * Nothing is believed before both signatures have verified.
  * Each step refuses with a class of its own; what a stranger is told does not depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core import steps
from gateway.core.bodies import DIGEST, NOTICE, OtherBody, Texts
from gateway.core.ids import PartnerId, is_name
from gateway.core.limits import WIRE, WireLimits
from gateway.core.statement import (
    Lines,
    MalformedLines,
    MalformedStatement,
    Statement,
    padded_size,
    parse,
    parse_payload,
    split,
)
from keys.errors import CannotOpen, KeysError, NotStrict
from keys.ring import Ring, demand_valid_at
from keys.strict import compact, integer, members, strict_json, text
from keys.suite import (
    CONTENT,
    IV_BYTES,
    SUITES,
    TAG_BYTES,
    Encapsulated,
    Suite,
    b64,
    close_content,
    digest,
    open_content,
    unb64,
)

ENVELOPE_MEDIA_TYPE: Final = "application/vnd.exchange-gateway.envelope+json"
_PROTECTED: Final = b64(compact({"enc": CONTENT, "typ": "xg-envelope+jwe", "cty": "xg-lines"}))
_OUTSIDE: Final = ("v", "iss", "aud", "ep", "seq", "exp", "rd")
_ALG = re.compile(r"[A-Za-z0-9+-]{1,32}")


@dataclass(frozen=True, slots=True)
class Sender:
    """What configuration says about a partner that may have sent an envelope."""

    suite: str
    agreement: bool  # there is one, active or ended
    carriers: frozenset[str] = frozenset()  # partners that may bring its envelopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What is known, without any private key, where bytes come in."""

    peer: str  # the partner at the other end of the connection
    us: str
    partners: Mapping[str, Sender]
    open_kids: frozenset[str]  # our sealing keys that still open


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """An envelope that passed (1) to (9). Its outside is claimed, not yet believed."""

    digest: str
    iss: PartnerId
    aud: PartnerId
    ep: int
    seq: int
    exp: int
    sealed_for: Encapsulated  # what the key agent is asked to open
    iv: bytes = field(repr=False)
    content_aad: bytes = field(repr=False)
    sealed: bytes = field(repr=False)  # ciphertext, then tag


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement with the sender: whether it is in force, and its purposes."""

    active: bool
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What we hold of the sender's newest sequence, near the place in question.

    `digests` has the digest of each opened or voided place as far as known, at least of the
    place itself and its two neighbours; `prevs` the `prev` that each opened one named.
    """

    ep: int = 0  # 0: nothing of this sender was ever opened
    upto: int = 0
    newest: str | None = None  # digest of the highest place held, in any sequence
    digests: Mapping[int, str] = field(default_factory=dict)
    prevs: Mapping[int, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Believing:
    """What is known, where an envelope is opened."""

    ring: Ring  # keys of the sender
    agreements: Mapping[str, Agreed]
    places: Places
    arrived_at: int  # `exp` limits delivery, so a late worker refuses nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """An envelope that passed (1) to (17)."""

    statement: Statement
    line: bytes = field(repr=False)  # the signed statement: proof of what was said
    texts: tuple[bytes, ...] = field(repr=False)
    evidence: tuple[bytes, ...] = field(repr=False)
    digest: str
    new_sequence: bool
    prev_unexpected: bool  # a new sequence does not follow the newest envelope we hold: tell


def lay_out(
    statement: Statement, plaintext: bytes, *, cek: bytes, iv: bytes, sealed_for: Encapsulated
) -> bytes:
    """Return the envelope. `cek` and `iv` are fresh, used once and forgotten afterwards."""
    if sealed_for.kid != statement.rk:
        raise steps.PayloadDiffers("sealed to another key than the statement says")
    recipient = _recipient(sealed_for, SUITES["xg1"])
    outside = {
        "v": 1,
        "iss": statement.iss,
        "aud": statement.aud,
        "ep": statement.ep,
        "seq": statement.seq,
        "exp": statement.exp,
        "rd": _recipient_digest(recipient),
    }
    aad = b64(compact(outside))
    sealed = close_content(cek, iv, f"{_PROTECTED}.{aad}".encode(), plaintext)
    return _exact(aad, recipient, iv, sealed)


def addressed(raw: bytes, limits: WireLimits = WIRE) -> Outer:
    """Return what the outside of an envelope for somebody else says. Steps (1), (3) and (4)."""
    return _read(raw, limits)[0]


def examine(raw: bytes, reception: Reception, limits: WireLimits = WIRE) -> Outer:
    """Return what an envelope says on its outside. Steps (1) and (3) to (9); uses no private key.

    Our caller owes (2) and, when this returns, that the bytes become durable.
    """
    outer, outside, recipient = _read(raw, limits)  # (1) (3) (4)
    sender = reception.partners.get(outer.iss)
    carried = sender is not None and reception.peer in sender.carriers
    if sender is None or outer.aud != reception.us or not (outer.iss == reception.peer or carried):
        raise steps.PartiesWrong  # (5)
    if not sender.agreement:
        raise steps.NoAgreement  # (6)
    if outside["rd"] != _recipient_digest(recipient):
        raise steps.OutsideAltered  # (7)
    if outer.sealed_for.kid not in reception.open_kids:
        raise steps.KeyNotOpen  # (8)
    pinned = SUITES.get(sender.suite)
    if pinned is None or recipient["header"]["alg"] != pinned.key_management:
        raise steps.SuiteWrong  # (9)
    return outer


def believe(
    outer: Outer, cek: bytes | None, facts: Believing, limits: WireLimits = WIRE
) -> Believed:
    """Return what an envelope says, once everything about it has been checked. Steps (10) to (17).

    `cek` is the key agent's answer for `outer.sealed_for`; None if it did not open. Our caller
    owes the commit, in which the place must still be free, and the receipt.
    """
    lines = _opened(outer, cek, limits)  # (10) (11)
    statement = _verified(lines, outer, facts.ring)  # (12) (13)
    _demand_dates(statement, facts.arrived_at, limits)  # (14)
    _demand_covered(statement, facts.agreements)  # (15)
    _demand_place(statement, outer.digest, facts, limits)  # (16)
    texts, evidence = _named(statement, lines)  # (17)
    new = statement.ep > facts.places.ep
    return Believed(
        statement=statement,
        line=lines.statement,
        texts=texts,
        evidence=evidence,
        digest=outer.digest,
        new_sequence=new,
        prev_unexpected=new and statement.seq == 1 and statement.prev != facts.places.newest,
    )


def _read(raw: bytes, limits: WireLimits) -> tuple[Outer, dict[str, Any], dict[str, Any]]:
    if len(raw) > limits.max_envelope_bytes:
        raise steps.EnvelopeTooLarge  # (1)
    try:
        found = strict_json(raw, limits.max_depth)  # (3)
    except NotStrict as fault:
        raise steps.EnvelopeNotStrict(fault.detail) from fault
    return _taken_apart(found, raw)  # (4)


def _taken_apart(found: Any, raw: bytes) -> tuple[Outer, dict[str, Any], dict[str, Any]]:
    """Step (4): every member of its length, and the whole as it would be written."""
    try:
        (recipient,) = found["recipients"]
        header = recipient["header"]
        suite = _suite_of(header["alg"])
        sealed_for = Encapsulated(
            text(header["kid"], DIGEST),
            unb64(header["ek"], suite.ek_bytes),
            unb64(recipient["encrypted_key"], suite.encrypted_key_bytes),
        )
        iv = unb64(found["iv"], IV_BYTES)
        sealed = unb64(found["ciphertext"]) + unb64(found["tag"], TAG_BYTES)
        aad = found["aad"]
        outside = _outside(unb64(aad))
        whole = _exact(aad, _recipient(sealed_for, suite, header["alg"]), iv, sealed)
    except (KeysError, KeyError, TypeError, ValueError):
        raise steps.EnvelopeNotExact from None  # the cause would repeat what was read
    size = len(sealed) - TAG_BYTES
    if whole != raw or size != padded_size(size):
        raise steps.EnvelopeNotExact
    outer = Outer(
        digest=digest(raw),
        iss=PartnerId(outside["iss"]),
        aud=PartnerId(outside["aud"]),
        ep=outside["ep"],
        seq=outside["seq"],
        exp=outside["exp"],
        sealed_for=sealed_for,
        iv=iv,
        content_aad=f"{_PROTECTED}.{aad}".encode(),
        sealed=sealed,
    )
    return outer, outside, recipient


def _outside(raw: bytes) -> dict[str, Any]:
    found = members(strict_json(raw, 1), *_OUTSIDE)
    if integer(found["v"]) != 1 or compact({name: found[name] for name in _OUTSIDE}) != raw:
        raise NotStrict
    if not is_name(found["iss"]) or not is_name(found["aud"]):
        raise NotStrict
    for name, least in (("ep", 1), ("seq", 1), ("exp", 0)):
        integer(found[name], least)
    text(found["rd"], DIGEST)
    return found


def _opened(outer: Outer, cek: bytes | None, limits: WireLimits) -> Lines:
    if cek is None:
        raise steps.SealBroken  # (10)
    try:
        filled = open_content(cek, outer.iv, outer.content_aad, outer.sealed)
    except CannotOpen as fault:
        raise steps.SealBroken from fault
    try:
        return split(filled, limits)  # (11)
    except MalformedLines as fault:
        raise steps.LinesWrong(fault.detail) from fault


def _verified(lines: Lines, outer: Outer, ring: Ring) -> Statement:
    """Take steps (12) and (13).

    The payload is read between the two halves of (12), for the date that the keys must cover.
    """
    try:
        signed = parse(lines.statement)
        keys = ring.verify(signed)  # (12) both signatures
    except (KeysError, MalformedStatement) as fault:
        raise steps.SignaturesWrong from fault
    try:
        statement = parse_payload(signed.payload)
    except MalformedStatement as fault:
        raise steps.PayloadDiffers(fault.detail) from fault
    try:
        demand_valid_at(keys, statement.iat)  # (12) valid at iat
    except KeysError as fault:
        raise steps.SignaturesWrong from fault
    inside = (statement.iss, statement.aud, statement.ep, statement.seq, statement.exp)
    if inside != (outer.iss, outer.aud, outer.ep, outer.seq, outer.exp):
        raise steps.PayloadDiffers  # (13); integers only on both sides, so equal in type too
    if statement.rk != outer.sealed_for.kid:
        raise steps.PayloadDiffers
    return statement


def _demand_dates(statement: Statement, arrived_at: int, limits: WireLimits) -> None:
    if statement.exp - statement.iat > limits.max_validity_seconds:
        raise steps.DatesWrong("valid for too long")
    if statement.iat > arrived_at + limits.clock_skew_seconds:
        raise steps.DatesWrong("from the future")
    if arrived_at > statement.exp + limits.clock_skew_seconds:
        raise steps.DatesWrong("expired")


def _demand_covered(statement: Statement, agreements: Mapping[str, Agreed]) -> None:
    if statement.agr is None:
        return  # verdict, void, key-notice: never under one
    agreed = agreements.get(statement.agr)
    if agreed is None:
        raise steps.NotCovered("no such agreement")
    if statement.kind == NOTICE and not agreed.active:
        return  # what was given under an ended agreement can still be recalled
    if not agreed.active or statement.pur not in agreed.purposes:
        raise steps.NotCovered("ended, or not for this purpose")


def _demand_place(
    statement: Statement, envelope: str, facts: Believing, limits: WireLimits
) -> None:
    places = facts.places
    if statement.ep < places.ep:
        raise steps.SequenceWrong("of an older sequence")
    if statement.ep > places.ep:
        if statement.ep > facts.arrived_at + limits.clock_skew_seconds:
            raise steps.SequenceWrong("a sequence from the future")
        places = Places(ep=statement.ep)
    seq = statement.seq
    if seq in places.digests or seq <= places.upto:
        raise steps.SequenceWrong("the place is taken")
    if seq > places.upto + limits.places_ahead:
        raise steps.SequenceWrong("too far ahead")
    if seq > 1 and places.digests.get(seq - 1, statement.prev) != statement.prev:
        raise steps.SequenceWrong("follows another envelope than the one we hold")
    if places.prevs.get(seq + 1, envelope) != envelope:
        raise steps.SequenceWrong("another envelope was named at this place")


def _named(statement: Statement, lines: Lines) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    body = statement.body
    if isinstance(body, OtherBody):
        return (), ()  # not known what its lines are: a verdict `cannot`, no refusal
    items, evidence = (body.items, body.evidence) if isinstance(body, Texts) else ((), ())
    if tuple(map(digest, lines.rest)) != items + evidence:
        raise steps.DigestsDiffer
    return lines.rest[: len(items)], lines.rest[len(items) :]


def _suite_of(alg: str) -> Suite:
    """Return the suite whose form to expect; a name of none has the default's, until (9)."""
    named = [one for one in SUITES.values() if one.key_management == text(alg, _ALG)]
    return named[0] if named else SUITES["xg1"]


def _recipient(sealed_for: Encapsulated, suite: Suite, alg: str | None = None) -> dict[str, Any]:
    header = {
        "alg": alg or suite.key_management,
        "kid": sealed_for.kid,
        "ek": b64(sealed_for.ek),
    }
    return {"header": header, "encrypted_key": b64(sealed_for.encrypted_key)}


def _recipient_digest(recipient: dict[str, Any]) -> str:
    header = recipient["header"]
    parts = (header["kid"], header["alg"], header["ek"], recipient["encrypted_key"])
    return digest(".".join(parts).encode())


def _exact(aad: str, recipient: dict[str, Any], iv: bytes, sealed: bytes) -> bytes:
    return compact(
        {
            "protected": _PROTECTED,
            "aad": aad,
            "recipients": [recipient],
            "iv": b64(iv),
            "ciphertext": b64(sealed[:-TAG_BYTES]),
            "tag": b64(sealed[-TAG_BYTES:]),
        }
    )
