"""What the journeys need of the store for acts of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_people import ApprovalRow, ProposalRow


class ProposalStore(Protocol):
    """Proposals that wait for a second person, and the approvals that rules look for."""

    def add(self, row: ProposalRow) -> None:
        """Insert."""

    def get(self, id_: str) -> ProposalRow | None:
        """One."""

    def page(self, org: str, *, open_only: bool, after: str, limit: int) -> Sequence[ProposalRow]:
        """Of one organisation with id > `after`, oldest first."""

    def overdue(self, *, now_ms: int, limit: int) -> Sequence[ProposalRow]:
        """Open ones whose time is over, the longest overdue first."""

    def settle(self, row: ProposalRow) -> bool:
        """Write state, approver and settled_at if it is still open; whether it was."""

    def add_approvals(self, rows: Sequence[ApprovalRow]) -> None:
        """Insert in bulk."""

    def approvals(self, records: Sequence[tuple[str, int]]) -> Sequence[ApprovalRow]:
        """Of these record versions, also those whose time is over."""

    def end_approvals(self, proposal: str, *, now_ms: int) -> int:
        """Let the approvals of this proposal end now. Returns how many."""
