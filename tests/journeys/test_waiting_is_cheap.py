"""What a worker asks the store while it waits: once for all jobs, and no lease that is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.flow.exchange import Exchange
from gateway.flow.lease import LeaseKeeper
from gateway.jobs import _Pulse, _Watch
from tests.journeys.gateways import World
from tests.journeys.scenes import NL


class Counting:
    """A store that counts how often it is written to, and asked for changes."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.writings = self.looks = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def writing(self) -> Any:
        self.writings += 1
        return self._store.writing()

    def changed(self) -> int:
        self.looks += 1
        return int(self._store.changed())


def counted(world: World) -> tuple[Exchange, Counting]:
    nl = world.network.gateways[NL]
    store = Counting(nl.store)
    return replace(nl, store=store), store


def test_a_lease_that_another_worker_holds_is_left_alone_for_a_while(world: World) -> None:
    nl, store = counted(world)
    holder, waiting = LeaseKeeper(8, nl), LeaseKeeper(8, nl)
    assert holder.take("seal:x") is not None
    before = store.writings
    assert [waiting.take("seal:x") for _ in range(5)] == [None] * 5
    assert store.writings == before + 1

    holder.give_back()
    world.clock.forward(seconds=1)  # an eighth of its time
    assert waiting.take("seal:x") is not None


def test_all_jobs_of_a_tick_look_once_and_none_misses_a_commit(world: World) -> None:
    nl, store = counted(world)
    pulse = _Pulse(nl, fresh_ms=50)
    watches = [_Watch(nl, pulse, idle_ms=10_000) for _ in range(6)]
    assert [watch.is_due() for watch in watches] == [True] * 6
    assert store.looks == 1

    with nl.store.writing() as work:  # a moment after the look: the next tick finds it
        work.leases.take("other", "somebody", now_ms=0, until_ms=1)
        work.commit()
    world.clock.forward(seconds=0.2)
    assert [watch.is_due() for watch in watches] == [True] * 6
    world.clock.forward(seconds=0.2)
    assert [watch.is_due() for watch in watches] == [False] * 6
    assert store.looks == 3
