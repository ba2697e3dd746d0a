"""Of what was said about one record the strictest holds, and each reason is lifted by itself."""

from __future__ import annotations

import pytest

from gateway.core.errors import Conflict
from gateway.flow.look import explain
from tests.journeys.after import states
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.test_dates import let_expire
from tests.journeys.test_notices import DAY_MS, act, received


def everywhere(world: World, record: str) -> set[str]:
    """The states of version 1, here and at the holder."""
    return {states(exchange, record)[1] for exchange in world.network.gateways.values()}


def test_a_weaker_dispute_does_not_take_the_place_of_a_stronger_one(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    (outcome,) = world.push(nl, addressed("case", HUB))
    record = str(outcome.record)
    act(world, "dispute", record, code="court")
    act(world, "dispute", record, code="data_subject")
    world.work(nl)
    assert explain(record, HUB, None, nl)["deciding"] == "R-16"
    assert releases(nl, record)[HUB] == "refused"

    act(world, "dispute", record, code="data_subject", until=nl.now_ms())
    world.work(nl)
    assert releases(nl, record)[HUB] == "refused"
    act(world, "dispute", record, code="court", until=nl.now_ms())
    world.network.down.clear()
    world.work()
    assert releases(nl, record)[HUB] == "stored"


def test_one_restriction_that_is_lifted_leaves_the_others(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "restrict", record, code="evidence")
    act(world, "restrict", record, code="accuracy_contested")
    world.work()
    act(world, "restrict", record, code="accuracy_contested", until=nl.now_ms())
    world.work()
    assert everywhere(world, record) == {"restricted"}
    act(world, "restrict", record, code="evidence", until=nl.now_ms())
    world.work()
    assert everywhere(world, record) == {"current"}


def test_a_restriction_with_an_end_does_not_end_one_without(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "restrict", record, code="other")
    act(world, "restrict", record, code="accuracy_contested", until=nl.now_ms() + DAY_MS)
    world.work()
    world.clock.forward(days=2)
    let_expire(world)
    assert everywhere(world, record) == {"restricted"}


def test_what_is_lifted_leaves_a_dispute_that_stands(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "dispute", record, code="data_subject")
    act(world, "restrict", record, code="other")
    world.work()
    assert everywhere(world, record) == {"restricted"}
    act(world, "restrict", record, code="other", until=nl.now_ms())
    world.work()
    assert everywhere(world, record) == {"disputed"}


def test_what_does_not_stand_cannot_be_lifted(world: World) -> None:
    """An officer who names the wrong reason would go away believing that it is lifted."""
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "restrict", record, code="other")
    with pytest.raises(Conflict, match="accuracy_contested"):
        act(world, "restrict", record, code="accuracy_contested", until=nl.now_ms())
    assert states(nl, record) == {1: "restricted"}
