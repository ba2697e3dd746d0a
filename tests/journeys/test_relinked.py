"""After a release that writes an identifier anew, what is stored is found by the new form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.flow.exchange import Exchange
from gateway.flow.relinking import Relinked, relink
from gateway.flow.rows import LinkRow
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed


@pytest.fixture
def record(world: World) -> str:
    """A record of the national gateway that the hub holds too."""
    (outcome,) = world.push(world.network.gateways[NL], addressed("case", HUB))
    world.work()
    return str(outcome.record)


def links(record: str, exchange: Exchange) -> list[LinkRow]:
    with exchange.store.reading() as work:
        return list(work.records.links_of(record))


def aged(record: str, exchange: Exchange) -> None:
    """Let the links of a record be as a release with other normal forms wrote them."""
    old = [replace(one, tag=f"{one.tag[:-3]}old") for one in links(record, exchange)]
    with exchange.store.writing() as work:
        work.records.drop_links([(record, 1)])
        work.records.add(links=old)
        work.commit()


@pytest.mark.parametrize("gateway", [NL, HUB])
def test_links_are_made_again_from_what_is_stored(world: World, record: str, gateway: str) -> None:
    exchange = world.network.gateways[gateway]
    before = links(record, exchange)
    assert before
    aged(record, exchange)

    assert list(relink(exchange, write=False)) == [Relinked(1, 1)]
    assert links(record, exchange) != before
    assert list(relink(exchange, write=True)) == [Relinked(1, 1)]
    assert links(record, exchange) == before
    assert list(relink(exchange, write=True)) == [Relinked(1, 0)]


def test_a_record_of_a_partner_that_has_no_links_gets_none(world: World, record: str) -> None:
    for gateway, found in ((NL, 1), (HUB, 0)):
        exchange = world.network.gateways[gateway]
        with exchange.store.writing() as work:
            work.records.drop_links([(record, 1)])
            work.commit()
        assert list(relink(exchange, write=True)) == [Relinked(1, found)]
        assert bool(links(record, exchange)) is bool(found)
