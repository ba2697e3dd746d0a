"""`case`: an assertion about suspects and victims, with the grounds it rests on.

A case that rests on financial grounds alone does not leave as a case: that is for the release
rules to say (R-11), not for the schema.
"""

# ruff: noqa: D102, ARG002 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from schemas import vocab
from schemas.containers import Many, Part
from schemas.faults import Problem
from schemas.fields import Choice, Pointer, RecordId, Text, Whole
from schemas.quantities import Day
from schemas.shape import Cross, Shape
from schemas.statement_meta import meta
from schemas.subjects import Subjects


class Root(Shape):
    """What a partner's report rests on in its turn."""

    kind = Choice("Kind of ground.", of=vocab.GROUND_KINDS, required=True)
    provider = Text("Who provided it.", most=128)
    record = RecordId("The record that holds it.")


class SubjectLink(Shape):
    """Why the ground concerns the same subject."""

    by = Choice("An identifier in common, or a link that a person confirmed.", of=vocab.LINK_BASES)
    pointer = Pointer("The part in common.")
    confirmed_by = Text("Who confirmed it; not the submitter.", most=128)


class Ground(Shape):
    """One ground of the case."""

    kind = Choice("Kind of ground.", of=vocab.GROUND_KINDS, required=True)
    provider = Text("Who provided it.", most=128)
    roots = Many("What it rests on in its turn.", Part("A root.", Root), most=32)
    subject_link = Part("Why it concerns the same subject.", SubjectLink)
    meta = meta()


class CountRange(Shape):
    """A count that is known between two bounds."""

    from_ = Whole("At least.", most=1_000_000, required=True, data_key="from", attribute="from")
    to = Whole("At most; absent: nobody knows.", most=1_000_000)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if {"from", "to"} <= members.keys() and members["to"] < members["from"]:
            yield Cross(("to",), Problem("contradiction", "The range ends before it begins."))


class Case(Subjects):
    """A case."""

    kind: ClassVar[str] = "case"

    national_ref = Text("Number of the case with its unit.", most=128)
    unit = Text("The unit that leads it.", most=256)
    status = Choice("Where it stands.", of=vocab.CASE_STATUSES)
    opened = Day("Day it was opened.")
    summary = Text("What it is about.", most=4_000)
    grounds = Many("What it rests on.", Part("A ground.", Ground), least=1, most=64, required=True)
    victim_count_range = Part("How many victims.", CountRange)
