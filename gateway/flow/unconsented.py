"""What follows at holders when a consent ends, or is narrowed: they are told to destroy.

A part of `reconsider`. Every record that rests on what the consent named is decided on once more,
for a partner that may hold it; where leave is missing now, that partner alone gets a recall. Where
only its terms are narrower now, it is told the restriction: no evidence, or no passing on.

Stays true:
  * Here the record stays, and so it does with those who have it on another ground.
  * A partner's own record that was passed on is its originator's to recall: nobody else may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.decision import Decision
from gateway.core.links import RESTS_ON
from gateway.core.notice import CONSENT_WITHDRAWN
from gateway.core.rules.basis import H2_WITHOUT_CONSENT
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import considered_of, decide_batch, rows_of
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.linking import link_tags
from gateway.flow.originators import DEEPEST
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ItemRow, ReleaseRow
from gateway.flow.telling import FOR_SOME, may_hold, tell_some

KIND: Final = "recall"
LIMIT: Final = "change_restrictions"
BATCH: Final = 100
MOST_LINKS: Final = 10_000
_THIRD_PARTY: Final = "R-07"


@dataclass(slots=True)
class Scope:
    """What consents that changed allowed in any of their versions."""

    records: set[str] = field(default_factory=set)  # ids, or a provider's own references
    types: set[str] = field(default_factory=set)

    def add(self, item: ItemRow) -> None:
        """Add what one version of a consent allowed."""
        self.records |= set(item.body["records"])
        self.types |= set(item.body["types"])

    @property
    def references(self) -> bool:
        """Whether it names records by the reference of their provider."""
        return any(not one.startswith("urn:uuid:") for one in self.records)


def follow_consents(
    partner: str, since: int, configuration: Configuration, lease: Lease, exchange: Exchange
) -> int:
    """Recall what `partner` holds without leave since consents changed after epoch `since`.

    Returns how many records it was. Raises LeaseLost, StaleDecision.
    """
    with exchange.store.reading() as work:
        scope = _changed(since, work)
    records = within(scope, partner, exchange)
    return sum(
        _follow(partner, records[at : at + BATCH], configuration, lease, exchange)
        for at in range(0, len(records), BATCH)
    )


def within(scope: Scope, partner: str, exchange: Exchange) -> list[str]:
    """Return the records that this is about, and those that rest on them."""
    if not (scope.records or scope.types):
        return []
    return sorted(_resting(scope.records, exchange) | _of_types(scope, partner, exchange))


def _changed(since: int, work: UnitOfWork) -> Scope:
    scope = Scope()
    for item in work.config.items("consent"):
        if item.change <= since or (item.version == 1 and item.state == "active"):
            continue  # as it was, or new: nothing went by it before
        for version in work.config.history("consent", item.name):
            scope.add(version)
    return scope


def _resting(named: Iterable[str], exchange: Exchange) -> set[str]:
    """Return these records and all that rest on them, however indirectly."""
    found: set[str] = set()
    level = set(named)
    for _ in range(DEEPEST):
        found |= level
        tags = link_tags([(RESTS_ON, one) for one in sorted(level)], exchange)
        with exchange.store.reading() as work:
            links = work.records.linked([(RESTS_ON, tag) for tag in tags], limit=MOST_LINKS)
        level = {link.record for link in links} - found
        if not level:
            break
    return found


def _of_types(scope: Scope, partner: str, exchange: Exchange) -> set[str]:
    """Return what was disclosed to the partner and is meant by its type, or may be by reference."""
    if not (scope.types or scope.references):
        return set()
    found: set[str] = set()
    after = ""
    while True:
        with exchange.store.reading() as work:
            page = work.disclosures.page(None, partner=partner, after=after, limit=BATCH)
        found |= {row.record for row in page if scope.references or row.type in scope.types}
        if len(page) < BATCH:
            return found
        after = page[-1].id


def _follow(
    partner: str,
    records: Sequence[str],
    configuration: Configuration,
    lease: Lease,
    exchange: Exchange,
) -> int:
    with exchange.store.reading() as work:
        held = held_by(partner, records, work)
        rows = [
            row
            for row in rows_of([(one.record, one.version) for one in held], work)
            if row.from_partner is None
        ]
    considered = considered_of(rows, exchange)
    known = [one for one in held if (one.record, one.version) in considered]
    pairs = [(considered[one.record, one.version], partner) for one in known]
    decisions = decide_batch(pairs, configuration, exchange, counting=False)
    told = [
        (one, *news)
        for one, decided in zip(known, decisions, strict=True)
        for news in _news(one, decided)
    ]
    if not told:
        return 0
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(configuration.epoch)
        acts: list[Act] = [
            tell_some(kind, code, one.record, one.version, (partner,), work, exchange)
            for one, kind, code in told
            if not _was_told(one, code, work)
        ]
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "reconsider.consents")
    return len(told)


def held_by(partner: str, records: Sequence[str], work: UnitOfWork) -> list[ReleaseRow]:
    """Return the newest release of each record that the partner may hold and is to keep."""
    recalled = {
        notice.id: notice
        for notice in work.notices.of_records(records)
        if notice.from_partner is None and notice.removes and notice.state != "ended"
    }
    found = []
    for record in records:
        rows = [row for row in work.releases.of_record(record) if row.partner == partner]
        told = [recalled[row.notice].version for row in rows if row.notice in recalled]
        newest = max((row for row in rows if may_hold(row)), key=_version, default=None)
        if newest is not None and newest.version > max(told, default=0):
            found.append(newest)
    return found


def _version(row: ReleaseRow) -> int:
    return row.version


def _news(row: ReleaseRow, decided: Decision) -> Iterator[tuple[str, str]]:
    """Yield kind and code of what the holder is to be told."""
    if _lacks_leave(decided):
        yield KIND, CONSENT_WITHDRAWN
        return
    had, has = row.terms, decided.terms
    if had.get("evidence") == "yes" and (has is None or has.evidence != "yes"):
        yield LIMIT, "evidential"
    if not set(had.get("pass_on_to") or ()) <= set(has.pass_on_to if has else ()):
        yield LIMIT, "transfer"


def _was_told(row: ReleaseRow, code: str, work: UnitOfWork) -> bool:
    """Return whether this partner was told this restriction of this record before."""
    notices = {
        notice.id
        for notice in work.notices.of_records([row.record])
        if (notice.kind, notice.code, notice.state) == (LIMIT, code, FOR_SOME)
        and notice.version >= row.version
    }
    return any(
        one.partner == row.partner and one.notice in notices
        for one in work.releases.of_record(row.record)
    )


def _lacks_leave(decision: Decision) -> bool:
    return any(
        one.outcome == "hold" and (one.rule == _THIRD_PARTY or one.reason == H2_WITHOUT_CONSENT)
        for one in decision.trace
    )
