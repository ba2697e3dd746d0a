"""The sources in the console: who reads them, what came of them, and which are silent."""

from __future__ import annotations

import re

import pytest

from gateway.flow import source_view
from gateway.flow.exchange import Exchange
from tests.journeys.browsing import of
from tests.journeys.gateways import World
from tests.journeys.scenes import two_gateways
from tests.journeys.staff import person
from tests.journeys.test_mending_mappings import LINES, MAPPING, MENDED, push
from tests.web.test_console_quarantine import configure

pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def nl(world: World) -> Exchange:
    exchange = world.network.gateways["police.nl.gw"]
    configure(world, exchange, f'owner = "bank team"\n{MAPPING}')
    push(exchange, *LINES)
    return exchange


def test_a_source_is_listed_with_its_reader_and_what_came_of_it(world, nl):
    text = of("analyst-1", world, nl).get("/sources").text
    row = next(part for part in text.split("<tr") if 'row">export' in part)
    assert re.findall(r'class="figure">(\d+)<', row) == ["1", "3", "0"]
    assert "mapping:export" in row
    assert "bank team" in row
    assert "police" in row
    assert "/console/mappings" not in row
    assert "/console/mappings/export" in of("admin-1", world, nl).get("/sources").text


def test_what_is_mended_and_discarded_moves(world, nl):
    from gateway.flow import workbench  # noqa: PLC0415 - of this test
    from gateway.flow.replay import discard  # noqa: PLC0415

    configure(world, nl, MENDED)
    workbench.replay_all(workbench.Chosen(), 3, "uid", nl)
    (left,) = workbench.waiting(workbench.Chosen(), nl)
    discard(left.id, "uid", nl)
    (one,) = [row for row in source_view.listing(person("analyst-1", nl), nl) if row["mapping"]]
    assert one["counts"] == {"stored": 3, "quarantined": 0, "refused": 0, "discarded": 1}


def test_a_source_that_is_quiet_for_longer_than_ever_is_silent(world, nl):
    for number in range(4):
        world.clock.forward(seconds=3_600)
        push(nl, {**LINES[0], "ref": f"S-{number}"})
    world.clock.forward(seconds=7_000)
    assert "state-silent" not in of("analyst-1", world, nl).get("/sources").text
    world.clock.forward(seconds=300)
    assert "silent for longer than usual" in of("analyst-1", world, nl).get("/sources").text


@pytest.mark.parametrize(
    ("arrivals", "silent"),
    [([], False), ([9] * 4, False), ([9] * 5, True), ([9, 8, 7, 6, -10_000_000], False)],
)
def test_what_is_usual_is_learned_from_the_newest(arrivals, silent):
    assert source_view.is_silent(arrivals, 3_600_010) is silent


def test_what_another_organisation_sends_is_not_listed(world, nl):
    assert 'row">export' not in of("stranger-1", world, nl).get("/sources").text
