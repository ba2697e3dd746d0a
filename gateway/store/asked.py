"""Questions both ways, with their clocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, tuple_, update

from gateway.flow.rows_asked import AskedCount, AskedRow
from gateway.store.session import Session, insert_or_leave, shape, values_of
from gateway.store.tables import releases
from gateway.store.tables_after import STANDING, asked

_ASKED: Final = shape(AskedRow, asked)
_KEY: Final = ("record", "kind", "partner", "org", "direction")
_GIVEN: Final = ("sealed", "stored", "parked", "accepted", "rejected", "gone")

_OF_RECORD: Final = (
    select(*_ASKED.columns)
    .where(asked.c.record == bindparam("record"))
    .order_by(*(asked.c[name] for name in _KEY))
)
_BY_REPLY: Final = (
    select(*_ASKED.columns)
    .where(asked.c.reply == bindparam("reply"), asked.c.reply.is_not(None))
    .order_by(*(asked.c[name] for name in _KEY))
)
_PAGE: Final = (
    select(*_ASKED.columns)
    .where(
        asked.c.org == bindparam("org"),
        asked.c.kind == bindparam("kind"),
        tuple_(asked.c.due_at, asked.c.record, asked.c.partner)
        > tuple_(bindparam("due"), bindparam("record"), bindparam("partner")),
    )
    .order_by(asked.c.due_at, asked.c.record, asked.c.partner, asked.c.direction)
    .limit(bindparam("limit"))
)
_OPEN_PAGE: Final = _PAGE.where(STANDING)
_REPLACE: Final = update(asked).where(
    *(asked.c[name] == bindparam(f"b_{name}") for name in _KEY),
    asked.c.state == bindparam("b_expect"),
)
_past = and_(STANDING, asked.c.due_at <= bindparam("now"))
_over = case((_past, 1), else_=0).label("over")
_COUNTS: Final = (
    select(
        asked.c.partner,
        asked.c.action,
        asked.c.state,
        asked.c.code,
        _over,
        func.count().label("count"),
    )
    .where(
        asked.c.org == bindparam("org"),
        asked.c.kind == bindparam("kind"),
        asked.c.direction == bindparam("direction"),
        or_(
            asked.c.direction == "in",
            exists().where(
                releases.c.record == asked.c.record,
                releases.c.partner == asked.c.partner,
                releases.c.notice == "",
                releases.c.state.in_(_GIVEN),
            ),
        ),
    )
    .group_by(asked.c.partner, asked.c.action, asked.c.state, asked.c.code, _over)
    .order_by(asked.c.partner, asked.c.action, asked.c.state, asked.c.code)
)


class SqlAskedStore:
    """`flow.ports.AskedStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[AskedRow]) -> None:
        """Insert, leaving alone what is there."""
        add = insert_or_leave(asked, *_KEY, postgres=self._session.postgres)
        self._session.run(add, [values_of(asked, row) for row in rows])

    def of_record(self, record: str) -> Sequence[AskedRow]:
        """Return all about this record; uses the primary key."""
        return _ASKED.of(self._session.rows(_OF_RECORD, {"record": record}))

    def by_reply(self, reply: str) -> Sequence[AskedRow]:
        """Return those whose newest reply this is; uses index ix_asked_reply."""
        return _ASKED.of(self._session.rows(_BY_REPLY, {"reply": reply}))

    def page(
        self,
        org: str,
        kind: str,
        *,
        open_only: bool,
        after: tuple[int, str, str],
        limit: int,
    ) -> Sequence[AskedRow]:
        """Return those of `org`, the soonest due first; uses ix_asked_open or ix_asked_due."""
        due, record, partner = after
        wanted = {"org": org, "kind": kind, "due": due, "record": record}
        wanted |= {"partner": partner, "limit": limit}
        return _ASKED.of(self._session.rows(_OPEN_PAGE if open_only else _PAGE, wanted))

    def replace(self, row: AskedRow, *, expect: str) -> bool:
        """Write all but the key if the row is in state `expect`; whether it was."""
        values = values_of(asked, row, leave=_KEY)
        key = {f"b_{name}": getattr(row, name) for name in _KEY}
        return bool(self._session.run(_REPLACE, {**values, **key, "b_expect": expect}))

    def counts(self, org: str, kind: str, direction: str, *, now_ms: int) -> Sequence[AskedCount]:
        """Return the counts per partner and action; uses index ix_asked_due."""
        wanted = {"org": org, "kind": kind, "direction": direction, "now": now_ms}
        return [
            AskedCount(
                partner=row.partner,
                action=row.action,
                state=row.state,
                code=row.code,
                over=bool(row.over),
                count=row._mapping["count"],  # noqa: SLF001 -- a row has a method of that name
            )
            for row in self._session.rows(_COUNTS, wanted)
        ]
