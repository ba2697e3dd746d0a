"""Asking an originator for its consent, and giving, refusing or withdrawing one.

Source: Directive (EU) 2016/680, article 35(1)(c) and (e); Europol handling code H2. A consent
names records, recipients or communities, purposes and an end; without one of them it allows
nothing.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from schemas import vocab
from schemas.containers import Many
from schemas.faults import Problem
from schemas.fields import Choice, Name, RecordId, Text
from schemas.quantities import Instant
from schemas.record import RecordBase
from schemas.shape import Cross


class ConsentRequest(RecordBase):
    """The question to an originator whether something may be done with records of its own."""

    kind: ClassVar[str] = "consent_request"

    use = Choice("What shall be allowed.", of=vocab.CONSENT_USES, required=True)
    records = Many(
        "Records of the one who is asked.",
        RecordId("One of them."),
        least=1,
        most=256,
        as_set=True,
        required=True,
    )
    recipients = Many("To whom they would go.", Name("A partner."), most=64, as_set=True)
    communities = Many("To which communities.", Name("A community."), most=16, as_set=True)
    consent_purposes = Many(
        "For what purposes.",
        Choice("A purpose.", of=vocab.PURPOSES),
        least=1,
        as_set=True,
        required=True,
    )
    reason = Text("Why it is needed.", most=2_000, required=True)
    until = Instant("How long it is needed.")
    answer_by = Instant("When the answer is of no use any more.")

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.get("use") == "pass_on":
            yield from _demand_recipient(given)


class Consent(RecordBase):
    """What the originator says: granted with an end, refused, or withdrawn."""

    kind: ClassVar[str] = "consent"

    request = RecordId("The consent request it answers; absent: given unasked.")
    decision = Choice("What the originator decided.", of=vocab.CONSENT_DECISIONS, required=True)
    replaces = RecordId("The earlier consent that this one changes or withdraws.")
    use = Choice("What is allowed.", of=vocab.CONSENT_USES)
    records = Many(
        "Records of the one who consents.", RecordId("One of them."), most=256, as_set=True
    )
    recipients = Many("To whom they may go.", Name("A partner."), most=64, as_set=True)
    communities = Many("To which communities.", Name("A community."), most=16, as_set=True)
    consent_purposes = Many(
        "For what purposes.", Choice("A purpose.", of=vocab.PURPOSES), as_set=True
    )
    conditions = Text("Conditions in words; a person of the asker accepts them first.", most=2_000)
    until = Instant("When it ends.")
    reason = Text("Why it is refused or withdrawn.", most=2_000)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.get("decision") == "granted":
            yield from _demand_scope(members, given)
        if members.get("decision") == "withdrawn" and "replaces" not in given:
            detail = "Which consent is withdrawn?"
            yield Cross(("replaces",), Problem("required", detail, "Add `replaces`."))


def _demand_scope(members: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
    for name, detail in (
        ("use", "What is allowed?"),
        ("records", "Of which records?"),
        ("consent_purposes", "For which purposes?"),
        ("until", "A consent without an end is none."),
    ):
        if not given.get(name):
            yield Cross((name,), Problem("required", detail, f"Add `{name}`."))
    if members.get("use") == "pass_on":
        yield from _demand_recipient(given)


def _demand_recipient(given: Mapping[str, Any]) -> Iterator[Cross]:
    if not given.get("recipients") and not given.get("communities"):
        detail = "To whom would it go?"
        problem = Problem("required", detail, "Add `recipients` or `communities`.")
        yield Cross(("recipients",), problem)
