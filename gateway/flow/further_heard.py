"""The journey of what a partner tells of further holders: into our table, and on up.

Order-free and idempotent: of what is said of one holder, the latest place of the partner's
sequence holds. From a partner that we did not tell the notice, it is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.core.bodies import FurtherItem
from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.further import heard_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.reporting import report, told_onward
from gateway.flow.rows import ArrivalRow
from gateway.flow.rows_after import FurtherRow, NoticeRow

# Of one notice, from one partner: whoever makes holders up does not fill our disk with them.
MOST_HEARD: Final = 1_000


def hear_further(
    items: Sequence[FurtherItem], arrival: ArrivalRow, work: UnitOfWork, exchange: Exchange
) -> list[Act]:
    """Keep what is new, and let it go on to whoever brought us these notices."""
    acts: list[Act] = []
    about: dict[tuple[str, str], list[FurtherItem]] = {}
    for item in items:
        about.setdefault((item.notice, item.record), []).append(item)
    for (id_, record), some in about.items():
        for notice in work.notices.of_id(id_):
            told = {row.partner for row in told_onward(notice, work)}
            if notice.record == record and arrival.partner in told:
                acts += _hear_of(notice, some, arrival, work, exchange)
    return acts


def _hear_of(
    notice: NoticeRow,
    items: Sequence[FurtherItem],
    arrival: ArrivalRow,
    work: UnitOfWork,
    exchange: Exchange,
) -> list[Act]:
    held = {row.path: row for row in heard_of(notice, work) if row.partner == arrival.partner}
    acts = []
    fresh: dict[str, FurtherRow] = {}
    for item in items:
        row, before = _row(item, notice, arrival), held.get(item.tag)
        is_old = before is not None and (before.ep, before.seq) > (row.ep, row.seq)
        is_too_much = before is None and len(held.keys() | fresh.keys()) >= MOST_HEARD
        if is_old or is_too_much or item.name == exchange.own.id:
            continue
        fresh[item.tag] = row
        if before is None or before.news != row.news:
            acts.append(_act(row))
    work.further.put(list(fresh.values()))
    if fresh and notice.from_partner is not None:
        report(notice, work, exchange)
    return acts


def _row(item: FurtherItem, notice: NoticeRow, arrival: ArrivalRow) -> FurtherRow:
    return FurtherRow(
        direction="in",
        partner=arrival.partner,
        author=notice.author,
        notice=notice.id,
        path=item.tag,
        parent=item.by,
        record=notice.record,
        name=item.name,
        hops=item.hops,
        state=item.state,
        own_system=item.own_system,
        passed_on=item.passed_on,
        at=item.at * 1000,
        ep=arrival.ep,
        seq=arrival.seq,
    )


def _act(row: FurtherRow) -> Act:
    fields = {
        "partner": row.partner,
        "notice": row.notice,
        "record": row.record,
        "holder": row.name or row.path,
        "state": row.state,
        "own_system": row.own_system,
    }
    return "further_holder", fields
