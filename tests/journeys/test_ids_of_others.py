"""An id is its author's: whoever uses it first suppresses nothing of whom it belongs to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.errors import Conflict
from gateway.flow.exchange import Exchange
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.hand_on import settle
from gateway.flow.notify import Notified, Wanted, notify
from tests.journeys.after import inbox, states, verdicts
from tests.journeys.forging import notices_forged
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import HUB, NL, VGT, addressed, with_puller

Squat = Callable[[str], str]


def recall(record: str, org: str, exchange: Exchange) -> Notified:
    wanted = Wanted(kind="recall", record=record, code="sent_in_error")
    return notify(wanted, "officer", org, exchange)


def given(world: World, sender: str, client: str) -> str:
    """A record of a partner that the national system has taken over."""
    nl = world.network.gateways[NL]
    body = addressed("case", NL, provider_ref=f"of-{sender}")
    (outcome,) = world.push(world.network.gateways[sender], body, client=client)
    world.work()
    for entry in inbox(nl, "police"):
        police = client_named("police", nl)
        settle(police, entry["record"], entry["version"], nl, accepted=True)
    world.work()
    return str(outcome.record)


@pytest.fixture
def squat(world: World) -> Squat:
    """Return what lets the hub use a notice id first, for a recall of a record of its own."""
    with_puller(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    own = given(world, HUB, "analysts")

    def use(notice: str) -> str:
        with notices_forged(id=notice):
            recall(own, "europol.eu", hub)
            world.work(hub, nl)
        return own

    return use


def test_a_recall_works_though_another_used_its_id_first(world: World, squat: Squat) -> None:
    nl, vgt = world.network.gateways[NL], world.network.gateways[VGT]
    record = given(world, VGT, "officers")
    told = recall(record, "afp.au", vgt)
    squat(told.notice)
    assert states(nl, record) == {1: "current"}
    world.work()
    assert states(nl, record) == {1: "recalled"}
    assert verdicts(vgt, told.notice)[NL][0] == "erased"
    with nl.store.reading() as work:
        authors = [one.author for one in work.notices.of_id(told.notice)]
    assert authors == [VGT, HUB]


def test_a_national_system_follows_both_and_each_is_told(world: World, squat: Squat) -> None:
    nl, vgt = world.network.gateways[NL], world.network.gateways[VGT]
    police = client_named("police", nl)
    record = given(world, VGT, "officers")
    told = recall(record, "afp.au", vgt)
    own = squat(told.notice)
    world.work()
    seen: dict[str, str] = {}
    page = open_notices(police, "", 1, nl)
    while page.entries:
        seen |= {entry["from"]: entry["record"] for entry in page.entries}
        if page.next is None:
            break
        page = open_notices(police, page.next, 1, nl)
    assert seen == {HUB: own, VGT: record}
    with pytest.raises(Conflict, match="say `from`"):
        settle_notice(police, told.notice, nl, done=True)
    settle_notice(police, told.notice, nl, done=True, partner=VGT)
    world.work()
    assert verdicts(vgt, told.notice) == {NL: ("erased", "", "done")}
    (left,) = open_notices(police, "", 9, nl).entries
    assert left["from"] == HUB
