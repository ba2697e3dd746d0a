"""What is urgent goes first; a partner that pulls is woken; a receipt that is late rings a bell."""

from __future__ import annotations

import pytest
import structlog

from gateway.core.errors import Forbidden
from gateway.flow import look, partners, wake
from gateway.flow.exchange import Exchange
from gateway.flow.seal import seal
from gateway.flow.urgent import alarms_now, waiting
from gateway.jobs import Worker
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, VGT, VGT_ITEMS, addressed, items, two_gateways
from tests.journeys.staff import person, staffed

MINUTES_MS = 60_000
URGENT = {"risk": {"urgency": "urgent", "reason": "A child is at risk."}}
ALL_ITEMS = items("police.nl", "NL", "police", "B", HUB, VGT)


def woken_puller() -> tuple[World, Exchange, Exchange]:
    """A partner that empties our mailbox itself, and whose card names an endpoint."""
    world = two_gateways()
    nl = world.network.gateways[NL]
    vgt = world.add(VGT, community="vgt")
    world.introduce(vgt, nl, one_fetches=True, woken=True)
    world.configure(nl, ALL_ITEMS)
    world.configure(vgt, VGT_ITEMS)
    world.work()
    world.network.delivered.clear()
    return world, nl, vgt


def test_a_puller_is_woken_for_what_is_urgent_and_fetches_at_once() -> None:
    world, nl, vgt = woken_puller()
    world.push(nl, addressed("case", VGT, **URGENT))
    assert world.run(seal, VGT, nl) == 1

    assert world.run(wake.wake, VGT, nl) == 1

    assert world.network.woken == [(NL, VGT)]
    assert world.network.delivered == []  # a wake-up carries nothing
    with vgt.store.reading() as work:
        assert work.leases.woken() == [NL]
    assert wake.follow(NL, vgt) == 1
    assert wake.follow(NL, vgt) == 0


def test_nobody_is_woken_for_what_can_wait() -> None:
    world, nl, _ = woken_puller()
    world.push(nl, addressed("case", VGT))
    world.run(seal, VGT, nl)
    assert world.run(wake.wake, VGT, nl) == 0
    assert world.network.woken == []


def test_nothing_is_pushed_to_a_partner_that_pulls() -> None:
    world, nl, vgt = woken_puller()
    (outcome,) = world.push(nl, addressed("case", VGT, **URGENT))
    world.network.down.add(VGT)
    world.work(nl)
    world.network.down.clear()
    world.work(nl)
    assert world.network.delivered == []
    assert releases(nl, outcome.record)[VGT] == "sealed"
    world.work(vgt)
    world.work()
    assert releases(nl, outcome.record)[VGT] == "stored"


def test_a_puller_is_told_again_every_minute_until_the_receipt_is_here() -> None:
    world, nl, vgt = woken_puller()
    world.push(nl, addressed("case", VGT, **URGENT))
    world.run(seal, VGT, nl)
    told = []
    for _ in range(3):
        told += [world.run(wake.wake, VGT, nl), world.run(wake.wake, VGT, nl)]
        world.clock.forward(seconds=60)
    assert told == [1, 0, 1, 0, 1, 0]
    with vgt.store.reading() as work:
        assert work.leases.woken() == [NL]  # one row, however often
    world.work()
    world.clock.forward(seconds=61)
    assert world.run(wake.wake, VGT, nl) == 0


def test_a_puller_that_cannot_be_reached_is_tried_again_soon() -> None:
    world, nl, _ = woken_puller()
    world.push(nl, addressed("case", VGT, **URGENT))
    world.run(seal, VGT, nl)
    world.network.down.add(VGT)
    assert world.run(wake.wake, VGT, nl) == 0
    world.network.down.clear()
    world.clock.forward(seconds=2)
    assert world.run(wake.wake, VGT, nl) == 1


def test_a_partner_whose_mailbox_we_do_not_read_wakes_nobody(world: World) -> None:
    nl = world.network.gateways[NL]
    wake.note(HUB, nl)
    with nl.store.reading() as work:
        assert work.leases.woken() == []
    assert wake.follow(HUB, nl) == 0


@pytest.fixture
def silent(world: World) -> World:
    """An urgent record is on its way, and the partner does not answer."""
    nl = staffed(world)
    world.network.down.add(HUB)
    world.push(nl, addressed("case", HUB, **URGENT))
    world.work(nl)
    return world


def test_a_late_receipt_is_an_alarm_with_the_duty_contact(silent: World) -> None:
    nl = silent.network.gateways[NL]
    silent.clock.forward(seconds=15 * 60 - 1)
    assert look.status(nl)["alarms"] == []

    silent.clock.forward(seconds=1)

    (alarm,) = look.status(nl)["alarms"]
    assert (alarm["partner"], alarm["urgent_overdue"]) == (HUB, 1)
    assert alarm["oldest_seconds"] == 15 * 60
    assert alarm["duty"] == {"name": "Duty desk", "phone": "+31700000000", "email": None}

    silent.network.down.clear()
    silent.work()
    assert look.status(nl)["alarms"] == []


def test_it_is_tried_again_until_it_is_there(silent: World) -> None:
    nl = silent.network.gateways[NL]
    with nl.store.reading() as work:
        (row,) = work.releases.urgent(up_to=1, limit=9)
    for _ in range(20):
        silent.clock.forward(seconds=900)
        silent.work(nl, rounds=3)
    silent.network.down.clear()
    silent.clock.forward(seconds=900)
    silent.work()
    assert releases(nl, row.record) == {HUB: "stored"}


def test_what_cannot_be_sealed_rings_too(world: World) -> None:
    nl = world.network.gateways[NL]
    partners.pause(HUB, "test", nl)
    world.push(nl, addressed("case", HUB, **URGENT))
    world.work(nl)
    world.clock.forward(seconds=15 * 60)
    assert [alarm["partner"] for alarm in alarms_now(nl)] == [HUB]


def test_the_alarm_is_in_the_log_with_whom_to_call(silent: World) -> None:
    nl = silent.network.gateways[NL]
    silent.clock.forward(seconds=16 * 60)
    with structlog.testing.capture_logs() as logs:
        Worker(nl)._alarm(None)  # noqa: SLF001 - one look, without its clock
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("urgent.overdue", "warning")
    assert (line["partner"], line["call"]) == (HUB, "+31700000000")


def test_people_see_what_is_urgent_of_their_own_organisation(silent: World) -> None:
    nl = silent.network.gateways[NL]
    (row,) = waiting(person("duty-1", nl), nl)
    assert (row["partner"], row["state"], row["overdue"]) == (HUB, "handed", False)
    assert row["duty"]["phone"] == "+31700000000"
    assert row["receipt_due"] - row["since"] == 15 * MINUTES_MS
    assert waiting(person("dpo-1", nl), nl) == [row]
    with pytest.raises(Forbidden):
        waiting(person("analyst-1", nl), nl)


def test_a_national_gateway_of_two_organisations_keeps_them_apart(silent: World) -> None:
    nl = staffed(
        silent,
        '[person.stranger-3]\norg = "fiu.nl"\nroles = ["duty_officer"]\n'
        f'key_digests = ["{"9" * 42}A"]\n',
    )
    assert waiting(person("stranger-3", nl), nl) == []


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        ({"urgency": "threat_to_life"}, ("threat_to_life", "He is on his way.")),
        ({"urgency": "threat_to_life", "reason": "A child."}, ("threat_to_life", "A child.")),
        ({"urgency": "routine"}, ("urgent", "He is on his way.")),
    ],
)
def test_a_threat_to_life_takes_the_reason_of_the_push_where_it_gives_none(
    risk: dict[str, str], said: tuple[str, str]
) -> None:
    world = two_gateways()
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", risk=risk), urgent="He is on his way.")
    assert (outcome.state, outcome.faults) == ("stored", ())
    stored = look.record_view(str(outcome.record), None, nl)["body"]["risk"]
    assert (stored["urgency"], stored["reason"]) == said
