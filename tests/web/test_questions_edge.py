"""Requests, consents and outcomes over HTTP, for persons, before real journeys."""

from __future__ import annotations

import json

import pytest

from gateway.core.limits import Limits
from gateway.flow.identify import Person
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.gateways import releases
from tests.journeys.questions import DE, a_request, asking_each_other, with_a_third
from tests.journeys.scenes import HUB, NL, addressed, two_gateways

ROLES = frozenset({"contact_point", "release_officer"})
PERSONS = {
    NL: Person("officer-17", "police.nl", ROLES),
    HUB: Person("spoc-7", "europol.eu", ROLES),
}


class Desk:
    """What one person of a gateway sees of its API."""

    def __init__(self, exchange, person, der, tls_socket):
        self.browser = create_app(exchange, Edge()).test_client()
        self.browser.environ_base["gunicorn.socket"] = tls_socket(der)

    def get(self, path, status=200):
        answer = self.browser.get(path)
        assert answer.status_code == status, answer.text
        return answer

    def post(self, path, body=None, status=201, **headers):
        answer = self.browser.post(
            path, data=json.dumps(body or {}), content_type="application/json", headers=headers
        )
        assert answer.status_code == status, answer.text
        return answer.json


@pytest.fixture
def world():
    return two_gateways(limits=Limits(page_size=2))


@pytest.fixture
def desk(world, monkeypatch, tls_socket):
    known = {}

    def caller_of_certificate(der, exchange):
        return known[der]

    monkeypatch.setattr(identity, "caller_of_certificate", caller_of_certificate)

    def at(name):
        known[name.encode()] = PERSONS[name]
        return Desk(world.network.gateways[name], PERSONS[name], name.encode(), tls_socket)

    return at


def test_a_request_is_listed_looked_at_and_answered(world, desk):
    nl, hub = asking_each_other(world)
    (sent,) = world.push(nl, a_request(HUB))
    world.work()
    there = desk(HUB)

    (row,) = there.get("/v1/requests").json["items"]
    assert there.get(f"/v1/requests/{row['record']}").json["body"]["information"]
    said = {"state": "complete", "text": "Known.", "handling": ["H0"]}
    made = there.post(f"/v1/requests/{sent.record}/answer", said, **{"Idempotency-Key": "k-1"})
    again = there.post(f"/v1/requests/{sent.record}/answer", said, **{"Idempotency-Key": "k-1"})
    world.work()

    assert made["record"] == again["record"]
    assert releases(hub, made["record"]) == {NL: "stored"}
    (done,) = desk(NL).get("/v1/requests?all=yes").json["items"]
    assert done["state"] == "answered"


def test_requests_are_read_in_pages(world, desk):
    nl, _ = asking_each_other(world)
    for number in range(3):
        world.push(nl, a_request(HUB, provider_ref=f"REQ-{number}"))
    world.work()
    there = desk(HUB)

    first = there.get("/v1/requests?all=yes")
    second = there.get(first.headers["Link"].partition(">")[0][1:])

    found = [*first.json["items"], *second.json["items"]]
    assert len({row["record"] for row in found}) == 3
    assert second.json["next"] is None
    there.get("/v1/requests?after=bm9uZQ", status=400)


def test_a_refusal_and_its_faults(world, desk):
    nl, _ = asking_each_other(world)
    (sent,) = world.push(nl, a_request(HUB))
    world.work()
    there = desk(HUB)

    wrong = there.post(f"/v1/requests/{sent.record}/refuse", {"ground": "busy"}, status=422)
    assert wrong["errors"][0]["pointer"] == "/ground"
    there.post(f"/v1/requests/{sent.record}/refuse", {"ground": "not_available"})
    world.work()
    (row,) = desk(NL).get("/v1/requests?all=yes").json["items"]
    assert row["code"] == "not_available"


def test_a_consent_is_asked_given_withdrawn(world, desk):
    with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    ours = addressed("case", DE, provider_ref="OURS-1", derived_from=[theirs.record])
    (resting,) = world.push(nl, ours)
    here, there = desk(NL), desk(HUB)

    wanted = {"record": resting.record, "partner": DE, "reason": "He travels there."}
    (asked,) = here.post("/v1/consents", wanted)["items"]
    world.work()
    assert there.get("/v1/consents").json["items"][0]["record"] == asked["record"]
    given = there.post(
        f"/v1/consents/{asked['record']}/give",
        {"until": "2026-06-01T00:00:00Z", "conditions": "Ask before an arrest."},
    )
    world.work()
    assert here.get("/v1/consents/in-force").json["items"] == []
    here.post(f"/v1/consents/{given['record']}/accept", status=200)
    assert len(here.get("/v1/consents/in-force").json["items"]) == 1
    there.post(f"/v1/consents/{given['record']}/withdraw")
    world.work()
    assert here.get("/v1/consents/in-force").json["items"] == []


def test_outcomes_are_given_and_counted(world, desk):
    nl, _ = asking_each_other(world)
    world.push(nl, addressed("case", HUB, outcome_by="2026-01-20"))
    world.work()
    here, there = desk(NL), desk(HUB)

    (owed,) = there.get("/v1/outcomes").json["items"]
    there.post(f"/v1/outcomes/{owed['record']}", {"code": "arrest"})
    world.work()

    assert here.get("/v1/outcomes/counts").json["items"][0]["codes"] == {"arrest": 1}
    assert there.get("/v1/outcomes/counts?direction=in").json["items"][0]["answered"] == 1
    here.get("/v1/outcomes/counts?direction=up", status=400)


BAD = {
    "a list": "[]",
    "an unknown member": '{"state":"complete","colour":"red"}',
    "no state": "{}",
    "a state that is a list": '{"state":["complete"]}',
    "a flag in words": '{"state":"complete","directly_accessible":"yes"}',
    "handling that is no list": '{"state":"complete","handling":"H0"}',
    "handling of numbers": '{"state":"complete","handling":[5]}',
    "records that are none": '{"state":"complete","use":["x"]}',
    "an object that is a text": '{"state":"complete","europol":"yes"}',
    "a member twice": '{"state":"complete","state":"partial"}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_body_that_is_not_what_the_call_takes_is_refused(world, desk, body):
    there = desk(HUB)
    path = "/v1/requests/urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057/answer"

    answer = there.browser.post(path, data=body, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "request-malformed")


def test_what_is_not_there_is_not_found(world, desk):
    there = desk(HUB)
    nobody = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
    there.get(f"/v1/requests/{nobody}", status=404)
    there.post(f"/v1/requests/{nobody}/refuse", {"ground": "not_available"}, status=404)
    there.post(f"/v1/consents/{nobody}/give", {"until": "2026-06-01T00:00:00Z"}, status=404)
    there.post(f"/v1/consents/{nobody}/withdraw", status=404)
    there.post(f"/v1/consents/{nobody}/accept", status=404)
    there.post(f"/v1/outcomes/{nobody}", {"code": "arrest"}, status=404)
