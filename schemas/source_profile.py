"""A source profile: what a source never says, said once for all its records.

Formats such as goAML, CyberTipline and XARF carry no handling code, purpose, review date or
evaluation. A profile fills what is missing, per record type and indicator; it never names a
recipient and never overrides what the source said.
"""

# ruff: noqa: D102, ARG002 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas import vocab
from schemas.containers import Many, Part
from schemas.faults import Problem, SchemaFault
from schemas.fields import Choice, Token, Whole
from schemas.governance import LegalBasis
from schemas.shape import Cross, Shape, View, load, reading, the
from schemas.versions import WRITTEN


class FillShape(Shape):
    """What is filled in where it is missing."""

    handling = Many("Handling codes.", Choice("A code.", of=vocab.HANDLING), as_set=True)
    purposes = Many("Purposes.", Choice("A purpose.", of=vocab.PURPOSES), as_set=True)
    legal_basis = Part("The law the records are processed under.", LegalBasis)
    crime_area = Choice("Crime area.", of=vocab.CRIME_AREAS)
    phenomenon = Many("Phenomena.", Choice("One.", of=vocab.PHENOMENA), as_set=True)
    operational_action_ref = Token("The operational action that the feed serves.", most=64)
    review_days = Whole("Days from receipt to review; at most three years.", least=1, most=1_096)
    person_category = Choice("Category of persons without one.", of=vocab.PERSON_CATEGORIES)
    source_code = Choice("Reliability of the source.", of=vocab.SOURCE_CODES)
    info_code = Choice("Reliability of its statements.", of=vocab.INFO_CODES)


class ProfileCaseShape(FillShape):
    """What is filled in for one record type, one indicator, or one of both."""

    type = Choice("Only for this record type.", of=tuple(WRITTEN))
    indicator = Token("Only where the source gave this indicator.", most=128)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if not given.keys() & {"type", "indicator"}:
            problem = Problem(
                "required",
                "For which records?",
                "Add `type` or `indicator`, or move it to the top.",
            )
            yield Cross(("type",), problem)


class SourceProfileShape(FillShape):
    """The body of an item of kind `source_profile`."""

    cases = Many("Exceptions.", Part("One of them.", ProfileCaseShape), most=200)


def load_source_profile(document: object) -> tuple[dict[str, Any], list[SchemaFault]]:
    """Return the body of a source profile in normal form, or what is wrong with it."""
    with reading(View()):
        return load(the(SourceProfileShape), document)
