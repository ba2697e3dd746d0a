"""The journey of a received record that a rule holds back here: a person lets it in.

One person does, as for a release that the same rule holds (R-16 asks for one yes). What waits for
a restriction to end is nobody's to let in: it goes on when that ends.

Stays true:
  * Only entries of the person's own organisation move.
  * What a held record would have started, it starts now: clocks, and a consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from gateway.core.errors import Conflict, NotFound
from gateway.core.lifecycle import step
from gateway.core.proposal import parse_reason
from gateway.flow.acts import Act, entries
from gateway.flow.as_asked import question_of
from gateway.flow.asked import QUESTIONS, Arrived, arrived
from gateway.flow.configuration import Configuration
from gateway.flow.consented import take_effect
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.own_systems import RESTRICTED
from gateway.flow.records import open_records
from gateway.flow.rows import InboxRow, RecordRow

ADMITTING = "release_officer"
MOST_HELD = 500

Json = dict[str, Any]


class NotToAdmit(Conflict):
    """Nothing that a person could let in holds this record here."""

    code: ClassVar[str] = "not-to-admit"


def held(person: Person, exchange: Exchange) -> list[Json]:
    """Return what is held for the person's organisation, by record. Raises Forbidden."""
    demand_role(person, ADMITTING)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = _of_org(work.arrivals.inbox_held(limit=MOST_HELD), person.org, configuration)
    return [
        {
            "record": row.record,
            "version": row.version,
            "from": row.partner,
            "client": row.client,
            "rule": row.code,
        }
        for row in rows
    ]


def admit(record: str, reason: str, person: Person, exchange: Exchange) -> Json:
    """Let every held version of a record into the inboxes of the organisation; return which.

    `reason` is a code that the ledger keeps. Raises Forbidden, ReasonMalformed, NotFound for what
    was not brought to the organisation, NotToAdmit.
    """
    demand_role(person, ADMITTING)
    parse_reason(reason)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        given = _of_org(work.arrivals.inbox_of_record(record), person.org, configuration)
        rows = [row for row in given if row.state == "held"]
        held_by_rule = [row for row in rows if row.code != RESTRICTED]
        versions = {row.version: row for row in work.records.versions(record)}
    if not given:
        raise NotFound
    if not held_by_rule:
        raise NotToAdmit(
            "it is restricted by its originator, and goes on when that ends" if rows else ""
        )
    alive = [row for row in held_by_rule if versions[row.version].text is not None]
    if not alive:
        raise NotToAdmit("nothing of it is left")
    return _let_in(alive, versions, reason, person, exchange)


def _let_in(
    rows: Sequence[InboxRow],
    versions: dict[int, RecordRow],
    reason: str,
    person: Person,
    exchange: Exchange,
) -> Json:
    numbers = sorted({row.version for row in rows})
    newest = open_records([versions[one] for one in numbers], exchange)[-1]
    author = versions[numbers[-1]].from_partner or rows[-1].partner
    question = question_of(newest, exchange)
    with exchange.store.writing() as work:
        current = {row.version: row for row in work.records.versions(rows[0].record)}
        if any(current[one].data_key != versions[one].data_key for one in numbers):
            raise NotToAdmit("a notice changed it meanwhile; look again")
        moved = [_moved(row, current[row.version]) for row in rows]
        if work.arrivals.replace_inbox(moved, expect=["held"]) != len(moved):
            raise NotToAdmit("it was let in meanwhile")
        acts: list[Act] = [
            (
                "admitted",
                {
                    "record": row.record,
                    "version": row.version,
                    "partner": row.partner,
                    "rule": row.code,
                    "by": person.name,
                    "reason": reason,
                },
            )
            for row in {row.version: row for row in rows}.values()
        ]
        if newest.version == max(current) and newest.type not in QUESTIONS:
            links = work.records.links_of(newest.id)
            came = Arrived(newest, author, rows[-1].partner)
            acts += arrived(came, [person.org], links, work, exchange)
            if newest.type == "consent":
                acts += take_effect(newest, author, question, work, exchange)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "admit")
    states = sorted({row.state for row in moved})
    return {"record": rows[0].record, "versions": numbers, "state": states[0]}


def _moved(row: InboxRow, record: RecordRow) -> InboxRow:
    """Return the entry as it goes on: into the inbox, unless a restriction still holds it."""
    if record.state == RESTRICTED:
        return replace(row, code=RESTRICTED)
    return replace(row, state=step("inbox", row.state, "admit"), code=None)


def _of_org(rows: Sequence[InboxRow], org: str, configuration: Configuration) -> list[InboxRow]:
    clients = configuration.clients
    return [row for row in rows if row.client in clients and clients[row.client]["org"] == org]
