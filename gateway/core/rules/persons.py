"""R-09 and R-15: persons have a category, and notes for own use stay inside.

A person whom the recipient does not need can never be the reason for a hold: somebody of unknown
category to whom nothing in the record refers is left out, as long as somebody else remains.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.core.record import Record
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Reduce, Rule

_UNKNOWN: Final = frozenset({None, "", "unknown"})


def _category(context: Context) -> Outcome:
    persons = context.record.body.get("persons") or ()
    unknown = [index for index, person in enumerate(persons) if person.get("category") in _UNKNOWN]
    if not unknown:
        return PASS
    bystanders = _bystanders(context.record, unknown)
    if context.direction == "out" and len(bystanders) == len(unknown) < len(persons):
        return Reduce(
            tuple(f"/persons/{index}" for index in bystanders),
            f"{len(bystanders)} person(s) of unknown category to whom nothing refers are left out",
            "Set the category of these persons if the recipient needs them.",
        )
    needed = next((index for index in unknown if index not in bystanders), unknown[0])
    return Hold(
        f"the category of /persons/{needed} is unknown",
        "Set its category: suspect, convicted, victim, witness, contact, associate or "
        "person_of_interest_not_suspect.",
    )


def _bystanders(record: Record, unknown: list[int]) -> list[int]:
    """Return those of `unknown` that nothing else in the record refers to."""
    referred = {target.split("/")[2] for target in _targets(record)}
    return [index for index in unknown if str(index) not in referred]


def _targets(record: Record) -> Iterator[str]:
    for place, target in record.references():
        if target.startswith("/persons/") and not place.startswith(target + "/"):
            yield target


def internal_notes(record: Record) -> tuple[str, ...]:
    """Return the pointers of what is written for own use: it never leaves, to anybody."""
    governance = record.governance
    found = [
        f"/persons/{index}/category_reason"
        for index, person in enumerate(record.body.get("persons") or ())
        if "category_reason" in person
    ]
    if "text" in (governance.get("necessity") or {}):
        found.append("/governance/necessity/text")
    if "originator_chain" in governance:
        found.append("/governance/originator_chain")
    return tuple(found)


def _notes(context: Context) -> Outcome:
    notes = internal_notes(context.record)
    if not notes:
        return PASS
    return Reduce(notes, "notes for own use are left out")


RULES = (
    Rule(
        "R-09",
        1,
        "Every person has a category",
        "Directive (EU) 2016/680 art. 6; EDPS decision of 3 January 2022 on Europol",
        _category,
    ),
    Rule("R-15", 1, "Notes for own use stay inside", "Directive (EU) 2016/680 art. 4", _notes),
)
