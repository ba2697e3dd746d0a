"""Reading: what consents are asked for, by us and of us, and what was said to each.

The words of a question are in its record alone; they are opened here for who may ask or give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.core.deadlines import moment
from gateway.core.errors import NotFound
from gateway.core.ids import parse_record_id
from gateway.core.record import Record
from gateway.flow import requests
from gateway.flow.consented import ORIGIN, item_of
from gateway.flow.consents import ASKING
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow

KIND: Final = "consent_request"

Json = dict[str, Any]


def page(
    person: Person, *, open_only: bool, after: requests.Place, limit: int, exchange: Exchange
) -> tuple[list[Json], requests.Place | None]:
    """Return consent questions with what each asks, the soonest due first, and where to go on.

    Who may neither ask nor give, such as an analyst, sees that they are, and none of their words.
    """
    rows, following = requests.page(
        KIND, person, open_only=open_only, after=after, limit=limit, exchange=exchange
    )
    may_read = not person.roles.isdisjoint(ASKING)
    return _worded(rows, exchange, may_read=may_read), following


def show(record: str, person: Person, exchange: Exchange) -> Json:
    """Return one consent question of either direction. Raises NotFound, Forbidden."""
    demand_role(person, *ASKING)
    try:
        row = requests.asked_of(record, KIND, person, exchange)
    except NotFound:
        row = requests.asked_of(record, KIND, person, exchange, direction="out")
    with exchange.store.reading() as work:
        shown = requests.view(row, work, exchange)
    return _worded([shown], exchange)[0]


def message_of(named: str, exchange: Exchange) -> str:
    """Return the id of the consent record that is meant by its id, or by the name in force.

    Raises MalformedId; NotFound for an item that no message made.
    """
    if not named.startswith("consent-"):
        return parse_record_id(named)
    with exchange.store.reading() as work:
        for item in work.config.items("consent"):
            if item.name == named and item.origin == ORIGIN:
                return str(item.body["messages"][-1])
    raise NotFound("no message made this consent; what came from a file is ended in its file")


def _worded(rows: Sequence[Json], exchange: Exchange, *, may_read: bool = True) -> list[Json]:
    with exchange.store.reading() as work:
        named = {str(row[name]) for row in rows for name in ("record", "reply") if row[name]}
        opened = _opened(named, work) if may_read else []
    records = {one.id: one for one in open_records(opened, exchange)}
    with exchange.store.reading() as work:
        return [
            {
                **row,
                **_asked(records.get(row["record"])),
                **_said(row, records.get(row["reply"]), work, exchange),
            }
            for row in rows
        ]


def _opened(ids: set[str], work: UnitOfWork) -> list[RecordRow]:
    held = work.records.newest(sorted(ids))
    return [row for row in held.values() if row.text is not None]


def _asked(question: Record | None) -> Json:
    """Return what is asked; of a question that was erased nothing is known any more."""
    body: Mapping[str, Any] = {} if question is None else question.body
    return {
        "use": body.get("use"),
        "records": list(body.get("records") or ()),
        "recipients": list(body.get("recipients") or ()),
        "communities": list(body.get("communities") or ()),
        "purposes": list(body.get("consent_purposes") or ()),
        "reason": body.get("reason"),
        "needed_until": body.get("until"),
    }


def _said(row: Json, reply: Record | None, work: UnitOfWork, exchange: Exchange) -> Json:
    """Return what was granted, and whether its conditions still wait for a person of ours."""
    body: Mapping[str, Any] = {} if reply is None or reply.type != "consent" else reply.body
    granted = body.get("decision") == "granted"
    conditions = body.get("conditions") if granted else None
    waits = False
    if conditions and row["direction"] == "out":
        _, item = item_of(row["reply"], row["partner"], work)
        until = moment(body.get("until"))
        waits = item is None and until is not None and until > exchange.now_ms()
    return {
        "granted_until": body.get("until") if granted else None,
        "granted_purposes": list(body.get("consent_purposes") or ()) if granted else [],
        "conditions": conditions,
        "conditions_to_accept": waits,
        "why_not": None if granted else body.get("reason"),
    }
