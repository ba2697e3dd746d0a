"""Consents beside their questions: nothing is allowed that was not asked, and a yes counts once.

Used where a consent of ours is given, and where one arrived takes effect. An originator may also
consent unasked; such a consent names no question, and stands as it is.

Stays true:
  * A consent that names a question allows nothing unless we asked it of its author, and this is
    the reply that counts; of what it names beyond the question nothing is allowed.
  * What cannot be compared, because the question was erased, allows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from gateway.core.deadlines import moment
from gateway.core.errors import Conflict, Fault, NotFound
from gateway.core.normalise import RecordInvalid
from gateway.core.record import Record
from gateway.flow.asked import may_answer
from gateway.flow.compose import newest_of
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_asked import AskedRow

LISTS: Final = ("records", "recipients", "communities", "consent_purposes")
_TO: Final = ("recipients", "communities")
NO_AGREEMENT: Final = "no agreement"  # under no agreement can the reply leave
_GONE: Final = frozenset({"refused", "withdrawn", NO_AGREEMENT})  # a reply that will not leave


class AlreadyAnswered(Conflict):
    """This question has its reply: a yes is said once."""

    code: ClassVar[str] = "already-answered"
    advice: ClassVar[str] = (
        "See it with `gateway consents show REQUEST`. To allow less or nothing, withdraw the "
        "consent; to allow more, let them ask anew."
    )


class ReplyHeld(Conflict):
    """A reply to this question is made already, and has not left."""

    code: ClassVar[str] = "reply-held"
    advice: ClassVar[str] = (
        "`gateway explain REPLY` says what it waits for: let it go, or say no to it with `gateway "
        "holds refuse`; then reply anew."
    )


def demand_first(row: AskedRow, state: str | None) -> None:
    """Raises AlreadyAnswered, ReplyHeld; `state` is how far the newest reply of ours has come."""
    if not may_answer(row):
        was = Fault("/request", "already-answered", f"It was answered: {row.code}.")
        raise AlreadyAnswered(faults=(was,))
    if row.state == "open" and row.reply is not None and state not in _GONE:
        raise reply_held(row, str(state))


def reply_held(row: AskedRow, state: str) -> ReplyHeld:
    """Return the refusal of another reply while one is on its way."""
    return ReplyHeld(
        faults=(Fault("/request", "reply-held", f"Its reply {row.reply} is {state}."),)
    )


def demand_asked(said: Mapping[str, Any], asked: Record, now_ms: int) -> None:
    """Raises RecordInvalid with each member that goes beyond what was asked, or is past."""
    faults = [
        Fault(f"/{name}", "not-asked", "It names what was not asked for.", _ONLY_ASKED)
        for name in LISTS
        if set(said.get(name) or ()) - set(asked.body.get(name) or ())
    ]
    if said.get("use") and said["use"] != asked.body.get("use"):
        faults.append(Fault("/use", "not-asked", "Another use was asked for.", _ONLY_ASKED))
    if _is_past(said.get("until"), now_ms):
        hint = "Name an end that lies ahead, such as 2036-06-01T00:00:00Z."
        faults.append(Fault("/until", "past", "This end has passed.", hint))
    if faults:
        raise RecordInvalid(faults=tuple(faults))


_ONLY_ASKED: Final = (
    "Leave it out, then all that was asked is given; or name a part of what `gateway consents "
    "show REQUEST` lists."
)


def _is_past(until: object, now_ms: int) -> bool:
    try:
        end = moment(until)
    except ValueError:
        return False  # the schema says what an instant looks like
    return end is not None and end <= now_ms


def question_of(record: Record, exchange: Exchange) -> Record | None:
    """Return the question that this consent names, if it is held here and was ours to ask."""
    named = record.body.get("request") if record.type == "consent" else None
    if named is None:
        return None
    try:
        question, sender = newest_of(str(named), exchange)
    except NotFound:
        return None
    return question if sender is None and question.type == "consent_request" else None


def as_asked(
    consent: Record, author: str, question: Record | None, own: str, work: UnitOfWork
) -> Record | None:
    """Return the consent with what was asked of it alone; None if it allows nothing.

    `own` is our own id: who asks for its own use names nobody.
    """
    named = consent.body.get("request")
    if named is None:
        return consent
    if question is None or consent.body.get("use") != question.body.get("use"):
        return None
    if not any(
        (row.kind, row.direction, row.partner, row.reply)
        == ("consent_request", "out", author, consent.id)
        for row in work.asked.of_record(str(named))
    ):
        return None
    asked = {name: set(question.body.get(name) or ()) for name in LISTS}
    if not any(asked[name] for name in _TO):
        asked["recipients"] = {own}
    kept = {
        name: [one for one in consent.body.get(name) or () if one in asked[name]] for name in LISTS
    }
    if any(consent.body.get(name) for name in _TO) and not any(kept[name] for name in _TO):
        return None
    return replace(consent, body={**consent.body, **kept})
