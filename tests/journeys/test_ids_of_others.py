"""An id is its author's: whoever uses it first suppresses nothing of whom it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import Conflict, NotFound
from gateway.flow import claims
from gateway.flow.exchange import Exchange
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.hand_on import settle
from gateway.flow.identify import Person
from gateway.flow.look import status
from gateway.flow.notify import Notified, Wanted, notify
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.pass_on import pass_on
from gateway.flow.relay import relay
from gateway.flow.rows_after import ClaimRow
from gateway.flow.seal import seal
from tests.journeys.after import inbox, states, verdicts
from tests.journeys.forging import notices_forged, texts_forged
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import AGREEMENT, HUB, NL, VGT, addressed, items, with_puller
from tests.journeys.staff import acts
from tests.journeys.test_lifecycle import CONSENT, EST, EST_ITEMS

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


def test_a_notice_that_is_under_way_still_leaves_when_the_id_is_given_back(
    world: World, squatted: str
) -> None:
    """What the former sender said of its record goes to whom that was passed on to, and ends."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    est = with_a_third(world)
    officer = Person("officer-3", "police.nl", frozenset({"release_officer"}))
    pass_on(squatted, EST, officer, nl)
    world.work()
    assert states(est, squatted) == {1: "current"}
    with notices_forged(record=squatted):
        told = notify(
            Wanted(kind="restrict", record=squats(world), code="other"), "officer", None, hub
        )
        world.run(seal, NL, hub)
        world.run(relay, NL, hub)
    world.run(open_arrivals, HUB, nl)  # it is due onward, and not sealed yet

    claims.give(squatted, VGT, "admin", nl)
    world.work()

    assert states(est, squatted) == {1: "restricted"}
    assert verdicts(nl, told.notice)[EST][0] == "applied"


@pytest.fixture
def passed_on(world: World, squatted: str) -> str:
    """What the hub sent under the puller's id, passed on before the id was given to the puller."""
    nl = world.network.gateways[NL]
    est = with_a_third(world)
    pass_on(squatted, EST, Person("officer-3", "police.nl", frozenset({"release_officer"})), nl)
    world.work()
    assert states(est, squatted) == {1: "current"}
    claims.give(squatted, VGT, "admin", nl)
    changed = addressed("case", NL, corrects=1, outcome_by="2030-01-01")
    world.push(world.network.gateways[VGT], changed, client="officers")
    world.work()
    assert states(nl, squatted) == {1: "recalled", 2: "current"}
    assert states(est, squatted) == {1: "current"}
    return squatted


def of_the_hub(kind: str, record: str, world: World, **members: Any) -> str:
    """A notice of the hub about what it sent under that id, on its way wherever it goes."""
    wanted = Wanted(kind=kind, record=squats(world), code=CODES[kind])
    told = notify(wanted, "officer", None, world.network.gateways[HUB])
    with notices_forged(record=record, **members):
        world.work()
    return told.notice


CODES = {"recall": "sent_in_error", "restrict": "other"}


def test_a_former_owners_recall_reaches_those_who_have_its_version_by_us(
    world: World, passed_on: str
) -> None:
    nl, hub, est = (world.network.gateways[name] for name in (NL, HUB, EST))
    told = of_the_hub("recall", passed_on, world, version=2)
    assert states(est, passed_on) == {1: "recalled"}
    assert verdicts(nl, told)[EST][0] == "erased"
    assert states(nl, passed_on) == {1: "recalled", 2: "current"}
    assert [(one["record"], one["from"]) for one in inbox(nl, "police")] == [(passed_on, VGT)]
    # The national system was told when the id was given, and has not answered.
    assert verdicts(hub, told)[NL] == ("erased", "not-held.own-system-open", "open")
    (entry,) = open_notices(client_named("police", nl), "", 9, nl).entries
    settle_notice(client_named("police", nl), entry["notice"], nl, done=True)
    world.work()
    assert verdicts(hub, told)[NL] == ("erased", "not-held", "done")
    assert [one["state"] for one in acts(nl, "notice_taken") if one["notice"] == told] == ["erased"]


def test_a_former_owner_hears_what_is_open_where_its_version_was_passed_on_to(
    world: World, passed_on: str
) -> None:
    hub, est = world.network.gateways[HUB], world.network.gateways[EST]
    world.network.down.add(EST)
    told = of_the_hub("restrict", passed_on, world)
    assert "passed-on-open" in verdicts(hub, told)[NL][1]
    world.network.down.clear()
    world.clock.forward(seconds=3_600)
    world.work()
    assert states(est, passed_on) == {1: "restricted"}
    assert "passed-on-open" not in verdicts(hub, told)[NL][1]


def test_the_new_owner_speaks_of_its_own_versions_alone(world: World, passed_on: str) -> None:
    """Its recall goes to nobody who has but the former owner's, and stops no word of that one."""
    nl, est, vgt = (world.network.gateways[name] for name in (NL, EST, VGT))
    recall(passed_on, "afp.au", vgt)
    world.work()
    assert states(nl, passed_on) == {1: "recalled", 2: "recalled"}
    assert states(est, passed_on) == {1: "current"}
    of_the_hub("recall", passed_on, world)
    assert states(est, passed_on) == {1: "recalled"}


def test_who_got_both_is_told_of_each_by_its_owner(world: World, passed_on: str) -> None:
    """What it answers about the new owner's version leaves the former owner's with it."""
    nl, est, vgt = (world.network.gateways[name] for name in (NL, EST, VGT))
    world.introduce(est, vgt)
    consent = CONSENT.replace(f'originator = "{NL}"', f'originator = "{VGT}"')
    third = AGREEMENT.format(name="nl-ee", partner=EST)
    world.configure(nl, items("police.nl", "NL", "police", "B", HUB, VGT) + third + consent)
    pass_on(passed_on, EST, Person("officer-3", "police.nl", frozenset({"release_officer"})), nl)
    world.work()
    told = recall(passed_on, "afp.au", vgt)
    world.work()
    assert verdicts(nl, told.notice)[EST][:2] == ("erased", "not-held")
    assert states(est, passed_on) == {1: "current"}

    of_the_hub("recall", passed_on, world)
    assert states(est, passed_on) == {1: "recalled"}


def test_a_former_owner_uses_up_no_notice_id_of_the_new_one(world: World, passed_on: str) -> None:
    nl, est, vgt = (world.network.gateways[name] for name in (NL, EST, VGT))
    told = recall(passed_on, "afp.au", vgt)
    of_the_hub("restrict", passed_on, world, id=told.notice)
    world.work()
    assert states(est, passed_on) == {1: "restricted"}
    assert states(nl, passed_on) == {1: "recalled", 2: "recalled"}
    assert verdicts(vgt, told.notice)[NL][0] == "erased"


def test_who_never_had_the_id_says_nothing_of_it(world: World, passed_on: str) -> None:
    nl, est = world.network.gateways[NL], world.network.gateways[EST]
    (own,) = world.push(est, addressed("case", NL), client="desk")
    world.work()
    with notices_forged(record=passed_on):
        told = recall(str(own.record), "fiu.ee", est)
        world.work()
    assert states(nl, passed_on) == {1: "recalled", 2: "current"}
    with nl.store.reading() as work:
        assert work.notices.of_id(told.notice) == []


def test_what_the_former_sender_restricted_binds_nobody_after_it(
    world: World, squatted: str
) -> None:
    nl, hub, vgt = (world.network.gateways[name] for name in (NL, HUB, VGT))
    with notices_forged(record=squatted):
        notify(Wanted(kind="restrict", record=squats(world), code="other"), "officer", None, hub)
        world.work()
    assert states(nl, squatted) == {1: "restricted"}
    claims.give(squatted, VGT, "admin", nl)
    changed = addressed("case", NL, corrects=1, outcome_by="2030-01-01")
    world.push(vgt, changed, client="officers")
    world.work()
    assert states(nl, squatted) == {1: "recalled", 2: "current"}

    notify(Wanted(kind="dispute", record=squatted, code="court"), "officer", None, vgt)
    world.work()
    assert states(nl, squatted) == {1: "recalled", 2: "disputed"}


def with_a_third(world: World) -> Exchange:
    """One that the national gateway may pass on to what it has from the hub."""
    nl, est = world.network.gateways[NL], world.add(EST)
    world.introduce(est, nl)
    world.introduce(est, world.network.gateways[HUB])
    consent = CONSENT.replace(f'originator = "{NL}"', f'originator = "{HUB}"')
    third = AGREEMENT.format(name="nl-ee", partner=EST)
    world.configure(nl, items("police.nl", "NL", "police", "B", HUB, VGT) + third + consent)
    world.configure(est, EST_ITEMS + AGREEMENT.format(name="nl-ee", partner=NL))
    world.work()
    return est


def squats(world: World) -> str:
    """The hub's own id of the record that it sent under another's."""
    hub = world.network.gateways[HUB]
    with hub.store.reading() as work:
        (sent,) = work.disclosures.page(None, partner=NL, after="", limit=9)
    return sent.record


def test_many_claims_of_one_partner_hide_no_other(
    world: World, squatted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nl = world.network.gateways[NL]
    monkeypatch.setattr("gateway.flow.claims._MOST_SHOWN", 2)
    made_up = [f"urn:uuid:00000000-0000-7000-8000-{number:012}" for number in range(3)]
    with nl.store.writing() as work:
        work.follow.add_claims(
            [ClaimRow(record=one, partner=HUB, version=1, holder="", at=1) for one in made_up]
        )
        work.commit()
    assert [one["record"] for one in claims.claims(nl)] == [*made_up[:2], squatted]
    assert {one["partner"] for one in claims.alarms_now(nl)} == {HUB, VGT}
    claims.dismiss(made_up[2], HUB, "admin", nl)  # it is not shown, and can be settled
    claims.give(squatted, VGT, "admin", nl)
    assert [one["record"] for one in claims.claims(nl)] == made_up[:2]


def test_a_claim_that_is_dismissed_changes_nothing(world: World, squatted: str) -> None:
    nl = world.network.gateways[NL]
    claims.dismiss(squatted, VGT, "admin", nl)
    assert claims.claims(nl) == []
    assert states(nl, squatted) == {1: "current"}
    assert [one["event"] for one in acts(nl, "claim")] == ["dismissed"]


def test_a_dismissed_claim_rings_again_for_a_newer_version_alone(
    world: World, squatted: str
) -> None:
    nl = world.network.gateways[NL]
    claims.dismiss(squatted, VGT, "admin", nl)
    row = ClaimRow(record=squatted, partner=VGT, version=1, holder=HUB, at=9)
    for version, rings in ((1, []), (2, [2]), (1, [2])):
        with nl.store.writing() as work:
            work.follow.add_claims([replace(row, version=version)])
            work.commit()
        assert [one["version"] for one in claims.claims(nl)] == rings
    claims.give(squatted, VGT, "admin", nl)
    with nl.store.writing() as work:
        work.follow.add_claims([replace(row, version=9)])
        work.commit()
    assert claims.claims(nl) == []


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
