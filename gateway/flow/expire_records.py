"""Records whose erase date has come, and restrictions whose end has come. A part of `expire`.

A record of ours is erased here and, by a notice, at whoever holds it. A received one is erased
here alone: its originator's notices are not ours to give, and others have the same date.

Stays true:
  * What is restricted is not erased by a date: it is kept for whom it is restricted for.
  * One record is one commit: a start after a long stop catches up record by record.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.errors import StaleDecision
from gateway.core.lifecycle import step
from gateway.flow.acts import entries
from gateway.flow.aftermath import Aftermath, aftermath
from gateway.flow.again import decide_again
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.notify import carry_out
from gateway.flow.own_systems import lifted, tell_clients
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.telling import stop

BATCH = 50


def erase_due(lease: Lease, exchange: Exchange) -> int:
    """Erase one batch of what is due; return how many records it was."""
    with exchange.store.reading() as work:
        due = work.records.to_erase(now_ms=exchange.now_ms(), limit=BATCH)
    erased = 0
    for record in dict.fromkeys(row.id for row in due):
        try:
            _erase(record, {row.version for row in due if row.id == record}, lease, exchange)
        except StaleDecision:
            continue  # it was changed meanwhile; the next run looks again
        erased += 1
    return erased


def _erase(record: str, due: set[int], lease: Lease, exchange: Exchange) -> None:
    with exchange.store.reading() as work:
        versions = work.records.versions(record)
        kept = [one for one in work.notices.of_records([record]) if one.keeps]
    newest = max(due)
    notice = NoticeRow(
        id=f"urn:uuid:{exchange.new_id()}",
        record=record,
        version=newest,
        kind="expire",
        person=None,
        code=None,
        from_partner=None,
        until=None,
        at=exchange.now_ms() // 1000 * 1000,
        state="applied",
    )
    after = aftermath(notice, versions, kept, exchange)
    with exchange.store.writing() as work:
        lease.demand(work)
        if versions[-1].from_partner is None:
            carry_out(notice, (), after, "gateway", work, exchange)
        else:
            _forget(notice, after, work, exchange)
        exchange.commit(work, "expire.record")


def _forget(notice: NoticeRow, after: Aftermath, work: UnitOfWork, exchange: Exchange) -> None:
    """Erase a received record, and tell the national systems that have it."""
    acts = after.write(work)
    work.notices.add([notice])
    tell_clients(notice, work, exchange)
    stop(notice, work)
    work.ledger.add(entries(acts, exchange))


def end_restrictions(lease: Lease, exchange: Exchange) -> int:
    """Let restrictions and disputes end whose time is over; return how many did."""
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        over = work.notices.past_their_end(now_ms=now, limit=BATCH)
    for notice in over:
        _end(notice, lease, exchange)
    return len(over)


def _end(notice: NoticeRow, lease: Lease, exchange: Exchange) -> None:
    ended = replace(notice, state=step("notice", notice.state, "end"))
    with exchange.store.reading() as work:
        versions = work.records.versions(notice.record)
        all_ = work.notices.of_records([notice.record])
        beside = [one for one in all_ if one.key != notice.key]
    after = aftermath(ended, versions, beside, exchange)
    with exchange.store.writing() as work:
        lease.demand(work)
        acts = after.write(work)
        work.notices.move([notice], ended.state)
        rows = {(row.id, row.version): row for row in work.records.versions(notice.record)}
        for entry in work.arrivals.inbox_of_record(notice.record):
            goes_on = lifted(rows[entry.record, entry.version], entry)
            if goes_on is not None:
                work.arrivals.replace_inbox([goes_on], expect=[entry.state])
        _decide(list(rows.values()), work)
        fields = {"record": notice.record, "notice": notice.id, "kind": notice.kind}
        work.ledger.add(entries([("notice_ended", fields), *acts], exchange))
        exchange.commit(work, "expire.ended")


def _decide(rows: list[RecordRow], work: UnitOfWork) -> None:
    for row in rows:
        decide_again(row.id, row.version, work)
