"""Requests for information, as our persons work on them: list, look, answer, refuse.

The clock of each is kept by `asked`. Beside what was found when a request is looked at stands
what the release rules would say if it were sent to this requester; the requester learns nothing
of it until a person answers and the rules let the answer go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from gateway.core import deadlines
from gateway.core.errors import Conflict, NotFound
from gateway.core.record import Record
from gateway.flow.acts import entries
from gateway.flow.as_asked import NO_AGREEMENT, reply_held
from gateway.flow.asked import instant
from gateway.flow.compose import (
    Pen,
    governance_like,
    governance_of,
    held_by,
    is_repeated,
    newest_of,
    submit_composed,
    to,
)
from gateway.flow.deciding import Considered, decide_batch
from gateway.flow.drawing import drawn_from
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.linking import link_rows
from gateway.flow.matching import alike
from gateway.flow.outcome import Outcome
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow
from gateway.flow.rows_asked import AskedRow

LOOKING: Final = ("contact_point", "duty_officer", "release_officer", "analyst")
ANSWERING: Final = ("contact_point", "duty_officer", "release_officer")

_ANSWERS: Final = ("complete", "partial")  # a delay and a question are told at once

Json = dict[str, Any]
Place = tuple[int, str, str]
START: Final[Place] = (0, "", "")


class AnsweredMeanwhile(Conflict):
    """Somebody here replied to this question after you opened it."""

    code: ClassVar[str] = "answered-meanwhile"
    advice: ClassVar[str] = "Read what was said, then decide whether yours is still to be sent."


def page(
    kind: str, person: Person, *, open_only: bool, after: Place, limit: int, exchange: Exchange
) -> tuple[list[Json], Place | None]:
    """Return questions of the person's organisation, the soonest due first, and where to go on."""
    demand_role(person, *LOOKING)
    with exchange.store.reading() as work:
        rows = work.asked.page(person.org, kind, open_only=open_only, after=after, limit=limit)
        shown = [view(row, work, exchange) for row in rows]
    last = rows[-1] if len(rows) == limit else None
    return shown, (last.due_at, last.record, last.partner) if last else None


def view(row: AskedRow, work: UnitOfWork, exchange: Exchange) -> Json:
    """Return one question without its words: codes, ids and clocks."""
    still = row.state not in ("answered", "refused", "clarifying")
    return {
        "record": row.record,
        "partner": row.partner,
        "direction": row.direction,
        "state": row.state,
        "urgent": row.urgent,
        "asked_at": row.asked_at,
        "due_at": row.due_at,
        "clock": row.clock,
        "over": still and deadlines.is_over(row.due_at, exchange.now_ms()),
        "directly_accessible": row.direct,
        "operational_action": row.action,
        "matches": row.matches,
        "reply": row.reply,
        "reply_state": reply_state(row, work),
        "replied_at": row.replied_at,
        "code": row.code,
    }


def reply_state(row: AskedRow, work: UnitOfWork) -> str | None:
    """Return how far the newest reply of ours has come; one that came has arrived."""
    if row.reply is None:
        return None
    if row.direction == "out":
        return "arrived"
    states = [one.state for one in work.releases.of_record(row.reply) if one.partner == row.partner]
    return states[-1] if states else NO_AGREEMENT


def asked_of(
    record: str, kind: str, person: Person, exchange: Exchange, *, direction: str = "in"
) -> AskedRow:
    """Return one question of the person's organisation. Raises NotFound."""
    with exchange.store.reading() as work:
        rows = [
            row
            for row in work.asked.of_record(record)
            if (row.kind, row.org, row.direction) == (kind, person.org, direction)
        ]
    if not rows:
        raise NotFound
    return rows[0]


def show(record: str, person: Person, exchange: Exchange) -> Json:
    """Return a request with its words, and what is held that has an identifier in common.

    Looking is ledgered. Raises NotFound, Forbidden.
    """
    demand_role(person, *LOOKING)
    row = _of_any_direction(record, person, exchange)
    request, _ = newest_of(record, exchange)
    matches = _matches(row, request, exchange) if row.direction == "in" else []
    about = {"record": record, "partner": row.partner, "by": person.name, "matches": len(matches)}
    with exchange.store.writing() as work:
        shown = view(row, work, exchange)
        work.ledger.add(entries([("cross_checked", about)], exchange))
        exchange.commit(work, "requests.look")
    return {**shown, "body": dict(request.body), "found": matches}


def _of_any_direction(record: str, person: Person, exchange: Exchange) -> AskedRow:
    try:
        return asked_of(record, "request", person, exchange)
    except NotFound:
        return asked_of(record, "request", person, exchange, direction="out")


def _matches(row: AskedRow, request: Record, exchange: Exchange) -> list[Json]:
    links = link_rows([request], exchange)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        found = alike(request.id, row.org, links, configuration, work)
    rows = [one for one, _ in found.values()]
    candidates = [
        Considered(_addressed(record, row.partner), one.state, one.received_at)
        for one, record in zip(rows, open_records(rows, exchange), strict=True)
    ]
    pairs = [(candidate, row.partner) for candidate in candidates]
    decisions = decide_batch(pairs, configuration, exchange, overridden=False)
    lifted = decide_batch(pairs, configuration, exchange)
    return [
        {
            **_match(one, candidate.record, found[one.id][1]),
            "decision": {
                "outcome": {"due": "release", "held": "hold", "refused": "refuse"}[decision.state],
                "deciding": decision.rule or None,
                "reason": decision.reason,
                "remedy": decision.remedy,
                "withheld": len(decision.reductions),
                "overridden": (override.state, len(override.reductions))
                != (decision.state, len(decision.reductions)),
            },
        }
        for one, candidate, decision, override in zip(
            rows, candidates, decisions, lifted, strict=True
        )
    ]


def _match(row: RecordRow, record: Record, fields: Sequence[str]) -> Json:
    return {
        "record": row.id,
        "version": row.version,
        "type": row.type,
        "from": row.from_partner,
        "provider_ref": record.provider_ref,
        "in_common": list(fields),
    }


def _addressed(record: Record, partner: str) -> Record:
    """Return the record as if its submitter had named this requester as well.

    The open request is what makes the requester an addressee; all other rules are left to say.
    """
    named = list((record.body.get("addressees") or {}).get("recipients") or ())
    body = {**record.body, "addressees": {"recipients": [*named, *to(partner)["recipients"]]}}
    return replace(record, body=body)


def answer(record: str, said: Mapping[str, Any], pen: Pen, exchange: Exchange) -> Outcome:
    """Answer a request that was asked of us, or tell a delay, or ask for something clearer.

    `said` are members of the record type `answer`; `use` names records to draw it from, and
    `handling` and `legal_basis` its conditions. Raises NotFound, Forbidden, RecordInvalid,
    ReplyHeld.
    """
    demand_role(pen.person, *ANSWERING)
    row, request = _open_request(record, pen.person, exchange)
    if said.get("state") in _ANSWERS:
        _demand_none_held(row, pen, exchange)
    sources = [held_by(pen.person.org, one, exchange) for one in said.get("use") or ()]
    own = {
        name: value
        for name, value in said.items()
        if name not in ("use", "handling", "legal_basis") and value is not None
    }
    body = {
        **drawn_from(sources),
        **own,
        "request": record,
        "received_at": instant(row.asked_at),
        "addressees": to(row.partner),
        "risk": request.body.get("risk") or {"urgency": "routine"},
        "governance": governance_of(request, sources, said),
    }
    return submit_composed("answer", _timed(body, row, exchange), pen, exchange)


def _timed(body: Json, row: AskedRow, exchange: Exchange) -> Json:
    """Add the end of the clock as it will be counted here once this answer has left."""
    direct = body.get("directly_accessible")
    if not isinstance(direct, bool):
        direct = None if row.direct is None else row.direct == "yes"
    limit = deadlines.limit_for(urgent=row.urgent, directly_accessible=direct)
    zone = deadlines.zone(exchange.own.time_zone)
    return {**body, "due_at": instant(deadlines.due_at(row.asked_at, limit, zone))}


def demand_last_reply(record: str, seen: str, pen: Pen, exchange: Exchange) -> None:
    """Raise AnsweredMeanwhile if a reply came after `seen`, which the person was shown ("": none).

    A reply under the key of `pen` is this same one, sent twice.
    """
    newest = asked_of(record, "request", pen.person, exchange).reply
    if newest is None or newest == seen:
        return
    said, _ = newest_of(newest, exchange)
    if pen.key is None or not str(said.provider_ref).endswith(f"-{pen.key}"):
        raise AnsweredMeanwhile


def reply_to(record: str, person: Person, exchange: Exchange) -> Json | None:
    """Return the words of the newest reply of ours, for who may answer; the look is ledgered."""
    demand_role(person, *ANSWERING)
    newest = asked_of(record, "request", person, exchange).reply
    if newest is None:
        return None
    said, _ = newest_of(newest, exchange)
    about = {"record": newest, "version": said.version, "by": person.name, "reason": "own_reply"}
    with exchange.store.writing() as work:
        work.ledger.add(entries([("looked", about)], exchange))
        exchange.commit(work, "requests.reply")
    return {"record": newest, "type": said.type, "body": dict(said.body)}


def refuse(record: str, said: Mapping[str, Any], pen: Pen, exchange: Exchange) -> Outcome:
    """Refuse a request, or the part that `text` names, on a ground of the Directive."""
    demand_role(pen.person, *ANSWERING)
    row, request = _open_request(record, pen.person, exchange)
    _demand_none_held(row, pen, exchange)
    body = {
        **{name: value for name, value in said.items() if value is not None},
        "request": record,
        "received_at": instant(row.asked_at),
        "addressees": to(row.partner),
        "risk": request.body.get("risk") or {"urgency": "routine"},
        "governance": governance_like(request, said),
    }
    for name in ("handling", "legal_basis"):
        body.pop(name, None)
    return submit_composed("refusal", body, pen, exchange)


def _demand_none_held(row: AskedRow, pen: Pen, exchange: Exchange) -> None:
    """Raises ReplyHeld while a reply of ours is held: two would leave when it is let go."""
    if is_repeated(pen, exchange):
        return
    with exchange.store.reading() as work:
        state = reply_state(row, work)
    if row.reply is not None and state == "held":
        raise reply_held(row, state)


def _open_request(record: str, person: Person, exchange: Exchange) -> tuple[AskedRow, Record]:
    row = asked_of(record, "request", person, exchange)
    request, _ = newest_of(record, exchange)
    return row, request
