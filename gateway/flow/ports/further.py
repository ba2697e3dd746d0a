"""What the journeys need of the store for further holders: those beyond our own partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_after import FurtherRow


class FurtherStore(Protocol):
    """How far further holders are with notices: as we say it, and as we are told."""

    def put(self, rows: Sequence[FurtherRow]) -> None:
        """Write over those with the same direction, partner, author, notice and path."""

    def of_record(self, record: str, direction: str) -> Sequence[FurtherRow]:
        """All about notices of one record, by partner, author, notice and path."""

    def unsaid(self, partner: str, *, limit: int) -> Sequence[FurtherRow]:
        """What is still to be sealed for this partner, oldest first; a writing unit holds them."""

    def seal(self, rows: Sequence[FurtherRow], envelope: str) -> int:
        """Say which envelope carries them; how many were still to be sealed."""

    def said_in(self, envelope: str) -> Sequence[FurtherRow]:
        """What an envelope carries, if nothing newer is known of it; a writing unit holds them."""

    def count_open(self, *, before: int) -> Sequence[tuple[str, int, int]]:
        """(partner that told, count, oldest) of further holders without an answer since then."""
