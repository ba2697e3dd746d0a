"""/v1/links: who sees which records speak of one subject, and what of them."""

from __future__ import annotations

import pytest

from gateway.flow.identify import person_of
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.gateways import World
from tests.journeys.scenes import two_gateways
from tests.journeys.staff import ROLES, acts
from tests.journeys.subjects import EMAIL, alert, desked, only, promotions, report
from tests.web.conftest import TlsSocket

LOOKERS = {"officer-1", "officer-2", "duty-1", "duty-2", "analyst-1"}


class Desk:
    """A gateway with its people, a bank's alert and a hotline's report of one subject."""

    def __init__(self, world: World) -> None:
        self.nl = desked(world)
        self.signal = only(world.push(self.nl, alert()))
        self.ground = only(world.push(self.nl, report(partner="nobody.eu"), source="desk"))
        self.app = create_app(self.nl, Edge())

    def ask(self, name: str, path: str, body: object = None, **query: object):
        browser = self.app.test_client()
        browser.environ_base["gunicorn.socket"] = TlsSocket(name.encode())
        if body is None:
            return browser.get(path, query_string=query)
        return browser.post(path, json=body)


@pytest.fixture
def desk(monkeypatch) -> Desk:
    monkeypatch.setattr(
        identity, "caller_of_certificate", lambda der, exchange: person_of(der.decode(), exchange)
    )
    return Desk(two_gateways())


@pytest.mark.parametrize("who", ROLES)
def test_each_role_sees_links_or_is_told_that_it_may_not(desk, who):
    answer = desk.ask(who, "/v1/links", reason="new_alert")
    assert answer.status_code == (200 if who in LOOKERS else 403)


def test_a_link_tells_kinds_and_no_value(desk):
    answer = desk.ask("analyst-1", "/v1/links", reason="new_alert")
    (found,) = answer.json["items"]
    (link,) = found["links"]
    assert (found["record"], link["record"]) == (desk.signal, desk.ground)
    assert (found["grounds"], link["grounds"]) == (["financial"], ["hotline_report"])
    assert (link["identifiers"], link["same_subject"]) == (["email"], "shared_identifier")
    assert EMAIL["email"] not in answer.get_data(as_text=True)
    assert {one["reason"] for one in acts(desk.nl, "looked")} == {"new_alert"}


def test_the_next_page_is_where_the_answer_says(desk):
    first = desk.ask("analyst-1", "/v1/links", reason="new_alert", limit=1)
    assert 'rel="next"' in first.headers["Link"]
    second = desk.ask(
        "analyst-1", "/v1/links", reason="new_alert", limit=1, after=first.json["next"]
    )
    found = [one["record"] for page in (first, second) for one in page.json["items"]]
    assert found == [desk.signal]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"reason": "new alert"}, 400),
        ({"reason": "new_alert", "record": "7"}, 404),
        ({"reason": "new_alert", "value": "x"}, 400),
        ({"reason": "new_alert", "limit": 101}, 400),
        ({"reason": "new_alert", "record": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"}, 404),
    ],
    ids=[
        "no reason",
        "a sentence",
        "nothing known by that name",
        "by value",
        "too many",
        "no such record",
    ],
)
def test_what_is_asked_wrongly_is_refused(desk, query, status):
    assert desk.ask("analyst-1", "/v1/links", **query).status_code == status
    assert acts(desk.nl, "looked") == []


def test_two_people_promote_by_the_calls_for_proposals(desk):
    body = {"record": desk.signal, "ground": desk.ground}
    said = {"act": "promote", "body": body, "reason": "corroborated"}
    made = desk.ask("analyst-1", "/v1/proposals", said)
    assert made.status_code == 202
    path = f"/v1/proposals/{made.json['id']}/approve"
    digest = {"digest": made.json["digest"]}
    assert desk.ask("analyst-1", path, digest).status_code == 403
    assert desk.ask("officer-2", path, digest).status_code == 200
    (promotion,) = promotions(desk.signal, desk.nl)
    assert (promotion.proposer, promotion.approver) == ("analyst-1", "officer-2")
    (found,) = desk.ask("analyst-1", "/v1/links", reason="new_alert", record=desk.signal).json[
        "items"
    ]
    assert [one["state"] for one in found["promotions"]] == ["standing"]
    assert not found["links"][0]["may_promote"]


def test_what_cannot_be_promoted_is_refused_with_what_is_missing(desk):
    body = {"record": desk.ground, "ground": desk.signal}
    said = {"act": "promote", "body": body, "reason": "corroborated"}
    answer = desk.ask("officer-1", "/v1/proposals", said)
    assert (answer.status_code, answer.json["code"]) == (422, "not-promotable")


def test_a_link_that_nobody_confirmed_cannot_end(desk):
    said = {"record": desk.signal, "other": desk.ground, "reason": "mistaken"}
    assert desk.ask("analyst-1", "/v1/links/end", said).status_code == 404
    assert desk.ask("auditor-1", "/v1/links/end", said).status_code == 403
