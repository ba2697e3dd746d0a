"""When the oldest material in a record was first received: the clock of R-14.

A correction does not begin it anew, and neither does a record that rests on older ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.core.facts import rests_on
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow

MAX_DEPTH: Final = 8  # how far it is followed from record to record


def first_receipts(records: Iterable[Record], exchange: Exchange) -> Mapping[str, int]:
    """Return the earliest receipt by record id, in ms; what is not held here does not count."""
    wanted = list(records)
    beneath: dict[str, Sequence[str]] = {record.id: rests_on(record) for record in wanted}
    received: dict[str, int] = {}
    looked: set[str] = set()
    for _ in range(MAX_DEPTH):
        ids = {*beneath, *(one for found in beneath.values() for one in found)} - looked
        if not ids:
            break
        looked |= ids
        with exchange.store.reading() as work:
            newest = work.records.newest(sorted(ids))
            first = work.records.get([(id_, 1) for id_ in sorted(newest)])
        for row in (*newest.values(), *first):
            received[row.id] = min(row.received_at, received.get(row.id, row.received_at))
        unread = [row for row in newest.values() if row.id not in beneath and row.wrapped]
        beneath |= _sources_of(unread, exchange)
    return {
        record.id: earliest
        for record in wanted
        if (earliest := _earliest(record.id, beneath, received)) is not None
    }


def _sources_of(rows: Sequence[RecordRow], exchange: Exchange) -> dict[str, Sequence[str]]:
    held = [row for row in rows if row.text is not None]
    return {str(record.id): rests_on(record) for record in open_records(held, exchange)}


def _earliest(
    record: str, beneath: Mapping[str, Sequence[str]], received: Mapping[str, int]
) -> int | None:
    seen: set[str] = set()
    open_ends = [record]
    while open_ends:
        one = open_ends.pop()
        if one not in seen:
            seen.add(one)
            open_ends += beneath.get(one, ())
    return min((received[one] for one in seen if one in received), default=None)
