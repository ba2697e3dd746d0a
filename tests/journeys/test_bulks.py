"""How far a file pushed in pieces has come is seen from the gateway, by its pusher alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.core.errors import NotFound
from gateway.flow.bulks import bulk_view
from gateway.flow.expire import expire
from gateway.flow.lease import leased
from gateway.flow.submit import Submission, submit
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import HUB, NL, addressed


def piece(world: World, key: str, *refs: str, bulk: str = "cases.1") -> list[str]:
    nl = world.network.gateways[NL]
    bodies = [addressed("case", HUB, provider_ref=ref) if ref else {"type": "case"} for ref in refs]
    submission = Submission(
        client=client_named("police", nl),
        source="cases",
        media_type="application/x-ndjson",
        raw=b"\n".join(json.dumps(body).encode() for body in bodies),
        idempotency_key=key,
        bulk=bulk,
    )
    return [one.state for one in submit(submission, nl)]


def counts(world: World, name: str = "cases.1") -> dict[str, int]:
    nl = world.network.gateways[NL]
    found = bulk_view(name, client_named("police", nl), nl)
    return {"pieces": found["pieces"], **{k: v for k, v in found["counts"].items() if v}}


def test_pieces_of_one_name_are_counted_by_what_became_of_them(world: World) -> None:
    assert piece(world, "k-1", "A-1", "A-2") == ["stored", "stored"]
    world.clock.forward(seconds=60)
    states = piece(world, "k-2", "A-2", "A-3", "")
    assert states[:2] == ["duplicate", "stored"]
    piece(world, "k-9", "B-1", bulk="other")

    assert counts(world) == {"pieces": 2, "stored": 3, "duplicate": 1, states[2]: 1}
    nl = world.network.gateways[NL]
    found = bulk_view("cases.1", client_named("police", nl), nl)
    assert (found["last_piece"], found["last_at"]) == ("k-2", nl.now_ms())


def test_a_piece_that_is_pushed_again_counts_once(world: World) -> None:
    for _ in range(3):
        piece(world, "k-1", "A-1", "A-2")
    assert counts(world) == {"pieces": 1, "stored": 2}


def test_a_bulk_is_its_pushers_alone_and_forgotten_in_time(world: World) -> None:
    nl = world.network.gateways[NL]
    piece(world, "k-1", "A-1")
    police = client_named("police", nl)
    with pytest.raises(NotFound):
        bulk_view("cases.1", replace(police, name="another"), nl)

    world.clock.forward(seconds=nl.limits.idempotency_seconds)
    with pytest.raises(NotFound):
        bulk_view("cases.1", police, nl)
    world.clock.forward(seconds=1)
    with leased("expire", 60, nl) as lease:
        assert lease
        expire(lease, nl)
    with nl.store.reading() as work:
        assert work.bulk("police", "cases.1") is None
