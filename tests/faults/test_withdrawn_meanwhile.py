"""A record is withdrawn at the worst moment: between what a journey read and what it commits.

At each such moment of each journey that moves a release or an envelope. Whoever is told that a
record has not left must be right.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import GatewayError
from gateway.flow.configuration import ConfigurationCache
from gateway.flow.exchange import Exchange
from gateway.flow.seal import seal
from gateway.flow.withdraw import withdraw
from gateway.store.schema import upgrade
from gateway.store.work import SqlStore
from tests.faults.how_long import LONG
from tests.faults.three_gateways import items_of, three_gateways
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, NL, VGT, addressed

# Inside a commit, where PostgreSQL lets others read what is being changed.
COMMITS = (
    "seal.records.before",
    "relay.handed.before",
    "relay.noted.before",
    "offer.before",
    "reconsider.envelopes.before",
    "seal.void.before",
    "acknowledge.before",
)
SHORT = ("seal.records.before", "relay.handed.before", "offer.before")
# Between what a journey read and its own unit of work that writes.
WRITERS = (
    "seal._seal_records",
    "seal._seal_voids",
    "relay._hand_over",
    "relay._note",
    "offer._hand_over",
    "reconsider._envelopes",
    "acknowledge._one",
)
PATIENCE_SECONDS = 0.3  # for a withdrawal that has to wait for the journey's own commit


@dataclass
class Moment:
    """Withdraws a record in another process's place, once, when its moment has come."""

    here: Exchange
    at: str  # a failpoint, or the function that is about to write: ``module.function``
    changes: bool = False  # whether configuration changes while both are sealed
    record: str = ""
    came: bool = False
    holders: list[str] | None = None
    thread: threading.Thread | None = None

    def reach(self, step: str) -> None:
        if step != self.at or not self.record or self.came:
            return
        self.came = True
        self.thread = threading.Thread(target=self._withdraw)
        self.thread.start()
        self.thread.join(PATIENCE_SECONDS)

    def _withdraw(self) -> None:
        self.holders = withdraw(self.record, "test", "sent_in_error", self.here)

    def over(self) -> None:
        """Wait for the withdrawal."""
        if self.thread is not None:
            self.thread.join(20)
            assert not self.thread.is_alive()


class Watched:
    """A store that says when a unit of work is about to write."""

    def __init__(self, store: SqlStore, moment: Moment) -> None:
        self._store, self._moment = store, moment

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def writing(self) -> Any:
        here = inspect.currentframe()
        assert here is not None
        assert here.f_back is not None
        caller = here.f_back.f_code
        self._moment.reach(f"{Path(caller.co_filename).stem}.{caller.co_name}")
        return self._store.writing()


@pytest.fixture
def postgresql(postgres_url: str) -> str:
    upgrade(postgres_url)
    return postgres_url


def live(url: str, at: str) -> None:
    """Live a day in which the record is withdrawn at one moment; check what came of it."""
    with ExitStack() as stack:
        world = three_gateways({NL: url}, stack)
        plain = world.network.gateways[NL]
        other = plain
        if url != "sqlite://":  # in memory there is no other process
            store = SqlStore.open(url)
            stack.callback(store.close)
            other = replace(plain, store=store, configurations=ConfigurationCache())
        moment = Moment(other, at, changes="reconsider" in at)
        watched: Any = Watched(plain.store, moment)  # type: ignore[arg-type]
        nl = replace(plain, store=watched, reach=moment.reach)
        world.network.gateways[NL] = nl
        record = a_day(world, nl, moment)
        moment.over()
        assert moment.came
        world.clock.forward(seconds=2000)
        quiet(world)
        check(world, nl, record, moment)


def a_day(world: World, nl: Exchange, moment: Moment) -> str:
    """Two records for a partner that is pushed to and one that pulls; one of them is recalled."""
    (one,) = world.push(nl, addressed("case", HUB, VGT, provider_ref="one"))
    (two,) = world.push(nl, addressed("case", HUB, VGT, provider_ref="two"))
    moment.record = str(one.record)
    for partner in (HUB, VGT):
        again(lambda partner=partner: world.run(seal, partner, nl))
    if moment.changes:  # it touches no record: what is sealed is looked at again, and confirmed
        world.configure(nl, items_of(NL).replace('title = "police.nl"', 'title = "P"'))
    if moment.at in ("seal.void.before", "seal._seal_voids"):
        withdraw(str(two.record), "test", "sent_in_error", nl)
    quiet(world)
    return str(one.record)


def quiet(world: World) -> None:
    again(world.work)
    again(world.work)


def again(act: Callable[[], object]) -> None:
    """Do it; what was refused since something changed meanwhile is done at the next tick."""
    for _ in range(5):
        try:
            act()
        except GatewayError:
            continue
        return
    raise AssertionError("still refused")


def check(world: World, nl: Exchange, record: str, moment: Moment) -> None:
    assert moment.holders is not None
    states = releases(nl, record)
    for partner, client in ((HUB, "analysts"), (VGT, "officers")):
        exchange = world.network.gateways[partner]
        with exchange.store.reading() as work:
            there = work.arrivals.inbox_of(client_named(client, exchange).name, record, 1)
            left = [row for row in work.records.versions(record) if row.wrapped]
        assert left == [], partner  # whoever had it was told, and has erased it
        if partner in moment.holders:  # it may have left: it came and went, or was voided
            assert states[partner] == "withdrawn" or (there and there.state == "withdrawn")
        else:
            assert there is None, partner
            assert states[partner] == "withdrawn", partner
        assert states[partner] in ("withdrawn", "gone")


@pytest.mark.parametrize("step", COMMITS if LONG else SHORT)
def test_withdrawn_inside_another_s_commit(step: str, postgresql: str) -> None:
    live(postgresql, step)


@pytest.mark.parametrize("function", WRITERS)
def test_withdrawn_just_before_a_commit(function: str) -> None:
    live("sqlite://", function)
