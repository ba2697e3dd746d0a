"""What the journeys need of the store for questions between partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_asked import AskedCount, AskedRow


class AskedStore(Protocol):
    """Questions both ways: requests, consents asked for, outcomes asked for."""

    def add(self, rows: Sequence[AskedRow]) -> None:
        """Insert, leaving alone what is there: a new version starts no new clock."""

    def of_record(self, record: str) -> Sequence[AskedRow]:
        """All about this record, of every kind, partner and organisation."""

    def by_reply(self, reply: str) -> Sequence[AskedRow]:
        """Those whose newest reply is this record."""

    def page(
        self,
        org: str,
        kind: str,
        *,
        open_only: bool,
        after: tuple[int, str, str],
        limit: int,
    ) -> Sequence[AskedRow]:
        """Of one organisation above (due_at, record, partner), the soonest due first."""

    def replace(self, row: AskedRow, *, expect: str) -> bool:
        """Write all but the key over the row if it is in state `expect`; whether it was."""

    def counts(self, org: str, kind: str, direction: str, *, now_ms: int) -> Sequence[AskedCount]:
        """Count, per partner and action; of what we ask only what the partner was given."""
