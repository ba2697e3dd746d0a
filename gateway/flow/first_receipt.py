"""When the oldest material in a record was first received: the clock of R-14.

A correction does not begin it anew, and neither does a record that rests on older ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.core.links import sources
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow

MAX_DEPTH: Final = 8  # how far it is followed from record to record


def first_receipts(records: Iterable[Record], exchange: Exchange) -> Mapping[str, int]:
    """Return the earliest receipt by record id, in ms; what is not held here does not count."""
    wanted = list(records)
    rests_on: dict[str, list[str]] = {record.id: sources(record) for record in wanted}
    received: dict[str, int] = {}
    looked: set[str] = set()
    for _ in range(MAX_DEPTH):
        ids = {*rests_on, *(one for found in rests_on.values() for one in found)} - looked
        if not ids:
            break
        looked |= ids
        with exchange.store.reading() as work:
            newest = work.records.newest(sorted(ids))
            first = work.records.get([(id_, 1) for id_ in sorted(newest)])
        for row in (*newest.values(), *first):
            received[row.id] = min(row.received_at, received.get(row.id, row.received_at))
        unread = [row for row in newest.values() if row.id not in rests_on and row.wrapped]
        rests_on |= _sources_of(unread, exchange)
    return {
        record.id: earliest
        for record in wanted
        if (earliest := _earliest(record.id, rests_on, received)) is not None
    }


def _sources_of(rows: Sequence[RecordRow], exchange: Exchange) -> dict[str, list[str]]:
    held = [row for row in rows if row.text is not None]
    return {str(record.id): sources(record) for record in open_records(held, exchange)}


def _earliest(
    record: str, rests_on: Mapping[str, list[str]], received: Mapping[str, int]
) -> int | None:
    seen: set[str] = set()
    open_ends = [record]
    while open_ends:
        one = open_ends.pop()
        if one not in seen:
            seen.add(one)
            open_ends += rests_on.get(one, [])
    return min((received[one] for one in seen if one in received), default=None)
