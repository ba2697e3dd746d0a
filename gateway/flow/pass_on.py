"""The journey of a partner's record to another partner: a person's act, the text unchanged.

Makes one release, decided on as every other; `seal` sends the text as it came, with the
originator's statement as evidence. Because of that release every notice about the record goes on
to the same partner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from gateway.core.errors import Conflict, NotFound
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import considered_of, decide_batch, release_row
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.onward import demand_received, received_row, unchanged
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow

_INSTEAD: Final = (
    "it goes to a partner by itself, by the rules; `gateway explain ID --partner P` says what "
    "stops it, and a correction can name another addressee"
)


class NotPassedOn(Conflict):
    """The record may not go on to that partner."""

    code: ClassVar[str] = "not-passed-on"


def pass_on(record: str, partner: str, person: Person, exchange: Exchange) -> dict[str, object]:
    """Pass the newest version on; return what was decided, as JSON.

    Raises Forbidden without the role, OurOwn, NotFound for what this person's organisation was not
    given, NotPassedOn with the reason, StaleDecision.
    """
    demand_role(person, "release_officer")
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        demand_received(record, person.org, _INSTEAD, work)
        row = received_row(record, None, work)
        demand_given(row, person, configuration, work)
        already = [
            one
            for one in work.releases.of_record(record)
            if one.partner == partner and one.version == row.version and not one.notice
        ]
    if already:
        raise NotPassedOn(f"it was passed on before, and is {already[-1].state}")
    if partner == row.from_partner or unchanged(row, exchange) is None:
        raise NotPassedOn("it comes from there, or it was changed here by a notice")
    considered = considered_of([row], exchange)[row.id, row.version]
    (decision,) = decide_batch([(considered, partner)], configuration, exchange)
    if decision.state != "due":
        raise NotPassedOn(f"{decision.rule}: {decision.reason}. {decision.remedy}")
    now = exchange.now_ms()
    release = replace(
        release_row(exchange.new_id(), considered.record, partner, decision, now),
        approvers=(person.name,),
    )
    act: Act = (
        "passed_on",
        {"record": row.id, "version": row.version, "partner": partner, "by": person.name},
    )
    with exchange.store.writing() as work:
        work.demand_epoch(configuration.epoch)
        current = received_row(record, row.version, work)
        if (current.state, current.data_key) != (row.state, row.data_key):
            raise NotPassedOn("it was changed meanwhile")
        work.releases.add([release])
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "pass_on")
    return {"record": row.id, "version": row.version, "partner": partner, "state": release.state}


def demand_given(
    row: RecordRow, person: Person, configuration: Configuration, work: UnitOfWork
) -> None:
    """Demand that a national system of the person's organisation was given this record."""
    for entry in work.arrivals.inbox_of_record(row.id):
        client = configuration.clients.get(entry.client)
        given = entry.version == row.version and entry.state not in ("held", "withdrawn")
        if given and client is not None and client["org"] == person.org:
            return
    raise NotFound
