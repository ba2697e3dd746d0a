"""Records about somebody: the parts that case, financial signal and hosting report share.

Owns the lists of parts and the check that a pointer between parts points at one of them.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from schemas import vocab
from schemas.containers import Many, Part
from schemas.faults import Problem
from schemas.fields import Choice, Country, Pointer, Text
from schemas.parts import (
    Account,
    Document,
    Location,
    MeansOfTransport,
    NetworkObservation,
    OnlineIdentity,
    Organisation,
    Person,
    Relation,
)
from schemas.record import RecordBase
from schemas.shape import Cross, Shape, members_of, the


class Jurisdictions(Shape):
    """Countries by their role. None is ever inferred from another."""

    host = Many("Where it is hosted.", Country("A country.", or_unknown=True), as_set=True)
    suspect = Many("Where suspects are.", Country("A country.", or_unknown=True), as_set=True)
    victim = Many("Where victims are.", Country("A country.", or_unknown=True), as_set=True)
    reporter = Many(
        "Where the report is from.", Country("A country.", or_unknown=True), as_set=True
    )


class ExternalRef(Shape):
    """The same matter under another system's number."""

    scheme = Choice("The system.", of=vocab.EXTERNAL_SCHEMES, required=True)
    value = Text("The number.", most=128, required=True)


class Subjects(RecordBase):
    """A record that speaks of persons and what belongs to them."""

    parts: ClassVar[tuple[str, ...]] = (
        "persons",
        "organisations",
        "accounts",
        "identities",
        "network",
        "locations",
        "means_of_transport",
        "documents",
        "relations",
    )

    persons = Many("Persons.", Part("A person.", Person), most=500)
    organisations = Many("Organisations.", Part("An organisation.", Organisation), most=200)
    accounts = Many("Accounts.", Part("An account.", Account), most=500)
    identities = Many("Online identities.", Part("An identity.", OnlineIdentity), most=500)
    network = Many("Network observations.", Part("One of them.", NetworkObservation), most=1_000)
    locations = Many("Locations.", Part("A location.", Location), most=200)
    means_of_transport = Many("Vehicles and vessels.", Part("One.", MeansOfTransport), most=100)
    documents = Many("Identity papers.", Part("A paper.", Document), most=100)
    relations = Many("Relations between parts.", Part("A relation.", Relation), most=1_000)
    jurisdictions = Part("Countries by their role.", Jurisdictions)
    external_refs = Many("Numbers elsewhere.", Part("A number.", ExternalRef), most=32)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        for way, target in pointers(self, members):
            name, index = target.split("/")[1:]
            if name not in self.parts:
                yield Cross(way, Problem("bad-pointer", "There are no parts of that kind."))
            elif int(index) >= _count(given.get(name, ())):
                yield Cross(
                    way,
                    Problem(
                        "dangling-pointer",
                        "There is no such part in this record.",
                        "Parts are counted from 0.",
                    ),
                )


def _count(parts: object) -> int:
    """Return how many parts were given; what is no list has its own fault, and counts as many."""
    return len(parts) if isinstance(parts, list | tuple) else sys.maxsize


def pointers(shape: Shape, members: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every pointer between parts below `members`, with the way to it."""
    for member, field in _pointing(type(shape)):
        if member not in members:
            continue
        for way, target in _pointers(field, members[member]):
            yield (member, *way), target


@cache
def _pointing(kind: type[Shape]) -> tuple[tuple[str, Any], ...]:
    """Return the members of a shape in or below which a pointer can stand: few of them."""
    return tuple((member, field) for member, field in members_of(the(kind)) if _points(field))


def _points(field: Any) -> bool:
    if isinstance(field, Many):
        return _points(field.inner)
    if isinstance(field, Part):
        return bool(_pointing(field.of))
    return isinstance(field, Pointer)


def _pointers(field: Any, value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(field, Pointer):
        yield (), value
    elif isinstance(field, Many):
        for index, one in enumerate(value):
            for way, target in _pointers(field.inner, one):
                yield (index, *way), target
    elif isinstance(field, Part):
        yield from pointers(field.schema, value)
