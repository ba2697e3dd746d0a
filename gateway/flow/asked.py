"""What a record that is made, leaves or arrives does to the questions between partners.

Called inside the commits of `submit`, `seal` and `open`. A question is a record like any other;
here only its clock is kept, and which reply ended it.

Stays true:
  * A partner's reply counts only for what was asked of that partner, whoever brings it.
  * A yes counts once: a second one to the same question is no reply to it.
  * A reply of ours counts once it has left: while it is held, the clock runs, and no other hides
    it.
  * A new version of a question starts no new clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.core import deadlines
from gateway.core.lifecycle import may, step
from gateway.core.record import Record
from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.matching import alike
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import LinkRow
from gateway.flow.rows_asked import AskedRow

# Record type of a reply → the kind of question, and the member that names it.
REPLIES: Final = {
    "answer": ("request", "request"),
    "refusal": ("request", "request"),
    "consent": ("consent_request", "request"),
    "outcome": ("outcome", "record"),
}
QUESTIONS: Final = ("request", "consent_request")
_EVENT_OF_ANSWER: Final = {
    "complete": "answer",
    "delayed": "delay",
    "clarification_wanted": "question",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """One record between one organisation of ours and one partner, at a moment."""

    record: Record
    partner: str
    org: str
    direction: str
    now: int


def made(records: Iterable[Record], work: UnitOfWork) -> None:
    """Note replies of ours, before they have left: who looks at a question sees them.

    One that is held stays the one that is seen: a delay that is told beside it settles nothing.
    """
    for record in records:
        for row in _asked_by(record, work):
            ours = row.direction == "in" and row.org == record.org
            if ours and not _is_held(row, work):
                work.asked.replace(replace(row, reply=record.id), expect=row.state)


def left(record: Record, partner: str, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Start the clocks of what `partner` is asked by this record; end those that it answers."""
    asking = Asking(record, partner, record.org, "out", exchange.now_ms())
    acts: list[Act] = []
    for row in _asked_by(record, work):
        if (row.direction, row.org, row.partner) == ("in", record.org, partner):
            acts += _settle(row, record, asking.now, work, exchange)
    return acts + _begin(asking, 0, work, exchange)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record that arrived: whose word it is, and which partner brought it."""

    record: Record
    author: str
    partner: str


def arrived(
    came: Arrived,
    orgs: Sequence[str],
    links: Sequence[LinkRow],
    work: UnitOfWork,
    exchange: Exchange,
) -> list[Act]:
    """Start the clocks of what this record asks of `orgs`; end those that it answers.

    `links` are its identifiers: what is held with one of them in common is counted.
    """
    acts: list[Act] = []
    record, partner, now = came.record, came.partner, exchange.now_ms()
    for row in _asked_by(record, work):
        if (row.direction, row.partner) == ("out", came.author) and _ends(record, row):
            acts += _settle(row, record, now, work, exchange)
    for org in orgs:
        asking = Asking(record, partner, org, "in", now)
        found = 0
        if record.type == "request":
            found = len(alike(record.id, org, links, exchange.configuration(work), work))
            about = {"record": record.id, "partner": partner, "by": None, "matches": found}
            acts.append(("cross_checked", about))
        acts += _begin(asking, found, work, exchange)
    return acts


def _asked_by(record: Record, work: UnitOfWork) -> list[AskedRow]:
    """Return the questions to which this record is a reply."""
    kind, member = REPLIES.get(record.type, ("", ""))
    named = record.body.get(member)
    if not named:
        return []
    return [row for row in work.asked.of_record(str(named)) if row.kind == kind]


def _is_held(row: AskedRow, work: UnitOfWork) -> bool:
    """Return whether the reply of ours that is noted waits to be let go."""
    releases = work.releases.of_record(row.reply) if row.reply and row.direction == "in" else ()
    return [one.state for one in releases if one.partner == row.partner][-1:] == ["held"]


def may_answer(row: AskedRow) -> bool:
    """Return whether a consent that is asked for can still be given: no yes was said before."""
    return row.state == "open" or row.code == "refused"


def _ends(reply: Record, row: AskedRow) -> bool:
    """Return whether this reply says something to the question: a second yes does not."""
    if reply.type != "consent" or reply.body["decision"] == "withdrawn":
        return True
    return may_answer(row) or row.reply in (reply.id, reply.body.get("replaces"))


def _begin(asking: Asking, found: int, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    rows = list(_rows(asking, found, work, exchange))
    work.asked.add(rows)
    return [
        (
            "asked",
            {
                "kind": row.kind,
                "record": row.record,
                "partner": row.partner,
                "direction": row.direction,
                "due": row.due_at,
            },
        )
        for row in rows
    ]


def _rows(asking: Asking, found: int, work: UnitOfWork, exchange: Exchange) -> Iterable[AskedRow]:
    body, zone = asking.record.body, deadlines.zone(exchange.own.time_zone)
    if asking.record.type in QUESTIONS and not _makes_clearer(asking, work):
        limit = deadlines.limit_for(urgent=bool(body.get("urgent")), directly_accessible=None)
        due = deadlines.due_at(asking.now, limit, zone)
        wanted = deadlines.moment(body.get("answer_by"))
        row = _row(asking, asking.record.type, due if wanted is None else wanted, limit.code)
        yield replace(row, urgent=bool(body.get("urgent")), matches=found)
    until = body.get("outcome_by")
    if until and asking.record.type != "outcome":
        day = datetime.fromisoformat(str(until)) + timedelta(days=1)  # the day itself is in time
        due = round(day.replace(tzinfo=zone).timestamp() * 1000)
        yield _row(asking, "outcome", due, "by")


def _row(asking: Asking, kind: str, due: int, clock: str) -> AskedRow:
    return AskedRow(
        kind=kind,
        record=asking.record.id,
        version=asking.record.version,
        partner=asking.partner,
        org=asking.org,
        direction=asking.direction,
        state="open",
        asked_at=asking.now,
        due_at=max(0, due),  # what is due first is listed first, from 1970 on
        clock=clock,
        action=asking.record.governance.get("operational_action_ref"),
    )


def _makes_clearer(asking: Asking, work: UnitOfWork) -> bool:
    """Let the clock go on of the question that this one makes clearer; whether there is one."""
    named = asking.record.body.get("clarifies")
    for row in work.asked.of_record(str(named)) if named else ():
        same = (asking.direction, asking.partner, asking.org)
        if row.kind != "request" or (row.direction, row.partner, row.org) != same:
            continue
        if may("asked", row.state, "clarified"):
            since = _known_since(row, work)
            due = row.due_at
            if since is not None:  # while the requester did not have the question, time ran
                due = deadlines.suspended(row.due_at, since, asking.now)
            state = step("asked", row.state, "clarified")
            work.asked.replace(replace(row, state=state, due_at=due), expect=row.state)
        return True
    return False


def _known_since(row: AskedRow, work: UnitOfWork) -> int | None:
    """Return when the requester had our question; for one of theirs, when it came."""
    if row.question is None:
        return None
    if row.direction == "out":
        return row.replied_at
    for release in work.releases.of_record(row.question):
        envelope = work.envelopes.get(release.envelope) if release.envelope else None
        if release.partner == row.partner and envelope is not None:
            return envelope.stored_at
    return None


def _settle(
    row: AskedRow, reply: Record, now: int, work: UnitOfWork, exchange: Exchange
) -> list[Act]:
    settled = replied(row, reply, now, exchange)
    if row.reply != reply.id and _is_held(row, work):
        settled = replace(settled, reply=row.reply)
    if not work.asked.replace(settled, expect=row.state):
        return []
    return [
        (
            "replied",
            {
                "kind": row.kind,
                "record": row.record,
                "partner": row.partner,
                "direction": row.direction,
                "reply": reply.id,
                "state": settled.state,
                "code": settled.code,
            },
        )
    ]


def replied(row: AskedRow, reply: Record, now: int, exchange: Exchange) -> AskedRow:
    """Return the question as it stands once this reply has left or come."""
    body = reply.body
    row = _timed(row, body, now, exchange)
    event, code = _event(reply)
    if event is not None and may("asked", row.state, event):
        row = replace(row, state=step("asked", row.state, event))
        if event == "question":
            row = replace(row, question=reply.id)
    return replace(row, reply=reply.id, replied_at=now, code=code or row.code)


def _event(reply: Record) -> tuple[str | None, str | None]:
    """Return what a reply does to its question (None: it stays open), and the code it brings."""
    body = reply.body
    if reply.type == "refusal":
        return ("refuse" if body.get("concerns") == "all" else None), str(body["ground"])
    if reply.type == "consent":
        decision = str(body["decision"])
        return ("refuse" if decision == "refused" else "answer"), decision
    if reply.type == "outcome":
        return "answer", str(body["code"])
    return _EVENT_OF_ANSWER.get(str(body.get("state"))), None


def _timed(row: AskedRow, body: Any, now: int, exchange: Exchange) -> AskedRow:
    """Count anew what an answer says about time: directly accessible or not, and a delay."""
    zone = deadlines.zone(exchange.own.time_zone)
    said = body.get("directly_accessible")
    if row.kind == "request" and isinstance(said, bool):
        before = _limit(row)
        after = deadlines.limit_for(urgent=row.urgent, directly_accessible=said)
        stood_still = row.due_at - deadlines.due_at(row.asked_at, before, zone)
        due = deadlines.due_at(row.asked_at, after, zone) + stood_still
        row = replace(row, direct="yes" if said else "no", clock=after.code, due_at=due)
    authorisation = body.get("authorisation") or {}
    if body.get("state") == "delayed" and authorisation.get("delay"):
        due = deadlines.delayed(row.due_at, now, str(authorisation["delay"]), zone)
        row = replace(row, due_at=due)
    return row


def _limit(row: AskedRow) -> deadlines.Limit:
    direct = None if row.direct is None else row.direct == "yes"
    return deadlines.limit_for(urgent=row.urgent, directly_accessible=direct)


def instant(ms: int) -> str:
    """Return a time as records write it."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
