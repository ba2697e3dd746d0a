"""Agreements and consents in the console: shown, previewed, proposed; asked, given, withdrawn."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.flow import propose
from gateway.flow.exchange import Exchange
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.questions import DE, widened, with_a_third
from tests.journeys.scenes import AGREEMENT, HUB, NL, addressed, items
from tests.journeys.staff import person

pytestmark = pytest.mark.usefixtures("cheap_hashes")

_PERSON = """
[person.{name}]
org = "{org}"
roles = ["{role}"]
key_digests = ["{digest}"]
"""
NEW: dict[str, Any] = {
    "name": "second",
    "partner": HUB,
    "direction": "out",
    "types": ["hosting_report"],
    "purposes": ["cross_check"],
    "crime_areas": "cybercrime",
    "version": "0",
    "reason": "new_channel",
}


def agreed(world: World, nl: Exchange, **changes: Any) -> None:
    """Put an agreement in force that two administrators agreed to."""
    said = {**NEW, **changes}
    body = {name: said[name] for name in ("partner", "direction", "types", "purposes")}
    asked = {
        "change": "apply",
        "kind": "agreement",
        "name": said["name"],
        "body": {**body, "crime_areas": [said["crime_areas"]]},
    }
    row = propose.propose("configure", asked, person("admin-1", nl), nl, reason="renewed")
    propose.approve(row.id, row.digest, person("admin-2", nl), nl)


def test_everybody_sees_what_is_agreed_and_a_file_is_changed_in_its_file(
    world: World, nl: Exchange
) -> None:
    browser = of("analyst-1", world, nl)
    assert "nl-hub" in browser.get("/agreements").text
    page = of("admin-1", world, nl).get("/agreements/nl-hub").text
    assert "declared in a file" in page
    assert '<form method="post" action="/console/agreements"' not in page
    assert browser.get("/agreements/new").status_code == 403
    assert browser.get("/agreements/none").status_code == 404


def test_a_change_is_previewed_over_stored_records(world: World, nl: Exchange) -> None:
    world.push(nl, addressed("case", HUB))
    agreed(world, nl, types=["case"], crime_areas="terrorism")
    browser = of("admin-1", world, nl)
    said = {**NEW, "types": ["case"], "version": "1", "do": "preview"}
    answer = browser.post("/agreements", "/agreements/new", **said)
    assert answer.status_code == 200
    assert "1 record looked at; nothing was changed." in answer.text
    assert "cybercrime</textarea>" in answer.text  # what was typed is kept
    with nl.store.reading() as work:
        assert work.proposals.page("police.nl", open_only=True, after="", limit=9) == []


def test_a_change_is_a_proposal_once_however_often_it_is_sent(world: World, nl: Exchange) -> None:
    browser, second = of("admin-1", world, nl), of("admin-2", world, nl)
    first = browser.post("/agreements", "/agreements/new", do="apply", **NEW)
    again = browser.post("/agreements", "/agreements/new", do="apply", **NEW)
    assert first.status_code == 303
    assert first.location == again.location
    place = first.location.removeprefix("/console")
    shown = second.get(place).text
    assert "Show what it would do" in shown
    assert second.get(f"{place}/preview").status_code == 200
    digest = re.search(r'name="digest" value="([^"]+)"', shown)
    assert digest is not None
    assert second.post(f"{place}/approve", place, digest=digest[1]).status_code == 303
    assert "second" in browser.get("/agreements").text


def test_a_stale_change_shows_both_versions(world: World, nl: Exchange) -> None:
    agreed(world, nl)
    agreed(world, nl, purposes=["research"])
    browser = of("admin-1", world, nl)
    answer = browser.post(
        "/agreements", "/agreements/second", do="apply", **{**NEW, "version": "1"}
    )
    assert answer.status_code == 409
    assert "As it stands now" in answer.text
    assert "&#34;research&#34;" in answer.text or '"research"' in answer.text
    assert 'value="cross_check" checked' in answer.text
    assert 'name="version" value="2"' in answer.text


def test_what_is_wrong_with_an_agreement_stands_at_its_field(world: World, nl: Exchange) -> None:
    browser = of("admin-1", world, nl)
    answer = browser.post(
        "/agreements", "/agreements/new", do="apply",
        **{**NEW, "direction": "sideways", "partner": ""},
    )  # fmt: skip
    assert answer.status_code == 422
    assert 'id="agreement-direction-fault"' in answer.text
    assert 'id="agreement-partner-fault"' in answer.text
    bad_day = browser.post("/agreements", "/agreements/new", do="apply", valid_until="soon", **NEW)
    assert 'id="agreement-valid_until-fault"' in bad_day.text
    assert 'value="soon"' in bad_day.text
    assert of("officer-1", world, nl).post(
        "/agreements", "/agreements", form_key="0" * 32, **NEW
    ).status_code == 403  # fmt: skip


@pytest.fixture
def resting(world: World) -> str:
    """A case of ours that rests on one of the hub's, and shall go to a third; its id."""
    with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    ours = items("police.nl", "NL", "police", "B", HUB) + AGREEMENT.format(name="nl-de", partner=DE)
    theirs = items("europol.eu", "NL", "analysts", "C", NL)
    for number, (exchange, text, org, name, role) in enumerate(
        (
            (nl, ours, "police.nl", "spoc-1", "release_officer"),
            (hub, theirs, "europol.eu", "spoc-7", "release_officer"),
        )
    ):
        digest = "FG"[number] * 42 + "A"
        someone = _PERSON.format(name=name, org=org, role=role, digest=digest)
        reader = _PERSON.format(
            name=f"a-{number}", org=org, role="analyst", digest="HI"[number] * 42 + "A"
        )
        world.configure(exchange, widened(text) + someone + reader)
    (held,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    body = addressed("case", DE, provider_ref="OURS-1", derived_from=[held.record])
    (made,) = world.push(nl, body)
    world.work()
    return str(made.record)


def spoc(name: str, gateway: str, world: World) -> Browser:
    return of(name, world, world.network.gateways[gateway], invited_by=name)


def test_a_consent_is_asked_given_under_conditions_accepted_and_withdrawn(
    world: World, resting: str
) -> None:
    asker = spoc("spoc-1", NL, world)
    asked = {"record": resting, "use": "pass_on", "partner": DE, "reason": "Travels <soon>."}
    assert asker.post("/consents", "/consents", **asked).status_code == 303
    world.work()
    giver = spoc("spoc-7", HUB, world)
    listed = giver.get("/consents").text
    assert "Travels &lt;soon&gt;." in listed
    (place,) = re.findall(r'href="/console(/consents/[^"?]+)"', listed)
    said = {"decision": "granted", "until": "", "conditions": "Not in court."}
    without_end = giver.post(f"{place}/give", place, **said)
    assert without_end.status_code == 422
    assert 'id="give-until-fault"' in without_end.text
    assert "Not in court.</textarea>" in without_end.text
    said = {"decision": "granted", "until": "2026-06-01", "conditions": "Not in court."}
    assert giver.post(f"{place}/give", place, **said).status_code == 303
    world.work()
    theirs = asker.get(place).text
    assert "Accept the conditions" in theirs
    assert asker.post(f"{place}/accept", place).status_code == 303
    assert HUB in asker.get("/consents").text.split("In force")[1]
    assert giver.post(f"{place}/withdraw", place, reason="Over.").status_code == 303
    world.work()
    assert "No consent is in force." in asker.get("/consents").text


def test_who_may_not_ask_sees_none_of_the_words(world: World, resting: str) -> None:
    asker = spoc("spoc-1", NL, world)
    asked = {"record": resting, "use": "pass_on", "partner": DE, "reason": "Secret words."}
    asker.post("/consents", "/consents", **asked)
    world.work()
    page = spoc("a-0", NL, world).get("/consents").text
    assert "Secret words." not in page
    assert "Ask for consent" not in page
    (place,) = re.findall(r'href="/console(/consents/[^"?]+)"', asker.get("/consents").text)
    assert spoc("a-0", NL, world).get(place).status_code == 403


def test_a_record_that_is_none_says_so_at_its_field(world: World, resting: str) -> None:
    browser = spoc("spoc-1", NL, world)
    answer = browser.post("/consents", "/consents", record="nothing", reason="Why.", use="pass_on")
    assert answer.status_code == 400
    assert 'id="ask-record-fault"' in answer.text
    assert 'value="nothing"' in answer.text


@pytest.mark.parametrize("day", ["9999-12-31", "1960-01-01"])
def test_a_day_that_no_page_could_show_is_not_proposed(
    world: World, nl: Exchange, day: str
) -> None:
    browser = of("admin-1", world, nl)
    said = {**NEW, "valid_from": "2030-01-01", "valid_until": day}
    assert browser.post("/agreements", "/agreements/new", do="apply", **said).status_code == 400
    with nl.store.reading() as work:
        assert work.proposals.page("police.nl", open_only=True, after="", limit=9) == []


def test_a_yes_asks_for_proof_after_a_while_and_a_no_does_not(world: World, resting: str) -> None:
    asker = spoc("spoc-1", NL, world)
    asked = {"record": resting, "use": "pass_on", "partner": DE, "reason": "Travels soon."}
    asker.post("/consents", "/consents", **asked)
    world.work()
    giver = spoc("spoc-7", HUB, world)
    (place,) = re.findall(r'href="/console(/consents/[^"?]+)"', giver.get("/consents").text)
    world.clock.forward(seconds=360)
    for said in ({"decision": "granted", "until": "2026-06-01"}, {}):
        assert "/console/proof" in giver.post(f"{place}/give", place, **said).text
    assert "/console/proof" in giver.post(f"{place}/accept", place).text
    said = {"decision": "refused", "reason": "Not now."}
    assert giver.post(f"{place}/give", place, **said).status_code == 303
