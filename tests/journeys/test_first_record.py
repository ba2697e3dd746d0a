"""A record travels from a national system to a partner, and the proof comes back."""

from __future__ import annotations

from gateway.flow.hand_on import settle, waiting
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, NL, VGT, addressed, with_puller


def test_a_record_travels_and_the_verdict_comes_back(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB))
    assert outcome.state == "stored"
    assert releases(nl, outcome.record) == {HUB: "due"}

    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}

    analysts = client_named("analysts", hub)
    page = waiting(analysts, 0, 10, hub)
    assert [entry["record"] for entry in page.entries] == [outcome.record]
    settle(analysts, str(outcome.record), 1, hub, accepted=True)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "accepted"}


def test_what_arrives_is_the_very_text_that_was_signed(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()

    with nl.store.reading() as work:
        (release,) = work.releases.of_record(str(outcome.record))
    with hub.store.reading() as work:
        received = work.records.newest([str(outcome.record)])[str(outcome.record)]
    assert received.sha256 == release.rendition
    assert received.statement is not None


def test_a_rejection_by_the_national_system_reaches_the_sender_with_its_code(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    analysts = client_named("analysts", hub)
    waiting(analysts, 0, 10, hub)
    settle(analysts, str(outcome.record), 1, hub, accepted=False, code="not-ours")
    world.work()

    with nl.store.reading() as work:
        (release,) = work.releases.of_record(str(outcome.record))
    assert (release.state, release.code) == ("rejected", "not-ours")


def test_a_partner_that_only_pulls_gets_it_and_answers_by_post(world: World) -> None:
    vgt = with_puller(world)
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB, VGT))
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored", VGT: "stored"}

    officers = client_named("officers", vgt)
    (entry,) = waiting(officers, 0, 10, vgt).entries
    settle(officers, entry["record"], 1, vgt, accepted=True)
    world.work()
    assert releases(nl, outcome.record)[VGT] == "accepted"


def test_a_partner_s_record_comes_the_other_way_too(world: World) -> None:
    vgt = with_puller(world)
    nl = world.network.gateways[NL]
    (outcome,) = world.push(vgt, addressed("hosting_report", NL), client="officers")
    world.work()

    assert releases(vgt, outcome.record) == {NL: "stored"}
    assert [entry["from"] for entry in waiting(client_named("police", nl), 0, 9, nl).entries] == [
        VGT
    ]
