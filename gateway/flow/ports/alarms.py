"""What the journeys need to ring: what was told already, and the bells themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_alarms import RhythmRow, ToldRow


class AlarmStore(Protocol):
    """Alarms that were told, and the rhythm of partners. Few rows: one for each that rings now."""

    def told(self, bell: str) -> Sequence[ToldRow]:
        """What this bell was told and not yet of its end."""

    def tell(self, rows: Sequence[ToldRow]) -> None:
        """Insert those."""

    def forget(self, rows: Sequence[ToldRow]) -> None:
        """Delete those."""

    def rhythms(self) -> Sequence[RhythmRow]:
        """The rhythm of each partner that ever sent anything."""

    def put_rhythm(self, row: RhythmRow) -> None:
        """Insert or replace."""


class Mail(Protocol):
    """The way to a mailbox."""

    def send(self, subject: str, text: str) -> None:
        """Send once, over TLS. Raises Unavailable."""


class Disk(Protocol):
    """The disk of our data."""

    def free_percent(self) -> int | None:
        """How much of it is free; None where nobody can say."""
