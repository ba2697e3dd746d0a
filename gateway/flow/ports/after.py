"""What the journeys need of the store for what follows a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.flow.rows_after import (
    CopyRow,
    EvidenceRow,
    InboxNoticeRow,
    MarkRow,
    NoticeRow,
    SubjectTagRow,
)


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

    def answered(self, row: NoticeRow) -> None:
        """Write `told` and `answer` of this row."""

    def past_their_end(self, *, now_ms: int, limit: int) -> Sequence[NoticeRow]:
        """Applied ones whose `until` is not after that moment."""

    def add_subjects(self, rows: Sequence[SubjectTagRow]) -> None:
        """Insert, leaving alone what is there."""

    def releases_about(self, tag: str, *, after: str, limit: int) -> Sequence[str]:
        """Ids of releases that spoke of this subject, above `after`, in order."""


class FollowStore(Protocol):
    """What national systems are told to follow, marks, evidence, and copies beside the gateway."""

    def add_entries(self, rows: Sequence[InboxNoticeRow]) -> None:
        """Insert, leaving alone what is there."""

    def entries(self, client: str, *, after: str, limit: int) -> Sequence[InboxNoticeRow]:
        """Waiting ones of a client with a notice id > `after`, in order of it."""

    def entry(self, client: str, notice: str) -> InboxNoticeRow | None:
        """One."""

    def entries_of(self, notice: str) -> Sequence[InboxNoticeRow]:
        """What every client was told of one notice, by client."""

    def settle_entry(self, row: InboxNoticeRow) -> bool:
        """Write state, reason and settled_at if it waits still; whether it did."""

    def add_marks(self, rows: Sequence[MarkRow]) -> None:
        """Insert, leaving alone what is there."""

    def marks(self, records: Sequence[str]) -> Sequence[MarkRow]:
        """All of these records."""

    def add_evidence(self, rows: Sequence[EvidenceRow]) -> None:
        """Insert, leaving alone what is there."""

    def evidence(self, texts: Sequence[str]) -> Mapping[str, bytes]:
        """The statements that prove these texts, by the text's digest."""

    def add_copy(self, row: CopyRow) -> None:
        """Insert."""

    def copies(self, record: str) -> Sequence[CopyRow]:
        """All of one record, oldest first."""

    def settle_copy(self, row: CopyRow) -> bool:
        """Write state and settled_at if it is out still; whether it was."""
