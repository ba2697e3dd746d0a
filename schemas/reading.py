"""Read a whole document: what a submitter sends, or a record text as somebody signed it.

Owns the registry of record types and the two views of them. A *submission* has the members its
submitter writes; those that only a gateway writes are refused. A *record text* has both, is in
normal form already, and may lack members that it says were withheld.

Stays true:
  * All faults of a document are given at once.
  * Whatever the document, the answer is a value: nothing but a list of faults comes out.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from schemas.acceptor import load
from schemas.case import Case
from schemas.consents import Consent, ConsentRequest
from schemas.exchange import Outcome
from schemas.faults import Change, SchemaFault, pointer, pointer_parts
from schemas.financial import FinancialSignal
from schemas.hosting import HostingReport
from schemas.knowledge import KnowledgeProduct
from schemas.operation import Operation
from schemas.record import GATEWAY_MEMBERS, GatewayMembers, RecordBase
from schemas.requests import Answer, Refusal, Request
from schemas.shape import Shape, Unknown, View, changes, reading, the
from schemas.versions import Reading, readable

TYPES: Final[dict[str, type[RecordBase]]] = {
    "case": Case,
    "financial_signal": FinancialSignal,
    "hosting_report": HostingReport,
    "request": Request,
    "answer": Answer,
    "refusal": Refusal,
    "consent_request": ConsentRequest,
    "consent": Consent,
    "outcome": Outcome,
    "knowledge_product": KnowledgeProduct,
    "operation": Operation,
}

MAX_DEPTH: Final = 32
# A text is read by its reference and type in any form of it.
_NEVER_WITHHELD: Final = frozenset({*GATEWAY_MEMBERS, "type", "provider_ref"})
_FILLED: Final = "default"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A submission in normal form, or its faults; `body` is empty if there are any."""

    body: dict[str, Any]
    faults: Sequence[SchemaFault]
    changes: Sequence[Change]


def load_submission(document: object, *, country: str | None = None) -> Loaded:
    """Read what a submitter sends. A member that is null is absent.

    `country` is the submitter's, to read national phone numbers with.
    """
    try:
        clean = _without_nulls(document, 0)
    except _TooDeepError:
        return Loaded({}, list(_too_deep(document, "", 0)), ())
    shape, refused = _shape_of(clean)
    if shape is None:
        return Loaded({}, refused, ())
    given = {name: value for name, value in clean.items() if name not in GATEWAY_MEMBERS}
    faults = [
        SchemaFault(
            pointer("", name),
            "set-by-gateway",
            "Only the gateway writes this member.",
            "Leave it out; use `provider_ref` for your own reference.",
        )
        for name in GATEWAY_MEMBERS
        if name in clean
    ]
    with reading(View(country=country)):
        body, wrong = load(shape, given)
    faults.extend(wrong)
    if faults:
        return Loaded({}, faults, ())
    return Loaded(body, (), tuple(changes(shape, given, body)))


def load_record_text(document: object, *, sealed: bool = False) -> list[SchemaFault]:
    """Return what is wrong with a whole record, as a gateway keeps or sends it.

    `sealed`: as it came in an envelope, so that rendition and nonce must be there.
    """
    shape, refused = _shape_of(document)
    if shape is None or not isinstance(document, dict):
        # A type that is not ours to refuse: a newer release of the partner's may well have it.
        return [
            replace(fault, code="schema-unknown") if fault.code == "not-in-list" else fault
            for fault in refused
        ]
    own = {name: value for name, value in document.items() if name in GATEWAY_MEMBERS}
    content = {name: value for name, value in document.items() if name not in GATEWAY_MEMBERS}
    with reading(View(as_text=True)):
        members, faults = load(the(GatewayMembers), own)
        faults += _not_normal(the(GatewayMembers), own, members)
    faults += _version_faults(document)
    if sealed:
        faults += [
            SchemaFault(pointer("", name), "required", "A sealed text needs this member.")
            for name in ("rendition", "nonce")
            if name not in own
        ]
    if faults:
        # Without them nobody knows what may be missing or newer; still name what else is wrong.
        return faults + _content_faults(shape, content, frozenset(), newer=False)
    entries = members.get("rendition", {}).get("withheld", ())
    withheld = frozenset(pointer_parts(entry["pointer"]) for entry in entries)
    newer = readable(document["schema"]) is Reading.NEWER_MINOR
    return _content_faults(shape, content, withheld, newer=newer)


def _shape_of(document: Any) -> tuple[RecordBase | None, list[SchemaFault]]:
    if not isinstance(document, Mapping):
        return None, [SchemaFault("", "wrong-type", "A record is an object.")]
    kind = document.get("type")
    if kind is None:
        return None, [SchemaFault("/type", "required", "Which record type is it?", _TYPES_HINT)]
    if not isinstance(kind, str) or kind not in TYPES:
        near = Unknown(tuple(TYPES)).named(str(kind)[:64]).hint if isinstance(kind, str) else ""
        hint = near if near.startswith("Did") else _TYPES_HINT
        return None, [SchemaFault("/type", "not-in-list", "There is no such record type.", hint)]
    return the(TYPES[kind]), []


_TYPES_HINT = "One of: " + ", ".join(TYPES) + "."


class _TooDeepError(Exception):
    """A document has more levels than one may have."""


def _without_nulls(value: Any, depth: int) -> Any:
    """Return the document without members that are null. Raises _TooDeepError."""
    if depth > MAX_DEPTH:
        raise _TooDeepError
    left: Any = value
    if isinstance(value, Mapping):
        left = {
            name: member if type(member) in _LEAVES else _without_nulls(member, depth + 1)
            for name, member in value.items()
            if member is not None
        }
    elif isinstance(value, list):
        left = [one if type(one) in _LEAVES else _without_nulls(one, depth + 1) for one in value]
    if depth == MAX_DEPTH and left and left is not value:
        raise _TooDeepError  # a leaf below it, which the comprehensions do not count
    return left


_LEAVES: Final = frozenset({str, int, bool, float, type(None)})


def _too_deep(value: Any, place: str, depth: int) -> Iterator[SchemaFault]:
    """Name the places where a document goes too deep."""
    if depth > MAX_DEPTH:
        yield SchemaFault(place, "too-deep", f"At most {MAX_DEPTH} levels.")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if member is not None:
                yield from _too_deep(member, pointer(place, name), depth + 1)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _too_deep(one, pointer(place, index), depth + 1)


def _version_faults(document: Mapping[str, Any]) -> list[SchemaFault]:
    schema = document.get("schema")
    if not isinstance(schema, str):
        return []  # named by GatewayMembers
    if readable(schema) is Reading.UNKNOWN or schema.partition("@")[0] != document["type"]:
        detail = "This version of the schema cannot be read here, or is of another type."
        return [SchemaFault("/schema", "schema-unknown", detail)]
    return []


def _content_faults(
    shape: Shape, content: dict[str, Any], withheld: frozenset[tuple[str, ...]], *, newer: bool
) -> list[SchemaFault]:
    with reading(View(as_text=True, withheld=withheld)):
        body, faults = load(shape, content)
        unknown = [fault.pointer for fault in faults if fault.code == "unknown-field"]
        if newer and unknown:
            content = _without(content, unknown)
            body, faults = load(shape, content)
        if not faults:
            return _not_normal(shape, content, body)
    return [fault for fault in faults if not _is_withheld(fault, withheld)]


def _not_normal(shape: Shape, before: dict[str, Any], after: dict[str, Any]) -> list[SchemaFault]:
    if not after:
        return []
    return [
        SchemaFault(
            change.pointer,
            "not-normal",
            "The value is not in its normal form.",
            f"See the rule `{change.rule}`.",
        )
        for change in changes(shape, before, after)
        if change.before is not None
    ]


def _without(content: dict[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    content = copy.deepcopy(content)
    for text in pointers:
        *way, last = pointer_parts(text)
        node: Any = content
        for part in way:
            node = node[int(part)] if isinstance(node, list) else node[part]
        node.pop(last, None)
    return content


def _is_withheld(fault: SchemaFault, withheld: frozenset[tuple[str, ...]]) -> bool:
    """Return whether a member is missing because this form of the record does not show it."""
    if fault.code not in {"required", "too-few"} or not withheld:
        return False
    place = _in_the_whole(pointer_parts(fault.pointer), withheld)
    if place[0] in _NEVER_WITHHELD:
        return False
    if place in withheld:
        return True
    if fault.code == "too-few":
        return any(way[:-1] == place for way in withheld)
    # Below the top a member can be needed because a sibling is not shown.
    return len(place) > 1 and any(way[:-1] == place[:-1] for way in withheld)


def _in_the_whole(place: tuple[str, ...], withheld: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    """Return a place of a reduced record with the indices of the whole one."""
    whole: tuple[str, ...] = ()
    for part in place:
        whole = (*whole, str(_nth_shown(int(part), whole, withheld)) if part.isdigit() else part)
    return whole


def _nth_shown(count: int, way: tuple[str, ...], withheld: frozenset[tuple[str, ...]]) -> int:
    hidden = sorted(_indices(way, withheld))
    index = count
    for one in hidden:
        if one <= index:
            index += 1
    return index


def _indices(way: tuple[str, ...], withheld: frozenset[tuple[str, ...]]) -> Iterator[int]:
    for other in withheld:
        if len(other) == len(way) + 1 and other[:-1] == way and other[-1].isdigit():
            yield int(other[-1])
