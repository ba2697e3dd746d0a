"""What a new consent gives back: a version that was recalled when an earlier consent had ended.

A part of `reconsider`, beside `unconsented`. Where the recall of `consent_withdrawn` was the only
one, and the holder has answered that the record is gone, the same version is due again.

Stays true:
  * What was recalled for any other reason never comes back.
  * It is sealed later than the recall says it was given: by that the holder knows it from a copy
    that was late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.core.errors import StaleDecision
from gateway.core.lifecycle import step
from gateway.core.notice import CONSENT_WITHDRAWN
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import considered_of, decide_batch, decided_again, rows_of
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.telling import FOR_SOME
from gateway.flow.unconsented import BATCH, Scope, within


@dataclass(frozen=True, slots=True)
class _Gone:
    """A release that the holder destroyed for want of consent, and the recalls that said so."""

    release: ReleaseRow
    recalls: tuple[NoticeRow, ...]


def release_again(
    partner: str, since: int, configuration: Configuration, lease: Lease, exchange: Exchange
) -> int:
    """Let go again to `partner` what consents given after epoch `since` allow; return how much.

    Raises LeaseLost, StaleDecision.
    """
    with exchange.store.reading() as work:
        scope = Scope()
        for item in work.config.active("consent"):
            if item.change > since:
                scope.add(item)
    records = within(scope, partner, exchange)
    return sum(
        _release(partner, records[at : at + BATCH], configuration, lease, exchange)
        for at in range(0, len(records), BATCH)
    )


def _release(
    partner: str,
    records: Sequence[str],
    configuration: Configuration,
    lease: Lease,
    exchange: Exchange,
) -> int:
    with exchange.store.reading() as work:
        gone = [one for record in records if (one := _gone(record, partner, work)) is not None]
        rows = rows_of([(one.release.record, one.release.version) for one in gone], work)
    considered = considered_of([row for row in rows if row.from_partner is None], exchange)
    known = [one for one in gone if (one.release.record, one.release.version) in considered]
    pairs = [(considered[one.release.record, one.release.version], partner) for one in known]
    decisions = decide_batch(pairs, configuration, exchange)
    now = exchange.now_ms()
    back = [
        (one, decided_again(one.release, decided, now))
        for one, decided in zip(known, decisions, strict=True)
        if decided.state == "due"
    ]
    if not back:
        return 0
    if any(recall.at // 1000 >= now // 1000 for one, _ in back for recall in one.recalls):
        raise StaleDecision("it was recalled within this second")
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(configuration.epoch)
        due = [replace(row, state=step("release", "gone", "consent")) for _, row in back]
        if work.releases.replace(due, expect="gone") != len(due):
            raise StaleDecision("what is known of a record has changed meanwhile")
        for one, _ in back:
            for recall in one.recalls:
                work.notices.move([recall], step("notice", recall.state, "end"))
        work.ledger.add(entries([_act(row) for row in due], exchange))
        exchange.commit(work, "reconsider.again")
    return len(back)


def _gone(record: str, partner: str, work: UnitOfWork) -> _Gone | None:
    rows = [one for one in work.releases.of_record(record) if one.partner == partner]
    newest = max((one for one in rows if not one.notice), key=_version, default=None)
    if newest is None or newest.state != "gone":
        return None
    told = {one.notice for one in rows}
    recalls = tuple(
        notice
        for notice in work.notices.of_records([record])
        if notice.id in told
        and notice.removes
        and notice.covers(newest.version)
        and notice.state != "ended"
    )
    for_want = all((one.code, one.state) == (CONSENT_WITHDRAWN, FOR_SOME) for one in recalls)
    return _Gone(newest, recalls) if recalls and for_want else None


def _version(row: ReleaseRow) -> int:
    return row.version


def _act(row: ReleaseRow) -> Act:
    return (
        "decided",
        {
            "record": row.record,
            "version": row.version,
            "partner": row.partner,
            "state": row.state,
            "rule": row.code,
            "epoch": row.epoch,
        },
    )
