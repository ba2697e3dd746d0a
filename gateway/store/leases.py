"""Leases as rows: who does which work, until when, and which work a partner asks us to do now.

Time makes a lease likely; the fence, compared inside each commit, makes it safe. It grows each
time the work changes hands, and stays when the holder renews in time: so a holder's name must be
unique to one run of one job.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, case, delete, or_, select, update

from gateway.core.errors import LeaseLost
from gateway.store.session import Session, insert_or_leave, triples
from gateway.store.tables import leases, wakes

_still_held = (leases.c.holder == bindparam("b_holder")) & (leases.c.until >= bindparam("b_now"))
_TAKE: Final = (
    update(leases)
    .where(
        leases.c.name == bindparam("b_name"),
        or_(leases.c.until < bindparam("b_now"), leases.c.holder == bindparam("b_holder")),
    )
    .values(
        fence=case((_still_held, leases.c.fence), else_=leases.c.fence + 1),
        holder=bindparam("b_holder"),
        until=bindparam("b_until"),
    )
    .returning(leases.c.fence)
)
_RELEASE: Final = (
    update(leases)
    .where(leases.c.name == bindparam("b_name"), leases.c.holder == bindparam("b_holder"))
    .values(until=0)
)
# FOR SHARE on PostgreSQL; SQLite's writer is alone and says nothing for it.
_FENCE: Final = (
    select(leases.c.fence).where(leases.c.name == bindparam("name")).with_for_update(read=True)
)
_HOLDERS: Final = (
    select(leases.c.name, leases.c.holder, leases.c.until)
    .where(leases.c.until >= bindparam("now"))
    .order_by(leases.c.name)
)
_WOKEN: Final = select(wakes.c.partner).order_by(wakes.c.at, wakes.c.partner)
_TAKE_WAKE: Final = delete(wakes).where(wakes.c.partner == bindparam("partner"))


class SqlLeaseStore:
    """`flow.ports.LeaseStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, name: str, holder: str, *, now_ms: int, until_ms: int) -> int | None:
        """Take or renew the lease; the fence, or None while another holds it."""
        found = self._session.first(
            _TAKE, {"b_name": name, "b_holder": holder, "b_now": now_ms, "b_until": until_ms}
        )
        if found is not None:
            return int(found[0])
        add = insert_or_leave(leases, "name", postgres=self._session.postgres)
        row = {"name": name, "holder": holder, "until": until_ms, "fence": 1}
        return 1 if self._session.run(add, row) else None

    def release(self, name: str, holder: str) -> None:
        """Give it back if it is still ours."""
        self._session.run(_RELEASE, {"b_name": name, "b_holder": holder})

    def demand_fence(self, name: str, fence: int) -> None:
        """Raise LeaseLost unless the lease has this fence; nobody can take it until our commit."""
        if self._session.number(_FENCE, {"name": name}) != fence:
            self._session.refuse(LeaseLost())

    def holders(self, *, now_ms: int) -> Sequence[tuple[str, str, int]]:
        """Return (name, holder, until) of leases in force."""
        return triples(self._session.rows(_HOLDERS, {"now": now_ms}))

    def note_wake(self, partner: str, at: int) -> bool:
        """Note that a partner asked us to look; False if that is noted already."""
        add = insert_or_leave(wakes, "partner", postgres=self._session.postgres)
        return self._session.run(add, {"partner": partner, "at": at}) == 1

    def woken(self) -> Sequence[str]:
        """Return partners whose wake-up was not followed yet, the oldest first."""
        return [str(row[0]) for row in self._session.rows(_WOKEN)]

    def take_wake(self, partner: str) -> bool:
        """Forget the wake-up of this partner; whether there was one."""
        return bool(self._session.run(_TAKE_WAKE, {"partner": partner}))
