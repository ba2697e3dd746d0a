"""A case that left on a confirmed link alone is taken back when the link falls (R-11).

No promotion stands behind such a case, so none falls back. Whoever received it is told `demote`
by the next review after the link has ended, and `promote` when what it lacks is confirmed again.

Stays true:
  * A holder is told only where R-11 holds the case for every partner that has it.
  * What was told is told once, whoever ended the link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.known import STANDING
from gateway.flow.lease import Lease
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import AT_THE_PARTNER, CORROBORATION, UNLINKED
from gateway.flow.rows import RecordRow
from gateway.flow.rows_corroboration import SubjectLinkRow
from gateway.flow.telling import announce

LOOKED_BACK_MS: Final = 30 * 86_400_000  # links that changed earlier were reviewed often enough
_TOLD: Final = frozenset({"promote", "demote"})


@dataclass(frozen=True, slots=True)
class _Case:
    """A case of ours at partners, with a link that was confirmed or has ended lately."""

    row: RecordRow
    other: str  # the other end of the link
    holders: tuple[str, ...]
    is_demoted: bool  # as its holders were told


def review_unlinked(lease: Lease, exchange: Exchange) -> int:
    """Look at the cases with a link that changed; tell their holders. Returns how many cases."""
    since = exchange.now_ms() - LOOKED_BACK_MS
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        cases = list(_cases(work.corroboration.changed_links(since), work))
    found = _differing(cases, configuration, exchange)
    if not found:
        return 0
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(configuration.epoch)
        acts: list[Act] = []
        for case in found:
            kind = "promote" if case.is_demoted else "demote"
            told = announce(kind, case.row.id, case.row.version, work, exchange)
            if not case.is_demoted:
                about = {"record": case.row.id, "version": case.row.version, "ground": case.other}
                acts.append(("fell_back", {**about, "code": UNLINKED, "holders": len(told)}))
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "unlinked.review")
    return len(found)


def _cases(links: Iterable[SubjectLinkRow], work: UnitOfWork) -> Iterable[_Case]:
    others = {}
    for link in links:
        others[link.record], others[link.other] = link.other, link.record
    for row in work.records.newest(sorted(others)).values():
        if row.type != "case" or row.from_partner is not None or row.state not in STANDING:
            continue
        if work.corroboration.promotions([row.id]):  # these fall back by themselves
            continue
        holders = {
            one.partner
            for one in work.releases.of_record(row.id)
            if not one.notice and one.state in AT_THE_PARTNER
        }
        if holders:
            told = [one for one in work.notices.of_records([row.id]) if one.kind in _TOLD]
            newest = max(told, key=lambda one: (one.at, one.id), default=None)
            is_demoted = newest is not None and newest.kind == "demote"
            yield _Case(row, others[row.id], tuple(sorted(holders)), is_demoted)


def _differing(cases: list[_Case], configuration: Configuration, exchange: Exchange) -> list[_Case]:
    """Return those that stand otherwise than their holders were told."""
    known = considered_of([case.row for case in cases], exchange)
    pairs = [
        (case, considered, partner)
        for case in cases
        if (considered := known.get((case.row.id, case.row.version))) is not None
        for partner in case.holders
    ]
    asked = [(considered, partner) for _, considered, partner in pairs]
    decisions = decide_batch(asked, configuration, exchange, counting=False)
    holding: dict[str, list[bool]] = {}
    for (case, _, _), decision in zip(pairs, decisions, strict=True):
        holds = any(one.rule == CORROBORATION and one.outcome == "hold" for one in decision.trace)
        holding.setdefault(case.row.id, []).append(holds)
    return [
        case
        for case in cases
        if (answers := holding.get(case.row.id))
        and (not any(answers) if case.is_demoted else all(answers))
    ]
