"""Within an operational action a hub brings envelopes from one member to another, unopened."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.flow.audit import verify_ledger
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import settle, waiting
from gateway.flow.identify import client_of
from gateway.flow.look import explain
from gateway.flow.notify import Wanted, notify
from gateway.flow.relay import RECEIPT_OVERDUE_MS
from tests.journeys.after import dump, states
from tests.journeys.gateways import World, releases
from tests.journeys.questions import DE
from tests.journeys.scenes import AGREEMENT, HUB, NL, NL_ITEMS, addressed, items
from tests.journeys.staff import acts
from tests.journeys.test_dates import let_expire

ACTION = "OA-2026-3.1"  # that of the sample case
KINDS = ("envelope", "receipt")
WITHIN = f'operational_action = "{ACTION}"\ncarrier = "{HUB}"\n'


def carrying(name: str, partner: str, *, action: str = ACTION) -> str:
    """What a hub agrees with a member for which it carries: nothing of its own passes."""
    return f"""
[agreement.{name}]
partner = "{partner}"
direction = "both"
types = []
crime_areas = []
purposes = []
operational_action = "{action}"
carrier = "{HUB}"
"""


def by_carrier(partner: str) -> str:
    return AGREEMENT.format(name="nl-de", partner=partner) + WITHIN


@pytest.fixture
def de(world: World) -> Exchange:
    """A third gateway: it and the national one know each other, with no way between them."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    third = world.add(DE)
    world.network.apart.add(frozenset({NL, DE}))
    world.introduce(nl, third)
    world.introduce(hub, third)
    world.configure(nl, NL_ITEMS + by_carrier(DE))
    world.configure(third, items("bka.de", "DE", "fahnder", "D") + by_carrier(NL))
    hubs = items("europol.eu", "NL", "analysts", "C", NL)
    world.configure(hub, hubs + carrying("carry-nl", NL) + carrying("carry-de", DE))
    world.work()
    return third


def carried(exchange: Exchange, kind: str = "envelope") -> list[tuple[str, str, str]]:
    found = [one for one in acts(exchange, "carried") if one["kind"] == kind]
    return [(one["partner"], one["recipient"], one["state"]) for one in found]


def pushed(world: World, **changes: object) -> str:
    (outcome,) = world.push(world.network.gateways[NL], addressed("case", DE, **changes))
    return str(outcome.record)


def test_what_is_sealed_for_another_member_reaches_it_through_the_hub(world, de) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = pushed(world)
    world.work()

    assert releases(nl, record)[DE] == "stored"
    (entry,) = waiting(client_of("fahnder", de), 0, 9, de).entries
    assert (entry["record"], entry["from"]) == (record, NL)

    settle(client_of("fahnder", de), record, 1, de, accepted=True)
    world.work()

    assert releases(nl, record)[DE] == "accepted"  # the verdict came back the same way
    assert {(NL, DE, "carried"), (DE, NL, "carried")} <= set(carried(hub))
    assert (DE, NL, "carried") in carried(hub, "receipt")


def test_the_hub_does_not_introduce_itself_to_whom_it_only_carries_for(world, de) -> None:
    hub = world.network.gateways[HUB]
    for _ in range(8):
        world.clock.forward(seconds=900)
        world.work()
    with hub.store.reading() as work:
        assert work.envelopes.page(partner=DE, state=None, after="", limit=9) == []
        assert work.envelopes.channel(DE, "out").failures == 0
    assert acts(de, "arrival_refused") == []


def test_the_hub_answers_a_member_that_has_an_agreement_with_it(world, de) -> None:
    hub = world.network.gateways[HUB]
    own = AGREEMENT.format(name="hub-de", partner=HUB)
    world.configure(de, items("bka.de", "DE", "fahnder", "D") + by_carrier(NL) + own)
    world.work()
    with hub.store.reading() as work:
        sent = work.envelopes.page(partner=DE, state=None, after="", limit=9)
    sent = sorted(sent, key=lambda row: row.seq)  # ids of one millisecond are in no order
    assert [one.kind for one in sent][:2] == ["key-notice", "verdict"]
    assert {one.state for one in sent} == {"stored"}


def test_the_hub_cannot_read_what_it_carries_and_keeps_no_bytes_of_it(world, de) -> None:
    hub = world.network.gateways[HUB]
    record = pushed(world)
    world.work()

    with hub.store.reading() as work:
        assert work.records.newest([record]) == {}
        assert work.arrivals.inbox_of_record(record) == []
    assert "Piet Proef" not in dump(hub)
    for text in acts(hub, "carried"):
        assert record not in json.dumps(text)
    envelope = acts(hub, "carried")[-2]
    with hub.store.reading() as work:
        row = work.carried.get(
            "envelope", envelope["partner"], envelope["recipient"], envelope["digest"]
        )
    assert row is None or row.wire is None


def test_its_ledger_shows_each_carriage_once_with_its_action(world, de) -> None:
    hub = world.network.gateways[HUB]
    before = len(acts(hub, "carried"))
    pushed(world)
    world.work()

    new = acts(hub, "carried")[before:]

    ways = sorted((one["kind"], one["state"]) for one in new)
    assert ways == [(kind, state) for kind in KINDS for state in ("carried", "waiting")]
    assert {one["action"] for one in new} == {ACTION}
    assert len({one["digest"] for one in new}) == 1
    world.sign(hub)
    assert verify_ledger(hub, [one.key for one in hub.agent.public_keys()]).is_whole


def test_the_final_recipient_is_looked_at_not_the_hub(world, de) -> None:
    nl = world.network.gateways[NL]
    abroad = f'[recipient."{DE}"]\norg_class = "third_country"\ncountry = "AU"\n'
    world.configure(nl, NL_ITEMS + by_carrier(DE) + abroad)
    record = pushed(world)
    world.work()
    found = explain(record, DE, None, nl)
    assert (found["outcome"], found["deciding"]) == ("hold", "R-08")
    assert releases(nl, record)[DE] == "held"


def test_a_record_of_another_action_does_not_go_by_the_hub(world, de) -> None:
    nl = world.network.gateways[NL]
    sample = addressed("case", DE)
    record = pushed(world, governance={**sample["governance"], "operational_action_ref": "OA-9"})
    world.work()
    found = explain(record, DE, None, nl)
    assert (found["outcome"], found["deciding"]) == ("refuse", "R-06")


def test_the_same_bytes_twice_are_one_record_and_one_carriage(world, de) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.network.deliver_times = 2
    record = pushed(world)
    world.work()
    assert releases(nl, record)[DE] == "stored"
    assert len(waiting(client_of("fahnder", de), 0, 9, de).entries) == 1
    ways = carried(hub)
    assert ways.count((NL, DE, "carried")) == ways.count((NL, DE, "waiting"))


def test_a_receipt_that_was_lost_is_given_when_the_sender_asks_again(world, de) -> None:
    nl = world.network.gateways[NL]
    world.network.lose_answers_of.add(HUB)
    record = pushed(world)
    world.work()
    world.network.lose_answers_of.clear()
    world.clock.forward(seconds=RECEIPT_OVERDUE_MS / 1000 + 60)
    world.work()
    assert releases(nl, record)[DE] == "stored"
    assert len(waiting(client_of("fahnder", de), 0, 9, de).entries) == 1


def test_a_recipient_that_is_down_gets_it_when_it_is_back(world, de) -> None:
    nl = world.network.gateways[NL]
    world.network.down.add(DE)
    record = pushed(world)
    world.work()
    assert releases(nl, record)[DE] == "sealed"
    world.network.down.clear()
    world.clock.forward(days=1)
    world.work()
    assert releases(nl, record)[DE] == "stored"


def test_a_recall_goes_the_same_way_also_when_the_action_has_ended(world, de) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = pushed(world)
    world.work()
    world.configure(hub, items("europol.eu", "NL", "analysts", "C", NL))

    notify(Wanted(kind="recall", record=record, code="wrong_person"), "officer-1", None, nl)
    world.work()

    assert states(de, record) == {1: "recalled"}
    assert releases(nl, record)[DE] == "gone"


def test_a_hub_carries_for_nobody_with_whom_it_has_no_such_action(world, de) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    hubs = items("europol.eu", "NL", "analysts", "C", NL)
    other = carrying("carry-nl", NL) + carrying("carry-de", DE, action="OA-9")
    world.configure(hub, hubs + other)
    before = len(acts(hub, "carried"))
    record = pushed(world)
    world.work()
    assert releases(nl, record)[DE] == "sealed"
    assert len(acts(hub, "carried")) == before
    assert acts(hub, "arrival_refused")[-1]["step"] == "parties-wrong"


def test_what_was_not_carried_in_time_is_gone(world, de) -> None:
    hub = world.network.gateways[HUB]
    world.network.down.add(DE)
    pushed(world)
    world.work()
    with hub.store.reading() as work:
        assert work.carried.waiting_bytes(NL) > 0
    world.clock.forward(days=31)
    let_expire(world)
    with hub.store.reading() as work:
        assert work.carried.waiting_bytes(NL) == 0


def test_applying_says_where_what_is_carried_reaches_nobody(world, de) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    hubs = items("europol.eu", "NL", "analysts", "C", NL)
    hubs += carrying("carry-nl", NL)
    carried_too = hubs + carrying("carry-de", DE)
    assert world.configure(hub, carried_too).reaches_nobody == ()

    world.configure(hub, hubs)
    with hub.store.writing() as work:
        row = next(one for one in work.config.partners() if one.id == DE)
        work.config.put_partner(replace(row, pulls=True))
        work.commit()
    assert world.configure(hub, carried_too).reaches_nobody == ("agreement/carry-de",)
    assert world.configure(nl, NL_ITEMS + by_carrier(DE)).reaches_nobody == ()
