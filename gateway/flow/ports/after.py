"""What the journeys need of the store for what follows a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.flow.rows_after import (
    ClaimRow,
    CopyRow,
    DisclosureRow,
    EvidenceRow,
    InboxNoticeRow,
    MarkRow,
    NoticeRow,
    SubjectsRow,
)


class NoticeStore(Protocol):
    """Notices both ways."""

    def add(self, rows: Sequence[NoticeRow]) -> None:
        """Insert, leaving alone those whose author and id are there: a notice may come twice."""

    def get(self, keys: Sequence[tuple[str, str]]) -> Sequence[NoticeRow]:
        """Those that exist, by author (empty: we are) and id."""

    def of_id(self, id_: str) -> Sequence[NoticeRow]:
        """All of this id, whoever gave them."""

    def of_records(self, records: Sequence[str]) -> Sequence[NoticeRow]:
        """All about these records, of every version, oldest first."""

    def move(self, rows: Sequence[NoticeRow], state: str) -> None:
        """Put these in a state."""

    def answered(self, row: NoticeRow) -> None:
        """Write `told` and `answer` of this row."""

    def widen(self, row: NoticeRow) -> None:
        """Write via, told, answer, state, text and data_key of this row."""

    def past_their_end(self, *, now_ms: int, limit: int) -> Sequence[NoticeRow]:
        """Applied ones whose `until` is not after that moment."""


class FollowStore(Protocol):
    """What national systems are told to follow, marks, evidence, and copies beside the gateway."""

    def add_entries(self, rows: Sequence[InboxNoticeRow]) -> None:
        """Insert, leaving alone what is there."""

    def entries(
        self, client: str, *, after: tuple[str, str], limit: int
    ) -> Sequence[InboxNoticeRow]:
        """Waiting ones of a client with notice id and partner > `after`, in order of them."""

    def entries_named(self, client: str, notice: str) -> Sequence[InboxNoticeRow]:
        """Those of a client with this notice id, by the partner that gave it."""

    def entries_of(self, notice: str, partner: str) -> Sequence[InboxNoticeRow]:
        """What every client was told of one notice, by client and id of the entry."""

    def settle_entry(self, row: InboxNoticeRow) -> bool:
        """Write state, reason and settled_at if it waits still; whether it did."""

    def add_marks(self, rows: Sequence[MarkRow]) -> None:
        """Insert, leaving alone what is there."""

    def marks(self, records: Sequence[str]) -> Sequence[MarkRow]:
        """All of these records."""

    def has_marks(self, orgs: Sequence[str]) -> bool:
        """Whether a record of one of these organisations was ever marked."""

    def marks_like(self, orgs: Sequence[str], tags: Sequence[str]) -> Sequence[MarkRow]:
        """Those with one of these tags, of records of these organisations."""

    def add_claims(self, rows: Sequence[ClaimRow]) -> None:
        """Insert; a dismissed one of an older version is open again, others are left alone."""

    def claims(self, *, limit: int) -> Sequence[ClaimRow]:
        """Those that are not settled, at most `limit` of each partner, by record and partner."""

    def claim(self, record: str, partner: str) -> ClaimRow | None:
        """The one of this partner on this id, if it is not settled."""

    def settle_claim(self, row: ClaimRow, *, now_ms: int) -> bool:
        """Settle it if it is not yet, with holder and given; whether it was not."""

    def given(self, records: Sequence[str]) -> Sequence[ClaimRow]:
        """Those by which the ids of these records were given away, in that order for each."""

    def add_evidence(self, rows: Sequence[EvidenceRow]) -> None:
        """Insert, leaving alone what is there."""

    def evidence(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """The statements that prove these texts, by author and the text's digest."""

    def add_copy(self, row: CopyRow) -> None:
        """Insert."""

    def copies(self, record: str) -> Sequence[CopyRow]:
        """All of one record, oldest first."""

    def settle_copy(self, row: CopyRow) -> bool:
        """Write state and settled_at if it is out still; whether it was."""


class DisclosureStore(Protocol):
    """What was given to whom, and, sealed to the audit key, about whom. Nothing here is changed."""

    def add(self, rows: Sequence[DisclosureRow], subjects: SubjectsRow | None) -> None:
        """Insert all of one envelope, and its block."""

    def get(self, ids: Sequence[str]) -> Sequence[DisclosureRow]:
        """Those that exist, oldest first."""

    def page(
        self,
        org: str | None,
        *,
        record: str | None = None,
        partner: str | None = None,
        after: str = "",
        before: str = "",
        limit: int,
    ) -> Sequence[DisclosureRow]:
        """Those of an organisation and the gateway's own, in order; `org` None: all.

        Of one record or partner if named, with id > `after` and < `before` ("": no end). Ids are
        in the order of sealing, and begin with its time: `core.ids.first_of`.
        """

    def subjects(self, *, after: str, limit: int) -> Sequence[SubjectsRow]:
        """Blocks with id > `after`, oldest first."""

    def count_subjects(self) -> int:
        """How many blocks there are."""

    def forget(self, *, before: str, limit: int) -> int:
        """Delete the oldest disclosures and blocks with an id below that. Returns how many."""
