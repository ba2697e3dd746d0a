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


class LeaseKeeper:
    """Keeps the leases of one worker process: taken when first needed, renewed when half over.

    A lease is not given back between two looks, so that waiting writes nothing; one that another
    worker holds is not asked for again at each look. `give_back` ends them; those of a worker
    that dies run out.
    """

    def __init__(self, seconds: float, exchange: Exchange) -> None:
        self._exchange = exchange
        self._milliseconds = int(seconds * 1000)
        self._holder = exchange.new_id()
        self._held: dict[str, tuple[Lease, int]] = {}
        self._refused: dict[str, int] = {}  # when each may be asked for again

    def take(self, name: str) -> Lease | None:
        """Return the lease `name`, or None while another worker holds it."""
        now = self._exchange.now_ms()
        held = self._held.get(name)
        if held is not None and held[1] - now > self._milliseconds // 2:
            return held[0]
        if now < self._refused.get(name, 0):
            return None
        until = now + self._milliseconds
        with self._exchange.store.writing() as work:
            fence = work.leases.take(name, self._holder, now_ms=now, until_ms=until)
            work.commit()
        if fence is None:
            self._held.pop(name, None)
            self._refused[name] = now + self._milliseconds // 8
            return None
        self._refused.pop(name, None)
        lease = Lease(name, self._holder, fence)
        self._held[name] = (lease, until)
        return lease

    def lose(self, name: str) -> None:
        """Forget a lease that another worker turned out to hold."""
        self._held.pop(name, None)

    def give_back(self) -> None:
        """Give all back, so that another worker need not wait for their end."""
        with self._exchange.store.writing() as work:
            for name in self._held:
                work.leases.release(name, self._holder)
            work.commit()
        self._held.clear()
