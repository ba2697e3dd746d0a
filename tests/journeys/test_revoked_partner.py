"""A partner is trusted no more: nothing new goes to it, and what it has is recalled."""

from __future__ import annotations

import pytest

from gateway.core.errors import Conflict, NotFound, Unidentified
from gateway.flow.exchange import Exchange
from gateway.flow.holders import holders
from gateway.flow.identify import caller_of_certificate, trusted_certificates
from gateway.flow.notify import Wanted, notify
from gateway.flow.partners import confirm, own_words
from gateway.flow.reconsider import reconsider
from gateway.flow.revoked import revoke
from gateway.flow.seal import seal
from tests.journeys.after import dump, states, texts
from tests.journeys.gateways import World, certificate_of, releases
from tests.journeys.scenes import HUB, NL, VGT, addressed, with_puller
from tests.journeys.staff import acts

RECALLED = ("recall", "partner_revoked")


@pytest.fixture
def shared(world: World) -> tuple[World, Exchange, str]:
    """A record that the hub has, and another partner, too."""
    with_puller(world)
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB, VGT))
    world.work()
    record = str(outcome.record)
    assert releases(nl, record) == {HUB: "stored", VGT: "stored"}
    return world, nl, record


def table(exchange: Exchange, record: str) -> list[tuple[str, str, str, str]]:
    return [
        (one["kind"], one["code"], row["holder"], row["gateway"])
        for one in holders(record, "police.nl", exchange)["notices"]
        for row in one["holders"]
    ]


def test_what_a_revoked_partner_has_is_recalled_and_it_says_so(shared) -> None:
    world, nl, record = shared
    hub = world.network.gateways[HUB]
    assert "Piet Proef" in texts(hub, record)

    revoke(HUB, "admin", nl)
    world.work()

    assert table(nl, record) == [(*RECALLED, HUB, "erased")]
    assert states(hub, record) == {1: "recalled"}
    assert "Piet Proef" not in dump(hub)
    assert releases(nl, record) == {HUB: "gone", VGT: "stored"}
    assert states(nl, record) == {1: "current"}
    events = [(one["partner"], one["event"]) for one in acts(nl, "partner")]
    assert events[-1] == (HUB, "revoked")


def test_nothing_new_is_sealed_and_what_waits_is_voided(shared) -> None:
    world, nl, _ = shared
    world.network.down.add(HUB)
    (sealed,) = world.push(nl, addressed("case", HUB, provider_ref="sealed"))
    world.run(seal, HUB, nl)
    (due,) = world.push(nl, addressed("case", HUB, provider_ref="due"))
    assert releases(nl, sealed.record)[HUB] == "sealed"
    assert releases(nl, due.record)[HUB] == "due"

    revoke(HUB, "admin", nl)
    (late,) = world.push(nl, addressed("case", HUB, provider_ref="late"))
    world.network.down.clear()
    world.work()

    for outcome in (sealed, due, late):
        assert releases(nl, outcome.record)[HUB] == "refused"
        assert states(world.network.gateways[HUB], str(outcome.record)) == {}
        assert table(nl, str(outcome.record)) == []  # it never had them


def test_it_gives_nothing_new_and_can_recall_what_it_gave(shared) -> None:
    world, nl, _ = shared
    hub = world.network.gateways[HUB]
    (before,) = world.push(hub, addressed("case", NL, provider_ref="H-1"), client="analysts")
    world.work()
    theirs = str(before.record)
    assert states(nl, theirs) == {1: "current"}

    revoke(HUB, "admin", nl)
    (after,) = world.push(hub, addressed("case", NL, provider_ref="H-2"), client="analysts")
    notify(Wanted(kind="recall", record=theirs, code="unlawful"), "x", "europol.eu", hub)
    world.work()

    assert states(nl, str(after.record)) == {}
    assert "parties-wrong" in {one["step"] for one in acts(nl, "arrival_refused")}
    assert states(nl, theirs) == {1: "recalled"}


def test_with_its_keys_lost_nothing_goes_and_nothing_is_believed(shared) -> None:
    world, nl, record = shared
    hub = world.network.gateways[HUB]
    with nl.store.reading() as work:
        places = work.envelopes.channel(HUB, "out").last_seq

    revoke(HUB, "admin", nl, keys_lost=True)
    world.work()

    with nl.store.reading() as work:
        assert work.envelopes.channel(HUB, "out").last_seq == places
    assert table(nl, record) == [(*RECALLED, HUB, "waiting")]
    assert states(hub, record) == {1: "current"}
    with pytest.raises(Unidentified):
        caller_of_certificate(certificate_of(HUB), nl)
    assert certificate_of(HUB) not in trusted_certificates(nl)
    assert certificate_of(VGT) in trusted_certificates(nl)
    world.clock.forward(days=2)
    (notice,) = holders(record, "police.nl", nl)["notices"]
    assert [row["overdue"] for row in notice["holders"]] == [True]


def test_a_partner_that_pulls_fetches_its_recall(shared) -> None:
    world, nl, record = shared
    revoke(VGT, "admin", nl)
    world.work()
    assert table(nl, record) == [(*RECALLED, VGT, "erased")]
    assert states(world.network.gateways[VGT], record) == {1: "recalled"}


def test_it_is_told_once(shared) -> None:
    world, nl, record = shared
    world.network.down.add(HUB)
    revoke(HUB, "admin", nl)
    for _ in range(3):
        world.run(reconsider, HUB, nl)
    revoke(VGT, "admin", nl)
    for _ in range(3):
        world.run(reconsider, HUB, nl)
    assert [row for row in table(nl, record) if row[2] == HUB] == [(*RECALLED, HUB, "waiting")]


def test_a_revocation_is_not_taken_back(shared) -> None:
    _, nl, _ = shared
    revoke(HUB, "admin", nl)
    with pytest.raises(Conflict):
        revoke(HUB, "admin", nl)
    with pytest.raises(NotFound):
        revoke("nobody.eu", "admin", nl)
    with pytest.raises(Conflict):
        confirm(HUB, own_words(shared[0].network.gateways[HUB]), "admin", nl)
