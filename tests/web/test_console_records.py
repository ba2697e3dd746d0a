"""Records are found in the console: by filters, reference and identifier; with their origin."""

from __future__ import annotations

import html
import re

import pytest

from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, addressed
from tests.journeys.staff import acts
from tests.web.conftest import TlsSocket

pytestmark = pytest.mark.usefixtures("cheap_hashes")

EMAIL = {"identities": [{"email": "Suspect@Mail.example"}], "relations": []}


@pytest.fixture
def analyst(world: World, nl: Exchange) -> Browser:
    return of("analyst-1", world, nl)


def pushed(world: World, nl: Exchange, ref: str, name: str = "case", **changes: object) -> str:
    (done,) = world.push(nl, addressed(name, HUB, provider_ref=ref, **changes))
    return str(done.record)


def listed(text: str) -> list[str]:
    return re.findall(r'/console/records/(urn:uuid:[0-9a-f-]+)"', text)


def test_records_are_filtered_and_paged(world, nl):
    first = pushed(world, nl, "A-1")
    world.clock.forward(seconds=86_400)
    second = pushed(world, nl, "A-2")
    world.clock.forward(seconds=1)
    report = pushed(world, nl, "A-3", "hosting_report")
    analyst = of("analyst-1", world, nl)
    assert listed(analyst.get("/records").text) == [report, second, first]
    assert listed(analyst.get("/records?type=case").text) == [second, first]
    assert listed(analyst.get("/records?type=case&until=2026-01-01").text) == [first]
    assert listed(analyst.get("/records?since=2026-01-02&source=cases").text) == [report, second]
    assert listed(analyst.get("/records?source=nobody").text) == []
    assert "Nothing was found." in analyst.get("/records?state=recalled").text
    for wrong in ("since=2026-13-01", "until=9999-12-31", "since=x"):
        answer = analyst.get(f"/records?{wrong}")
        assert answer.status_code == 422, wrong
        assert "A day, as 2027-12-31." in answer.text


def test_the_next_page_goes_on_with_its_filters(world, nl, analyst, monkeypatch):
    made = [pushed(world, nl, f"P-{number}") for number in range(5)]
    monkeypatch.setattr("gateway.web.console.finding._PAGE", 2)
    page, seen = "/records?type=case", []
    while page:
        text = html.unescape(analyst.get(page).text)
        seen += listed(text)
        found = re.search(r'href="/console(/records\?[^"]+)">Older ones', text)
        page = found[1] if found else ""
        assert not found or "type=case" in page
    assert seen == sorted(made, reverse=True)


def test_a_record_is_found_by_its_reference(world, nl, analyst):
    wanted = pushed(world, nl, "PL 2026/7")
    pushed(world, nl, "PL 2026/8")
    assert listed(analyst.get("/records?reference=PL 2026/7").text) == [wanted]
    assert listed(analyst.get("/records?reference=PL").text) == []
    assert listed(of("stranger-1", world, nl).get("/records?reference=PL 2026/7").text) == []


def search(browser: Browser, kind: str, identifier: str, reason: str = "investigation"):
    return browser.post(
        "/records/search", "/records", kind=kind, identifier=identifier, reason=reason
    )


def test_a_search_by_identifier_is_in_the_ledger_with_what_it_found(world, nl, analyst):
    wanted = pushed(world, nl, "E-1", **EMAIL)
    pushed(world, nl, "E-2", identities=[{"email": "other@mail.example"}], relations=[])

    found = search(analyst, "email", " suspect@MAIL.example ")

    assert listed(found.text) == [wanted]
    (searched,) = acts(nl, "searched")
    assert (searched["field"], searched["count"], searched["by"], searched["reason"]) == (
        "email", 1, "analyst-1", "investigation",
    )  # fmt: skip
    assert [one["record"] for one in acts(nl, "looked")] == [wanted]
    assert "suspect" not in str(acts(nl)).casefold()
    assert "Nothing was found." in search(analyst, "phone", "+31 20 555 0123").text
    assert sorted(one["count"] for one in acts(nl, "searched")) == [0, 1]


@pytest.mark.parametrize(
    ("kind", "identifier", "reason", "status"),
    [
        ("email", "nobody", "investigation", 422),
        ("handle", "nobody", "investigation", 422),
        ("iban", "NL00BANK", "investigation", 422),
        ("name", "x", "investigation", 422),
        ("email", "a@b.example", "Because I want", 400),
        ("device", "\x00", "investigation", 422),
    ],
)
def test_what_cannot_be_searched_is_told_and_kept_in_the_field(
    nl, analyst, kind, identifier, reason, status
):
    answer = search(analyst, kind, identifier, reason)
    assert answer.status_code == status
    if identifier.isprintable():
        assert f'value="{identifier}"' in answer.text
    assert acts(nl, "searched") == []


def test_who_may_not_search_finds_nothing(world, nl):
    made = pushed(world, nl, "E-1", **EMAIL)
    assert search(of("auditor-1", world, nl), "email", "suspect@mail.example").status_code == 403
    theirs = search(of("stranger-1", world, nl), "email", "suspect@mail.example")
    assert listed(theirs.text) == []
    for who, status in (("auditor-1", 403), ("stranger-1", 404)):
        page = f"/records/{made}/origin?reason=investigation"
        assert of(who, world, nl).get(page).status_code == status
    assert acts(nl, "looked") == []


def test_a_record_stands_beside_its_document_for_a_reason(world, nl, analyst):
    made = pushed(world, nl, "E-1", **EMAIL)
    page = f"/records/{made}/origin"
    assert analyst.get(page).status_code == 400
    assert acts(nl, "looked") == []
    text = html.unescape(analyst.get(f"{page}?reason=complaint").text)
    assert "Suspect@Mail.example" in text
    assert "<code>/identities/0/email</code>" in text
    (looked,) = acts(nl, "looked")
    assert (looked["record"], looked["by"], looked["reason"]) == (made, "analyst-1", "complaint")


def test_the_api_finds_the_same(world, nl, analyst, monkeypatch):
    monkeypatch.setattr(
        identity, "caller_of_certificate", lambda der, exchange: person_of(der.decode(), exchange)
    )
    made = pushed(world, nl, "E-1", **EMAIL)
    client = create_app(nl, Edge()).test_client()
    client.environ_base["gunicorn.socket"] = TlsSocket(b"analyst-1")

    listed_ = client.get("/v1/found?type=case&limit=1").json
    assert [one["id"] for one in listed_["items"]] == [made]
    assert client.get("/v1/found?since=x").status_code == 422
    assert client.get("/v1/found?reference=E-1").json["items"][0]["id"] == made
    body = {"kind": "email", "identifier": "suspect@mail.example", "reason": "complaint"}
    assert [one["id"] for one in client.post("/v1/found/search", json=body).json["items"]] == [made]
    origin = client.get(f"/v1/found/{made}/origin?reason=complaint").json
    assert origin["result"]["identities"][0]["email"] == "Suspect@mail.example"
    assert len(acts(nl, "looked")) == 2
    client.environ_base["gunicorn.socket"] = TlsSocket(b"auditor-1")
    assert client.post("/v1/found/search", json=body).status_code == 403
    assert client.get(f"/v1/found/{made}/origin?reason=complaint").status_code == 403
