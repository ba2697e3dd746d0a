"""Records that may speak of one subject, opened for a person: what both sides rest on.

Shared by whoever looks at candidate links and by whoever promotes on one. Reads; writes nothing.

Stays true:
  * What the person's organisation does not see, or what waits to be admitted, is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.core.facts import Ground
from gateway.core.ids import RecordId
from gateway.core.record import Record
from gateway.core.rules.corroboration import kind_below
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.known import STANDING, below
from gateway.flow.matching import sees
from gateway.flow.ports import UnitOfWork
from gateway.flow.proven import proven
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow


@dataclass(frozen=True, slots=True)
class Opened:
    """One record as it stands now, with what it rests on."""

    row: RecordRow
    record: Record
    known: Mapping[RecordId, tuple[Ground, ...]]  # its own grounds, and those below
    rests_on: frozenset[RecordId]  # however far back

    @property
    def kinds(self) -> list[str]:
        """Of which kinds of ground it is, as it says itself."""
        return sorted({ground.kind for ground in self.known[self.record.id] if ground.kind})

    @property
    def kind(self) -> str | None:
        """Of which kind it is at its roots, if it is more than financial."""
        return kind_below(self.record.id, self.known)


def visible(
    ids: Sequence[str], org: str, configuration: Configuration, work: UnitOfWork
) -> list[RecordRow]:
    """Return the newest versions of these that stand, and are this organisation's to see."""
    rows = work.records.newest(list(dict.fromkeys(ids)))
    return [row for row in rows.values() if _is_shown(row, org, configuration, work)]


def _is_shown(row: RecordRow, org: str, configuration: Configuration, work: UnitOfWork) -> bool:
    if row.text is None or row.state not in STANDING or not sees(org, row, configuration, work):
        return False
    if row.from_partner is None:
        return True
    entries = [
        entry
        for name in configuration.clients
        if (entry := work.arrivals.inbox_of(name, row.id, row.version))
    ]
    return not entries or any(entry.state != "held" for entry in entries)


def opened(rows: Sequence[RecordRow], exchange: Exchange) -> dict[str, Opened]:
    """Open these rows, by id. No unit of work may be open."""
    records = open_records(rows, exchange)
    known, resting = below(records, exchange)
    ours = [one for row, one in zip(rows, records, strict=True) if row.from_partner is None]
    own = proven(records, ours, exchange)
    return {
        record.id: Opened(row, record, {**known, record.id: own[record.id]}, resting[record.id])
        for row, record in zip(rows, records, strict=True)
    }
