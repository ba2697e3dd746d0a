"""An id is its author's: whoever uses it first suppresses nothing of whom it belongs to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.core.errors import Conflict, NotFound
from gateway.flow import claims
from gateway.flow.exchange import Exchange
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.hand_on import settle
from gateway.flow.look import status
from gateway.flow.notify import Notified, Wanted, notify
from tests.journeys.after import inbox, states, verdicts
from tests.journeys.forging import notices_forged, texts_forged
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, NL, VGT, addressed, with_puller
from tests.journeys.staff import acts

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


# Ids of records: one id is one record, and a person says whose it is


@pytest.fixture
def squatted(world: World) -> str:
    """The id of a record of the puller, under which the hub sent one of its own first."""
    nl, hub, vgt = world.network.gateways[NL], world.network.gateways[HUB], with_puller(world)
    (outcome,) = world.push(vgt, addressed("case", NL), client="officers")
    record = str(outcome.record)
    with texts_forged({"squat": (record, 1)}):
        world.push(hub, addressed("case", NL, provider_ref="squat"), client="analysts")
        world.work(hub, nl)
    for entry in inbox(nl, "police"):
        settle(client_named("police", nl), entry["record"], entry["version"], nl, accepted=True)
    world.work()
    return record


def test_an_id_that_another_used_first_is_an_alarm_and_a_person_gives_it_back(
    world: World, squatted: str
) -> None:
    nl, vgt = world.network.gateways[NL], world.network.gateways[VGT]
    assert releases(vgt, squatted) == {NL: "rejected"}
    (claim,) = claims.claims(nl)
    assert (claim["held_from"], claim["claimed_by"], claim["record"]) == (HUB, VGT, squatted)
    (alarm,) = status(nl)["ids_claimed"]
    assert (alarm["partner"], alarm["count"]) == (VGT, 1)
    assert claims.alarms_now(nl) == [alarm]

    claims.give(squatted, VGT, "admin", nl)
    (told,) = open_notices(client_named("police", nl), "", 9, nl).entries
    assert (told["kind"], told["record"], told["from"]) == ("recall", squatted, NL)
    assert status(nl)["ids_claimed"] == []
    changed = addressed("case", NL, corrects=1, outcome_by="2030-01-01")
    world.push(vgt, changed, client="officers")
    world.work()
    assert states(nl, squatted) == {1: "recalled", 2: "current"}
    assert [(one["record"], one["from"]) for one in inbox(nl, "police")] == [(squatted, VGT)]
    told = recall(squatted, "afp.au", vgt)
    world.work()
    assert states(nl, squatted) == {1: "recalled", 2: "recalled"}
    with pytest.raises(NotFound):
        claims.give(squatted, VGT, "admin", nl)


def test_a_claim_that_is_dismissed_changes_nothing(world: World, squatted: str) -> None:
    nl = world.network.gateways[NL]
    claims.dismiss(squatted, VGT, "admin", nl)
    assert claims.claims(nl) == []
    assert states(nl, squatted) == {1: "current"}
    assert [one["event"] for one in acts(nl, "claim")] == ["dismissed"]


def test_an_id_of_ours_is_given_to_nobody(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (ours,) = world.push(nl, addressed("case", HUB))
    world.work()
    with texts_forged({"squat": (str(ours.record), 2)}):
        world.push(hub, addressed("case", NL, provider_ref="squat"), client="analysts")
        world.work()
    assert [one["held_from"] for one in claims.claims(nl)] == [NL]
    with pytest.raises(Conflict, match="ours"):
        claims.give(str(ours.record), HUB, "admin", nl)
