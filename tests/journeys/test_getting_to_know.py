"""Two gateways get to know each other, in whatever order their administrators do their part."""

from __future__ import annotations

from gateway.flow.lease import leased
from gateway.flow.seal import seal
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, HUB_ITEMS, NL, NL_ITEMS, addressed, items

NL_WITHOUT = items("police.nl", "NL", "police", "B")
HUB_WITHOUT = items("europol.eu", "NL", "analysts", "C")


def strangers() -> World:
    """Two gateways that have confirmed each other's cards and agreed on nothing."""
    world = World()
    nl, hub = world.add(NL), world.add(HUB)
    world.introduce(nl, hub)
    world.configure(nl, NL_WITHOUT)
    world.configure(hub, HUB_WITHOUT)
    return world


def test_nothing_is_sent_before_there_is_an_agreement() -> None:
    world = strangers()
    nl = world.network.gateways[NL]
    with leased("test", 60, nl) as lease:
        assert lease
        assert seal(HUB, lease, nl) == 0
    world.work()
    assert world.network.delivered == []


def test_an_agreement_that_the_partner_enters_a_day_later_is_soon_enough() -> None:
    world = strangers()
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.configure(nl, NL_ITEMS)
    (outcome,) = world.push(nl, addressed("case", HUB))
    for _ in range(96):
        world.clock.forward(seconds=900)
        world.work()
    assert len(world.network.delivered) > 3
    with nl.store.reading() as work:
        assert work.envelopes.channel(HUB, "out").state == "open"

    world.configure(hub, HUB_ITEMS)
    world.work()  # no time passes: the partner's own introduction ends the pause

    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_an_introduction_that_is_refused_again_and_again_is_tried_seldom() -> None:
    world = strangers()
    world.configure(world.network.gateways[NL], NL_ITEMS)
    for _ in range(240):  # an hour
        world.clock.forward(seconds=15)
        world.work(rounds=1)
    assert 4 <= len(world.network.delivered) <= 12
