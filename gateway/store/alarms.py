"""Alarms that were told, and the rhythm of partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from gateway.flow.rows_alarms import RhythmRow, ToldRow
from gateway.store.session import Session, shape, values_of
from gateway.store.tables_alarms import rhythms, told_alarms

_TOLD: Final = shape(ToldRow, told_alarms)
_RHYTHM: Final = shape(RhythmRow, rhythms)
_OF_BELL: Final = (
    select(*_TOLD.columns)
    .where(told_alarms.c.bell == bindparam("bell"))
    .order_by(told_alarms.c.code, told_alarms.c.subject)
)
_FORGET: Final = delete(told_alarms).where(
    told_alarms.c.bell == bindparam("b_bell"),
    told_alarms.c.code == bindparam("b_code"),
    told_alarms.c.subject == bindparam("b_subject"),
)
_RHYTHMS: Final = select(*_RHYTHM.columns).order_by(rhythms.c.partner)
_DROP: Final = delete(rhythms).where(rhythms.c.partner == bindparam("partner"))


class SqlAlarmStore:
    """`flow.ports.AlarmStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def told(self, bell: str) -> Sequence[ToldRow]:
        """Return what this bell was told; uses the primary key."""
        return _TOLD.of(self._session.rows(_OF_BELL, {"bell": bell}))

    def tell(self, rows: Sequence[ToldRow]) -> None:
        """Insert those."""
        if rows:
            self._session.run(insert(told_alarms), [values_of(told_alarms, row) for row in rows])

    def forget(self, rows: Sequence[ToldRow]) -> None:
        """Delete those."""
        if rows:
            self._session.run(
                _FORGET,
                [{"b_bell": r.bell, "b_code": r.code, "b_subject": r.subject} for r in rows],
            )

    def rhythms(self) -> Sequence[RhythmRow]:
        """Return one row for each partner that ever sent anything."""
        return _RHYTHM.of(self._session.rows(_RHYTHMS, {}))

    def put_rhythm(self, row: RhythmRow) -> None:
        """Insert or replace."""
        self._session.run(_DROP, {"partner": row.partner})
        self._session.run(insert(rhythms), values_of(rhythms, row))
