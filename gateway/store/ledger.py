"""The tamper-evident log: entries written in the act's commit, positions given afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, func, insert, select, update

from gateway.core.errors import Conflict
from gateway.flow.rows import CheckpointRow, LedgerRow
from gateway.store.session import Session, shape, values_of
from gateway.store.tables import PLACED, UNPLACED, checkpoints, ledger

_ENTRY: Final = shape(LedgerRow, ledger)
_CHECKPOINT: Final = shape(CheckpointRow, checkpoints)

_UNPLACED: Final = (
    select(*_ENTRY.columns).where(UNPLACED).order_by(ledger.c.id).limit(bindparam("limit"))
)
_PLACE: Final = (
    update(ledger)
    .where(ledger.c.id == bindparam("b_id"), UNPLACED)
    .values(position=bindparam("b_position"))
)
_PAGE: Final = (
    select(*_ENTRY.columns)
    .where(ledger.c.position > bindparam("after"))
    .order_by(ledger.c.position)
    .limit(bindparam("limit"))
)
_NEWEST: Final = (
    select(*_ENTRY.columns)
    .where(ledger.c.id >= bindparam("since"), ledger.c.id < bindparam("before"))
    .order_by(ledger.c.id.desc())
    .limit(bindparam("limit"))
)
# Positions have no gaps and start at 0.
_SIZE: Final = select(func.max(ledger.c.position) + 1).where(PLACED)
_LATEST: Final = select(*_CHECKPOINT.columns).order_by(checkpoints.c.size.desc()).limit(1)
_CHECKPOINTS: Final = (
    select(*_CHECKPOINT.columns)
    .where(checkpoints.c.size > bindparam("after"))
    .order_by(checkpoints.c.size)
    .limit(bindparam("limit"))
)


class SqlLedgerStore:
    """`flow.ports.LedgerStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[LedgerRow]) -> None:
        """Append in bulk."""
        self._session.run(insert(ledger), [values_of(ledger, row) for row in rows])

    def size(self) -> int:
        """Return how many entries have a position; reads the end of ix_ledger_position."""
        return self._session.number(_SIZE)

    def unplaced(self, *, limit: int) -> Sequence[LedgerRow]:
        """Return entries without a position, in order of id; uses index ix_ledger_unplaced."""
        return _ENTRY.of(self._session.rows(_UNPLACED, {"limit": limit}))

    def place(self, positions: Mapping[str, int]) -> None:
        """Give positions by entry id. Raises Conflict if an entry or a position is taken."""
        placed = self._session.run(
            _PLACE, [{"b_id": id_, "b_position": place} for id_, place in positions.items()]
        )
        if placed != len(positions):
            self._session.refuse(Conflict("an entry already has a position, or is not there"))

    def page(self, *, after: int, limit: int) -> Sequence[LedgerRow]:
        """Return placed entries with position > after, in order."""
        return _ENTRY.of(self._session.rows(_PAGE, {"after": after, "limit": limit}))

    def newest(self, *, since: str, before: str, limit: int) -> Sequence[LedgerRow]:
        """Return entries with since <= id < `before`, newest first; reads the key from its end."""
        wanted = {"since": since, "before": before, "limit": limit}
        return _ENTRY.of(self._session.rows(_NEWEST, wanted))

    def latest(self) -> CheckpointRow | None:
        """Return the newest checkpoint."""
        return _CHECKPOINT.one(self._session.first(_LATEST))

    def checkpoints(self, *, after: int, limit: int) -> Sequence[CheckpointRow]:
        """Return checkpoints with size > after, in order."""
        found = self._session.rows(_CHECKPOINTS, {"after": after, "limit": limit})
        return _CHECKPOINT.of(found)

    def add_checkpoint(self, row: CheckpointRow) -> None:
        """Append. Raises Conflict if there is one of this size."""
        self._session.run(insert(checkpoints), values_of(checkpoints, row))
