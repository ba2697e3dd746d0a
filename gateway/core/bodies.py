"""What a statement can say: a frozen body per kind, to and from JSON.

Owns the shapes under `body` of docs/spec/wire.md, section 4. Leaves to others: the statement
around them (statement), what a record text says (schemas) and what a notice does (flow).

Stays true: an unknown kind is no fault; it is kept as `OtherBody` and answered with `cannot`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from gateway.core.ids import is_name
from gateway.core.limits import WIRE
from keys.errors import NotStrict
from keys.strict import array, integer, members, text

RECORDS: Final = "records"
NOTICE: Final = "notice"
VERDICT: Final = "verdict"
VOID: Final = "void"
KEY_NOTICE: Final = "key-notice"
HOLDERS: Final = "holders"
KINDS: Final = frozenset({RECORDS, NOTICE, VERDICT, VOID, KEY_NOTICE, HOLDERS})
WITH_TEXTS: Final = frozenset({RECORDS, NOTICE})

VERDICT_STATES: Final = frozenset(
    {"accepted", "held", "rejected", "duplicate", "applied", "erased", "cannot", "own_basis"}
)
OPEN: Final = "open"  # a further holder has not answered a notice yet
MOST_HOPS: Final = 8  # how far from who tells of it a further holder may be
VOID_CODES: Final = frozenset({"withheld", "key", "expired", "refused", "lost"})

_OWN_SYSTEM: Final = frozenset({"open", "kept", "done"})
_PASSED_ON: Final = frozenset({"open", "kept"})

DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")  # 32 bytes, one encoding
CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_OBJECT_ID: Final = re.compile(r"[!-~]{1,128}")  # a record's or a notice's id
_CARD: Final = re.compile(f"[ -~]{{1,{WIRE.max_card_bytes}}}")


@dataclass(frozen=True, slots=True)
class Texts:
    """Digests of the texts that follow the statement, then of the evidence lines."""

    items: tuple[str, ...]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictItem:
    """What became of one record or notice, or (no id, no version) of a whole statement."""

    ep: int
    seq: int
    id: str | None
    version: int | None
    state: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of what the other side sent us; a later verdict replaces an earlier."""

    items: tuple[VerdictItem, ...]


@dataclass(frozen=True, slots=True)
class VoidItem:
    """A place of this sequence that will never be delivered, and why."""

    seq: int
    digest: str
    code: str


@dataclass(frozen=True, slots=True)
class Voids:
    """Places that are filled without an envelope."""

    items: tuple[VoidItem, ...]


@dataclass(frozen=True, slots=True)
class CardNotice:
    """A newer partner card, as its JWS."""

    card: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherItem:
    """How far one further holder is with one notice: one that has the record by our hands.

    `tag` is the same for the same holder and notice, and tells nothing else; `by` is the tag of
    the holder that passed the record to it, None if we did. Of several about one tag the one at
    the latest place holds.
    """

    notice: str
    record: str
    tag: str
    by: str | None
    name: str | None  # None: it may not be named
    hops: int  # from who says this; 1: passed on by it itself
    state: str  # open, or that of a verdict
    own_system: str | None  # open | kept | done
    passed_on: str | None  # open | kept
    at: int


@dataclass(frozen=True, slots=True)
class FurtherHolders:
    """What became of notices at those whom the recipient did not give the record itself."""

    items: tuple[FurtherItem, ...]


@dataclass(frozen=True, slots=True)
class OtherBody:
    """The body of a kind that we do not know."""

    members: Mapping[str, Any]


Body = Texts | Verdicts | Voids | CardNotice | FurtherHolders | OtherBody


def parse_body(kind: str, value: object) -> Body:
    """Return the body of a statement of `kind`. Raises keys.errors.NotStrict."""
    match kind:
        case "records" | "notice":
            found = members(value, "items", "evidence")
            items = array(found["items"], 1, WIRE.max_texts)
            evidence = array(found["evidence"], 0, WIRE.max_texts)
            return Texts(
                tuple(text(one, DIGEST) for one in items),
                tuple(text(one, DIGEST) for one in evidence),
            )
        case "verdict":
            return Verdicts(tuple(map(_verdict, _items(value))))
        case "void":
            return Voids(tuple(map(_void, _items(value))))
        case "key-notice":
            return CardNotice(text(members(value, "card")["card"], _CARD))
        case "holders":
            return FurtherHolders(tuple(map(_further, _items(value))))
        case _:
            return OtherBody(members(value, *value) if isinstance(value, dict) else members(value))


def body_members(body: Body) -> dict[str, Any]:
    """Return a body as the JSON object that `parse_body` reads."""
    match body:
        case Texts():
            return {"items": list(body.items), "evidence": list(body.evidence)}
        case Verdicts():
            return {"items": [_verdict_members(one) for one in body.items]}
        case Voids():
            return {
                "items": [
                    {"seq": one.seq, "digest": one.digest, "code": one.code} for one in body.items
                ]
            }
        case CardNotice():
            return {"card": body.card}
        case FurtherHolders():
            return {"items": [asdict(one) for one in body.items]}
        case OtherBody():
            return dict(body.members)


def _items(value: object) -> list[Any]:
    return array(members(value, "items")["items"], 1, WIRE.max_texts)


def _verdict(value: object) -> VerdictItem:
    found = members(value, "ep", "seq", "id", "version", "state", "code")
    whole = found["id"] is None and found["version"] is None
    return VerdictItem(
        ep=integer(found["ep"], 1),
        seq=integer(found["seq"], 1),
        id=None if whole else text(found["id"], _OBJECT_ID),
        version=None if whole else integer(found["version"], 1),
        state=text(found["state"], _one_of(VERDICT_STATES)),
        code=None if found["code"] is None else text(found["code"], CODE),
    )


def _verdict_members(one: VerdictItem) -> dict[str, Any]:
    return {
        "ep": one.ep,
        "seq": one.seq,
        "id": one.id,
        "version": one.version,
        "state": one.state,
        "code": one.code,
    }


def _void(value: object) -> VoidItem:
    found = members(value, "seq", "digest", "code")
    return VoidItem(
        integer(found["seq"], 1),
        text(found["digest"], DIGEST),
        text(found["code"], _one_of(VOID_CODES)),
    )


def _further(value: object) -> FurtherItem:
    found = members(value, *(one.name for one in fields(FurtherItem)))
    name, hops = found["name"], integer(found["hops"], 1)
    if hops > MOST_HOPS or (hops == 1) != (found["by"] is None):
        raise NotStrict("not so many hops")
    if name is not None and not (isinstance(name, str) and is_name(name)):
        raise NotStrict("not a name")
    return FurtherItem(
        notice=text(found["notice"], _OBJECT_ID),
        record=text(found["record"], _OBJECT_ID),
        tag=text(found["tag"], DIGEST),
        by=None if found["by"] is None else text(found["by"], DIGEST),
        name=name,
        hops=hops,
        state=text(found["state"], _one_of(VERDICT_STATES | {OPEN})),
        own_system=_word_or_none(found["own_system"], _OWN_SYSTEM),
        passed_on=_word_or_none(found["passed_on"], _PASSED_ON),
        at=integer(found["at"]),
    )


def _word_or_none(value: object, words: frozenset[str]) -> str | None:
    return None if value is None else text(value, _one_of(words))


def _one_of(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(words)))
