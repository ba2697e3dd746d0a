"""Dates are kept: what is to be erased goes everywhere, restrictions end, reviews are listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.flow.exchange import Exchange
from gateway.flow.expire import expire
from gateway.flow.first_receipt import first_receipts
from gateway.flow.follow_notices import open_notices
from gateway.flow.lease import leased
from gateway.flow.notify import Wanted, notify
from gateway.flow.records import open_records
from gateway.flow.review import review_queue
from tests.journeys.after import dump, inbox, states, verdicts, versions
from tests.journeys.gateways import World, client_named, record, releases
from tests.journeys.scenes import HUB, NL, addressed

DAY_MS = 86_400_000


def dated(world: World, **days: int) -> dict[str, Any]:
    """A case with dates so many days from now."""
    now = datetime.fromtimestamp(world.clock.ms / 1000, UTC)
    dates = {name: (now + timedelta(days=count)).date().isoformat() for name, count in days.items()}
    return addressed("case", HUB, governance={**record("case")["governance"], **dates})


def let_expire(world: World) -> None:
    for exchange in world.network.gateways.values():
        with leased("expire", 60, exchange) as lease:
            assert lease
            while expire(lease, exchange):
                pass


def test_an_erase_date_is_kept_by_everybody(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, dated(world, erase_by=10))
    world.work()
    ours = str(outcome.record)
    assert inbox(hub, "analysts")
    world.clock.forward(days=9)
    let_expire(world)
    assert states(nl, ours) == states(hub, ours) == {1: "current"}

    world.clock.forward(days=2)  # both were stopped when the day came
    let_expire(world)
    for exchange in (nl, hub):
        (row,) = versions(exchange, ours)
        assert (row.state, row.text, row.wrapped) == ("erased", None, None)
        assert "Piet Proef" not in dump(exchange)
    assert inbox(hub, "analysts") == []
    (entry,) = open_notices(client_named("analysts", hub), "", 9, hub).entries
    assert (entry["kind"], entry["from"]) == ("expire", HUB)
    world.work()
    with nl.store.reading() as work:
        (notice,) = work.notices.of_records([ours])
    assert (notice.kind, verdicts(nl, notice.id)[HUB][0]) == ("expire", "erased")


def test_what_is_restricted_is_kept_past_its_date(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, dated(world, erase_by=10))
    world.work()
    ours = str(outcome.record)
    wanted = Wanted(
        kind="restrict", record=ours, code="evidence", until=world.clock.ms + 20 * DAY_MS
    )
    notify(wanted, "officer-17", "police.nl", nl)
    world.work()
    world.clock.forward(days=15)
    let_expire(world)
    world.work()
    assert states(nl, ours) == states(world.network.gateways[HUB], ours) == {1: "restricted"}
    world.clock.forward(days=6)
    let_expire(world)
    let_expire(world)
    assert states(nl, ours) == states(world.network.gateways[HUB], ours) == {1: "erased"}


def test_a_restriction_ends_at_its_time_and_what_waited_goes_on(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.network.down.add(HUB)
    (outcome,) = world.push(nl, addressed("case", HUB))
    ours = str(outcome.record)
    wanted = Wanted(kind="restrict", record=ours, code="other", until=world.clock.ms + DAY_MS)
    notify(wanted, "officer-17", "police.nl", nl)
    world.network.down.clear()
    world.work()
    assert releases(nl, ours) == {HUB: "refused"}
    world.clock.forward(days=1.1)
    let_expire(world)
    assert states(nl, ours) == {1: "current"}
    world.work()
    assert releases(nl, ours) == {HUB: "stored"}
    assert [entry["record"] for entry in inbox(hub, "analysts")] == [ours]


def test_reviews_are_listed_the_most_overdue_first(world: World) -> None:
    nl = world.network.gateways[NL]
    for number, days in enumerate((20, 3, 400)):
        world.push(nl, {**dated(world, review_by=days), "provider_ref": f"r-{number}"})
    queue = review_queue("police.nl", 30, 9, nl)
    assert [row["overdue"] for row in queue] == [False, False]
    world.clock.forward(days=5)
    queue = review_queue("police.nl", 30, 9, nl)
    assert [row["overdue"] for row in queue] == [True, False]
    assert review_queue("other.nl", 30, 9, nl) == []


def test_the_clock_of_a_review_is_the_oldest_material(world: World) -> None:
    nl = world.network.gateways[NL]
    begun = world.clock.ms
    (oldest,) = world.push(nl, addressed("case", HUB))
    world.clock.forward(days=100)
    (middle,) = world.push(
        nl, addressed("case", HUB, provider_ref="middle", derived_from=[oldest.record])
    )
    world.clock.forward(days=100)
    (newest,) = world.push(
        nl, addressed("case", HUB, provider_ref="newest", derived_from=[middle.record])
    )
    (corrected,) = world.push(nl, addressed("case", HUB, corrects=1, status="closed"))
    for outcome in (newest, corrected):
        assert first_receipt(nl, str(outcome.record), int(outcome.version or 0)) == begun


def first_receipt(exchange: Exchange, record_id: str, version: int) -> int:
    with exchange.store.reading() as work:
        rows = work.records.get([(record_id, version)])
    (opened,) = open_records(rows, exchange)
    return first_receipts([opened], exchange)[opened.id]
