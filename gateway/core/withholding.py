"""What goes along when something about a person is withheld. Pure.

Owns the list of free-text members, and the check that whoever was left out is not named in what
is left. Leaves to others: which persons are left out (`core.rules`), the removing (`core.record`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.core.record import Record

# Every member in which somebody writes sentences; `*` is each entry. Notes for own use are
# not here: they never leave at all.
FREE_TEXTS: Final[tuple[tuple[str, ...], ...]] = (
    ("summary",),
    ("summaries",),
    ("risk", "reason"),
    ("risk", "child_at_risk_now", "basis"),
    ("governance", "handling_text"),
    ("governance", "restrictions", "*", "text"),
    ("transactions", "*", "purpose_text"),
    ("urgent_reason",),
    ("information",),
    ("facts",),
    ("offence",),
    ("link",),
    ("reasons_available",),
    ("use_restrictions",),
    ("text",),
    ("outstanding",),
    ("clarification",),
    ("authorisation", "reasons"),
    ("reason",),
    ("conditions",),
    ("means_of_transport", "*", "description"),
)
_PERSON: Final = re.compile("/persons/[0-9]+")
_SHORTEST_MARK: Final = 3  # characters; what is shorter stands everywhere


def free_texts(record: Record) -> Iterator[str]:
    """Yield the pointers of every free-text member that the record has."""
    for way in FREE_TEXTS:
        yield from _found(record.body, way, "")


def _found(node: object, way: tuple[str, ...], place: str) -> Iterator[str]:
    if not way:
        yield place
    elif way[0] == "*" and isinstance(node, list):
        for index, entry in enumerate(node):
            yield from _found(entry, way[1:], f"{place}/{index}")
    elif isinstance(node, Mapping) and way[0] in node:
        yield from _found(node[way[0]], way[1:], f"{place}/{way[0]}")


def is_about_a_person(pointers: Iterable[str]) -> bool:
    """Return whether any of these takes something of a person away, notes for own use apart."""
    return any(
        pointer.startswith("/persons/") and not pointer.endswith("/category_reason")
        for pointer in pointers
    )


def takes_a_person(pointer: str) -> bool:
    """Return whether this takes a whole person away."""
    return _PERSON.fullmatch(pointer) is not None


def still_names(record: Record, candidate: Record, pointers: Iterable[str]) -> bool:
    """Return whether `candidate` still says who the persons at `pointers` of `record` are.

    Looks for whole names, family names and numbers of documents, as words, in any case. It is a
    net below the withholding of free text, not a replacement for it.
    """
    persons = [pointer for pointer in pointers if takes_a_person(pointer)]
    marks = {mark for pointer in persons for mark in _marks(_person(record, pointer))}
    if not marks:
        return False
    words = "|".join(re.escape(mark) for mark in sorted(marks))
    search = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE).search
    return any(search(text) for text in _strings(candidate.body))


def _person(record: Record, pointer: str) -> Mapping[str, Any]:
    person: Mapping[str, Any] = record.body["persons"][int(pointer.rpartition("/")[2])]
    return person


def _marks(person: Mapping[str, Any]) -> Iterator[str]:
    names = person.get("names") or ()
    values = [name.get(part) or "" for name in names for part in ("full", "family")]
    values += [one.get("number") or "" for one in person.get("ids") or ()]
    yield from (value for value in values if len(value) >= _SHORTEST_MARK)


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
