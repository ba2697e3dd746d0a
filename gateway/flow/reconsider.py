"""The journey of decisions after a change: of agreements, consents, routes, or by time.

Held and refused releases are decided again; open envelopes are confirmed at the new epoch or
marked, so that `seal` voids them; records from before an agreement get their first decision. What
was received and lacks a consent since is recalled there, and all of it from a revoked partner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.core.errors import StaleDecision
from gateway.core.policy import Decision
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.consented_again import release_again
from gateway.flow.deciding import (
    considered_of,
    decide_batch,
    decided_again,
    partners_for,
    release_row,
    rows_of,
)
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.revoked import recall_all
from gateway.flow.rows import EnvelopeRow, ReleaseRow
from gateway.flow.unconsented import follow_consents

BATCH = 200
CARRY_NO_RECORDS = ("notice", "verdict", "void", "key-notice")


def reconsider(partner: str, lease: Lease, exchange: Exchange) -> int:
    """Look again at what a change may have touched for `partner`; return how much was.

    Works in batches: 0 means that nothing is left at this epoch. Raises LeaseLost, StaleDecision.
    """
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        epoch, now = configuration.epoch, exchange.now_ms()
        envelopes = work.envelopes.stale(partner, epoch=epoch, now_ms=now, limit=BATCH)
        releases = work.releases.stale(partner, epoch=epoch, now_ms=now, limit=BATCH)
        channel = work.envelopes.channel(partner, "out")
    if envelopes:
        return _envelopes(partner, envelopes, configuration, lease, exchange)
    if releases:
        return _releases(partner, releases, configuration, lease, exchange)
    if channel.reconsidered < epoch:
        recall_all(partner, channel.reconsidered, configuration, lease, exchange)
        follow_consents(partner, channel.reconsidered, configuration, lease, exchange)
        release_again(partner, channel.reconsidered, configuration, lease, exchange)
        return _older_records(partner, configuration, lease, exchange)
    return 0


def _envelopes(
    partner: str,
    envelopes: Sequence[EnvelopeRow],
    configuration: Configuration,
    lease: Lease,
    exchange: Exchange,
) -> int:
    """Confirm open envelopes at this epoch, or mark them with the code of their void."""
    with exchange.store.reading() as work:
        inside = {row.id: work.releases.of_envelope(row.id) for row in envelopes}
        rows = rows_of(
            ((one.record, one.version) for held in inside.values() for one in held), work
        )
    considered = considered_of(rows, exchange)
    flat = [one for held in inside.values() for one in held]
    known = [one for one in flat if (one.record, one.version) in considered]
    decisions = dict(
        zip(
            [one.id for one in known],
            decide_batch(
                [(considered[one.record, one.version], partner) for one in known],
                configuration,
                exchange,
                counting=False,
            ),
            strict=True,
        )
    )
    now = exchange.now_ms()
    changed = [
        _looked_at(
            row, [(one, decisions.get(one.id)) for one in inside[row.id]], configuration, now
        )
        for row in envelopes
    ]
    acts: list[Act] = [
        (
            "marked",
            {"partner": partner, "ep": row.ep, "seq": row.seq, "code": row.marked},
        )
        for row in changed
        if row.marked
    ]
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(configuration.epoch)
        if work.envelopes.replace(changed, expect=["sealed", "handed"]) != len(changed):
            raise StaleDecision("an envelope was receipted, or marked, meanwhile")
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "reconsider.envelopes")
    return len(changed)


def _looked_at(
    row: EnvelopeRow,
    inside: Sequence[tuple[ReleaseRow, Decision | None]],
    configuration: Configuration,
    now: int,
) -> EnvelopeRow:
    if row.expires_at <= now:
        return replace(row, marked="expired", epoch=configuration.epoch)
    if row.kind in CARRY_NO_RECORDS:
        return replace(row, epoch=configuration.epoch)
    untils = []
    for release, decision in inside:
        if decision is None or not _same(release, decision):
            return replace(row, marked="withheld", epoch=configuration.epoch)
        if decision.until is not None:
            untils.append(decision.until)
    return replace(row, epoch=configuration.epoch, until=min(untils, default=None))


def _same(release: ReleaseRow, decision: Decision) -> bool:
    """Return whether this decision would seal the very same rendition on the same basis."""
    cuts = {tuple(sorted(cut.items())) for cut in decision.withheld_json()}
    before = {tuple(sorted(cut.items())) for cut in release.withheld}
    terms = decision.terms.json() if decision.terms else {}
    return (
        decision.state == "due"
        and decision.agreement == release.agreement
        and decision.purpose == release.purpose
        and decision.ground == release.ground
        and cuts == before
        and terms == release.terms  # they are in the text that was sealed
    )


def _releases(
    partner: str,
    releases: Sequence[ReleaseRow],
    configuration: Configuration,
    lease: Lease,
    exchange: Exchange,
) -> int:
    with exchange.store.reading() as work:
        rows = rows_of(((one.record, one.version) for one in releases), work)
    considered = considered_of(rows, exchange)
    known = [one for one in releases if (one.record, one.version) in considered]
    decisions = decide_batch(
        [(considered[one.record, one.version], partner) for one in known], configuration, exchange
    )
    now = exchange.now_ms()
    changed: dict[str, list[ReleaseRow]] = {}
    for one, decision in zip(known, decisions, strict=True):
        changed.setdefault(one.state, []).append(decided_again(one, decision, now))
    for one in releases:  # erased since: looked at, so that it is not found again
        if (one.record, one.version) not in considered:
            changed.setdefault(one.state, []).append(
                replace(one, epoch=configuration.epoch, until=None)
            )
    _write(partner, [], changed, configuration, lease, exchange, looked_until=None)
    return len(releases)


def _older_records(
    partner: str, configuration: Configuration, lease: Lease, exchange: Exchange
) -> int:
    """Decide on current records that were never considered for this partner."""
    fresh: list[ReleaseRow] = []
    after = ""
    seen = 0
    while len(fresh) < BATCH:
        with exchange.store.reading() as work:
            rows = work.records.unreleased(partner, after=after, limit=BATCH)
        if not rows:
            break
        after = rows[-1].id
        seen += len(rows)
        considered = considered_of(rows, exchange)
        now = exchange.now_ms()
        could = [
            one
            for one in considered.values()
            if partner in partners_for(one.record, configuration, now)
        ]
        decisions = decide_batch([(one, partner) for one in could], configuration, exchange)
        fresh += [
            release_row(exchange.new_id(), one.record, partner, decision, now)
            for one, decision in zip(could, decisions, strict=True)
        ]
    done = len(fresh) < BATCH
    _write(
        partner,
        fresh,
        {},
        configuration,
        lease,
        exchange,
        looked_until=configuration.epoch if done else None,
    )
    return max(len(fresh), 1)


def _write(
    partner: str,
    fresh: Sequence[ReleaseRow],
    changed: dict[str, list[ReleaseRow]],
    configuration: Configuration,
    lease: Lease,
    exchange: Exchange,
    *,
    looked_until: int | None,
) -> None:
    acts: list[Act] = [
        (
            "decided",
            {
                "record": one.record,
                "version": one.version,
                "partner": partner,
                "state": one.state,
                "rule": one.code,
                "epoch": one.epoch,
            },
        )
        for rows in (fresh, *changed.values())
        for one in rows
    ]
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(configuration.epoch)
        work.releases.add(fresh)
        for state, rows in changed.items():
            if work.releases.replace(rows, expect=state) != len(rows):
                raise StaleDecision("what is known of a record has changed meanwhile")
        if looked_until is not None:
            channel = work.envelopes.channel(partner, "out")
            work.envelopes.put_channel(replace(channel, reconsidered=looked_until), expect=None)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "reconsider")
