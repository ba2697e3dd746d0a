"""Partners in the console: invited by card, confirmed by two, tested, paused, resumed, revoked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.flow import partners
from gateway.flow.exchange import Exchange
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB
from tests.journeys.staff import acts

pytestmark = pytest.mark.usefixtures("cheap_hashes")
NEW = "new.eu"


@pytest.fixture
def newcomer(world: World, nl: Exchange) -> Exchange:
    """A gateway that ours has never heard of, with its card published."""
    other = world.add(NEW)
    partners.publish(other)
    return other


def state(name: str, nl: Exchange) -> str:
    return next(one.state for one in partners.listing(nl) if one.id == name)


def approve(browser: Browser, place: str) -> Any:
    shown = browser.get(place).text
    digest = re.search(r'name="digest" value="([^"]+)"', shown)
    assert digest is not None
    return browser.post(f"{place}/approve", place, digest=digest[1])


def test_a_partner_is_believed_after_two_people_heard_its_words(
    world: World, nl: Exchange, newcomer: Exchange
) -> None:
    first, second = of("admin-1", world, nl), of("admin-2", world, nl)
    card, words = partners.own_card(newcomer), " ".join(partners.own_words(newcomer))
    added = first.post("/partners", "/partners", card=card)
    assert added.location == f"/console/partners/{NEW}"
    place = f"/partners/{NEW}"
    assert "Confirm it, two of you" in first.get(place).text
    wrong = first.post(f"{place}/confirm", place, words="one two three", way="push")
    assert wrong.status_code == 400
    assert 'id="confirm-words-fault"' in wrong.text
    assert 'value="one two three"' in wrong.text
    proposed = first.post(f"{place}/confirm", place, words=words, way="pulls")
    assert proposed.status_code == 303
    assert state(NEW, nl) == "introduced"
    proposal = proposed.location.removeprefix("/console")
    assert words.split()[0] in second.get(proposal).text
    assert approve(second, proposal).status_code == 303
    assert state(NEW, nl) == "confirmed"
    done = [one for one in acts(nl, "partner") if one["partner"] == NEW]
    assert {(one["event"], one["by"]) for one in done} == {
        ("introduced", "person:admin-1"),
        ("confirmed", "admin-1+admin-2"),
    }


def test_a_card_that_was_changed_after_the_words_is_not_believed(
    world: World, nl: Exchange, newcomer: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = of("admin-1", world, nl), of("admin-2", world, nl)
    first.post("/partners", "/partners", card=partners.own_card(newcomer))
    words = " ".join(partners.own_words(newcomer))
    place = f"/partners/{NEW}"
    proposed = first.post(f"{place}/confirm", place, words=words, way="push")
    with nl.store.reading() as work:
        (row,) = [one for one in work.config.partners() if one.id == NEW]
    monkeypatch.setattr("gateway.flow.trusting.digest", lambda _: f"other-{row.id}")
    proposal = proposed.location.removeprefix("/console")
    assert approve(second, proposal).status_code == 409
    assert state(NEW, nl) == "introduced"


def test_what_is_no_card_says_so_at_its_field(world: World, nl: Exchange) -> None:
    browser = of("admin-1", world, nl)
    for given in ("", "<b>no card</b>"):
        answer = browser.post("/partners", "/partners", card=given)
        assert answer.status_code == 400
        assert 'id="card-card-fault"' in answer.text
    assert "&lt;b&gt;no card&lt;/b&gt;</textarea>" in answer.text
    assert "<b>no card" not in answer.text


def test_sending_is_paused_and_resumed(world: World, nl: Exchange) -> None:
    browser = of("admin-1", world, nl)
    place = f"/partners/{HUB}"
    assert browser.post(f"{place}/channel", place, event="pause").status_code == 303
    assert "state-paused" in browser.get(place).text
    again = browser.post(f"{place}/channel", place, event="pause")
    assert again.status_code == 409  # it is paused already: nothing was done twice
    assert browser.post(f"{place}/channel", place, event="resume").status_code == 303
    assert "state-open" in browser.get(place).text
    assert sorted(one["event"] for one in acts(nl, "channel")) == ["open", "paused"]


def test_revoking_takes_two(world: World, nl: Exchange) -> None:
    first, second = of("admin-1", world, nl), of("admin-2", world, nl)
    place = f"/partners/{HUB}"
    proposed = first.post(f"{place}/revoke", place, reason="trust_lost", keys_lost="yes")
    assert proposed.status_code == 303
    again = first.post(f"{place}/revoke", place, reason="trust_lost", keys_lost="yes")
    assert again.location == proposed.location
    assert state(HUB, nl) == "confirmed"
    proposal = proposed.location.removeprefix("/console")
    assert first.post(f"{proposal}/approve", proposal, digest="x").status_code in (403, 422)
    assert approve(second, proposal).status_code == 303
    assert state(HUB, nl) == "revoked"
    assert "revoked-keys-lost" in [one["event"] for one in acts(nl, "partner")]


def test_the_connection_test_says_which_side_must_act(world: World, nl: Exchange) -> None:
    browser = of("admin-1", world, nl)
    assert "No stage failed." in browser.get(f"/partners/{HUB}/test").text
    world.network.down.add(HUB)
    page = browser.get(f"/partners/{HUB}/test").text
    assert "It ends at: <strong>connection</strong>" in page
    assert "both sides" in page
    assert browser.get("/partners/nobody.eu/test").status_code == 404


def test_an_officer_looks_and_changes_nothing(world: World, nl: Exchange) -> None:
    browser = of("officer-1", world, nl)
    place = f"/partners/{HUB}"
    page = browser.get(place).text
    assert "Trust it no more" not in page
    key = "0" * 32
    for act in ("confirm", "revoke", "channel"):
        form = {"words": "x", "reason": "x", "event": "pause", "form_key": key}
        assert browser.post(f"{place}/{act}", place, **form).status_code == 403, act
    assert browser.post("/partners", "/partners", card="x", form_key=key).status_code == 403
    assert browser.get(f"{place}/test").status_code == 403


def test_a_dangerous_act_asks_for_proof(world: World, nl: Exchange) -> None:
    browser = of("admin-1", world, nl)
    world.clock.forward(seconds=301)
    place = f"/partners/{HUB}"
    answer = browser.post(f"{place}/revoke", place, reason="trust_lost", keys_lost="yes")
    assert "/console/proof" in answer.text
    assert 'value="trust_lost"' in answer.text  # what was typed still stands there
    assert 'name="keys_lost" value="yes" checked' in answer.text
    assert acts(nl, "proposed") == []
