"""What goes along when something about a person is withheld. Pure.

Owns the list of free-text members, and the check that what was left out is not told by what is
left. Leaves to others: which persons are left out (`core.rules`), the removing (`core.record`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.core.lists import found
from gateway.core.record import Record, split_pointer

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
    ("title",),
    ("tasks", "*", "text"),
    ("outstanding",),
    ("clarification",),
    ("authorisation", "reasons"),
    ("reason",),
    ("conditions",),
    ("means_of_transport", "*", "description"),
)
# Top-level members that speak of persons.
PERSONAL: Final = (
    "persons", "identities", "accounts", "network", "documents", "means_of_transport", "locations",
    "relations", "transactions", "indicator_hits", "external_refs",
)  # fmt: skip
_ABOUT_PERSONS: Final = frozenset(PERSONAL) - {"external_refs"}
# Members whose value says by itself whom or what it is about.
_TELLING: Final = frozenset(
    {
        "full", "family", "number", "registration", "handle", "user_id", "email", "phone", "iban",
        "account_no", "card", "address", "device_ids", "url", "provider", "reporting_entity",
        "fiu_ref", "org_id", "record", "derived_from", "corroborated_by",
    }
)  # fmt: skip
_SHORTEST_MARK: Final = 3  # characters; what is shorter stands everywhere


def free_texts(record: Record) -> Iterator[str]:
    """Yield the pointers of every free-text member that the record has."""
    for way in FREE_TEXTS:
        yield from found(record.body, way)


def is_about_a_person(pointers: Iterable[str]) -> bool:
    """Return whether any of these takes something of a person away, notes for own use apart.

    Of a part beside the persons: the whole of it, or what says whose it is.
    """
    return any(map(_takes_from_a_person, pointers))


def _takes_from_a_person(pointer: str) -> bool:
    name, *steps = pointer.split("/")[1:]
    if name == "persons":
        return not pointer.endswith("/category_reason")
    return name in _ABOUT_PERSONS and (len(steps) <= 1 or steps[-1] in _TELLING)


def still_tells(record: Record, candidate: Record, pointers: Iterable[str]) -> tuple[str, ...]:
    """Return those of `pointers` into `record` whose content `candidate` still tells elsewhere.

    Looks for whole names, family names, numbers, handles, addresses and providers, as words, in any
    case. It is a net below the withholding of free text, not a replacement for it. A family name
    that somebody who stays bears as well is not the withheld one's.
    """
    borne = {
        name.get("family", "").lower()
        for person in candidate.body.get("persons") or ()
        for name in person.get("names") or ()
    }
    marks = {
        mark.lower(): pointer
        for pointer in pointers
        if not pointer.startswith("/governance/") or pointer.endswith("/originator_chain")
        for mark in _marks(_at(record, pointer), pointer, borne)
    }
    if not marks:
        return ()
    words = "|".join(_as_word(mark) for mark in sorted(marks, key=len, reverse=True))
    search = re.compile(words, re.IGNORECASE)
    return tuple(
        {
            marks[found.group().lower()]
            for text in _strings(candidate.body)
            for found in search.finditer(text)
        }
    )


def _as_word(mark: str) -> str:
    """Return the pattern of a mark: as a word, and an id or address not as part of a longer one."""
    if " " in mark or mark.isalpha():
        return rf"(?<!\w){re.escape(mark)}(?!\w)"
    return rf"(?<![\w.@-]){re.escape(mark)}(?![\w@-]|\.\w)"


def _at(record: Record, pointer: str) -> Any:
    node: Any = record.body
    for part in split_pointer(pointer):
        node = node[int(part)] if isinstance(node, list) else node.get(part)
        if node is None:
            break
    return node


def _marks(node: object, pointer: str, borne: set[str]) -> Iterator[str]:
    """Yield what tells of whom or what `node` speaks."""
    name = pointer.rpartition("/")[2]
    if name.isdigit():
        name = pointer.split("/")[-2]
    for member, value in _members(node, name):
        if len(value) >= _SHORTEST_MARK and (member != "family" or value.lower() not in borne):
            yield value


def _members(node: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        if name in _TELLING:
            yield name, node
    elif isinstance(node, Mapping):
        for member, value in node.items():
            yield from _members(value, member)
    elif isinstance(node, list):
        for value in node:
            yield from _members(value, name)


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
