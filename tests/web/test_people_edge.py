"""Every call for people by every role, about whose ids: what may not be seen is not there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest

from gateway.core.proposal import executed_bytes
from gateway.flow import look, propose
from gateway.flow.approving import approve_set
from gateway.flow.exchange import Exchange
from gateway.flow.holds import Group
from gateway.flow.identify import person_of
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from keys.suite import b64
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, two_gateways
from tests.journeys.staff import ROLES, STRANGERS, acts, staffed, with_words
from tests.web.conftest import TlsSocket

WORDS = f"R-05:cases:{HUB}"
NO_SUCH = "01890a5d-ac96-774b-bcce-b302099a8057"


@dataclass
class Office:
    """A gateway with its people, a record that is held, and a proposal about it."""

    world: World
    nl: Exchange
    record: str
    app: Any

    def browser(self, name: str):
        browser = self.app.test_client()
        browser.environ_base["gunicorn.socket"] = TlsSocket(name.encode())
        return browser

    def ask(self, name: str, method: str, path: str, body: Any = None):
        named = {} if body is None else {"json": body}
        return self.browser(name).open(path, method=method, **named)

    def propose(self, by: str = "officer-1"):
        person = person_of(by, self.nl)
        done = approve_set(Group("R-05", "cases", HUB), None, "necessary", person, self.nl)
        assert done.proposal
        return done.proposal


def body_of(office: Office):
    return look.record_view(office.record, None, office.nl)["body"]


@pytest.fixture
def office(monkeypatch) -> Office:
    world = two_gateways()
    nl = staffed(world)
    (outcome,) = world.push(nl, with_words())
    monkeypatch.setattr(
        identity, "caller_of_certificate", lambda der, exchange: person_of(der.decode(), exchange)
    )
    return Office(world, nl, str(outcome.record), create_app(nl, Edge()))


OFFICERS = {"officer-1", "duty-1", "dpo-1"}
READERS = {"officer-1", "officer-2", "duty-1", "admin-1", "dpo-1", "auditor-1", "analyst-1"}
AGREEMENT = {
    "change": "apply",
    "kind": "agreement",
    "name": "nl-hub-2",
    "body": {
        "partner": HUB, "direction": "out", "types": ["case"], "purposes": ["cross_check"],
        "crime_areas": ["sexual_abuse_and_exploitation"],
    },
}  # fmt: skip

# Call → (body, who may). Everybody else of the organisation is told 403.
CALLS: dict[str, tuple[Any, set[str]]] = {
    "GET /v1/holds": (None, OFFICERS),
    f"GET /v1/holds/{WORDS}/sample?reason=approve": (None, OFFICERS),
    f"POST /v1/holds/{WORDS}/approve": ({"reason": "necessary"}, {"officer-1", "duty-1"}),
    f"POST /v1/holds/{WORDS}/refuse": ({"reason": "not_ours"}, {"officer-1", "duty-1"}),
    "GET /v1/proposals": (None, READERS),
    "GET /v1/proposals/OURS": (None, READERS),
    "GET /v1/proposals/CHANGE/preview": (None, READERS),
    "POST /v1/proposals": (
        {"act": "configure", "body": AGREEMENT, "reason": "agreed"},
        {"admin-1"},
    ),
    "POST /v1/proposals/OURS/approve": ({"digest": "DIGEST"}, {"officer-1"}),
    "POST /v1/proposals/OURS/reject": ({"reason": "not_necessary"}, {"officer-1", "officer-2"}),
    "GET /v1/urgent": (None, OFFICERS),
}
PEOPLE = [
    *("officer-1", "duty-1", "admin-1", "dpo-1", "auditor-1", "analyst-1"),
]


def filled(office: Office, call: str, body: Any):
    """Put the ids of a fresh proposal into a call."""
    method, path = call.split(" ")
    if "OURS" in path:
        row = office.propose("officer-2")
        path = path.replace("OURS", row.id)
        body = {"digest": row.digest} if body == {"digest": "DIGEST"} else body
    if "CHANGE" in path:
        admin = person_of("admin-2", office.nl)
        row = propose.propose("configure", AGREEMENT, admin, office.nl, reason="agreed")
        path = path.replace("CHANGE", row.id)
    return method, path, body


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("call", CALLS)
def test_each_role_may_do_what_is_its_own(office, call, who):
    body, may = CALLS[call]

    answer = office.ask(who, *filled(office, call, body))

    assert answer.status_code in ((200, 202) if who in may else (403,)), answer.json


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("call", [call for call in CALLS if "/" in call.split(" /v1/")[1]])
def test_what_is_anothers_looks_like_what_is_not_there(office, call, who):
    body, _ = CALLS[call]
    method, path, body = filled(office, call, body)
    missing = path
    for part in path.split("/"):
        if part.count("-") == 4:
            missing = path.replace(part, NO_SUCH)
    missing = missing.replace(WORDS, "R-05:cases:nobody")

    theirs, none = (office.ask(who, method, one, body) for one in (path, missing))

    def said(answer):
        return {k: v for k, v in answer.json.items() if k != "request_id"}

    assert theirs.status_code == none.status_code in (403, 404)
    assert said(theirs) == said(none)
    # 404 for whoever may do this at home; a role that may not is told so before anything is read.
    role = STRANGERS[who]
    at_home = {name for name, its in ROLES.items() if its == role}
    if at_home & CALLS[call][1]:
        assert theirs.status_code == 404


def test_lists_hold_nothing_of_another_organisation(office):
    office.propose()

    for path in ("/v1/holds", "/v1/proposals", "/v1/proposals?state=all", "/v1/urgent"):
        assert office.ask("stranger-1", "GET", path).json == {"items": [], "next": None}


def test_a_record_of_ours_is_named_by_its_reference_too(office):
    reference = str(body_of(office)["provider_ref"])
    lifted = {"record": reference, "partners": [HUB], "fields": [""], "reason": "abduction"}
    for path in (office.record, reference):
        answer = office.ask("officer-1", "GET", f"/v1/records/{path}/holders")
        assert (answer.status_code, answer.json["record"]) == (200, office.record)

    refused = office.ask("stranger-1", "POST", "/v1/urgent", lifted)
    assert refused.status_code in {403, 404}
    made = office.ask("officer-1", "POST", "/v1/urgent", lifted | {"raise": True})
    assert (made.status_code, made.json["act"]) == (202, "override-confirm")
    recalled = {"kind": "recall", "code": "sent_in_error"}
    done = office.ask("officer-1", "POST", f"/v1/records/{reference}/notices", recalled)
    assert (done.status_code, done.json["record"]) == (201, office.record)


def test_held_records_are_read_approved_by_two_and_go(office):
    (group,) = office.ask("officer-1", "GET", "/v1/holds").json["items"]
    sample = office.ask("officer-1", "GET", f"/v1/holds/{group['group']}/sample?reason=approve")
    assert sample.json["items"][0]["body"]["governance"]["handling_text"]
    proposed = office.ask(
        "officer-1", "POST", f"/v1/holds/{group['group']}/approve", {"reason": "necessary"}
    )
    assert (proposed.status_code, proposed.json["count"]) == (202, 1)

    waiting = office.ask("officer-2", "GET", "/v1/proposals").json["items"]
    shown = office.ask("officer-2", "GET", f"/v1/proposals/{waiting[0]['id']}").json
    assert b64(sha256(shown["executes"].encode()).digest()) == shown["digest"]
    done = office.ask(
        "officer-2",
        "POST",
        f"/v1/proposals/{shown['id']}/approve",
        {"digest": shown["digest"]},
    )
    assert (done.status_code, done.json["state"]) == (200, "approved")
    office.world.work()
    assert releases(office.nl, office.record) == {HUB: "stored"}
    assert [one["by"] for one in acts(office.nl, "looked")] == ["officer-1"]


def test_what_is_shown_is_exactly_what_is_executed(office):
    row = office.propose()

    shown = office.ask("officer-2", "GET", f"/v1/proposals/{row.id}").json

    assert shown["executes"].encode() == executed_bytes(row.act, row.org, row.body)


def test_proposals_are_listed_in_pages(office):
    rows = [office.propose(by) for by in ("officer-1", "officer-2")]
    first = office.ask("officer-1", "GET", "/v1/proposals?limit=1")
    second = office.ask("officer-1", "GET", f"/v1/proposals?limit=1&after={first.json['next']}")

    assert [page.json["items"][0]["id"] for page in (first, second)] == sorted(r.id for r in rows)
    assert 'rel="next"' in first.headers["Link"]
    assert office.ask("officer-1", "GET", "/v1/proposals?state=every").status_code == 400


BAD_BODIES = {
    "nothing": b"",
    "no reason": b"{}",
    "a reason that is a number": b'{"reason":1}',
    "a sentence for a reason": b'{"reason":"because I say so"}',
    "records that are no list": b'{"reason":"ok","records":"all"}',
    "records that are no texts": b'{"reason":"ok","records":[1]}',
    "a member unknown": b'{"reason":"ok","why":"x"}',
    "a member twice": b'{"reason":"ok","reason":"no"}',
}


@pytest.mark.parametrize("raw", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_does_nothing(office, raw):
    for call in ("approve", "refuse"):
        answer = office.browser("officer-1").post(
            f"/v1/holds/{WORDS}/{call}", data=raw, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, answer.json
    assert releases(office.nl, office.record) == {HUB: "held"}
    assert office.ask("officer-1", "GET", "/v1/proposals").json["items"] == []


def test_an_act_that_comes_with_another_cannot_be_proposed_by_itself(office):
    body = {"act": "override-confirm", "body": {}, "reason": "threat_to_life"}
    assert office.ask("duty-1", "POST", "/v1/proposals", body).status_code == 400
    assert office.ask("duty-1", "POST", "/v1/proposals", {**body, "act": "rm"}).status_code == 400


def test_what_a_yes_would_not_change_says_what_would(office):
    body = with_words(provider_ref="PL-2")
    unknown = {**body["persons"][0], "category": "unknown"}
    office.world.push(office.nl, {**body, "persons": [unknown, *body["persons"][1:]]})

    answer = office.ask("officer-1", "POST", f"/v1/holds/{WORDS}/approve", {"reason": "ok"})

    assert (answer.status_code, answer.json["code"]) == (422, "not-approvable")
    assert "R-09" in answer.json["detail"]


def test_a_preview_tells_what_would_newly_go(office):
    body = {"act": "configure", "body": AGREEMENT, "reason": "agreed"}
    row = office.ask("admin-1", "POST", "/v1/proposals", body).json

    answer = office.ask("admin-2", "GET", f"/v1/proposals/{row['id']}/preview?last=10")

    assert answer.json["records"] == 1
    assert json.loads(row["executes"])["body"]["basis"] == 0
    none = office.ask("admin-2", "GET", f"/v1/proposals/{row['id']}/preview?last=0")
    assert none.status_code == 400
