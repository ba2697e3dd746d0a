"""A record in normal form: the frozen type beyond which nothing can be malformed.

Owns what a record *is* inside the gateway. Made only by `core.normalise` (ours) and
`core.arrived` (a partner's text that passed the schema). Bodies are never changed in place.

Stays true:
  * `body` passed the shared schema of its type and version.
  * A rendition with something withheld never contains it anywhere (`without`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.errors import Malformed
from gateway.core.ids import OrgId, RecordId

# Set by the gateway; the same content means the same normal form without these (records.md).
GATEWAY_MEMBERS: Final = frozenset(
    {"id", "version", "rendition", "nonce", "schema", "originator", "created", "terms"}
)
URGENCIES: Final = ("threat_to_life", "urgent", "priority", "routine")  # stored as 0 to 3


def compact(value: object) -> bytes:
    """Return `value` as JSON on one line: UTF-8, no white space, no byte below 0x20."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def canonical(value: object) -> bytes:
    """Return `value` as `compact` with sorted members: for tags and digests that we compare."""
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True
    ).encode()


# Where it stands, what it names, and the same in tokens.
_Reference = tuple[tuple[str, ...], str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of one record, whole, as this gateway holds it."""

    id: RecordId
    version: int
    type: str
    org: OrgId  # the organisation it belongs to here: the originator's, or the sender's
    body: Mapping[str, Any]
    # Kept once looked for: a record is decided on for many partners, and its body never changes.
    _named: tuple[_Reference, ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @property
    def provider_ref(self) -> str:
        """The provider's own reference."""
        return str(self.body["provider_ref"])

    @property
    def urgency(self) -> int:
        """0 (threat to life) to 3 (routine)."""
        return URGENCIES.index(self.body.get("risk", {}).get("urgency", "routine"))

    @property
    def governance(self) -> Mapping[str, Any]:
        """Handling, purposes, legal basis and review; empty when nothing was said."""
        governance: Mapping[str, Any] = self.body.get("governance", {})
        return governance

    def content(self) -> dict[str, Any]:
        """Return the body without what the gateway sets: what makes two submissions the same."""
        return {name: value for name, value in self.body.items() if name not in GATEWAY_MEMBERS}

    def text(self) -> bytes:
        """Return the record text: one JSON object on one line."""
        return compact(self.body)

    def without(self, pointers: Iterable[str]) -> Record:
        """Return a copy with the members at `pointers` (RFC 6901) removed.

        A pointer to nothing is ignored. Array entries are removed whole; indices always refer
        to the unreduced record. A reference from one part to another (``/persons/2``) follows
        what it names to its new place, and goes when that goes. What is untouched is shared.
        """
        references = self._references()
        marks = _marks(self.body, pointers, references)
        renames = {}
        if _takes_entries(marks):
            renames = {
                target: _moved(self.body, marks, tokens)
                for place, target, tokens in references
                if not _is_gone(marks, place)
            }
            renames = {old: new for old, new in renames.items() if old != new}
        rendition = self.body.get("rendition")
        body = _swept(dict(self.body), marks, renames)
        if "rendition" in body:  # its pointers are those of the unreduced record
            body["rendition"] = _swept({"rendition": rendition}, marks, {})["rendition"]
        return Record(id=self.id, version=self.version, type=self.type, org=self.org, body=body)

    def with_members(self, values: Mapping[str, object]) -> Record:
        """Return a copy with these values at these pointers (RFC 6901); what is above is there.

        What is untouched is shared with this record.
        """
        if not values:
            return self
        body: Any = self.body
        for pointer, value in values.items():
            body = _with_member(body, split_pointer(pointer), value)
        return Record(id=self.id, version=self.version, type=self.type, org=self.org, body=body)

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield (pointer, target) of every string that names another part of this record."""
        for place, target, _ in self._references():
            yield join_pointer(place), target

    def loses(self, pointers: Iterable[str]) -> tuple[str, ...]:
        """Return `pointers` and those of the references that `without` takes away with them."""
        given = tuple(pointers)
        references = self._references()
        before = _marks(self.body, given, ())
        after = _marks(self.body, given, references)
        fallen = [
            join_pointer(place)
            for place, _, _ in references
            if _is_gone(after, place) and not _is_gone(before, place)
        ]
        return tuple(sorted({*given, *fallen}))

    def _references(self) -> tuple[_Reference, ...]:
        if self._named is None:
            object.__setattr__(self, "_named", tuple(_references(self.body)))
        return self._named or ()


def _with_member(node: Any, parts: tuple[str, ...], value: object) -> Any:
    if not parts:
        return value
    if isinstance(node, list):
        index = int(parts[0])
        return [*node[:index], _with_member(node[index], parts[1:], value), *node[index + 1 :]]
    return {**node, parts[0]: _with_member(node.get(parts[0]), parts[1:], value)}


class _Marks(dict[str, "_Marks | None"]):
    """What goes, as a tree of pointer tokens; None: all from here on."""


_NOTHING: Final = _Marks()
_INDEX: Final = re.compile("0|[1-9][0-9]{0,8}")


def split_pointer(pointer: str) -> tuple[str, ...]:
    """Return the tokens of an RFC 6901 pointer. Raises Malformed."""
    if pointer and not pointer.startswith("/"):
        raise Malformed("not a JSON pointer")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def join_pointer(parts: Iterable[str]) -> str:
    """Return the pointer of these tokens."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _marks(
    body: Mapping[str, object],
    pointers: Iterable[str],
    references: Iterable[_Reference],
) -> _Marks:
    """Mark what `pointers` name, and every reference to it, and so on until nothing dangles."""
    marks = _Marks()
    for pointer in pointers:
        _mark(marks, split_pointer(pointer), body)
    open_ends = [one for one in references if not _is_gone(marks, one[0])]
    while True:
        dangling = [one for one in open_ends if _is_gone(marks, one[2])]
        if not dangling:
            return marks
        for place, _, _ in dangling:
            _mark(marks, place, body)
        open_ends = [one for one in open_ends if not _is_gone(marks, one[0])]


def _mark(marks: _Marks, parts: tuple[str, ...], body: Mapping[str, object]) -> None:
    if not parts:
        marks.update(dict.fromkeys(body))
        return
    for part in parts[:-1]:
        inner = marks.setdefault(part, _Marks())
        if inner is None:
            return
        marks = inner
    marks[parts[-1]] = None


def _takes_entries(marks: _Marks) -> bool:
    """Return whether a whole entry of an array may go: only then does anything move."""
    return any(
        _INDEX.fullmatch(part) is not None if inner is None else _takes_entries(inner)
        for part, inner in marks.items()
    )


def _is_gone(marks: _Marks, parts: Iterable[str]) -> bool:
    for part in parts:
        if part not in marks:
            return False
        inner = marks[part]
        if inner is None:
            return True
        marks = inner
    return False


def _references(body: Mapping[str, object]) -> Iterator[_Reference]:
    """Yield every string that names another part of the same body."""
    # A place is kept as (place above, token) and written out only where there is a reference:
    # nearly all of a record is none.
    named = {name: value for name, value in body.items() if name != "rendition"}
    waiting: list[tuple[_Place | None, Any]] = [(None, named)]
    while waiting:
        above, node = waiting.pop()
        for part, value in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(value, str):
                if value[:1] == "/":
                    tokens = split_pointer(value)
                    if _resolves(body, tokens):
                        yield _written_out((above, part)), value, tokens
            elif isinstance(value, (dict, list)):
                waiting.append(((above, part), value))


_Place = tuple["_Place | None", "str | int"]


def _written_out(place: _Place) -> tuple[str, ...]:
    parts: list[str] = []
    above: _Place | None = place
    while above is not None:
        above, part = above
        parts.append(str(part))
    return tuple(reversed(parts))


def _child(node: object, part: str) -> tuple[bool, object]:
    if isinstance(node, Mapping):
        return part in node, node.get(part)
    if isinstance(node, list) and _INDEX.fullmatch(part):
        index = int(part)
        return (True, node[index]) if index < len(node) else (False, None)
    return False, None


def _resolves(body: Mapping[str, object], tokens: tuple[str, ...]) -> bool:
    there: bool = True
    node: object = body
    for part in tokens:
        there, node = _child(node, part)
        if not there:
            break
    return there


def _moved(body: Mapping[str, object], marks: _Marks, target: tuple[str, ...]) -> str:
    """Return where `target`, which stays, stands once all that is marked has gone."""
    node: object = body
    parts: list[str] = []
    for part in target:
        place = part
        if isinstance(node, list):
            gone = sum(marks.get(str(index), _NOTHING) is None for index in range(int(part)))
            place = str(int(part) - gone)
        parts.append(place)
        _, node = _child(node, part)
        marks = marks.get(part) or _NOTHING
    return join_pointer(parts)


def _swept(node: Any, marks: _Marks, renames: Mapping[str, str]) -> Any:
    """Return a JSON value without what is marked; its indices are still the old ones here."""
    if not marks and not renames:
        return node
    if isinstance(node, str):
        return renames.get(node, node)
    if isinstance(node, dict):
        kept = ((name, value, marks.get(name, _NOTHING)) for name, value in node.items())
        return {
            name: _swept(value, inner, renames) for name, value, inner in kept if inner is not None
        }
    if isinstance(node, list):
        entries = ((value, marks.get(str(index), _NOTHING)) for index, value in enumerate(node))
        return [_swept(value, inner, renames) for value, inner in entries if inner is not None]
    return node
