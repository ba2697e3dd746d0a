"""Notices about records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select, update

from gateway.flow.rows_after import NoticeRow
from gateway.store.session import Session, chunks, insert_or_leave, shape, values_of
from gateway.store.tables_after import WITH_AN_END, notices

_NOTICE: Final = shape(NoticeRow, notices)

_BY_IDS: Final = (
    select(*_NOTICE.columns)
    .where(notices.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(notices.c.id)
)
_OF_RECORDS: Final = (
    select(*_NOTICE.columns)
    .where(notices.c.record.in_(bindparam("records", expanding=True)))
    .order_by(notices.c.record, notices.c.id)
)
_MOVE: Final = (
    update(notices).where(notices.c.id == bindparam("b_id")).values(state=bindparam("b_state"))
)
_ANSWERED: Final = update(notices).where(notices.c.id == bindparam("b_id"))
_PAST: Final = (
    select(*_NOTICE.columns)
    .where(WITH_AN_END, notices.c.until <= bindparam("now"))
    .order_by(notices.c.until, notices.c.id)
    .limit(bindparam("limit"))
)


class SqlNoticeStore:
    """`flow.ports.NoticeStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[NoticeRow]) -> None:
        """Insert, leaving alone those whose id is there."""
        add = insert_or_leave(notices, "id", postgres=self._session.postgres)
        self._session.run(add, [values_of(notices, row) for row in rows])

    def get(self, ids: Sequence[str]) -> Sequence[NoticeRow]:
        """Return those that exist, in order of id."""
        return [
            row
            for some in chunks(ids)
            for row in _NOTICE.of(self._session.rows(_BY_IDS, {"ids": some}))
        ]

    def of_records(self, records: Sequence[str]) -> Sequence[NoticeRow]:
        """Return all about these records, oldest first; uses index ix_notices_record."""
        return [
            row
            for some in chunks(records)
            for row in _NOTICE.of(self._session.rows(_OF_RECORDS, {"records": some}))
        ]

    def move(self, ids: Sequence[str], state: str) -> None:
        """Put these in a state."""
        self._session.run(_MOVE, [{"b_id": id_, "b_state": state} for id_ in ids])

    def answered(self, row: NoticeRow) -> None:
        """Write `told` and `answer` of this row."""
        self._session.run(_ANSWERED, {"b_id": row.id, "told": row.told, "answer": row.answer})

    def past_their_end(self, *, now_ms: int, limit: int) -> Sequence[NoticeRow]:
        """Return applied ones whose `until` has passed; uses index ix_notices_until."""
        return _NOTICE.of(self._session.rows(_PAST, {"now": now_ms, "limit": limit}))
