"""Proposals of people, and the approvals that came of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, insert, or_, select, update

from gateway.flow.rows_people import ApprovalRow, ProposalRow
from gateway.store.session import Session, chunks, shape, values_of
from gateway.store.tables_after import OPEN_PROPOSAL, approvals, proposals

_PROPOSAL: Final = shape(ProposalRow, proposals)
_APPROVAL: Final = shape(ApprovalRow, approvals)

_BY_ID: Final = select(*_PROPOSAL.columns).where(proposals.c.id == bindparam("id"))
_PAGE: Final = (
    select(*_PROPOSAL.columns)
    .where(proposals.c.org == bindparam("org"), proposals.c.id > bindparam("after"))
    .order_by(proposals.c.id)
    .limit(bindparam("limit"))
)
_OPEN_PAGE: Final = _PAGE.where(OPEN_PROPOSAL)
_OVERDUE: Final = (
    select(*_PROPOSAL.columns)
    .where(proposals.c.expires_at <= bindparam("now"), OPEN_PROPOSAL)
    .order_by(proposals.c.expires_at, proposals.c.id)
    .limit(bindparam("limit"))
)
_SETTLE: Final = (
    update(proposals)
    .where(proposals.c.id == bindparam("b_id"), OPEN_PROPOSAL)
    .values(
        state=bindparam("b_state"),
        approver=bindparam("b_approver"),
        settled_at=bindparam("b_settled_at"),
    )
)
_OF_RECORDS: Final = (
    select(*_APPROVAL.columns)
    .where(approvals.c.record.in_(bindparam("records", expanding=True)))
    .order_by(approvals.c.record, approvals.c.version, approvals.c.id)
)
_END: Final = (
    update(approvals)
    .where(
        approvals.c.proposal == bindparam("b_proposal"),
        or_(approvals.c.until.is_(None), approvals.c.until > bindparam("b_now")),
    )
    .values(until=bindparam("b_now"))
)


class SqlProposalStore:
    """`flow.ports.ProposalStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: ProposalRow) -> None:
        """Insert."""
        self._session.run(insert(proposals), values_of(proposals, row))

    def get(self, id_: str) -> ProposalRow | None:
        """Return one."""
        return _PROPOSAL.one(self._session.first(_BY_ID, {"id": id_}))

    def page(self, org: str, *, open_only: bool, after: str, limit: int) -> Sequence[ProposalRow]:
        """Return those of `org`, oldest first; uses ix_proposals_open or ix_proposals_org."""
        wanted = {"org": org, "after": after, "limit": limit}
        return _PROPOSAL.of(self._session.rows(_OPEN_PAGE if open_only else _PAGE, wanted))

    def overdue(self, *, now_ms: int, limit: int) -> Sequence[ProposalRow]:
        """Return open ones whose time is over; uses index ix_proposals_overdue."""
        return _PROPOSAL.of(self._session.rows(_OVERDUE, {"now": now_ms, "limit": limit}))

    def settle(self, row: ProposalRow) -> bool:
        """Write what became of it if it is still open; whether it was."""
        values = {
            "b_id": row.id,
            "b_state": row.state,
            "b_approver": row.approver,
            "b_settled_at": row.settled_at,
        }
        return bool(self._session.run(_SETTLE, values))

    def add_approvals(self, rows: Sequence[ApprovalRow]) -> None:
        """Insert in bulk."""
        self._session.run(insert(approvals), [values_of(approvals, row) for row in rows])

    def approvals(self, records: Sequence[tuple[str, int]]) -> Sequence[ApprovalRow]:
        """Return those of these record versions; uses index ix_approvals_record."""
        wanted = frozenset(records)
        return [
            row
            for some in chunks(record for record, _ in records)
            for row in _APPROVAL.of(self._session.rows(_OF_RECORDS, {"records": some}))
            if (row.record, row.version) in wanted
        ]

    def end_approvals(self, proposal: str, *, now_ms: int) -> int:
        """End what this proposal allowed; uses index ix_approvals_proposal."""
        return self._session.run(_END, {"b_proposal": proposal, "b_now": now_ms})
