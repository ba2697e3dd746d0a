"""The blind index made again from the records: after an upgrade that writes an identifier anew.

A tag is that of a normal form. Where a release changes a form, what is stored keeps the old tag and
what comes has the new one, and the two would not be found alike.

Stays true:
  * A record of a partner that has no links gets none: it came in part, or a notice took them.
  * What a notice unlinked from a record stays unlinked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_rows
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_records
from gateway.flow.rows import LinkRow, RecordRow

_PAGE: Final = 100

Links = dict[tuple[str, int], frozenset[LinkRow]]


@dataclass(frozen=True, slots=True)
class Relinked:
    """Of some records, how many there were, and how many have other links than they should."""

    looked_at: int
    differ: int


def relink(exchange: Exchange, *, write: bool) -> Iterator[Relinked]:
    """Yield, for some records at a time, how many have other links; write those, if told to."""
    after = ""
    while True:
        with exchange.store.reading() as work:
            rows = work.records.holding(after=after, limit=_PAGE)
            held = _held(rows, work)
        stale = _stale(rows, held, exchange)
        if stale and write:
            with exchange.store.writing() as work:
                _write(rows, held, stale, work)
                exchange.commit(work, "relinked")
        if rows:
            yield Relinked(len(rows), len(stale))
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def _held(rows: Sequence[RecordRow], work: UnitOfWork) -> Links:
    return {
        (row.id, row.version): frozenset(
            link for link in work.records.links_of(row.id) if link.version == row.version
        )
        for row in rows
    }


def _stale(rows: Sequence[RecordRow], held: Links, exchange: Exchange) -> Links:
    """Return the links that records should have, of those that have others."""
    linked = [row for row in rows if row.from_partner is None or held[row.id, row.version]]
    wanted: dict[tuple[str, int], set[LinkRow]] = {(row.id, row.version): set() for row in linked}
    for link in link_rows(open_records(linked, exchange), exchange):
        wanted[link.record, link.version].add(link)
    return {key: frozenset(links) for key, links in wanted.items() if links != held[key]}


def _write(rows: Sequence[RecordRow], held: Links, stale: Links, work: UnitOfWork) -> None:
    """Write links of records that are still as they were read; the next run sees the others."""
    now = {(row.id, row.version): row for row in work.records.get(list(stale))}
    still = [
        row
        for row in rows
        if (row.id, row.version) in stale and _is_as_read(row, now.get((row.id, row.version)))
    ]
    unchanged = _held(still, work)
    keys = [key for key, links in unchanged.items() if links == held[key]]
    work.records.drop_links(keys)
    work.records.add(links=[link for key in keys for link in sorted(stale[key], key=_order)])


def _is_as_read(row: RecordRow, now: RecordRow | None) -> bool:
    return now is not None and (now.state, now.data_key) == (row.state, row.data_key)


def _order(link: LinkRow) -> tuple[str, str]:
    return link.field, link.tag
