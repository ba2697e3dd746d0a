"""Who has a record: partners, their national systems, those it was passed on to, copies elsewhere.

Reads; writes nothing, except for the copies that a person enters by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.links import RESTS_ON
from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_tags

MOST_RESTING: Final = 500  # as many as a person can look at


@dataclass(frozen=True, slots=True)
class Resting:
    """One record that leans on another: it rests on it, or shares an identifier with it."""

    record: str
    version: int
    by: str  # rests_on, or the field of the identifier


def resting_on(record: str, exchange: Exchange) -> list[Resting]:
    """Return the records that rest on this one or are linked with it, the former first."""
    (tag,) = link_tags([(RESTS_ON, record)], exchange)
    with exchange.store.reading() as work:
        own = [link for link in work.records.links_of(record) if link.field != RESTS_ON]
        resting = work.records.linked([(RESTS_ON, tag)], limit=MOST_RESTING)
        linked = work.records.linked([(link.field, link.tag) for link in own], limit=MOST_RESTING)
    rows = [
        Resting(link.record, link.version, link.field)
        for link in (*resting, *linked)
        if link.record != record
    ]
    return _newest(rows)


def _newest(rows: Sequence[Resting]) -> list[Resting]:
    """Return the newest version of each record, by what it leans on the most."""
    newest: dict[str, Resting] = {}
    for row in rows:
        before = newest.get(row.record)
        if before is None or (before.version < row.version and before.by == row.by):
            newest[row.record] = row
    return list(newest.values())
