"""The urgent button: one form, sent; a second person within the hour; the clock on the screen."""

from __future__ import annotations

import re

import pytest

from gateway.flow.exchange import Exchange
from tests.journeys.browsing import of
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, addressed
from tests.journeys.staff import acts, with_words

pytestmark = pytest.mark.usefixtures("cheap_hashes")
LIFE = {
    "urgency": "threat_to_life",
    "reason": "A child is about to be abused.",
    "child_at_risk_now": {"value": "yes", "basis": "Announced in a chat."},
}


@pytest.fixture
def held(world: World, nl: Exchange) -> str:
    (outcome,) = world.push(nl, with_words(risk=LIFE))
    world.work(nl)
    return str(outcome.record)


def test_one_sends_now_and_another_confirms_within_the_hour(
    world: World, nl: Exchange, held: str
) -> None:
    first, second = of("duty-1", world, nl), of("duty-2", world, nl)
    said = {"record": held, "partners": HUB, "reason": "child_at_risk_now"}
    sent = first.post("/urgent", "/urgent", **said)  # act 1: the page, act 2: the form
    assert sent.status_code == 303
    shown = first.get(sent.location.removeprefix("/console")).text
    assert "It goes now, before all others." in shown
    assert "Look and confirm" not in shown  # not by who sent it
    again = first.post("/urgent", "/urgent", **said)
    assert again.location == sent.location
    assert len(acts(nl, "proposed")) == 1
    world.network.down.add(HUB)
    world.work(nl)
    assert "in 15 minutes" in first.get("/urgent").text  # the clock of the receipt
    world.network.down.clear()
    world.clock.forward(seconds=60)
    world.work()
    assert releases(nl, held) == {HUB: "stored"}
    page = second.get("/urgent").text
    found = re.search(r'href="/console(/proposals/[^"]+)">Look and confirm', page)
    assert found is not None
    digest = re.search(r'name="digest" value="([^"]+)"', second.get(found[1]).text)
    assert digest is not None
    assert second.post(f"{found[1]}/approve", found[1], digest=digest[1]).status_code == 303
    assert "Look and confirm" not in second.get("/urgent").text


def test_the_duty_telephone_of_the_partner_is_on_the_screen(
    world: World, nl: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = {"name": "Duty desk", "phone": "+31 70 000 0000", "email": None}
    monkeypatch.setattr("gateway.flow.configuration.Configuration.duty_of", lambda *_: duty)
    world.network.down.add(HUB)
    world.push(nl, addressed("case", HUB, risk={"urgency": "urgent", "reason": "A child."}))
    world.work(nl)
    world.clock.forward(seconds=16 * 60)
    page = of("duty-1", world, nl).get("/urgent").text
    assert "+31 70 000 0000" in page
    assert '<tr class="alarm">' in page


def test_what_is_missing_stands_at_its_field(world: World, nl: Exchange, held: str) -> None:
    browser = of("duty-1", world, nl)
    for name, said in (
        ("record", {"record": "x<y", "partners": HUB, "reason": "abduction"}),
        ("partners", {"record": held, "partners": "", "reason": "abduction"}),
        ("reason", {"record": held, "partners": HUB, "reason": ""}),
    ):
        answer = browser.post("/urgent", "/urgent", **said)
        assert answer.status_code == 400
        assert f'id="urgent-{name}-fault"' in answer.text, name
        if name != "record":
            assert held in answer.text
    assert acts(nl, "proposed") == []


def test_what_no_life_is_at_stake_for_is_not_lifted(world: World, nl: Exchange) -> None:
    (outcome,) = world.push(nl, with_words(provider_ref="calm"))
    said = {"record": str(outcome.record), "partners": HUB, "reason": "abduction"}
    browser = of("duty-1", world, nl)
    answer = browser.post("/urgent", "/urgent", **said)
    assert answer.status_code == 422
    assert "does not say that a life is at stake" in answer.text
    assert "gateway urgent --raise" in answer.text
    assert browser.post("/urgent", "/urgent", raised="yes", **said).status_code == 303


def test_another_organisation_lifts_nothing_of_ours(world: World, nl: Exchange, held: str) -> None:
    said = {"record": held, "partners": HUB, "reason": "abduction"}
    assert of("stranger-1", world, nl).post("/urgent", "/urgent", **said).status_code == 404
    for name in ("admin-1", "analyst-1", "auditor-1"):
        browser = of(name, world, nl)
        assert browser.get("/urgent").status_code == 403, name
        refused = browser.post("/urgent", "/urgent", form_key="0" * 32, **said)
        assert refused.status_code == 403, name
    assert acts(nl, "proposed") == []
