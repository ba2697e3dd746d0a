"""A promotion falls back when what it rests on goes: it is a financial signal again (R-11).

Called in the commit of whatever takes a root away; `review` finds what nobody told of, such as a
consent that ended or a record that a partner recalled. A case without a promotion is `unlinked`'s.

Stays true:
  * In the same commit it counts no more: what waits or is sealed is decided on again.
  * The ledger says why, and how many partners have received it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.errors import NotFound
from gateway.core.lifecycle import step
from gateway.core.promotion import CONFIRMED, EXACT
from gateway.core.proposal import parse_reason
from gateway.flow.acts import Act, entries
from gateway.flow.again import decide_again
from gateway.flow.deciding import considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.known import STANDING
from gateway.flow.lease import Lease
from gateway.flow.linked import (
    GATEWAY,
    Corrections,
    decide_resting,
    end,
    outlived,
    taken_away,
)
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.rows_corroboration import PromotionRow
from gateway.flow.telling import announce

BATCH: Final = 100
GONE: Final = "gone"
CORRECTED: Final = "corrected"
UNLINKED: Final = "no_longer_linked"
CONSENT: Final = "consent_ended"
_TAKING_AWAY: Final = frozenset({"restrict", "recall", "erase", "expire"})
AT_THE_PARTNER: Final = ("stored", "parked", "accepted")
CORROBORATION: Final = "R-11"
_LEAVE: Final = "R-07"


def fall_back(root: str, code: str, work: UnitOfWork, exchange: Exchange) -> None:
    """Let every promotion fall back that came from `root` or stands on it, in this commit.

    `code` says what became of the root.
    """
    rows = (*_made_of(root, work), *work.corroboration.leaning_on(root))
    _fall(list({row.id: row for row in rows}.values()), code, work, exchange)


def corrected(found: Corrections, work: UnitOfWork, exchange: Exchange) -> None:
    """Let fall back what is a copy of these records, or has nothing in common with them any more.

    Called once their new versions are written.
    """
    decide_resting(found, work)
    _fall(end(outlived(found, work), GATEWAY, CORRECTED, work, exchange), UNLINKED, work, exchange)
    for record in found.records:
        copies = {
            row.id: row
            for row in (
                *work.corroboration.promoted_from([record]),
                *work.corroboration.promotions([record]),
            )
            if row.state == "standing"
        }
        _fall(list(copies.values()), CORRECTED, work, exchange)
        _unlink(record, work, exchange)


def follow(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> None:
    """Let fall back what rested on what a notice took away, in the commit of that notice."""
    if notice.state != "applied" or notice.kind not in _TAKING_AWAY:
        return
    ended = end(taken_away(notice, work), GATEWAY, notice.kind, work, exchange)
    if notice.person is None:
        fall_back(notice.record, notice.kind, work, exchange)
        _fall(ended, UNLINKED, work, exchange)
        return
    _fall(ended, UNLINKED, work, exchange)
    # Whoever was taken out of the signal stands in the case that was made of it.
    _fall(_made_of(notice.record, work), notice.kind, work, exchange)
    _unlink(notice.record, work, exchange)


def fell_back(row: PromotionRow, code: str, work: UnitOfWork, exchange: Exchange) -> Act:
    """Tell whoever holds an assertion that it is none any more; return the ledger act.

    A case that stands on another ground as well is not taken back.
    """
    newest = work.records.newest([row.record]).get(row.record)
    beside = [one for one in work.corroboration.promotions([row.record]) if one.state == "standing"]
    told: Sequence[str] = ()
    if newest is not None and newest.state in STANDING and not beside:
        told = announce("demote", row.record, newest.version, work, exchange)
    return (
        "fell_back",
        {
            "record": row.record,
            "version": row.version,
            "ground": row.ground,
            "code": code,
            "holders": len(told),
        },
    )


def end_link(record: str, other: str, reason: str, person: Person, exchange: Exchange) -> None:
    """Take a confirmed link back; one person is enough, since nothing more leaves by it.

    Raises Forbidden, NotFound, ReasonMalformed.
    """
    demand_role(person, "release_officer", "duty_officer", "analyst")
    parse_reason(reason)
    with exchange.store.writing() as work:
        links = [
            one
            for one in work.corroboration.links([record])
            if one.org == person.org and {one.record, one.other} == {record, other}
        ]
        if not links:
            raise NotFound
        _fall(end(links, person.name, reason, work, exchange), UNLINKED, work, exchange)
        exchange.commit(work, "promotion.unlink")


def review(lease: Lease, exchange: Exchange) -> int:
    """Look at every standing promotion whether what it rests on is still there; how many fell."""
    fallen, after = 0, ""
    while True:
        with exchange.store.reading() as work:
            rows = work.corroboration.standing(after=after, limit=BATCH)
            ends = work.records.newest(sorted({id_ for row in rows for id_ in _ends(row)}))
            held = {row.record: _holders(row, work) for row in rows}
        if not rows:
            return fallen
        after = rows[-1].id
        gone = [(row, code) for row in rows if (code := _gone(row, ends))]
        seen = {row.id for row, _ in gone}
        gone += _left_alone([row for row in rows if row.id not in seen], ends, held, exchange)
        if gone:
            with exchange.store.writing() as work:
                lease.demand(work)
                for row, code in gone:
                    _fall([row], code, work, exchange)
                exchange.commit(work, "promotion.review")
            fallen += len(gone)


def _ends(row: PromotionRow) -> tuple[str, ...]:
    return (row.record, row.origin, row.ground)


def _gone(row: PromotionRow, ends: Mapping[str, RecordRow]) -> str | None:
    """Return what became of a root that is not there any more."""
    for id_ in _ends(row):
        end = ends.get(id_)
        if end is None or end.state not in STANDING:
            return GONE if end is None else end.state
    return None


@dataclass(frozen=True, slots=True)
class _Question:
    row: PromotionRow
    record: RecordRow
    partner: str


def _left_alone(
    rows: Sequence[PromotionRow],
    ends: Mapping[str, RecordRow],
    held: dict[str, tuple[str, ...]],
    exchange: Exchange,
) -> list[tuple[PromotionRow, str]]:
    """Return those that would go to nobody any more who has received them, and why."""
    questions = [
        _Question(row, ends[row.record], partner)
        for row in rows
        if row.record in ends
        for partner in held[row.record]
    ]
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    records = {one.record.id: one.record for one in questions}
    known = considered_of(list(records.values()), exchange)
    pairs = [
        (one, known[one.record.id, one.record.version])
        for one in questions
        if (one.record.id, one.record.version) in known
    ]
    decisions = decide_batch(
        [(considered, one.partner) for one, considered in pairs],
        configuration,
        exchange,
        counting=False,
    )
    holding: dict[str, list[set[str]]] = {}
    for (one, _), decision in zip(pairs, decisions, strict=True):
        rules = {result.rule for result in decision.trace if result.outcome == "hold"}
        holding.setdefault(one.row.id, []).append(rules)
    found = []
    for row in rows:
        answers = holding.get(row.id, ())
        if answers and all(CORROBORATION in rules for rules in answers):
            found.append((row, UNLINKED))
        elif answers and all(_LEAVE in rules for rules in answers):
            found.append((row, CONSENT))
    return found


def _fall(rows: Sequence[PromotionRow], code: str, work: UnitOfWork, exchange: Exchange) -> None:
    """Let these fall back, and what was promoted on the strength of them."""
    waiting = list(rows)
    while waiting:
        row = waiting.pop()
        step("promotion", "standing", "fall")
        if not work.corroboration.fall([row.id], code, now_ms=exchange.now_ms()):
            continue
        newest = work.records.newest([row.record]).get(row.record)
        if newest is not None:
            decide_again(row.record, newest.version, work)
        work.ledger.add(entries([fell_back(row, code, work, exchange)], exchange))
        waiting += work.corroboration.leaning_on(row.record)


def _made_of(record: str, work: UnitOfWork) -> list[PromotionRow]:
    return [row for row in work.corroboration.promoted_from([record]) if row.state == "standing"]


def _unlink(ground: str, work: UnitOfWork, exchange: Exchange) -> None:
    """Let fall back what stands on this ground and has no exact identifier in common with it."""
    rows = [
        row
        for row in work.corroboration.leaning_on(ground)
        if row.link != CONFIRMED and not _share(row.record, ground, work)
    ]
    _fall(rows, UNLINKED, work, exchange)


def _holders(row: PromotionRow, work: UnitOfWork) -> tuple[str, ...]:
    """Return the partners that received the assertion."""
    return tuple(
        sorted(
            {
                one.partner
                for one in work.releases.of_record(row.record)
                if one.version >= row.version and not one.notice and one.state in AT_THE_PARTNER
            }
        )
    )


def _share(record: str, other: str, work: UnitOfWork) -> bool:
    """Return whether the newest versions still have an exact identifier in common."""
    rows = work.records.newest([record, other])
    tags = [
        {
            (link.field, link.tag)
            for link in work.records.links_of(id_)
            if link.version == rows[id_].version and link.field in EXACT
        }
        for id_ in (record, other)
        if id_ in rows
    ]
    return len(tags) == 2 and not tags[0].isdisjoint(tags[1])  # noqa: PLR2004 - both ends
