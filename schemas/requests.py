"""Requests for information between authorities, and what comes back: answers and refusals.

Source: Directive (EU) 2023/977, articles 4 to 6 and 12. The requester says whether it is urgent;
the requested side says whether the information is directly accessible; the clock follows from
both (`gateway.core.deadlines`). A question is not an assertion: nobody in it is called a suspect
by being asked about.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from schemas import vocab
from schemas.case import Ground
from schemas.containers import Many, Part
from schemas.faults import Problem
from schemas.fields import Choice, Language, RecordId, Text, Truth
from schemas.quantities import Duration, Instant
from schemas.record import RecordBase
from schemas.shape import Cross, Shape, view
from schemas.subjects import Subjects


class EuropolCopy(Shape):
    """Whether Europol gets a copy, or why not: looked at for each request and answer."""

    sent = Truth("A copy goes to Europol.", required=True)
    why_not = Choice("Why none goes.", of=vocab.NO_EUROPOL_COPY)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.get("sent") is False and "why_not" not in given:
            yield _needed("why_not", "No copy to Europol: why not?", "Add `why_not`.")
        if members.get("sent") is True and "why_not" in given:
            yield Cross(("why_not",), Problem("contradiction", "A copy goes, and why none goes."))


class Authorisation(Shape):
    """A judicial authorisation that national law asks for first."""

    needed = Truth("One is needed.", required=True)
    asked_at = Instant("When it was asked for.")
    delay = Duration("How long the answer will be late, as far as can be told.", most=32)
    reasons = Text("Why it takes that long.", most=1_000)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.get("needed") is not True:
            return
        for name, words in (("delay", "How long will it take?"), ("reasons", "Why so long?")):
            if name not in given:
                yield _needed(name, words, f"Add `{name}`: the requester is told at once.")


class Request(Subjects):
    """A request for information. What it is about stands in the parts of every subject record."""

    kind: ClassVar[str] = "request"
    derived: ClassVar[Mapping[str, str]] = {"risk": "urgent-request"}

    urgent = Truth("It is urgent.", required=True)
    urgent_grounds = Many("Why it is urgent.", Choice("A ground.", of=vocab.URGENT_GROUNDS))
    urgent_reason = Text("The same in words.", most=1_000)
    information = Text("Exactly what is asked for.", most=4_000, required=True)
    reasons_available = Text(
        "Why the requested side is believed to have it.", most=2_000, required=True
    )
    facts = Text("The purpose, with the facts of the case.", most=4_000, required=True)
    offence = Text("The offence behind it.", most=512, required=True)
    link = Text("What the persons and bodies named have to do with the purpose.", most=2_000)
    grounds = Many("What the suspicion rests on.", Part("A ground.", Ground), most=64)
    use_restrictions = Text("Limits on the use of what this request itself says.", most=2_000)
    languages = Many(
        "Languages in which an answer can be read, the best first.",
        Language("A language."),
        least=1,
        most=8,
        required=True,
    )
    clarifies = RecordId("The request that this one makes clearer; its clock goes on.")
    europol = Part("Whether Europol gets a copy.", EuropolCopy)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        yield from super().settle(members, given)
        if members.get("urgent") is True:
            yield from _demand_reasons(given)
            self._settle_risk(members, given)
        elif members.get("urgent") is False and given.keys() & {"urgent_grounds", "urgent_reason"}:
            problem = Problem("contradiction", "It is not urgent, and says why it is.")
            yield Cross(("urgent",), problem)
        if (given.get("persons") or given.get("organisations")) and "link" not in given:
            yield _needed("link", "What have they to do with it?", "Add `link` in a sentence.")

    def _settle_risk(self, members: dict[str, Any], given: Mapping[str, Any]) -> None:
        """An urgent request is sealed and sent before others, unless it says more itself."""
        if "risk" not in given and "urgent_reason" in members and not view().as_text:
            members["risk"] = {"urgency": "urgent", "reason": members["urgent_reason"]}


def _demand_reasons(given: Mapping[str, Any]) -> Iterator[Cross]:
    for name, words in (
        ("urgent_grounds", "Which of the grounds of urgency is it?"),
        ("urgent_reason", "An urgent request says why."),
    ):
        if not given.get(name):
            yield _needed(name, words, f"Add `{name}`.")


class Answer(Subjects):
    """An answer to a request: all of it, a part, a delay told, or a question back."""

    kind: ClassVar[str] = "answer"

    request = RecordId("The request it answers.", required=True)
    state = Choice("What kind of answer.", of=vocab.ANSWER_STATES, required=True)
    received_at = Instant("When the requested side received the request.", required=True)
    directly_accessible = Truth("The information could be had directly.")
    due_at = Instant("The end of the clock, as the requested side counts it.")
    text = Text("The answer in words.", most=4_000)
    language = Language("The language of the answer.")
    grounds = Many("What the answer rests on.", Part("A ground.", Ground), most=64)
    outstanding = Text("What is still to come.", most=2_000)
    authorisation = Part("A judicial authorisation that is needed first.", Authorisation)
    clarification = Text("What the requester is asked to make clearer.", most=2_000)
    evidence = Choice("Use as evidence; absent: no.", of=vocab.EVIDENCE_CONSENTS)
    europol = Part("Whether Europol gets a copy.", EuropolCopy)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        yield from super().settle(members, given)
        needed = {
            "partial": ("outstanding", "A part is answered: what is still to come?"),
            "delayed": ("authorisation", "Late answers are for judicial authorisations only."),
            "clarification_wanted": ("clarification", "What shall be made clearer?"),
        }.get(str(members.get("state")))
        if needed and needed[0] not in given:
            yield _needed(needed[0], needed[1], f"Add `{needed[0]}`.")
        needless = members.get("authorisation", {}).get("needed") is False
        if members.get("state") == "delayed" and needless:
            problem = Problem("contradiction", "Delayed, and no authorisation is needed.")
            yield Cross(("authorisation", "needed"), problem)


class Refusal(RecordBase):
    """A request, or a part of it, is refused on a ground of the Directive."""

    kind: ClassVar[str] = "refusal"

    request = RecordId("The request it refuses.", required=True)
    received_at = Instant("When the requested side received the request.", required=True)
    ground = Choice("On what ground.", of=vocab.REFUSAL_GROUNDS, required=True)
    concerns = Choice("All of the request, or a part.", of=vocab.REFUSED_PARTS, load_default="all")
    text = Text("The part that is refused; the ground in words.", most=2_000)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if members.get("concerns") == "part" and "text" not in given:
            yield _needed("text", "Which part is refused?", "Add `text` in a sentence.")


def _needed(name: str, detail: str, hint: str) -> Cross:
    return Cross((name,), Problem("required", detail, hint))
