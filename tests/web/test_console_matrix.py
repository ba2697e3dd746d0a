"""Every page of the console for every role: shown, refused or not there, never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.flow.exchange import Exchange
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, addressed, two_gateways
from tests.journeys.staff import ROLES, STRANGERS, staffed

pytestmark = pytest.mark.usefixtures("cheap_hashes")

ONE_OF_EACH = sorted({role: name for name, role in ROLES.items()}.values())
SHOWN, REFUSED = {200, 303}, {400, 403, 404, 409, 422}


@pytest.fixture(scope="module")
def made() -> tuple[World, Exchange, str]:
    world = two_gateways()
    nl = staffed(world)
    (done,) = world.push(nl, addressed("case", HUB))
    world.work(nl)
    return world, nl, str(done.record)


def pages(browser: Browser, record: str) -> Iterator[tuple[str, bool]]:
    """Yield every address that can be opened, with whether it names a record."""
    app = browser.client.application
    adapter = app.url_map.bind("gateway.example")
    for rule in app.url_map.iter_rules():
        opened = rule.endpoint.startswith("console.") and "GET" in (rule.methods or ())
        if not opened or rule.endpoint == "console.static":
            continue
        parts = {name: record if "record" in name else "x-1" for name in rule.arguments}
        path = adapter.build(rule.endpoint, parts).removeprefix("/console")
        yield path, "record_id" in rule.arguments


@pytest.mark.parametrize("who", ONE_OF_EACH)
def test_a_page_is_shown_or_refused_but_does_not_fail(made, who):
    world, nl, record = made
    browser = of(who, world, nl)
    seen = {path: browser.get(path).status_code for path, _ in pages(browser, record)}
    assert len(seen) > 25
    assert {path: status for path, status in seen.items() if status not in SHOWN | REFUSED} == {}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_record_of_another_organisation_is_on_no_page(made, who):
    world, nl, record = made
    browser = of(who, world, nl)
    for path, names_it in pages(browser, record):
        answer = browser.get(path)
        assert answer.status_code in SHOWN | REFUSED, path
        if names_it:
            assert answer.status_code in REFUSED | {303}, path
        elif record not in path:
            assert record[9:] not in answer.text, path
