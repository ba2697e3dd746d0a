"""What may no longer go does not, at whatever moment that became so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.core.limits import Limits
from gateway.flow import partners
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.lease import leased
from gateway.flow.offer import mailbox
from gateway.flow.reconsider import reconsider
from gateway.flow.relay import relay
from gateway.flow.rows import ChannelRow
from gateway.flow.seal import seal
from gateway.flow.withdraw import withdraw
from gateway.store.work import SqlStore, SqlUnitOfWork
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import (
    HUB,
    NL,
    NL_ITEMS,
    VGT,
    VGT_ITEMS,
    addressed,
    items,
    two_gateways,
    with_puller,
)

WITHOUT_AGREEMENT = items("police.nl", "NL", "police", "B")


def received(world: World, name: str, client: str) -> list[str]:
    exchange = world.network.gateways[name]
    page = waiting(client_named(client, exchange), 0, 99, exchange)
    return [entry["record"] for entry in page.entries]


def test_without_an_agreement_there_is_no_release_at_all(world: World) -> None:
    nl = world.network.gateways[NL]
    world.configure(nl, WITHOUT_AGREEMENT)
    (outcome,) = world.push(nl, addressed("case", HUB))
    assert outcome.state == "stored"
    assert releases(nl, outcome.record) == {}


def test_without_an_addressee_it_is_refused_by_r_21(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case"))
    assert [(one.state, one.code) for one in outcome.releases] == [("refused", "R-21")]


def test_an_agreement_whose_group_is_empty_covers_nobody(world: World) -> None:
    nl = world.network.gateways[NL]
    world.configure(nl, NL_ITEMS + "members = []\n")
    (outcome,) = world.push(nl, addressed("case", HUB))
    assert [(one.state, one.code) for one in outcome.releases] == [("refused", "R-06")]


def test_an_agreement_ended_while_due_refuses(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.configure(nl, WITHOUT_AGREEMENT)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "refused"}
    assert received(world, HUB, "analysts") == []


def test_an_agreement_ended_while_sealed_voids_the_envelope(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.network.down.add(HUB)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)
    assert releases(nl, outcome.record) == {HUB: "sealed"}
    world.configure(nl, WITHOUT_AGREEMENT)
    world.network.down.clear()
    world.clock.forward(seconds=2000)
    world.work()

    assert releases(nl, outcome.record) == {HUB: "refused"}
    assert received(world, HUB, "analysts") == []
    with nl.store.reading() as work:
        rows = sorted(
            work.envelopes.page(partner=HUB, state=None, after="", limit=99),
            key=lambda row: row.seq,
        )
    assert [(row.kind, row.state) for row in rows] == [
        ("key-notice", "stored"),
        ("verdict", "stored"),  # of the partner's own card
        ("records", "void"),
        ("void", "stored"),
    ]
    with hub.store.reading() as work:  # the place counts as filled: nothing is missing
        channel = work.envelopes.channel(NL, "in")
    assert (channel.upto, list(channel.gaps)) == (4, [])


def test_an_agreement_ended_before_the_puller_came_leaves_its_mailbox_empty(world: World) -> None:
    vgt = with_puller(world)
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", VGT))
    world.run(seal, VGT, nl)
    world.configure(nl, NL_ITEMS)
    assert mailbox(VGT, NL, 0, 0, 10, nl).envelopes == []  # also before anybody reconsidered
    world.work()
    assert releases(nl, outcome.record)[VGT] == "refused"
    assert received(world, VGT, "officers") == []
    assert vgt.own.id == VGT


def test_an_agreement_that_comes_later_covers_what_was_there_before(world: World) -> None:
    nl = world.network.gateways[NL]
    world.configure(nl, WITHOUT_AGREEMENT)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.configure(nl, NL_ITEMS)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_a_change_that_touches_nothing_confirms_what_is_sealed(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)
    world.configure(nl, NL_ITEMS.replace('title = "police.nl"', 'title = "Politie"'))
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_a_record_withdrawn_when_sealed_is_voided(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    (other,) = world.push(nl, addressed("case", HUB, provider_ref="other"))
    world.run(seal, HUB, nl)
    withdraw(str(outcome.record), "test", "sent_in_error", nl)
    world.work()

    assert releases(nl, outcome.record) == {HUB: "withdrawn"}
    assert releases(nl, other.record) == {HUB: "stored"}
    assert received(world, HUB, "analysts") == [other.record]


def test_a_paused_channel_seals_nothing_and_resumes(world: World) -> None:
    nl = world.network.gateways[NL]
    partners.pause(HUB, "test", nl)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    assert releases(nl, outcome.record) == {HUB: "due"}
    partners.resume(HUB, "test", nl)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_at_most_32_envelopes_wait_for_a_receipt(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    for number in range(40):
        world.push(nl, addressed("case", HUB, provider_ref=f"C-{number}"))
        world.run(seal, HUB, nl)
    with nl.store.reading() as work:
        assert work.envelopes.unreceipted(HUB) == 32
        assert len(work.releases.due(HUB, limit=99)) == 8


def test_what_is_urgent_overtakes_a_backlog(world: World) -> None:
    nl = world.network.gateways[NL]
    for number in range(3):
        world.push(nl, addressed("case", HUB, provider_ref=f"C-{number}"))
    risk = {"urgency": "urgent", "reason": "a child may be at risk"}
    (urgent,) = world.push(nl, addressed("case", HUB, provider_ref="U", risk=risk))
    with nl.store.reading() as work:
        assert work.releases.due(HUB, limit=1)[0].record == urgent.record


def test_an_envelope_holds_as_many_records_as_the_settings_allow() -> None:
    world = two_gateways(limits=Limits(batch_records=2))
    nl = world.network.gateways[NL]
    for number in range(5):
        world.push(nl, addressed("case", HUB, provider_ref=f"C-{number}"))
    world.work()
    with nl.store.reading() as work:
        rows = work.envelopes.page(partner=HUB, state=None, after="", limit=99)
    assert sorted(row.count for row in rows if row.kind == "records") == [1, 2, 2]


def test_reconsidering_ends(world: World) -> None:
    nl = world.network.gateways[NL]
    world.push(nl, addressed("case"))
    with leased("test", 60, nl) as lease:
        assert lease
        runs = 0
        while reconsider(HUB, lease, nl):
            runs += 1
            assert runs < 10


assert VGT_ITEMS


class Meanwhile:
    """A store in which something else is committed just before the first unit that writes."""

    def __init__(self, store: SqlStore, act: Callable[[], object]) -> None:
        self._store = store
        self._act: Callable[[], object] | None = act

    def writing(self) -> SqlUnitOfWork:
        act, self._act = self._act, None
        if act is not None:
            act()
        return self._store.writing()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_a_record_withdrawn_between_the_look_and_the_handing_over_is_not_given_out(
    world: World,
) -> None:
    nl = world.network.gateways[NL]
    with_puller(world)
    (outcome,) = world.push(nl, addressed("case", VGT))
    world.run(seal, VGT, nl)
    channel = _channel(nl, VGT)

    def withdrawn() -> object:
        return withdraw(outcome.record, "test", "sent_in_error", nl)

    racing = replace(nl, store=Meanwhile(nl.store, withdrawn))
    page = mailbox(VGT, NL, channel.ep, channel.last_seq - 1, 9, racing)

    assert page.envelopes == []
    with nl.store.reading() as work:
        (envelope,) = work.envelopes.marked(VGT, limit=9)
        releases_of = work.releases.of_record(outcome.record)
    assert (envelope.state, envelope.marked) == ("sealed", "withheld")
    assert not any(release.tried for release in releases_of)


def test_a_record_withdrawn_while_it_is_about_to_be_pushed_is_not_sent(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)

    def withdrawn() -> object:
        return withdraw(outcome.record, "test", "sent_in_error", nl)

    with leased(f"relay:{HUB}", 60, nl) as lease:
        assert lease is not None
        racing = replace(nl, store=Meanwhile(nl.store, withdrawn))
        assert relay(HUB, lease, racing) == 0
    with nl.store.reading() as work:
        assert [row.state for row in work.envelopes.marked(HUB, limit=9)] == ["sealed"]


def _channel(exchange: Exchange, partner: str) -> ChannelRow:
    with exchange.store.reading() as work:
        return work.envelopes.channel(partner, "out")
