"""A consent asked for by message, given with an end, used, narrowed, withdrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.normalise import RecordInvalid
from gateway.flow import consent_questions
from gateway.flow.consents import (
    ConsentOver,
    NobodyToAsk,
    accept,
    ask,
    give,
    in_force,
    withdraw,
)
from gateway.flow.identify import Person
from gateway.flow.look import explain
from gateway.flow.originators import originators
from gateway.flow.requests import START
from tests.journeys.gateways import World, record, releases
from tests.journeys.questions import ASKED, ASKING, DE, listed, pen, widened, with_a_third
from tests.journeys.scenes import HUB, NL, addressed, items

UNTIL = "2026-06-01T00:00:00Z"
WHY = {"partner": DE, "reason": "The account holder travels there next week."}


@pytest.fixture
def passed_on(world: World) -> tuple[World, str, str]:
    """A case of the hub's, and a case of ours that rests on it and shall go to a third."""
    with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    ours = addressed("case", DE, provider_ref="OURS-1", derived_from=[theirs.record])
    (resting,) = world.push(nl, ours)
    world.work()
    return world, str(theirs.record), str(resting.record)


def asked(passed_on: tuple[World, str, str], **said: Any) -> str:
    """Ask for the consent and let it reach the originator; the id of the consent request."""
    world, _, resting = passed_on
    nl = world.network.gateways[NL]
    (sent,) = ask(resting, {**WHY, **said}, pen(ASKING), nl)
    world.work()
    return str(sent.record)


def given(passed_on: tuple[World, str, str], **said: Any) -> str:
    world, *_ = passed_on
    hub = world.network.gateways[HUB]
    outcome = give(asked(passed_on), {"until": UNTIL, **said}, pen(ASKED), hub)
    world.work()
    return str(outcome.record)


def epoch(exchange):
    with exchange.store.reading() as work:
        return work.config.epoch()


def test_whom_to_ask_is_found_through_whatever_it_rests_on(passed_on) -> None:
    world, theirs, resting = passed_on
    nl = world.network.gateways[NL]
    deeper = addressed("case", DE, provider_ref="OURS-2", derived_from=[resting])
    (second,) = world.push(nl, deeper)

    assert originators(resting, DE, nl) == {HUB: [theirs]}
    assert originators(str(second.record), DE, nl) == {HUB: [theirs]}
    assert originators(resting, HUB, nl) == {}  # what is theirs may go back to them


def test_a_hold_for_want_of_a_consent_says_whom_to_ask(passed_on) -> None:
    world, theirs, _ = passed_on
    nl = world.network.gateways[NL]
    body = addressed("case", DE, provider_ref="OURS-3", derived_from=[theirs])
    body["governance"] = {**body["governance"], "handling": ["H2"]}
    (held,) = world.push(nl, body)
    (free,) = world.push(nl, addressed("case", DE, provider_ref="OURS-4"))

    told = explain(str(held.record), DE, None, nl)

    assert (told["outcome"], told["ask"]) == ("hold", [HUB])
    assert explain(str(free.record), DE, None, nl)["ask"] == []


def test_a_consent_is_asked_given_and_in_force(passed_on) -> None:
    world, theirs, _ = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    request = asked(passed_on)
    (waiting,) = listed(ASKED, hub, kind="consent_request")
    assert (waiting["record"], waiting["partner"], waiting["clock"]) == (request, NL, "7d")
    before = epoch(nl)

    give(request, {"until": UNTIL}, pen(ASKED), hub)
    world.work()

    (held,) = in_force(ASKING, nl)
    assert held["originator"] == HUB
    assert held["records"] == [theirs]
    assert held["recipients"] == [DE]
    assert held["by_message"]
    assert epoch(nl) == before + 1
    (row,) = listed(ASKING, nl, kind="consent_request", open_only=False)
    assert (row["state"], row["code"]) == ("answered", "granted")
    world.clock.forward(days=200)
    assert in_force(ASKING, nl) == []


def test_who_may_not_ask_sees_that_a_consent_is_asked_for_and_none_of_its_words(passed_on) -> None:
    world, theirs, _ = passed_on
    hub = world.network.gateways[HUB]
    request = asked(passed_on)
    every: Any = {"open_only": True, "after": START, "limit": 9, "exchange": hub}
    analyst = replace(ASKED, roles=frozenset({"analyst"}))

    ((row,), _), ((bare,), _) = (consent_questions.page(one, **every) for one in (ASKED, analyst))

    assert (row["records"], row["reason"]) == ([theirs], WHY["reason"])
    assert (bare["record"], bare["records"], bare["reason"]) == (request, [], None)


def test_a_consent_without_an_end_is_none(passed_on) -> None:
    world, *_ = passed_on
    hub = world.network.gateways[HUB]
    request = asked(passed_on)
    with pytest.raises(RecordInvalid) as caught:
        give(request, {}, pen(ASKED), hub)
    assert [fault.pointer for fault in caught.value.faults] == ["/until"]


def test_what_is_refused_allows_nothing(passed_on) -> None:
    world, *_ = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]

    give(asked(passed_on), {"decision": "refused", "reason": "Not now."}, pen(ASKED), hub)
    world.work()

    assert in_force(ASKING, nl) == []
    (row,) = listed(ASKING, nl, kind="consent_request", open_only=False)
    assert (row["state"], row["code"]) == ("refused", "refused")


def test_less_may_be_given_than_was_asked(passed_on) -> None:
    world, *_ = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    request = asked(passed_on, consent_purposes=["cross_check", "operational_analysis"])
    said = {"until": UNTIL, "consent_purposes": ["cross_check"]}
    give(request, said, pen(ASKED), hub)
    world.work()
    assert in_force(ASKING, nl)[0]["purposes"] == ["cross_check"]


def test_a_withdrawn_consent_ends_where_it_arrives_and_never_comes_back(passed_on) -> None:
    world, *_ = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    consent = given(passed_on)
    before = epoch(nl)

    withdraw(consent, {"reason": "The matter has changed."}, pen(ASKED), hub)
    world.work()

    assert in_force(ASKING, nl) == []
    assert epoch(nl) == before + 1
    (row,) = listed(ASKING, nl, kind="consent_request", open_only=False)
    assert row["code"] == "withdrawn"
    with pytest.raises(ConsentOver):
        accept(consent, ASKING, nl)


def test_conditions_bind_before_a_person_accepted_them(passed_on) -> None:
    world, *_ = passed_on
    nl = world.network.gateways[NL]
    consent = given(passed_on, conditions="Tell us before anybody is arrested.")
    assert in_force(ASKING, nl) == []

    name = accept(consent, ASKING, nl)

    assert [one["name"] for one in in_force(ASKING, nl)] == [name]
    with pytest.raises(ConsentOver):
        accept(consent, ASKING, nl)


def test_only_who_asked_accepts_conditions(passed_on) -> None:
    world, *_ = passed_on
    nl = world.network.gateways[NL]
    consent = given(passed_on, conditions="Tell us before anybody is arrested.")
    with pytest.raises(NotFound):
        accept(consent, Person("x-1", "customs.nl", ASKING.roles), nl)


def test_conditions_that_nobody_accepted_are_withdrawn_for_good(passed_on) -> None:
    world, *_ = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    consent = given(passed_on, conditions="Tell us before anybody is arrested.")

    withdraw(consent, {}, pen(ASKED), hub)
    world.work()

    with pytest.raises(ConsentOver):
        accept(consent, ASKING, nl)
    assert in_force(ASKING, nl) == []


def test_a_partner_consents_for_its_own_records_only(passed_on) -> None:
    world, theirs, resting = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    consent = record(
        "consent",
        addressees={"recipients": [{"partner": NL}]},
        records=[resting, "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"],
        until=UNTIL,
    )
    for member in ("request", "conditions"):
        del consent[member]
    (first,) = world.push(hub, consent, client="analysts")
    world.work()
    assert releases(hub, first.record) == {NL: "stored"}
    assert in_force(ASKING, nl) == []

    world.push(
        hub, {**consent, "provider_ref": "C-2", "records": [resting, theirs]}, client="analysts"
    )
    world.work()
    assert [one["records"] for one in in_force(ASKING, nl)] == [[theirs]]


def test_a_partner_cannot_end_the_consent_of_another(passed_on) -> None:
    world, theirs, _ = passed_on
    nl, third = world.network.gateways[NL], world.network.gateways[DE]
    consent = given(passed_on)
    withdrawal = record(
        "consent",
        addressees={"recipients": [{"partner": NL}]},
        decision="withdrawn",
        replaces=consent,
    )
    for member in ("request", "until", "conditions"):
        del withdrawal[member]

    (tried,) = world.push(third, withdrawal, client="fahnder")
    world.work()

    assert releases(third, tried.record) == {NL: "stored"}
    assert [one["records"] for one in in_force(ASKING, nl)] == [[theirs]]


def test_only_the_originator_gives_and_only_who_may(passed_on) -> None:
    world, _, resting = passed_on
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    request = asked(passed_on)
    stranger = Person("x-1", "other.org", ASKED.roles)
    contact = replace(ASKED, roles=frozenset({"contact_point"}))

    with pytest.raises(NotFound):
        give(request, {"until": UNTIL}, pen(stranger), hub)
    with pytest.raises(Forbidden):
        give(request, {"until": UNTIL}, pen(contact), hub)
    with pytest.raises(NotFound):
        ask(resting, WHY, pen(replace(stranger, name="x-2")), nl)


def test_where_nobody_else_is_the_originator_nobody_is_asked(passed_on) -> None:
    world, *_ = passed_on
    nl = world.network.gateways[NL]
    (own,) = world.push(nl, addressed("case", DE, provider_ref="OURS-9"))
    with pytest.raises(NobodyToAsk):
        ask(str(own.record), WHY, pen(ASKING), nl)


def test_an_item_that_a_message_made_is_not_ended_by_files(passed_on) -> None:
    world, *_ = passed_on
    nl = world.network.gateways[NL]
    given(passed_on)
    world.configure(nl, "")
    with nl.store.reading() as work:
        assert len(work.config.active("consent")) == 1


FIU = """
[organisation."fiu.nl"]
title = "FIU"
country = "NL"
org_class = "fiu"
[client.fiu]
org = "fiu.nl"
key_digests = ["{digest}"]
sources = []
scopes = ["submit"]
[consent.of-the-fiu]
originator = "fiu.nl"
recipients = ["{partner}"]
types = ["case"]
purposes = ["cross_check"]
valid_until = 1900000000000
[consent.of-the-hub]
originator = "{hub}"
recipients = ["{partner}"]
types = ["case"]
purposes = ["cross_check"]
valid_until = 1900000000000
""".format(digest="F" * 42 + "A", partner=DE, hub=HUB)


def test_an_organisation_sees_its_own_consents_alone(passed_on) -> None:
    """Its own, and those about what it was given; and what an administrator wrote for all."""
    world, *_ = passed_on
    nl = world.network.gateways[NL]
    given(passed_on)
    (item,) = in_force(ASKING, nl)
    world.configure(nl, widened(items("police.nl", "NL", "police", "B", HUB)) + FIU)

    fiu = replace(ASKING, org="fiu.nl")
    assert sorted(one["name"] for one in in_force(fiu, nl)) == ["of-the-fiu", "of-the-hub"]
    assert sorted(one["name"] for one in in_force(ASKING, nl)) == [item["name"], "of-the-hub"]


def test_an_end_before_all_clocks_hides_no_question(passed_on: tuple[World, str, str]) -> None:
    hub = passed_on[0].network.gateways[HUB]
    request = asked(passed_on, answer_by="1960-01-01T00:00:00Z")
    (row,) = listed(ASKED, hub, kind="consent_request")
    assert (row["record"], row["over"], row["due_at"]) == (request, True, 0)
