"""Whom a notice about one person goes to: holders that have the person, and what fits each.

A holder that was given the record without the person would learn from the notice that there is
one. And a new category is decided on for each holder as a release is: where the rules would not
give the person in that category, the holder is told to destroy what it has of the person instead.

Stays true:
  * What a holder was given is read from what was disclosed, never from what the rules say today.
  * Where that cannot be told, the holder is told: a person left behind is worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.decision import Decision
from gateway.core.leaving_out import with_category, withheld_of
from gateway.core.places import here
from gateway.flow.deciding import considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow
from gateway.flow.rows_after import DisclosureRow, NoticeRow
from gateway.flow.telling import MOST_GIVEN, may_hold

_STRICTER: Final = ("lifted", "pass", "reduce", "hold", "refuse")


def lacking(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> frozenset[str]:
    """Return the holders that have never been given the person whom this notice is about."""
    if notice.person is None:
        return frozenset()
    since = exchange.now_ms() - exchange.limits.disclosure_seconds * 1000
    if any(row.received_at <= since for row in work.records.versions(notice.record)):
        return frozenset()  # what was disclosed first may be forgotten by now
    return frozenset(
        partner
        for partner in _holders(notice, work)
        if _lacks(notice, _given(notice, partner, work))
    )


def _holders(notice: NoticeRow, work: UnitOfWork) -> list[str]:
    rows = work.releases.of_record(notice.record)
    return sorted({row.partner for row in rows if may_hold(row) and notice.covers(row.version)})


def _given(notice: NoticeRow, partner: str, work: UnitOfWork) -> Sequence[DisclosureRow]:
    """Return what was disclosed of this version; nothing if there is more than can be looked at."""
    rows = work.disclosures.page(None, record=notice.record, partner=partner, limit=MOST_GIVEN)
    if len(rows) == MOST_GIVEN:
        return ()
    return [row for row in rows if notice.covers(row.version)]


def _lacks(notice: NoticeRow, given: Sequence[DisclosureRow]) -> bool:
    gone = {str(notice.person), "/persons"}
    return bool(given) and all(
        any(cut["pointer"] in gone and "rendered" not in cut for cut in row.withheld)
        for row in given
    )


def not_for(notice: NoticeRow, newest: RecordRow, exchange: Exchange) -> frozenset[str]:
    """Return the holders to whom the rules do not give this person in the new category.

    Only what the new category changes counts: who may have nothing any more, whatever the
    category, is told of it as before. No unit of work may be open.
    """
    if notice.kind != "category_change" or newest.text is None:
        return frozenset()
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        partners = _holders(notice, work)
    (now,) = considered_of([newest], exchange).values()
    person, category = str(notice.person), str(notice.code)
    then = replace(now, record=with_category(now.record, person, category))
    place = here(person, withheld_of(now.record.body)) or person
    before, after = (
        decide_batch(
            [(considered, partner) for partner in partners],
            configuration,
            exchange,
            counting=False,
        )
        for considered in (now, then)
    )
    return frozenset(
        partner
        for partner, was, becomes in zip(partners, before, after, strict=True)
        if _is_stricter(becomes, was) or _cuts(becomes, place) - _cuts(was, place)
    )


def _is_stricter(becomes: Decision, was: Decision) -> bool:
    before = _outcomes(was)
    return any(
        _STRICTER.index(outcome) > _STRICTER.index(before.get(rule, "pass"))
        for rule, outcome in _outcomes(becomes).items()
    )


def _outcomes(decision: Decision) -> Mapping[str, str]:
    return {one.rule: one.outcome for one in decision.trace}


def _cuts(decision: Decision, place: str) -> set[str]:
    return {
        pointer
        for pointer in decision.withheld
        if pointer == place or pointer.startswith(f"{place}/")
    }
