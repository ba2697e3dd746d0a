"""On what two people confirmed that two records speak of one subject, part by part. Pure.

Owns which values of a part say who or what it is, and which values a later version has to be
compared with. Leaves to others: their tags, and what follows when they are gone (`flow.linked`).

Stays true:
  * A part is recognised wherever it stands in a later version; a place says nothing.
  * A person with a birth date and a country is recognised by these and the name together: somebody
    else of the same name is somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.leaving_out import SAME_PERSON, marks_in, marks_of_person, withheld_of
from gateway.core.links import identifiers, placed
from gateway.core.places import whole_of
from gateway.core.promotion import LINKABLE
from gateway.core.record import Record, canonical

_BY_IDENTIFIER: Final = ("accounts", "identities", "network")
_CONTENT: Final = "part"
_VERSION: Final = "version"

Pairs = list[tuple[str, str]]


def subject_of(record: Record, part: str) -> Pairs:
    """Return (field, value) of what says who or what this part is; "": the record as a whole.

    Of a whole record nothing can be recognised in another version.
    """
    kind, index = _split(part)
    if not kind:
        return [(_VERSION, f"{record.id}@{record.version}")]
    if kind == "persons":
        found = _of_person(record, part)
    elif kind in _BY_IDENTIFIER:
        found = [(field, value) for pointer, field, value in placed(record.body) if pointer == part]
    else:
        found = []
    return found or [_content(record.body[kind][index])]


def _of_person(record: Record, part: str) -> Pairs:
    marks = marks_of_person(record, whole_of(part, withheld_of(record.body)))
    for fields in (("name_birth_country",), (SAME_PERSON,)):
        found = [mark for mark in marks if mark[0] in fields]
        if found:
            return found
    return marks


def subjects_in(record: Record) -> Pairs:
    """Return all that `subject_of` could have given for a part of this version."""
    contents = [_content(one) for kind in LINKABLE for one in record.body.get(kind) or ()]
    return [(_VERSION, f"{record.id}@{record.version}"), *marks_in(record), *contents]


def shared_by(record: Record, part: str, other: Record) -> Pairs:
    """Return the identifiers of this part, or of the whole record, that `other` has as well."""
    theirs = frozenset(identifiers(other))
    if _split(part)[0] == "persons":
        own = marks_of_person(record, whole_of(part, withheld_of(record.body)))
    else:
        own = [(field, value) for at, field, value in placed(record.body) if at == part or not part]
    return [pair for pair in dict.fromkeys(own) if pair in theirs]


def part_like(record: Record, part: str, other: Record) -> str | None:
    """Return the part of `other` that is meant beside `part`: the one that has an identifier of it.

    Else its only person; "" where it has no part to name; None where it could be several.
    """
    shared = frozenset(shared_by(record, part, other))
    found = {at for at, field, value in placed(other.body) if (field, value) in shared}
    parts = sorted(at for at in found if _split(at)[0] in LINKABLE)
    if len(parts) == 1:
        return parts[0]
    if len(other.body.get("persons") or ()) == 1:
        return "/persons/0"
    return None if any(other.body.get(kind) for kind in LINKABLE) else ""


def has_part(record: Record, part: str) -> bool:
    """Return whether this is a part that a link can be about."""
    kind, index = _split(part)
    return kind in LINKABLE and 0 <= index < len(record.body.get(kind) or ())


def _split(part: str) -> tuple[str, int]:
    _, _, place = part.partition("/")
    kind, _, index = place.partition("/")
    return kind, int(index) if index.isdigit() else -1


def _content(part: Mapping[str, Any]) -> tuple[str, str]:
    said = {name: value for name, value in part.items() if name != "meta"}
    return _CONTENT, canonical(said).decode()
