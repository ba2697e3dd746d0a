"""A new sealing key: partners learn of it before it is used, and use it once it was proven."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.flow import partners
from gateway.flow.exchange import Exchange
from keys.memory import MemoryKeys
from keys.ring import ACTIVE, SEAL, RingKey
from keys.suite import HPKE_10_KE, public_of
from tests.journeys.gateways import World, record, releases
from tests.journeys.scenes import HUB, NL, addressed, two_gateways
from tests.journeys.staff import acts

DAY = 86_400


class TwoSealingKeys(MemoryKeys):
    """Keys of a gateway with a second sealing key, which begins later."""

    def __init__(self, seed: bytes, first: list[RingKey], begins: int) -> None:
        super().__init__(seed)
        self._second = self._derived("second sealing key")
        self.second = RingKey(
            key=public_of(HPKE_10_KE, self._second), use=SEAL, state=ACTIVE,
            not_before=begins, not_after=begins + 90 * DAY,
        )  # fmt: skip
        self._keys = [*first, self.second]

    def seed(self, kid: str) -> tuple[str, bytes]:
        if kid == self.second.key.kid:
            return HPKE_10_KE, self._second
        return super().seed(kid)


@pytest.fixture
def world() -> World:
    return two_gateways()


def rotated(world: World, name: str, days: int) -> tuple[Exchange, str]:
    """Give a gateway a second sealing key that begins in so many days, and publish its card."""
    exchange = world.network.gateways[name]
    begins = exchange.now_ms() // 1000 + days * DAY
    keys = TwoSealingKeys(name.encode(), exchange.agent.public_keys(), begins)
    agent: Any = keys.agent()
    changed = replace(exchange, agent=agent)
    world.network.gateways[name] = changed
    world.clock.forward(seconds=1)
    partners.publish(changed)
    return changed, keys.second.key.kid


def known(owner: str, kid: str, exchange: Exchange) -> str | None:
    """How far this gateway knows a partner's key: absent, unproven or proven."""
    with exchange.store.reading() as work:
        rows = [row for row in work.config.keys(owner) if row.kid == kid]
    return ("proven" if rows[0].confirmed_by else "unproven") if rows else None


def sealed_to(exchange: Exchange, partner: str) -> str:
    with exchange.store.reading() as work:
        ring = exchange.configuration(work).rings[partner]
    return ring.recipient(exchange.now_ms() // 1000).kid


def test_a_partner_learns_of_a_new_key_before_it_may_be_used(world: World) -> None:
    hub, kid = rotated(world, HUB, days=7)
    nl = world.network.gateways[NL]
    before = sealed_to(nl, HUB)
    world.work()
    assert known(HUB, kid, nl) == "unproven"
    assert sealed_to(nl, HUB) == before
    renewed = [one for one in acts(nl, "partner") if one["event"] == "card-renewed"]
    assert [one["by"] for one in renewed] == [f"partner:{HUB}"]
    world.work()
    assert len([one for one in acts(hub, "sealed") if one["kind"] == "key-notice"]) == 2


def test_it_takes_records_once_it_was_shown_to_open(world: World) -> None:
    _, kid = rotated(world, HUB, days=7)
    nl = world.network.gateways[NL]
    world.work()
    world.clock.forward(days=8)
    world.work()
    assert known(HUB, kid, nl) == "proven"
    assert sealed_to(nl, HUB) == kid
    (sent,) = world.push(nl, addressed("case", HUB))
    world.work()
    assert releases(nl, str(sent.record)) == {HUB: "stored"}


def test_what_differs_in_more_than_sealing_keys_waits_for_a_person(world: World) -> None:
    hub = world.network.gateways[HUB]
    other = replace(hub, own=replace(hub.own, names={"en": "Another name"}))
    world.network.gateways[HUB] = other
    world.clock.forward(seconds=1)
    partners.publish(other)
    nl = world.network.gateways[NL]
    with nl.store.reading() as work:
        before = {row.id: row.card for row in work.config.partners()}
    world.work()
    with nl.store.reading() as work:
        assert {row.id: row.card for row in work.config.partners()} == before
    assert [one for one in acts(nl, "partner") if one["event"] == "card-renewed"] == []


def test_the_same_card_is_not_sent_again_and_again(world: World) -> None:
    hub = world.network.gateways[HUB]
    count = len(acts(hub, "sealed"))
    for number in range(3):
        world.push(hub, record("case", provider_ref=f"n-{number}"), client="analysts")
        world.work()
    assert len(acts(hub, "sealed")) == count


def test_a_card_that_an_older_release_published_is_not_taken_for_news(world: World) -> None:
    hub = world.network.gateways[HUB]
    count = len(acts(hub, "sealed"))
    with hub.store.writing() as work:
        (card,) = work.config.active(partners.OWN_CARD)
        body = {name: value for name, value in card.body.items() if name != "made_at"}
        work.config.put(replace(card, body={**body, "version": 3}))
        work.commit()
    world.work()
    assert len(acts(hub, "sealed")) == count
