"""What a carrier takes from one partner to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, select, update

from gateway.flow.rows_carried import CarriedRow
from gateway.store.session import Session, insert_or_leave, shape, values_of
from gateway.store.tables_after import NOT_ENDED, WAITING, carried

_ROW: Final = shape(CarriedRow, carried)
_KEY: Final = ("kind", "sender", "recipient", "digest")
_ONE: Final = select(*_ROW.columns).where(
    *(carried.c[name] == bindparam(f"b_{name}") for name in _KEY)
)
_DUE: Final = (
    select(*_ROW.columns)
    .where(
        carried.c.recipient == bindparam("recipient"),
        WAITING,
        carried.c.retry_at <= bindparam("now"),
    )
    .order_by(carried.c.at, carried.c.seq)
    .limit(bindparam("limit"))
)
_REPLACE: Final = (
    update(carried)
    .where(
        *(carried.c[name] == bindparam(f"b_{name}") for name in _KEY),
        carried.c.state == bindparam("b_expect"),
    )
    .values(
        state=bindparam("b_state"),
        failures=bindparam("b_failures"),
        retry_at=bindparam("b_retry_at"),
        wire=bindparam("b_wire"),
    )
)
_BYTES: Final = select(func.coalesce(func.sum(carried.c.size), 0)).where(
    carried.c.sender == bindparam("sender"), WAITING
)
_OVER: Final = (
    select(*_ROW.columns)
    .where(carried.c.expires_at <= bindparam("now"), NOT_ENDED)
    .order_by(carried.c.expires_at)
    .limit(bindparam("limit"))
)


class SqlCarriedStore:
    """`flow.ports.CarriedStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: CarriedRow) -> bool:
        """Insert; False if the same is there."""
        add = insert_or_leave(carried, *_KEY, postgres=self._session.postgres)
        return self._session.run(add, values_of(carried, row)) == 1

    def get(self, kind: str, sender: str, recipient: str, digest: str) -> CarriedRow | None:
        """Return one, with its bytes; uses the primary key."""
        names = zip(_KEY, (kind, sender, recipient, digest), strict=True)
        return _ROW.one(self._session.first(_ONE, {f"b_{name}": value for name, value in names}))

    def due(self, recipient: str, *, now_ms: int, limit: int) -> Sequence[CarriedRow]:
        """Return waiting ones whose time has come; uses index ix_carried_due."""
        wanted = {"recipient": recipient, "now": now_ms, "limit": limit}
        return _ROW.of(self._session.rows(_DUE, wanted))

    def replace(self, row: CarriedRow, *, expect: str) -> bool:
        """Write state, failures, retry_at and bytes if it is in that state; whether it was."""
        values = {f"b_{name}": getattr(row, name) for name in _KEY}
        changed = {
            f"b_{name}": getattr(row, name) for name in ("state", "failures", "retry_at", "wire")
        }
        return self._session.run(_REPLACE, {**values, **changed, "b_expect": expect}) == 1

    def waiting_bytes(self, sender: str) -> int:
        """Return how many bytes of a partner wait; uses index ix_carried_waiting."""
        return self._session.number(_BYTES, {"sender": sender})

    def over(self, *, now_ms: int, limit: int) -> Sequence[CarriedRow]:
        """Return what has had its time; uses index ix_carried_over."""
        return _ROW.of(self._session.rows(_OVER, {"now": now_ms, "limit": limit}))
