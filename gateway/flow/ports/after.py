"""What the journeys need of the store for what follows a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_after import DisclosureRow, NoticeRow, SubjectsRow


class NoticeStore(Protocol):
    """Notices both ways."""

    def add(self, rows: Sequence[NoticeRow]) -> None:
        """Insert, leaving alone those whose id is there: a notice may come twice."""

    def get(self, ids: Sequence[str]) -> Sequence[NoticeRow]:
        """Those that exist."""

    def of_records(self, records: Sequence[str]) -> Sequence[NoticeRow]:
        """All about these records, of every version, oldest first."""

    def move(self, ids: Sequence[str], state: str) -> None:
        """Put these in a state."""


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
