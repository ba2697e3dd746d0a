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
    .order_by(notices.c.id, notices.c.author)
)
_ONE: Final = (notices.c.id == bindparam("b_id")) & (notices.c.author == bindparam("b_author"))
_OF_RECORDS: Final = (
    select(*_NOTICE.columns)
    .where(notices.c.record.in_(bindparam("records", expanding=True)))
    .order_by(notices.c.record, notices.c.id)
)
_MOVE: Final = update(notices).where(_ONE).values(state=bindparam("b_state"))
_ANSWERED: Final = update(notices).where(_ONE)
_WIDEN: Final = update(notices).where(_ONE)
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
        """Insert, leaving alone those whose author and id are there."""
        add = insert_or_leave(notices, "id", "author", postgres=self._session.postgres)
        self._session.run(add, [values_of(notices, row) for row in rows])

    def get(self, keys: Sequence[tuple[str, str]]) -> Sequence[NoticeRow]:
        """Return those that exist, in order of id; uses the primary key."""
        wanted = frozenset(keys)
        return [
            row
            for some in chunks(id_ for _, id_ in keys)
            for row in _NOTICE.of(self._session.rows(_BY_IDS, {"ids": some}))
            if row.key in wanted
        ]

    def of_id(self, id_: str) -> Sequence[NoticeRow]:
        """Return all of this id, by author; uses the primary key."""
        return _NOTICE.of(self._session.rows(_BY_IDS, {"ids": [id_]}))

    def of_records(self, records: Sequence[str]) -> Sequence[NoticeRow]:
        """Return all about these records, oldest first; uses index ix_notices_record."""
        return [
            row
            for some in chunks(records)
            for row in _NOTICE.of(self._session.rows(_OF_RECORDS, {"records": some}))
        ]

    def move(self, rows: Sequence[NoticeRow], state: str) -> None:
        """Put these in a state."""
        self._session.run(_MOVE, [{**_key(row), "b_state": state} for row in rows])

    def answered(self, row: NoticeRow) -> None:
        """Write `told` and `answer` of this row."""
        self._session.run(_ANSWERED, {**_key(row), "told": row.told, "answer": row.answer})

    def widen(self, row: NoticeRow) -> None:
        """Write over one what came with it by another way."""
        names = ("via", "told", "answer", "state", "text", "data_key")
        values = {name: getattr(row, name) for name in names}
        self._session.run(_WIDEN, {**_key(row), **values})

    def past_their_end(self, *, now_ms: int, limit: int) -> Sequence[NoticeRow]:
        """Return applied ones whose `until` has passed; uses index ix_notices_until."""
        return _NOTICE.of(self._session.rows(_PAST, {"now": now_ms, "limit": limit}))


def _key(row: NoticeRow) -> dict[str, str]:
    return {"b_id": row.id, "b_author": row.author}
