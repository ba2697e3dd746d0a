"""What cannot be opened gives way: to what comes after it, and to other partners."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from gateway.core.errors import Conflict, NotFound, StaleDecision, Unavailable
from gateway.flow import look, park
from gateway.flow.applying import consider
from gateway.flow.exchange import Exchange
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.relay import relay
from gateway.flow.rows import ArrivalRow
from gateway.flow.seal import seal
from gateway.flow.take_in import take_in
from gateway.flow.withdraw import withdraw
from tests.journeys.after import inbox
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.staff import acts
from tests.journeys.test_notices import newest_wire


@contextmanager
def failing(place: int, error: Exception) -> Iterator[None]:
    """Let the envelope at this place fail whenever its effects are laid out."""

    def broken(believed: Any, arrival: ArrivalRow, *rest: Any) -> object:
        if (arrival.partner, arrival.seq) == (NL, place):
            raise error
        return consider(believed, arrival, *rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gateway.flow.open_arrivals.consider", broken)
        yield


def sent(world: World, *refs: str) -> list[str]:
    """Records that the hub holds the envelopes of, one each, all unopened."""
    nl, found = world.network.gateways[NL], []
    for ref in refs:
        (outcome,) = world.push(nl, addressed("case", HUB, provider_ref=ref))
        assert world.run(seal, HUB, nl) == 1
        found.append(str(outcome.record))
    world.run(relay, HUB, nl)
    return found


def tried(hub: Exchange, world: World, times: int = 1) -> None:
    for _ in range(times):
        with suppress(ValueError, StaleDecision):
            world.run(open_arrivals, NL, hub)


def given(hub: Exchange) -> set[str]:
    return {entry["record"] for entry in inbox(hub, "analysts")}


@pytest.mark.parametrize("error", [ValueError("a defect"), StaleDecision()])
def test_one_envelope_that_fails_holds_up_none_that_came_after_it(
    world: World, error: Exception
) -> None:
    hub = world.network.gateways[HUB]
    first, second, third = sent(world, "a", "b", "c")
    with failing(place_of(world, first), error):
        with pytest.raises(type(error)):  # said, so that the log has it
            world.run(open_arrivals, NL, hub)
        assert given(hub) == {second, third}


def place_of(world: World, record: str) -> int:
    nl = world.network.gateways[NL]
    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
        envelope = work.envelopes.get(str(release.envelope))
    assert envelope
    return envelope.seq


def test_after_some_tries_it_is_parked_and_a_person_is_told(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    first, second = sent(world, "a", "b")
    with failing(place_of(world, first), ValueError("Piet Proef")):
        tried(hub, world, park.TRIES - 1)
        assert park.parked(hub) == []
        tried(hub, world)
        world.clock.forward(seconds=120)
        world.work()
        (waiting,) = park.parked(hub)
        assert (waiting["partner"], waiting["step"]) == (NL, "ValueError")
        (alarm,) = look.status(hub)["arrivals_parked"]
        assert (alarm["partner"], alarm["count"], alarm["oldest_seconds"]) == (NL, 1, 120)
        assert park.alarms_now(hub) == [alarm]
        (told,) = acts(hub, "arrival_parked")
        assert "Piet" not in str(told)
        assert releases(nl, first) == {HUB: "sealed"}  # there is no receipt for it
        assert take_in(newest_wire(nl), NL, hub).state == "receipted"
        assert given(hub) == {second}
    park.retry(waiting["id"], "admin", hub)
    world.work()
    assert given(hub) == {first, second}
    assert releases(nl, first) == {HUB: "stored"}
    assert park.parked(hub) == []
    assert [one["by"] for one in acts(hub, "arrival_retried")] == ["admin"]
    with pytest.raises(Conflict):
        park.retry(waiting["id"], "admin", hub)
    with pytest.raises(NotFound):
        park.retry("nothing", "admin", hub)


def test_the_bytes_of_a_parked_one_are_taken_for_known(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (first,) = sent(world, "a")
    with failing(place_of(world, first), ValueError()):
        tried(hub, world, park.TRIES)
        assert take_in(newest_wire(nl), NL, hub).state == "waiting"
        assert len(park.parked(hub)) == 1


@pytest.mark.parametrize("error", [Unavailable(), ConnectionRefusedError()])
def test_what_fails_for_every_envelope_counts_against_none(world: World, error: Exception) -> None:
    hub = world.network.gateways[HUB]
    (first,) = sent(world, "a")
    with failing(place_of(world, first), error):
        for _ in range(park.TRIES + 1):
            with pytest.raises(type(error)):
                world.run(open_arrivals, NL, hub)
    world.work()
    assert given(hub) == {first}


def test_a_sender_that_voids_a_parked_one_frees_its_place(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    first, second = sent(world, "a", "b")
    with failing(place_of(world, first), ValueError()):
        tried(hub, world, park.TRIES)
        withdraw(first, "officer", "sent_in_error", nl)
        world.work()
    assert park.parked(hub) == []
    assert given(hub) == {second}
    with hub.store.reading() as work:
        channel = work.envelopes.channel(NL, "in")
    assert channel.upto == channel.last_seq
