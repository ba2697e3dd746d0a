"""How far further holders are with notices, as we say it and as we are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, select, update

from gateway.flow.rows_after import FurtherRow
from gateway.store.session import Session, insert_or_replace, shape, values_of
from gateway.store.tables_after import NOT_ANSWERED, SAID, UNSAID, further

_ROW: Final = shape(FurtherRow, further)
_KEY: Final = ("partner", "author", "notice", "path")
_OF_RECORD: Final = (
    select(*_ROW.columns)
    .where(further.c.record == bindparam("record"), further.c.direction == bindparam("direction"))
    .order_by(*(further.c[name] for name in _KEY))
)
_UNSAID: Final = (
    select(*_ROW.columns)
    .where(further.c.partner == bindparam("partner"), UNSAID)
    .order_by(further.c.at, *(further.c[name] for name in _KEY[1:]))
    .limit(bindparam("limit"))
)
_SEAL: Final = (
    update(further)
    .where(*(further.c[name] == bindparam(f"b_{name}") for name in _KEY), UNSAID)
    .values(envelope=bindparam("b_envelope"))
)
_SAID_IN: Final = (
    select(*_ROW.columns)
    .where(further.c.envelope == bindparam("envelope"), SAID)
    .order_by(*(further.c[name] for name in _KEY))
)
_OPEN: Final = (
    select(further.c.partner, func.count(), func.min(further.c.at))
    .where(NOT_ANSWERED, further.c.at < bindparam("before"))
    .group_by(further.c.partner)
    .order_by(further.c.partner)
)


class SqlFurtherStore:
    """`flow.ports.FurtherStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, rows: Sequence[FurtherRow]) -> None:
        """Write over those with the same key."""
        write = insert_or_replace(further, postgres=self._session.postgres)
        self._session.run(write, [values_of(further, row) for row in rows])

    def of_record(self, record: str, direction: str) -> Sequence[FurtherRow]:
        """Return all about notices of one record; uses index ix_further_record."""
        wanted = {"record": record, "direction": direction}
        return _ROW.of(self._session.rows(_OF_RECORD, wanted))

    def unsaid(self, partner: str, *, limit: int) -> Sequence[FurtherRow]:
        """Return what is still to be sealed, oldest first; uses index ix_further_unsaid."""
        wanted = {"partner": partner, "limit": limit}
        return _ROW.of(self._session.held(_UNSAID, wanted, further))

    def seal(self, rows: Sequence[FurtherRow], envelope: str) -> int:
        """Say which envelope carries them; how many were still to be sealed."""
        values = [
            {"b_envelope": envelope, **{f"b_{name}": getattr(row, name) for name in _KEY}}
            for row in rows
        ]
        return self._session.run(_SEAL, values)

    def said_in(self, envelope: str) -> Sequence[FurtherRow]:
        """Return what an envelope carries; uses index ix_further_envelope."""
        return _ROW.of(self._session.held(_SAID_IN, {"envelope": envelope}, further))

    def count_open(self, *, before: int) -> Sequence[tuple[str, int, int]]:
        """Return (partner, count, oldest) without an answer; uses index ix_further_open."""
        return [
            (str(partner), int(count), int(oldest))
            for partner, count, oldest in self._session.rows(_OPEN, {"before": before})
        ]
