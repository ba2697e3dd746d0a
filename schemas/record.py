"""What every record has: base members, risk, addressees, summaries, and the gateway's own.

Owns `RecordBase`, which each record type extends, and `GatewayMembers`, which only a gateway
writes. Leaves reading a whole document to `reading.py`.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from schemas import vocab
from schemas.containers import Many, OpenObject, Part
from schemas.faults import Problem
from schemas.fields import (
    Choice,
    Country,
    Digest,
    Language,
    MemberPointer,
    Name,
    RecordId,
    Text,
    Token,
    Whole,
)
from schemas.governance import Governance
from schemas.quantities import Day, Instant
from schemas.shape import Cross, Shape


class Addressee(Shape):
    """One recipient that the submitter named."""

    partner = Name("The partner.", required=True)
    org_id = Name("One organisation behind it; null: any.", load_default=None, allow_none=True)


class Addressees(Shape):
    """Who shall have it. Empty: a routing rule selects."""

    recipients = Many("Named recipients.", Part("One of them.", Addressee), most=64)


class ChildAtRisk(Shape):
    """Whether a child is at risk at this moment."""

    value = Choice("The answer.", of=vocab.TERNARY, required=True)
    basis = Text("What the answer rests on.", most=1_000)
    as_of = Instant("When that was known.")
    cleared_by = Text("Who ended the alarm.", most=128)


class Risk(Shape):
    """How pressing it is."""

    urgency = Choice("Four degrees, most urgent first.", of=vocab.URGENCIES, load_default="routine")
    reason = Text("Why.", most=1_000)
    child_at_risk_now = Part("Whether a child is at risk now.", ChildAtRisk)
    deadline = Instant("After this it is of no use.")

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.get("urgency") in ("threat_to_life", "urgent") and "reason" not in given:
            yield Cross(
                ("reason",),
                Problem("required", "An urgent record says why.", "Add `reason` in a sentence."),
            )


class Summary(Shape):
    """A summary in one language."""

    lang = Language("Its language.", required=True)
    text = Text("The summary.", most=4_000, required=True)
    by = Choice("Who wrote it.", of=vocab.WRITERS, load_default="person")
    checked_by = Text("Who checked it.", most=128)


class RecordBase(Shape):
    """Members of every record that its submitter writes."""

    # Lists that pointers may point into.
    parts: ClassVar[tuple[str, ...]] = ()

    type = Token("The record type.", most=64, required=True)
    provider_ref = Text("The provider's own reference, unique within its source.", required=True)
    as_of = Instant("When the content was true.")
    derived_from = Many(
        "Records this one rests on.", RecordId("One of them."), most=256, as_set=True
    )
    corrects = Whole(
        "Version that this one replaces; null: none.", least=1, load_default=None, allow_none=True
    )
    addressees = Part("Who shall have it.", Addressees, load_default=lambda: {"recipients": []})
    risk = Part("How pressing it is.", Risk, load_default=lambda: {"urgency": "routine"})
    governance = Part("Conditions of use.", Governance, load_default=dict)
    outcome_by = Day("Day by which the originator asks what became of it.")
    summaries = Many("Summaries, one per language.", Part("One of them.", Summary), most=8)


class Withheld(Shape):
    """One member this form of the record does not show."""

    pointer = MemberPointer("Where it stood in the whole record.", required=True, most=512)
    code = Token("The rule or reason.", most=64, required=True)


class Rendition(Shape):
    """The form one recipient got."""

    id = Token("Name of the form.", most=64, required=True)
    withheld = Many("What it does not show.", Part("One member.", Withheld), most=10_000)


class Originator(Shape):
    """Whose record it is."""

    org_id = Name("The organisation.", required=True)
    country = Country("Its country; `unknown`: it belongs to none.", or_unknown=True, required=True)
    org_class = Choice("Its class.", of=vocab.ORG_CLASSES, required=True)


class GatewayMembers(Shape):
    """Members of every record that only the originator's gateway writes."""

    id = RecordId("Its id.", required=True)
    version = Whole("Its version, from 1.", least=1, most=1_000_000, required=True)
    rendition = Part("The form one recipient got; absent: the whole record.", Rendition)
    nonce = Digest("32 fresh random bytes, so that digests cannot be guessed.")
    schema = Token("Type and version of this schema, e.g. case@1.0.", most=64, required=True)
    originator = Part("Whose record it is.", Originator, required=True)
    created = Instant("When the originator's gateway took it in.", required=True)
    terms = OpenObject("Terms of this release, computed for its recipient.")


GATEWAY_MEMBERS: tuple[str, ...] = (
    "id",
    "version",
    "rendition",
    "nonce",
    "schema",
    "originator",
    "created",
    "terms",
)
