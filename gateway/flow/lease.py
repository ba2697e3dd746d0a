"""Leases: who does which work. Time makes a lease likely; the fence makes it safe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease taken by this job run. `holder` is unique per process and run."""

    name: str
    holder: str
    fence: int

    def demand(self, work: UnitOfWork) -> None:
        """Raises LeaseLost if another worker took the lease since."""
        work.demand_fence(self.name, self.fence)


@contextmanager
def leased(name: str, seconds: float, exchange: Exchange) -> Iterator[Lease | None]:
    """Hold the lease `name` for the block; None while another worker holds it.

    Given back at the end; a worker that dies leaves it to run out.
    """
    holder = exchange.new_id()
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        fence = work.leases.take(name, holder, now_ms=now, until_ms=now + int(seconds * 1000))
        work.commit()
    if fence is None:
        yield None
        return
    try:
        yield Lease(name, holder, fence)
    finally:
        with exchange.store.writing() as work:
            work.leases.release(name, holder)
            work.commit()
