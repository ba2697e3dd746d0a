"""Deliveries in the console: found by filters, each try shown, sent once more after a count."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.core.masking import masked
from gateway.flow.exchange import Exchange
from gateway.flow.ports import Answer
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, addressed
from tests.journeys.staff import acts, with_words

pytestmark = pytest.mark.usefixtures("cheap_hashes")


@pytest.fixture
def waiting(world: World, nl: Exchange, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a delivery that the partner did not take."""

    def deliver(*_: object, **__: object) -> Answer:
        headers = {"Retry-After": "600", "Set-Cookie": "secret-of-theirs"}
        return Answer(status=503, body=b"", headers=headers, retry_after_seconds=600)

    with monkeypatch.context() as patched:
        patched.setattr(type(nl.transport), "deliver", deliver)
        world.push(nl, addressed("case", HUB))
        world.work(nl)
    with nl.store.reading() as work:
        return work.deliveries.latest(state="handed", limit=1)[0].id


def test_a_delivery_shows_its_tries_and_hides_secrets(
    world: World, nl: Exchange, waiting: str
) -> None:
    page = of("auditor-1", world, nl).get(f"/deliveries/{waiting}")
    assert page.status_code == 200
    assert "<code>503</code>" in page.text
    assert "retry-after: 600" in page.text
    assert "set-cookie: ***" in page.text
    assert "secret-of-theirs" not in page.text
    assert "once more now" not in page.text  # an auditor looks


def test_values_are_masked_unless_they_are_known_to_be_harmless() -> None:
    assert masked({"X-Token": "abc", "Date": "today"}) == '{"date": "today", "x-token": "***"}'


def test_it_is_sent_once_more_after_its_count(world: World, nl: Exchange, waiting: str) -> None:
    browser = of("admin-1", world, nl)
    world.work()
    page = browser.get(f"/deliveries?partner={HUB}&state=handed").text
    assert "1 of these waits for a receipt." in page
    done = _send(browser, f"/deliveries?partner={HUB}&state=handed")
    assert done.status_code == 303
    world.work()
    with nl.store.reading() as work:
        row = work.envelopes.get(waiting)
    assert row is not None
    assert row.state == "stored"
    assert [one["by"] for one in acts(nl, "resent")] == ["person:admin-1"]


def test_without_it_the_pause_is_kept(world: World, nl: Exchange, waiting: str) -> None:
    world.work()
    with nl.store.reading() as work:
        row = work.envelopes.get(waiting)
    assert row is not None
    assert row.state == "handed"


def test_one_alone_is_sent_once_more(world: World, nl: Exchange, waiting: str) -> None:
    browser = of("admin-1", world, nl)
    assert _send(browser, f"/deliveries/{waiting}", id=waiting).status_code == 303
    again = _send(browser, f"/deliveries/{waiting}", id=waiting)
    assert again.status_code == 303  # still open: the same act, and nothing is doubled
    world.work()
    assert _send(browser, f"/deliveries/{waiting}", id=waiting, digest="x").status_code == 404


def test_a_set_that_changed_is_counted_again(world: World, nl: Exchange, waiting: str) -> None:
    browser = of("admin-1", world, nl)
    answer = _send(browser, "/deliveries?state=handed", digest="older")
    assert answer.status_code == 409
    assert "set-changed" in answer.text or "others than those you counted" in answer.text
    assert acts(nl, "resent") == []


def test_only_an_administrator_sends_again(world: World, nl: Exchange, waiting: str) -> None:
    for name, status in (("auditor-1", 403), ("officer-1", 403), ("stranger-2", 303)):
        answer = _send(of(name, world, nl), "/deliveries", digest=_digest(world, nl))
        assert answer.status_code == status, name


def test_filters_narrow_and_a_day_that_is_none_says_so(
    world: World, nl: Exchange, waiting: str
) -> None:
    browser = of("admin-1", world, nl)
    assert waiting in browser.get("/deliveries").text
    for nothing in ("state=void", "kind=notice", "partner=agency.au", "since=2036-01-01"):
        assert waiting not in browser.get(f"/deliveries?{nothing}").text, nothing
    assert waiting not in browser.get("/deliveries?until=2020-01-01").text
    wrong = browser.get("/deliveries?since=yesterday")
    assert wrong.status_code == 422
    assert 'id="since-fault"' in wrong.text
    assert 'value="yesterday"' in wrong.text


def test_why_a_partner_did_not_get_one(world: World, nl: Exchange) -> None:
    (held,) = world.push(nl, with_words(provider_ref="held-1"))
    world.work(nl)
    browser = of("officer-1", world, nl)
    page = browser.get(f"/partners/{HUB}").text
    (place,) = re.findall(r'href="/console(/records/[^"]+/why/[^"]+)"', page)
    assert "R-05" in browser.get(place).text
    led = browser.get(f"/partners/{HUB}/why?record={str(held.record)[9:]}")
    assert led.location.endswith(f"/records/{held.record}/why/{HUB}")
    wrong = browser.get(f"/partners/{HUB}/why?record=nonsense")
    assert wrong.status_code == 422
    assert 'value="nonsense"' in wrong.text
    assert str(held.record) not in of("stranger-1", world, nl).get(f"/partners/{HUB}").text
    assert browser.get("/partners/nobody.eu").status_code == 404


def _digest(world: World, nl: Exchange) -> str:
    from gateway.flow.redeliver import Which, count  # noqa: PLC0415

    return str(count(Which(), nl)["digest"])


def _send(browser: Browser, page: str, **form: str) -> Any:
    found = re.search(r'name="digest" value="([^"]+)"', browser.get(page).text)
    said = {"digest": found[1] if found else "", **form}
    if "form_key" not in browser.get(page).text:
        said["form_key"] = "0" * 32
    return browser.post("/deliveries/again", page, **said)


def test_any_day_that_is_one_can_be_asked_for(world: World, nl: Exchange) -> None:
    world.push(nl, addressed("case", HUB))
    world.work()
    browser = of("auditor-1", world, nl)
    for name, day in (("since", "0001-01-01"), ("until", "9999-12-31")):
        page = browser.get(f"/deliveries?{name}={day}")
        assert page.status_code == 200
        assert HUB in re.sub(r"<select.*?</select>", "", page.text, flags=re.DOTALL)
    assert browser.get("/deliveries?until=0001-01-01").status_code == 200
