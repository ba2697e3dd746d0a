"""Requests in the console: the clock, what was found, and an answer within five acts."""

from __future__ import annotations

import re

import pytest

from gateway.flow.exchange import Exchange
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World, record, releases
from tests.journeys.questions import a_request, widened
from tests.journeys.scenes import HUB, NL, items, two_gateways
from tests.journeys.staff import acts

pytestmark = pytest.mark.usefixtures("cheap_hashes")

_PEOPLE = {
    "spoc-7": ("europol.eu", "contact_point", "F"),
    "spoc-8": ("europol.eu", "contact_point", "G"),
    "analyst-3": ("europol.eu", "analyst", "H"),
    "auditor-4": ("europol.eu", "auditor", "I"),
    "other-5": ("customs.nl", "contact_point", "J"),
}
_OTHER = """
[organisation."customs.nl"]
title = "Customs"
country = "NL"
org_class = "eu_authority"
"""
_PERSON = """
[person.{name}]
org = "{org}"
roles = ["{role}"]
key_digests = ["{digest}"]
"""
HELD = {
    "provider_ref": "HELD-1",
    "addressees": {"recipients": []},
    "identities": [{"platform": "chat.example", "handle": "SunnyDay77"}],
    "relations": [],
}


@pytest.fixture
def world() -> World:
    world = two_gateways()
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.configure(nl, widened(items("police.nl", "NL", "police", "B", HUB)))
    text = widened(items("europol.eu", "NL", "analysts", "C", NL)) + _OTHER
    for name, (org, role, letter) in _PEOPLE.items():
        text += _PERSON.format(name=name, org=org, role=role, digest=letter * 42 + "A")
    world.configure(hub, text)
    return world


@pytest.fixture
def hub(world: World) -> Exchange:
    return world.network.gateways[HUB]


@pytest.fixture
def held(world: World, hub: Exchange) -> str:
    (held,) = world.push(hub, record("case", **HELD), client="analysts")
    return str(held.record)


@pytest.fixture
def asked(world: World, held: str) -> str:
    (sent,) = world.push(world.network.gateways[NL], a_request(HUB))
    world.work()
    return str(sent.record)


def spoc(world: World, hub: Exchange, name: str = "spoc-7") -> Browser:
    return of(name, world, hub, invited_by="spoc-7")


def state(world: World, hub: Exchange, request: str) -> str:
    with hub.store.reading() as work:
        (row,) = work.asked.of_record(request)
    return row.state


def test_an_eight_hour_request_takes_four_acts(
    world: World, hub: Exchange, held: str, asked: str
) -> None:
    browser = spoc(world, hub)
    listed = browser.get("/requests").text  # act 1: go to the requests
    assert "8 hours" in listed
    (place,) = re.findall(r'href="/console(/requests/[^"?]+)"', listed)
    page = browser.get(place).text  # act 2: open it
    assert "Due in 8 hours" in page
    assert "state-release" in page
    assert held in page
    # act 3: tick what was found; act 4: send
    answer = browser.post(f"{place}/answer", place, form="answer", use=held)
    assert answer.status_code == 303
    world.work()
    assert state(world, hub, asked) == "answered"
    (given,) = acts(hub, "replied")
    assert releases(hub, given["reply"]) == {NL: "stored"}
    assert "state-answered" in browser.get(place).text


def test_sent_twice_it_is_answered_once(world: World, hub: Exchange, asked: str) -> None:
    browser = spoc(world, hub)
    place = f"/requests/{asked}"
    shown = browser.get(place).text
    form = {
        name: re.search(rf'name="{name}" value="([^"]+)"', shown)[1]  # type: ignore[index]
        for name in ("form_token", "form_key")
    }
    said = {**form, "form": "answer", "text": "Known.", "handling": "H0", "seen": ""}
    assert browser.send(f"{place}/answer", **said).status_code == 303
    assert browser.send(f"{place}/answer", **said).status_code == 303
    world.work()
    assert len(acts(hub, "replied")) == 1


def test_a_part_is_answered_and_the_clock_goes_on(world: World, hub: Exchange, asked: str) -> None:
    browser = spoc(world, hub)
    place = f"/requests/{asked}"
    said = {"form": "answer", "text": "Seen.", "outstanding": "The logins.", "handling": "H0"}
    assert browser.post(f"{place}/answer", place, **said).status_code == 303
    world.work()
    assert state(world, hub, asked) == "open"
    assert "Send the answer" in browser.get(place).text


def test_something_clearer_is_asked_for(world: World, hub: Exchange, asked: str) -> None:
    browser = spoc(world, hub)
    place = f"/requests/{asked}"
    said = {"form": "clarify", "clarification": "Which account?", "handling": "H0"}
    assert browser.post(f"{place}/answer", place, **said).status_code == 303
    world.work()
    assert state(world, hub, asked) == "clarifying"


def test_it_is_refused_on_a_ground(world: World, hub: Exchange, asked: str) -> None:
    browser = spoc(world, hub)
    place = f"/requests/{asked}"
    assert browser.post(f"{place}/refuse", place, ground="not_available").status_code == 303
    world.work()
    assert state(world, hub, asked) == "refused"
    assert "not available" in browser.get("/requests?all=yes").text


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(
    world: World, hub: Exchange, asked: str
) -> None:
    browser = spoc(world, hub)
    place = f"/requests/{asked}"
    said = {
        "form": "delay",
        "delay": "three days",
        "because": "The <court> sits.",
        "handling": "H0",
    }
    answer = browser.post(f"{place}/answer", place, **said)
    assert answer.status_code == 422
    assert 'id="delay-delay-fault"' in answer.text
    assert 'value="three days"' in answer.text
    assert "The &lt;court&gt; sits." in answer.text
    without = browser.post(f"{place}/refuse", place, ground="")
    assert 'id="refuse-ground-fault"' in without.text


def test_a_reply_of_a_colleague_is_shown_beside_what_was_typed(
    world: World, hub: Exchange, asked: str
) -> None:
    first, second = spoc(world, hub), spoc(world, hub, "spoc-8")
    place = f"/requests/{asked}"
    said = {"form": "answer", "text": "First words.", "outstanding": "More.", "handling": "H0"}
    assert first.post(f"{place}/answer", place, seen="", **said).status_code == 303
    theirs = {**said, "text": "Second words."}
    answer = second.post(f"{place}/answer", place, seen="", **theirs)
    assert answer.status_code == 409
    assert "First words." in answer.text
    assert "Second words.</textarea>" in answer.text
    assert [one["by"] for one in acts(hub, "looked")] == ["spoc-8"]


def test_every_look_is_in_the_ledger(world: World, hub: Exchange, asked: str) -> None:
    spoc(world, hub).get(f"/requests/{asked}")
    assert [one["by"] for one in acts(hub, "cross_checked")] == [None, "spoc-7"]


def test_an_analyst_looks_and_does_not_answer(world: World, hub: Exchange, asked: str) -> None:
    browser = spoc(world, hub, "analyst-3")
    page = browser.get(f"/requests/{asked}")
    assert page.status_code == 200
    assert "Send the answer" not in page.text
    assert browser.post(f"/requests/{asked}/refuse", ground="not_available").status_code == 422
    key = "0" * 32
    refused = browser.post(f"/requests/{asked}/refuse", ground="not_available", form_key=key)
    assert refused.status_code == 403
    assert state(world, hub, asked) == "open"


@pytest.mark.parametrize(("name", "status"), [("auditor-4", 403), ("other-5", 404)])
def test_others_do_not_see_it(
    world: World, hub: Exchange, asked: str, name: str, status: int
) -> None:
    browser = spoc(world, hub, name)
    assert browser.get(f"/requests/{asked}").status_code == status
    assert asked not in browser.get("/requests").text
    assert browser.post(
        f"/requests/{asked}/refuse", ground="not_available", form_key="0" * 32
    ).status_code == status  # fmt: skip


def test_an_outcome_that_is_owed_is_told(world: World, hub: Exchange) -> None:
    nl = world.network.gateways[NL]
    body = record("case", outcome_by="2031-01-01", provider_ref="OWED-1")
    (sent,) = world.push(nl, {**body, "addressees": {"recipients": [{"partner": HUB}]}})
    world.work()
    browser = spoc(world, hub)
    assert str(sent.record)[-12:] in browser.get("/outcomes").text
    wrong = browser.post(f"/outcomes/{sent.record}", "/outcomes", code="")
    assert wrong.status_code == 422
    assert "code-fault" in wrong.text
    done = browser.post(f"/outcomes/{sent.record}", "/outcomes", code="arrest", at="2026-11-20")
    assert done.status_code == 303
    world.work()
    assert "arrest" in browser.get("/outcomes?all=yes").text
