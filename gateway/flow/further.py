"""Upwards: how far those are with a notice that have its record by our hands, or by theirs.

Our verdict says in one word that not all have answered; this says who they are and what each
answered, to whoever brought the notice. It goes up hop by hop, until the originator has it. Said
again when it changes, and only then.

Ruled by docs/spec/wire.md, section 8.3.

Stays true:
  * Nobody is told of itself, nor what it told us.
  * A holder that may not be named is told apart by its tag alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.bodies import HOLDERS, MOST_HOPS, OPEN, FurtherHolders, FurtherItem
from gateway.flow.configuration import Configuration
from gateway.flow.enveloping import Content
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_after import FurtherRow, NoticeRow

PASSED_OPEN, PASSED_KEPT = "passed-on-open", "passed-on-kept"
_TAG: Final = "further"


def words_of(code: str | None) -> frozenset[str]:
    """Return the words that the code of a verdict on a notice is joined of."""
    return frozenset((code or "").split(".")) - {""}


def passed_on(row: ReleaseRow) -> str | None:
    """Return how far those are, as a partner answered, to whom it passed the record on."""
    words = words_of(row.code) if row.verdict else frozenset()
    return "open" if PASSED_OPEN in words else "kept" if PASSED_KEPT in words else None


def pass_up(notice: NoticeRow, told: Sequence[ReleaseRow], work: UnitOfWork) -> None:
    """Lay out what is new of those in `told`, and beyond, for everybody who brought the notice.

    Not for who brought it alone, and never the record: whoever was told a notice can bring it.
    """
    hands = {notice.author, *_hands(notice, work)}
    brought = dict.fromkeys(str(place["partner"]) for place in notice.told)
    recipients = [one for one in brought if one in hands]
    if not recipients or not told:
        return
    said = {(row.partner, row.path): row for row in _about(notice, "out", work)}
    known = [*_direct(notice, told), *_beyond(notice, told, work)]
    fresh = [_for(recipient, row) for recipient in recipients for row in known]
    changed = []
    for row in fresh:
        before = said.get((row.partner, row.path))
        is_its_own = row.partner in (row.name, _teller(row))
        if not is_its_own and (before is None or before.news != row.news):
            changed.append(row)
    work.further.put(changed)


def _hands(notice: NoticeRow, work: UnitOfWork) -> set[str | None]:
    return {row.brought_by for row in work.records.versions(notice.record)}


def heard_of(notice: NoticeRow, work: UnitOfWork) -> list[FurtherRow]:
    """Return what partners told us of further holders and this notice, the nearest first."""
    return sorted(_about(notice, "in", work), key=lambda row: (row.partner, row.hops, row.path))


def content(
    rows: Sequence[FurtherRow], configuration: Configuration, exchange: Exchange
) -> Content:
    """Return what an envelope of these says. No unit of work may be open."""
    now = exchange.now_ms()
    paths = list(dict.fromkeys(_keyed(row, path) for row in rows for path in _paths(row)))
    tags = dict(zip(paths, exchange.vault.tags(_TAG, paths), strict=True))
    items = tuple(
        FurtherItem(
            notice=row.notice,
            record=row.record,
            tag=tags[_keyed(row, row.path)],
            by=None if row.parent is None else tags[_keyed(row, row.parent)],
            name=row.name if row.name and configuration.told(row.name, now) == row.name else None,
            hops=row.hops,
            state=row.state,
            own_system=row.own_system,
            passed_on=row.passed_on,
            at=row.at // 1000,
        )
        for row in rows
    )
    return Content(kind=HOLDERS, body=FurtherHolders(items=items), count=len(items))


def _about(notice: NoticeRow, direction: str, work: UnitOfWork) -> list[FurtherRow]:
    rows = work.further.of_record(notice.record, direction)
    return [row for row in rows if (row.author, row.notice) == notice.key]


def _direct(notice: NoticeRow, told: Sequence[ReleaseRow]) -> Iterator[FurtherRow]:
    for row in told:
        yield FurtherRow(
            direction="out",
            partner="",
            author=notice.author,
            notice=notice.id,
            path=row.partner,
            parent=None,
            record=notice.record,
            name=row.partner,
            hops=1,
            state=row.verdict or OPEN,
            own_system=row.own_system,
            passed_on=passed_on(row),
            at=row.verdict_at or row.decided_at,
        )


def _beyond(
    notice: NoticeRow, told: Sequence[ReleaseRow], work: UnitOfWork
) -> Iterator[FurtherRow]:
    tellers = {row.partner for row in told}
    for row in _about(notice, "in", work):
        if row.partner in tellers and row.hops < MOST_HOPS:
            parent = row.partner if row.parent is None else f"{row.partner}/{row.parent}"
            yield replace(
                row,
                direction="out",
                path=f"{row.partner}/{row.path}",
                parent=parent,
                hops=row.hops + 1,
                ep=0,
                seq=0,
            )


def _for(recipient: str, row: FurtherRow) -> FurtherRow:
    return replace(row, partner=recipient)


def _teller(row: FurtherRow) -> str:
    """Return the partner whose hands it has it by, or, where that is ours, it itself."""
    return row.path.partition("/")[0]


def _paths(row: FurtherRow) -> list[str]:
    return [row.path] if row.parent is None else [row.path, row.parent]


def _keyed(row: FurtherRow, path: str) -> str:
    """Return what a tag is made of: it says nothing to two recipients, or of two notices."""
    return f"{row.partner}\x1f{row.author}\x1f{row.notice}\x1f{path}"
