"""One person leaves a record that stays: wrongly named, or to be erased. Pure.

Owns what goes with that person: the parts that are theirs, what ties others to them, and every
free text, since it may name them. Leaves to others: who may demand it (flow), the removing itself
(`core.record`).

Stays true:
  * What is left says nowhere who the person was, or nothing is left: `without_person` is None.
  * Pointers under `rendition.withheld` are into the unreduced record, whatever was taken before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.core.links import identifiers, name_words
from gateway.core.places import here, whole_of
from gateway.core.record import Record
from gateway.core.withholding import free_texts, still_tells

TAKEN: Final = "notice"  # code under `withheld` of what a notice took
SAME_PERSON: Final = "person_name"  # marks only: within one record a name is enough

Members = Mapping[str, Any]


def withheld_of(body: Members) -> tuple[str, ...]:
    """Return the pointers, into the unreduced record, of what this body lacks."""
    rendition = body.get("rendition") or {}
    return tuple(str(one["pointer"]) for one in rendition.get("withheld") or ())


def has_person(record: Record, person: str) -> bool:
    """Return whether `person`, a pointer into the unreduced record, is one in this form of it."""
    place = here(person, withheld_of(record.body))
    if place is None:
        return False
    return int(place.rpartition("/")[2]) < len(record.body.get("persons") or ())


def without_person(record: Record, person: str) -> Record | None:
    """Return `record` without that person and all that is theirs.

    None if what is left still says who it was: then the record cannot stay. A record without the
    person is returned as it is. `person` is a pointer into the unreduced record.
    """
    if not has_person(record, person):
        return record
    cuts = record.loses(_theirs(record, person))
    left = record.without(cuts)
    # Who keeps an account tells nothing of whose it is: another's may be kept there, too.
    providers = [f"{cut}/provider" for cut in cuts if cut.startswith("/accounts/")]
    if still_tells(record.without(providers), left, cuts):
        return None
    before = withheld_of(record.body)
    rendition = dict(record.body.get("rendition") or {"id": record.id, "withheld": []})
    taken = [{"pointer": whole_of(cut, before), "code": TAKEN} for cut in cuts]
    rendition["withheld"] = [*rendition["withheld"], *taken]
    return replace(left, body={**left.body, "rendition": rendition})


def with_category(record: Record, person: str, category: str) -> Record:
    """Return `record` with another category of that person; as it is if they are not in it."""
    if not has_person(record, person):
        return record
    place = here(person, withheld_of(record.body)) or ""
    index = int(place.rpartition("/")[2])
    persons = [
        {name: value for name, value in one.items() if not name.startswith("category")}
        | {"category": category}
        if number == index
        else one
        for number, one in enumerate(record.body["persons"])
    ]
    return replace(record, body={**record.body, "persons": persons})


def marks_of_person(record: Record, person: str) -> list[tuple[str, str]]:
    """Return (field, value) of every identifier that would bring this person back to the record."""
    if not has_person(record, person):
        return []
    body: dict[str, Any] = {}
    for pointer in _theirs(record, person):
        parts = pointer[1:].split("/")
        if parts[-1].isdigit() and len(parts) == 2:  # noqa: PLR2004 - /accounts/0, no free text
            body.setdefault(parts[0], []).append(record.body[parts[0]][int(parts[1])])
    theirs = replace(record, body=body)
    return [*identifiers(theirs), *((SAME_PERSON, name) for name in _names(body["persons"][0]))]


def marks_in(record: Record) -> list[tuple[str, str]]:
    """Return (field, value) of all that could be marked in a record."""
    names = [name for one in record.body.get("persons") or () for name in _names(one)]
    return [*identifiers(record), *((SAME_PERSON, name) for name in dict.fromkeys(names))]


def _theirs(record: Record, person: str) -> tuple[str, ...]:
    """Return the pointers, into the record as it stands, of all that goes with the person."""
    gone = {here(person, withheld_of(record.body)) or ""}
    while True:
        more = {
            f"/{name}/{index}"
            for name, entries in record.body.items()
            if isinstance(entries, list) and name != "grounds"
            for index, entry in enumerate(entries)
            if isinstance(entry, Mapping) and _names_one_of(entry, gone)
        }
        if more <= gone:
            return tuple(sorted({*gone, *free_texts(record)}))
        gone |= more


def _names_one_of(entry: Members, gone: set[str]) -> bool:
    return any(isinstance(value, str) and value in gone for value in entry.values())


def _names(person: Members) -> Iterator[str]:
    for name in person.get("names") or ():
        words = name_words(name)
        if words:
            yield words
