"""Who has a record: partners, their national systems, those it was passed on to, copies elsewhere.

Reads; writes nothing, except for the copies that a person enters by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.core.bodies import OPEN
from gateway.core.errors import Conflict, NotFound
from gateway.core.ids import parse_org_id
from gateway.core.links import RESTS_ON
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.further import heard_of, passed_on
from gateway.flow.linking import link_tags
from gateway.flow.matching import sees
from gateway.flow.overdue import is_overdue
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_after import CopyRow, FurtherRow, NoticeRow
from gateway.flow.telling import may_hold

MOST_RESTING: Final = 500  # as many as a person can look at
WAYS: Final = ("paper", "telephone", "e-mail", "siena", "other")
COPY_ENDS: Final = ("back", "destroyed")
A_FURTHER_HOLDER: Final = "a further holder"  # who told us of it may not name it
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resting:
    """One record that leans on another: it rests on it, or shares an identifier with it."""

    record: str
    version: int
    by: str  # rests_on, or the field of the identifier


def resting_on(record: str, exchange: Exchange) -> list[Resting]:
    """Return the records that rest on this one or are linked with it, the former first."""
    (tag,) = link_tags([(RESTS_ON, record)], exchange)
    with exchange.store.reading() as work:
        own = [link for link in work.records.links_of(record) if link.field != RESTS_ON]
        resting = work.records.linked([(RESTS_ON, tag)], limit=MOST_RESTING)
        linked = work.records.linked([(link.field, link.tag) for link in own], limit=MOST_RESTING)
    rows = [
        Resting(link.record, link.version, link.field)
        for link in (*resting, *linked)
        if link.record != record
    ]
    return _newest(rows)


def seen_by(org: str | None, rows: Sequence[Resting], exchange: Exchange) -> list[Resting]:
    """Return those that are this organisation's to see; None is an administrator."""
    if org is None:
        return list(rows)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        held = work.records.newest([row.record for row in rows])
        return [row for row in rows if sees(org, held[row.record], configuration, work)]


def _newest(rows: Sequence[Resting]) -> list[Resting]:
    """Return the newest version of each record, by what it leans on the most."""
    newest: dict[str, Resting] = {}
    for row in rows:
        before = newest.get(row.record)
        if before is None or (before.version < row.version and before.by == row.by):
            newest[row.record] = row
    return list(newest.values())


def holders(record: str, org: str | None, exchange: Exchange) -> Json:
    """Return who holds our own record, what each answered to each notice, and copies elsewhere.

    `org` None is an administrator. Times are milliseconds since 1970. Raises NotFound.
    """
    with exchange.store.reading() as work:
        _demand_own(record, org, work)
        releases = work.releases.of_record(record)
        notices = sorted(work.notices.of_records([record]), key=lambda one: (one.at, one.id))
        copies = work.follow.copies(record)
        ours = [one for one in notices if one.from_partner is None]
        further = {one.id: heard_of(one, work) for one in ours}
    now = exchange.now_ms()
    return {
        "record": record,
        "holders": [_holder(row) for row in releases if may_hold(row)],
        "notices": [_notice(one, releases, further[one.id], now) for one in ours],
        "copies": [_copy(row) for row in copies],
        "copies_out": sum(row.copies for row in copies if row.state == "out"),
    }


def _holder(row: ReleaseRow) -> Json:
    return {
        "holder": row.partner,
        "version": row.version,
        "gateway": row.state,
        "since": row.decided_at,
        "verdict": row.verdict,
    }


def _notice(
    notice: NoticeRow, releases: Sequence[ReleaseRow], further: Sequence[FurtherRow], now: int
) -> Json:
    return {
        "notice": notice.id,
        "kind": notice.kind,
        "version": notice.version,
        "person": notice.person,
        "code": notice.code,
        "until": notice.until,
        "lifts": notice.lifts,
        "at": notice.at,
        "state": notice.state,
        "holders": [_told(row, now) for row in releases if row.notice == notice.id],
        "further": _further(further, now),
    }


def _told(row: ReleaseRow, now: int) -> Json:
    waits = {"due": "waiting", "sealed": "sent", "stored": "received"}.get(row.state, row.state)
    return {
        "holder": row.partner,
        "gateway": row.verdict or waits,
        "own_system": row.own_system,
        "passed_on": passed_on(row),
        "code": row.code if row.verdict else None,
        "told_at": row.decided_at,
        "answered_at": row.verdict_at,
        "overdue": row.verdict is None and is_overdue(row.decided_at, now),
    }


def _further(rows: Sequence[FurtherRow], now: int) -> list[Json]:
    """Return those that have the record by a holder's hands, as that holder told us."""
    names = {(row.partner, row.path): row.name or A_FURTHER_HOLDER for row in rows}
    return [
        {
            "holder": row.name or A_FURTHER_HOLDER,
            "tag": row.path,
            "by": names.get((row.partner, row.parent or ""), row.partner),
            "told_by": row.partner,
            "hops": row.hops,
            "gateway": row.state,
            "own_system": row.own_system,
            "passed_on": row.passed_on,
            "at": row.at,
            "overdue": row.state == OPEN and is_overdue(row.at, now),
        }
        for row in rows
    ]


def _copy(row: CopyRow) -> Json:
    return {
        "copy": row.id,
        "holder": row.holder,
        "version": row.version,
        "way": row.way,
        "copies": row.copies,
        "at": row.at,
        "state": row.state,
        "settled_at": row.settled_at,
    }


def note_copy(
    record: str, holder: str, way: str, copies: int, by: str, org: str | None, exchange: Exchange
) -> Json:
    """Enter copies that went out beside the gateway. Raises NotFound, MalformedId."""
    parse_org_id(holder)
    with exchange.store.writing() as work:
        version = _demand_own(record, org, work)
        row = CopyRow(
            id=exchange.new_id(),
            record=record,
            version=version,
            holder=holder,
            way=way,
            copies=copies,
            by=by,
            at=exchange.now_ms(),
            state="out",
        )
        work.follow.add_copy(row)
        work.ledger.add(entries([_act(row)], exchange))
        exchange.commit(work, "holders.copy")
    return _copy(row)


def settle_copy(
    record: str, copy: str, state: str, by: str, org: str | None, exchange: Exchange
) -> Json:
    """Say that copies came back or were destroyed. Raises NotFound; Conflict the second time."""
    with exchange.store.writing() as work:
        _demand_own(record, org, work)
        row = next((one for one in work.follow.copies(record) if one.id == copy), None)
        if row is None:
            raise NotFound
        settled = replace(row, state=state, by=by, settled_at=exchange.now_ms())
        if not work.follow.settle_copy(settled):
            raise Conflict(f"these copies are {row.state} already")
        work.ledger.add(entries([_act(settled)], exchange))
        exchange.commit(work, "holders.copy_settled")
    return _copy(settled)


def _act(row: CopyRow) -> Act:
    fields = {
        "record": row.record,
        "version": row.version,
        "copy": row.id,
        "holder": row.holder,
        "way": row.way,
        "copies": row.copies,
        "by": row.by,
        "state": row.state,
    }
    return "copy", fields


def _demand_own(record: str, org: str | None, work: UnitOfWork) -> int:
    """Return the newest version of our own record. Raises NotFound for another's."""
    row = work.records.newest([record]).get(record)
    if row is None or row.from_partner is not None or (org is not None and row.org != org):
        raise NotFound
    return row.version
