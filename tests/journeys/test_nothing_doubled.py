"""What is sent twice, late, out of order or changed on the way has one effect, or none."""

from __future__ import annotations

import pytest

from gateway.flow import partners
from gateway.flow.hand_on import waiting
from gateway.flow.relay import RECEIPT_OVERDUE_MS, relay
from gateway.flow.seal import seal
from gateway.flow.submit import KeyReused
from gateway.flow.take_in import take_in
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, HUB_ITEMS, NL, addressed


def inbox(world: World) -> list[str]:
    hub = world.network.gateways[HUB]
    return [entry["record"] for entry in waiting(client_named("analysts", hub), 0, 99, hub).entries]


def wire_of(world: World, place: int = -1) -> bytes:
    nl = world.network.gateways[NL]
    with nl.store.reading() as work:
        rows = sorted(
            work.envelopes.page(partner=HUB, state=None, after="", limit=99),
            key=lambda row: row.seq,
        )
        found = work.envelopes.get(rows[place].id)
    assert found is not None
    assert found.wire is not None
    return found.wire


def test_every_delivery_five_times_is_one_record_and_one_receipt(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.network.deliver_times = 5
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()

    assert inbox(world) == [outcome.record]
    first = take_in(wire_of(world), NL, hub)
    again = take_in(wire_of(world), NL, hub)
    assert first.state == again.state == "receipted"
    assert first.receipt == again.receipt


def test_a_lost_answer_is_repaired_by_the_same_bytes_again(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.lose_answers_of.add(HUB)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)
    world.run(relay, HUB, nl)
    world.network.lose_answers_of.clear()
    world.clock.forward(seconds=RECEIPT_OVERDUE_MS / 1000 + 1)
    world.work()

    assert inbox(world) == [outcome.record]
    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_a_partner_that_is_down_gets_everything_in_order_once_it_is_back(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    sent = []
    for number in range(5):
        (outcome,) = world.push(nl, addressed("case", HUB, provider_ref=f"C-{number}"))
        sent.append(outcome.record)
        world.work(nl)
        world.clock.forward(days=1)
    world.network.down.clear()
    world.work()

    assert inbox(world) == sent


def test_what_arrives_out_of_order_is_opened_at_once(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.network.down.add(HUB)
    for number in range(2):
        world.push(nl, addressed("case", HUB, provider_ref=f"C-{number}"))
        world.run(seal, HUB, nl)
    world.network.down.clear()
    assert take_in(wire_of(world, -1), NL, hub).state == "waiting"
    world.work(hub)

    assert len(inbox(world)) == 1
    with hub.store.reading() as work:
        channel = work.envelopes.channel(NL, "in")
    assert [tuple(gap) for gap in channel.gaps] == [(channel.last_seq - 1, channel.last_seq - 1)]
    world.work()
    assert len(inbox(world)) == 2
    with hub.store.reading() as work:
        assert not work.envelopes.channel(NL, "in").gaps


def test_bytes_changed_on_the_way_have_no_effect_and_the_true_ones_still_do(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.tamper = lambda wire: wire[:-200] + bytes([wire[-200] ^ 3]) + wire[-199:]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    assert releases(nl, outcome.record) == {HUB: "sealed"}
    assert inbox(world) == []

    world.network.tamper = None
    world.clock.forward(seconds=RECEIPT_OVERDUE_MS / 1000 + 1)
    world.work()
    assert inbox(world) == [outcome.record]


def test_the_same_bytes_refused_three_times_stall_the_channel_for_a_person(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.configure(hub, HUB_ITEMS.replace('"cross_check", "operational_analysis"', '"research"'))
    (outcome,) = world.push(nl, addressed("case", HUB))
    for _ in range(6):
        world.work()
        world.clock.forward(seconds=2000)
    with nl.store.reading() as work:
        assert work.envelopes.channel(HUB, "out").state == "stalled"
    assert releases(nl, outcome.record) == {HUB: "sealed"}

    world.configure(hub, HUB_ITEMS)  # the person settled it with the partner
    partners.resume(HUB, "test", nl)
    world.work()
    assert inbox(world) == [outcome.record]


SUBMITTED_TWICE = {
    "same reference, same content": ({}, "duplicate"),
    "same reference, other content": ({"status": "closed"}, "conflict"),
    "same reference, naming the version it corrects": (
        {"status": "closed", "corrects": 1},
        "stored",
    ),
    "naming a version that is not the newest": ({"status": "closed", "corrects": 7}, "conflict"),
    "another reference": ({"provider_ref": "another"}, "stored"),
}


@pytest.mark.parametrize(("changes", "state"), SUBMITTED_TWICE.values(), ids=SUBMITTED_TWICE.keys())
def test_submitting_twice(world: World, changes: dict[str, object], state: str) -> None:
    nl = world.network.gateways[NL]
    (first,) = world.push(nl, addressed("case", HUB))
    (second,) = world.push(nl, addressed("case", HUB, **changes))

    assert second.state == state
    if state in ("duplicate", "conflict"):
        assert second.record in (first.record, None)


def test_a_correction_keeps_the_id_and_what_it_replaces_does_not_leave(world: World) -> None:
    nl = world.network.gateways[NL]
    (first,) = world.push(nl, addressed("case", HUB))
    (second,) = world.push(nl, addressed("case", HUB, status="closed", corrects=1))
    world.work()

    assert (second.record, second.version) == (first.record, 2)
    with nl.store.reading() as work:
        states = {row.version: row.state for row in work.releases.of_record(str(first.record))}
    assert states == {1: "withdrawn", 2: "stored"}
    assert len(inbox(world)) == 1


def test_the_same_idempotency_key_gives_the_first_answer(world: World) -> None:
    nl = world.network.gateways[NL]
    first = world.push(nl, addressed("case", HUB), key="k-1")
    again = world.push(nl, addressed("case", HUB), key="k-1")
    assert again == first
    with pytest.raises(KeyReused):
        world.push(nl, addressed("case", HUB, status="closed"), key="k-1")
    with pytest.raises(KeyReused):  # the answer to a routine push says nothing of an urgent one
        world.push(nl, addressed("case", HUB), key="k-1", urgent="a child is at risk")


def test_one_bulk_gives_one_outcome_per_record_in_order(world: World) -> None:
    nl = world.network.gateways[NL]
    good = addressed("case", HUB)
    outcomes = world.push(
        nl,
        good,
        good,
        {**good, "status": "closed"},
        {**good, "provider_ref": "other", "opened": "yesterday"},
        {**good, "provider_ref": "third", "id": "urn:uuid:1"},
    )
    assert [one.state for one in outcomes] == [
        "stored",
        "duplicate",
        "conflict",
        "quarantined",
        "refused",
    ]


def test_another_gateway_s_envelope_is_not_taken(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)
    assert take_in(wire_of(world), "somebody.else", hub).state == "refused"
