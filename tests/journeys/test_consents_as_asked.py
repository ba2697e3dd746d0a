"""What is asked bounds what is given, whoever says it: nothing wider, nothing twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import GatewayError
from gateway.core.normalise import RecordInvalid
from gateway.flow.as_asked import AlreadyAnswered, ReplyHeld
from gateway.flow.compose import Pen, newest_of
from gateway.flow.consented import take_effect
from gateway.flow.consents import ConsentOver, accept, give, in_force, withdraw
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.pass_on import pass_on
from gateway.flow.take_in import take_in
from tests.journeys.gateways import World, record, releases
from tests.journeys.questions import ASKED, ASKING, DE, listed, pen, widened, with_a_third
from tests.journeys.scenes import AGREEMENT, HUB, NL, addressed, items
from tests.journeys.staff import acts
from tests.journeys.test_consents import UNTIL, asked, given, passed_on
from tests.journeys.test_lifecycle import take_over

__all__ = ["passed_on"]

Scene = tuple[World, str, str]


def gateways(scene: Scene) -> tuple[Any, Any]:
    gateways = scene[0].network.gateways
    return gateways[NL], gateways[HUB]


def faults(caught: Any) -> list[tuple[str, str]]:
    found = caught.value.faults
    assert all(one.detail for one in found)
    assert caught.value.advice or all(one.hint for one in found)
    return [(one.pointer, one.code) for one in found]


def entrusted(scene: Scene, request: str | None, by: str = HUB, **members: Any) -> str:
    """Push a consent that no command would make; the id it has."""
    world, theirs, _ = scene
    body = record(
        "consent",
        addressees={"recipients": [{"partner": NL}]},
        **{
            "records": [theirs],
            "recipients": [DE],
            "until": UNTIL,
            "conditions": None,
            "consent_purposes": ["operational_analysis"],
            "request": request,
            **members,
        },
    )
    whole = {name: value for name, value in body.items() if value is not None}
    client = {HUB: "analysts", DE: "fahnder"}[by]
    (outcome,) = world.push(world.network.gateways[by], whole, client=client)
    world.work()
    assert releases(world.network.gateways[by], outcome.record) == {NL: "stored"}
    return str(outcome.record)


WRONG = {
    "an end that has passed": ({"until": "2025-06-01T00:00:00Z"}, ("/until", "past")),
    "a purpose": ({"consent_purposes": ["research"]}, ("/consent_purposes", "not-asked")),
    "a use": ({"use": "evidence"}, ("/use", "not-asked")),
    "a recipient": ({"recipients": ["x.example"]}, ("/recipients", "not-asked")),
    "a community": ({"communities": ["empact"]}, ("/communities", "not-asked")),
    "a record": (
        {"records": ["urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"]},
        ("/records", "not-asked"),
    ),
}


def test_what_was_not_asked_cannot_be_given(passed_on: Scene) -> None:
    nl, hub = gateways(passed_on)
    request = asked(passed_on)
    for name, (said, expected) in WRONG.items():
        with pytest.raises(RecordInvalid) as caught:
            give(request, {"until": UNTIL, **said}, pen(ASKED), hub)
        assert faults(caught) == [expected], name
    passed_on[0].work()
    assert in_force(ASKING, nl) == []
    assert listed(ASKED, hub, kind="consent_request")[0]["reply"] is None


def test_a_yes_is_said_once_and_repeated_only_under_its_key(passed_on: Scene) -> None:
    _, hub = gateways(passed_on)
    request = asked(passed_on)
    keyed = Pen(person=ASKED, key="k-1")
    first = give(request, {"until": UNTIL}, keyed, hub)
    with pytest.raises(ReplyHeld) as early:  # it has not left yet
        give(request, {"until": UNTIL}, pen(ASKED), hub)
    assert faults(early) == [("/request", "reply-held")]
    passed_on[0].work()
    passed_on[0].clock.forward(days=300)  # past the end as well

    assert give(request, {"until": UNTIL}, keyed, hub) == first
    with pytest.raises(AlreadyAnswered) as caught:
        give(request, {"until": "2030-06-01T00:00:00Z"}, pen(ASKED), hub)
    assert faults(caught) == [("/request", "already-answered")]


def test_a_no_can_become_a_yes(passed_on: Scene) -> None:
    nl, hub = gateways(passed_on)
    request = asked(passed_on)
    give(request, {"decision": "refused", "reason": "Not now."}, pen(ASKED), hub)
    passed_on[0].work()
    give(request, {"until": UNTIL}, pen(ASKED), hub)
    passed_on[0].work()
    assert len(in_force(ASKING, nl)) == 1


def test_a_consent_is_withdrawn_once(passed_on: Scene) -> None:
    _, hub = gateways(passed_on)
    consent = given(passed_on)
    keyed = Pen(person=ASKED, key="k-2")
    first = withdraw(consent, {"reason": "It is over."}, keyed, hub)

    assert withdraw(consent, {"reason": "It is over."}, keyed, hub) == first
    for reason in ("It is over.", "Again."):
        with pytest.raises(ConsentOver) as caught:
            withdraw(consent, {"reason": reason}, pen(ASKED), hub)
        assert faults(caught) == [("/consent", "withdrawn")]


def test_what_a_message_gives_beyond_the_question_is_left_out(passed_on: Scene) -> None:
    nl, _ = gateways(passed_on)
    purposes = ["operational_analysis", "research"]
    both = [DE, "x.example"]
    entrusted(passed_on, asked(passed_on), consent_purposes=purposes, recipients=both)
    (held,) = in_force(ASKING, nl)
    assert (held["purposes"], held["recipients"]) == (["operational_analysis"], [DE])


BESIDE = {
    "another use": {"use": "evidence"},
    "another recipient": {"recipients": ["x.example"]},
    "another purpose": {"consent_purposes": ["research"]},
}


@pytest.mark.parametrize("members", BESIDE.values(), ids=BESIDE)
def test_a_message_beside_the_question_allows_nothing(passed_on: Scene, members: Any) -> None:
    nl, _ = gateways(passed_on)
    entrusted(passed_on, asked(passed_on), **members)
    assert all(not one["purposes"] for one in in_force(ASKING, nl))


def test_a_message_that_answers_no_question_of_ours_allows_nothing(passed_on: Scene) -> None:
    nl, _ = gateways(passed_on)
    entrusted(passed_on, "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057")
    assert in_force(ASKING, nl) == []
    entrusted(passed_on, None, provider_ref="C-2")  # unasked, and its own to say
    assert len(in_force(ASKING, nl)) == 1


def test_a_second_yes_by_message_is_no_reply(passed_on: Scene) -> None:
    nl, _ = gateways(passed_on)
    request = asked(passed_on)
    first = entrusted(passed_on, request)
    entrusted(passed_on, request, provider_ref="C-2", until="2027-01-01T00:00:00Z")
    assert len(in_force(ASKING, nl)) == 1
    (row,) = listed(ASKING, nl, kind="consent_request", open_only=False)
    assert row["reply"] == first


def test_a_replacing_yes_by_message_changes_the_first(passed_on: Scene) -> None:
    nl, _ = gateways(passed_on)
    request = asked(passed_on)
    first = entrusted(passed_on, request)
    later = entrusted(passed_on, request, provider_ref="C-2", replaces=first)
    assert len(in_force(ASKING, nl)) == 1
    (row,) = listed(ASKING, nl, kind="consent_request", open_only=False)
    assert row["reply"] == later


def test_conditions_of_what_was_not_asked_are_not_accepted(passed_on: Scene) -> None:
    nl, _ = gateways(passed_on)
    wide = {"use": "evidence", "conditions": "Tell us first."}
    consent = entrusted(passed_on, asked(passed_on), **wide)
    with pytest.raises(ConsentOver, match="not what was asked"):
        accept(consent, ASKING, nl)
    assert in_force(ASKING, nl) == []


DE_LETS_IT_PASS = f"""
[consent.of-de]
valid_until = 1900000000000
originator = "{DE}"
recipients = ["{HUB}"]
types = ["consent"]
purposes = ["operational_analysis"]
"""


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"use": "evidence"}, "not-asked"),
        ({"until": "2020-01-01T00:00:00Z"}, "past"),
        ({"conditions": "Not in court."}, "conditions"),
        ({"decision": "refused"}, "refused"),
        ({"records": ["urn:uuid:01890000-0000-7000-8000-000000000001"]}, "no-records"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_that_allows_nothing_is_in_the_ledger_with_why(
    passed_on: Scene, members: Any, code: str
) -> None:
    nl, _ = gateways(passed_on)
    sent = entrusted(passed_on, asked(passed_on), **members)
    (entry,) = acts(nl, "allows_nothing")
    assert {name: entry[name] for name in ("record", "version", "partner", "code")} == {
        "record": sent, "version": 1, "partner": HUB, "code": code,
    }  # fmt: skip


def test_a_message_that_allows_something_is_no_such_entry(passed_on: Scene) -> None:
    nl, _ = gateways(passed_on)
    entrusted(passed_on, asked(passed_on))
    assert acts(nl, "allows_nothing") == []
    assert len(in_force(ASKING, nl)) == 1


def test_a_consent_that_is_passed_on_is_its_authors_and_not_the_passers(world: World) -> None:
    with_a_third(world)
    nl, hub, de = (world.network.gateways[one] for one in (NL, HUB, DE))
    world.introduce(hub, de)
    ours = items("police.nl", "NL", "police", "B", HUB)
    ours += AGREEMENT.format(name="nl-de", partner=DE) + DE_LETS_IT_PASS
    world.configure(nl, widened(ours))
    (sent,) = world.push(nl, addressed("case", HUB))
    world.work()
    theirs = entrusted((world, str(sent.record), ""), None, by=DE, recipients=["x.example"])
    take_over(world, NL, "police")

    pass_on(theirs, HUB, ASKING, nl)
    world.work()

    assert releases(nl, theirs) == {HUB: "stored"}
    with hub.store.reading() as work:
        assert work.records.newest([theirs])[theirs].from_partner == DE
        assert list(work.config.active("consent")) == []


def test_what_was_withdrawn_comes_into_force_by_no_repeated_call(passed_on: Scene) -> None:
    nl, hub = gateways(passed_on)
    request = asked(passed_on)
    keyed = Pen(person=ASKED, key="k-3")

    def dies(place: str) -> None:
        if place.startswith("consents.give"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # the consent is there, what it allows is not noted yet
        give(request, {"until": UNTIL}, keyed, replace(hub, reach=dies))
    consent = str(listed(ASKED, hub, kind="consent_request")[0]["reply"])
    withdraw(consent, {"reason": "It is over."}, pen(ASKED), hub)
    give(request, {"until": UNTIL}, keyed, hub)
    passed_on[0].work()
    assert in_force(ASKED, hub) == []
    assert in_force(ASKING, nl) == []


@pytest.mark.parametrize("is_asked", [True, False])
def test_what_was_withdrawn_stays_so_whichever_comes_first(
    passed_on: Scene, *, is_asked: bool
) -> None:
    world = passed_on[0]
    request = asked(passed_on) if is_asked else None
    late = world.copy()
    before = len(world.network.delivered)
    consent = entrusted(passed_on, request)
    assert len(in_force(ASKING, world.network.gateways[NL])) == 1
    withdraw(consent, {"reason": "It is over."}, pen(ASKED), world.network.gateways[HUB])
    world.work()
    nl = late.network.gateways[NL]
    for envelope in reversed(world.network.delivered[before:]):
        with suppress(GatewayError):
            take_in(envelope, HUB, nl)
        late.run(open_arrivals, HUB, nl)
    assert in_force(ASKING, nl) == []
    with nl.store.reading() as work:
        assert {row.type for row in work.records.newest([consent]).values()} == {"consent"}


def test_what_was_withdrawn_while_it_was_held_is_let_in_and_allows_nothing(
    passed_on: Scene,
) -> None:
    nl, hub = gateways(passed_on)
    consent = entrusted(passed_on, None)
    withdraw(consent, {"reason": "It is over."}, pen(ASKED), hub)
    passed_on[0].work()
    said, _ = newest_of(consent, nl)
    with nl.store.writing() as work:
        ((act, told),) = take_effect(said, HUB, None, work, nl)
    assert (act, told["code"]) == ("allows_nothing", "ended-before")
    assert in_force(ASKING, nl) == []
