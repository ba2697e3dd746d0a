"""Our own keys in the console: life cycle, what runs out, and who knows the newest card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.flow import key_care, partners
from gateway.flow.exchange import Exchange
from keys.ring import RingKey
from tests.journeys.browsing import of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL

pytestmark = pytest.mark.usefixtures("cheap_hashes")
DAY = 86_400


def ending(nl: Exchange, days: int) -> None:
    """Let every sealing key of ours end in so many days."""
    with nl.store.writing() as work:
        rows = [row for row in work.config.keys(NL) if row.use == "seal"]
        ends = nl.now_ms() // 1000 + days * DAY
        work.config.put_keys([replace(row, not_after=ends) for row in rows])
        work.commit()


def test_keys_are_shown_with_who_knows_them(world: World, nl: Exchange) -> None:
    page = of("admin-1", world, nl).get("/keys")
    assert page.status_code == 200
    assert "HPKE-10-KE" in page.text
    assert "ML-DSA-65" in page.text
    assert HUB in page.text
    assert "state-known" in page.text


def test_a_sealing_key_that_ends_without_a_successor_is_told(world: World, nl: Exchange) -> None:
    assert [one["code"] for one in key_care.check(nl)] == []
    ending(nl, 30)
    assert [one["code"] for one in key_care.check(nl)] == []
    ending(nl, 20)
    assert [one["code"] for one in key_care.check(nl)] == ["sealing-key-ends"]
    browser = of("admin-1", world, nl)
    assert "no other follows" in browser.get("/keys").text
    ending(nl, -1)
    states = {one["state"] for one in key_care.own_keys(nl) if one["use"] == "seal"}
    assert states == {"over"}


def test_who_was_not_told_of_a_new_key_is_named(world: World, nl: Exchange) -> None:
    with nl.store.writing() as work:
        (row,) = [row for row in work.config.keys(NL) if row.use == "seal"]
        begins = nl.now_ms() // 1000 + 7 * DAY
        later = replace(row, kid="later", not_before=begins, not_after=begins + 90 * DAY)
        work.config.put_keys([later])
        work.commit()
    changed = replace(nl, own=replace(nl.own, names={"en": "Renamed"}))
    world.clock.forward(seconds=1)
    partners.publish(changed)
    found = [one for one in key_care.check(nl) if one["code"] == "partner-does-not-know"]
    assert [one["about"] for one in found] == [HUB]


def test_a_second_successor_is_not_made(nl: Exchange) -> None:
    now = nl.now_ms() // 1000
    held = nl.agent.public_keys()
    key_care.demand_no_successor(held, now)
    (seal,) = [one for one in held if one.use == "seal"]
    later: RingKey = replace(seal, not_before=now + DAY)
    with pytest.raises(key_care.RotationUnderWay):
        key_care.demand_no_successor([*held, later], now)


def test_keys_are_not_for_officers(world: World, nl: Exchange) -> None:
    assert of("officer-1", world, nl).get("/keys").status_code == 403
    assert of("auditor-1", world, nl).get("/keys").status_code == 200
