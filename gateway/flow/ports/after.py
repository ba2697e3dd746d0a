"""What the journeys need of the store for what follows a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_after import NoticeRow, SubjectTagRow


class NoticeStore(Protocol):
    """Notices both ways, and who was spoken of in what was disclosed."""

    def add(self, rows: Sequence[NoticeRow]) -> None:
        """Insert, leaving alone those whose id is there: a notice may come twice."""

    def get(self, ids: Sequence[str]) -> Sequence[NoticeRow]:
        """Those that exist."""

    def of_records(self, records: Sequence[str]) -> Sequence[NoticeRow]:
        """All about these records, of every version, oldest first."""

    def move(self, ids: Sequence[str], state: str) -> None:
        """Put these in a state."""

    def add_subjects(self, rows: Sequence[SubjectTagRow]) -> None:
        """Insert, leaving alone what is there."""

    def releases_about(self, tag: str, *, after: str, limit: int) -> Sequence[str]:
        """Ids of releases that spoke of this subject, above `after`, in order."""
