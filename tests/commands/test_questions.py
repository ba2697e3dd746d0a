"""The commands about requests, consents and outcomes, before the API of a real gateway."""

from __future__ import annotations

import json
import socket

import pytest
from click.testing import CliRunner

from gateway import wiring_commands
from gateway.cli.frame import Invocation
from gateway.cli.main import root
from gateway.transport.client import ApiRefused
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.gateways import record, releases
from tests.journeys.questions import (
    ASKED,
    ASKING,
    DE,
    a_request,
    asking_each_other,
    with_a_third,
)
from tests.journeys.scenes import HUB, NL, addressed, two_gateways


class Connection:
    """A TLS connection on which somebody showed a certificate."""

    family = socket.AF_INET

    def __init__(self, der):
        self.der = der

    def getpeercert(self, binary_form):
        return self.der

    def gettimeout(self):
        return None

    def settimeout(self, value):
        pass


class Wire:
    """An `ApiClient` without sockets: the same calls, straight to the application."""

    def __init__(self, exchange, der):
        self.browser = create_app(exchange, Edge()).test_client()
        self.browser.environ_base["gunicorn.socket"] = Connection(der)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def look(self, path, parameters=None):
        return self._answer(self.browser.get(path, query_string=parameters))

    def act(self, path, body=None, *, idempotency_key=None):
        given = {name: one for name, one in (body or {}).items() if one not in (None, [], ())}
        key = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        kind = "application/json"
        return self._answer(self.browser.post(path, json=given, content_type=kind, headers=key))

    def _answer(self, answer):
        if answer.status_code >= 400:
            raise ApiRefused(answer.status_code, answer.json)
        return answer.json


@pytest.fixture
def world():
    return two_gateways()


@pytest.fixture
def gateway(world, monkeypatch):
    """Call a command as the person of one of the gateways."""
    persons = {b"hub": ASKED, b"nl": ASKING}
    monkeypatch.setattr(identity, "caller_of_certificate", lambda der, _: persons[der])
    monkeypatch.setattr(Invocation, "settings", lambda _: None)

    def call(at, *words, code=0):
        exchange = world.network.gateways[at]
        wire = Wire(exchange, b"hub" if at == HUB else b"nl")
        monkeypatch.setattr(wiring_commands, "api_client", lambda _: wire)
        result = CliRunner().invoke(root, [str(word) for word in words], prog_name="gateway")
        assert result.exit_code == code, result.output
        # the application's log goes to the same stream; an answer in JSON is its last line
        return json.loads(result.stdout.splitlines()[-1]) if "--json" in words else result.output

    return call


@pytest.fixture
def request_id(world):
    nl, hub = asking_each_other(world)
    held = record(
        "case",
        provider_ref="HELD-1",
        addressees={"recipients": []},
        identities=[{"platform": "chat.example", "handle": "SunnyDay77"}],
        relations=[],
    )
    world.push(hub, held, client="analysts")
    (sent,) = world.push(nl, a_request(HUB))
    world.work()
    return str(sent.record)


def test_an_urgent_request_takes_three_commands(world, gateway, request_id):
    assert "urgent" in gateway(HUB, "requests", "list")
    (row,) = gateway(HUB, "requests", "list", "--json")
    shown = gateway(HUB, "requests", "show", row["record"])
    assert "Subscriber and latest logins" in shown
    assert "release" in shown
    (match,) = gateway(HUB, "requests", "show", row["record"], "--json")["found"]
    made = gateway(
        HUB, "requests", "answer", row["record"], "--use", match["record"], "--direct", "--json"
    )
    world.work()

    assert releases(world.network.gateways[HUB], made["record"]) == {NL: "stored"}
    assert "nothing is asked" in gateway(HUB, "requests", "list")
    assert "answered" in gateway(NL, "requests", "list", "--all")


def test_what_is_overdue_says_so(world, gateway, request_id):
    assert "OVERDUE" not in gateway(HUB, "requests", "list")
    world.clock.forward(seconds=8 * 3600)
    assert "OVERDUE" in gateway(HUB, "requests", "list")


def test_a_delay_a_question_and_a_refusal_by_command(world, gateway, request_id):
    late = ("--delay", "P3D", "--because", "The court sits on Monday.", "--handling", "H0")
    gateway(HUB, "requests", "answer", request_id, *late)
    world.work()
    assert gateway(NL, "requests", "list", "--json")[0]["state"] == "delayed"
    clear = ("--clarify", "Which of the two?", "--handling", "H0")
    gateway(HUB, "requests", "answer", request_id, *clear)
    world.work()
    assert gateway(NL, "requests", "list", "--json")[0]["state"] == "clarifying"
    part = ("--ground", "safety_of_individual", "--part", "The source.")
    gateway(HUB, "requests", "refuse", request_id, *part)
    world.clock.forward(seconds=1)  # ids of one millisecond have no order
    gateway(HUB, "requests", "refuse", request_id, "--ground", "not_available")
    world.work()
    (row,) = gateway(NL, "requests", "list", "--all", "--json")
    assert (row["state"], row["code"]) == ("refused", "not_available")


WRONG = {
    "two kinds of answer": ("--partial", "x", "--clarify", "y"),
    "a delay without a reason": ("--delay", "P3D"),
    "a reason without a delay": ("--because", "x"),
    "a copy and why none": ("--europol-copy", "--no-europol-copy", "not_necessary"),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_an_answer_that_contradicts_itself_is_wrong_use(gateway, words):
    gateway(HUB, "requests", "answer", "urn:uuid:x", *words, code=2)


def test_faults_of_an_answer_are_told(gateway, request_id):
    told = gateway(HUB, "requests", "answer", request_id, "--outcome-by", "soon", "--json", code=1)
    assert [fault["pointer"] for fault in told["error"]["errors"]] == ["/outcome_by"]


def test_a_consent_is_asked_given_accepted_withdrawn(world, gateway):
    with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    ours = addressed("case", DE, provider_ref="OURS-1", derived_from=[theirs.record])
    (resting,) = world.push(nl, ours)
    ask = ("consents", "ask", resting.record, "--partner", DE, "--reason", "He travels there.")

    assert "consent_request" in gateway(NL, *ask)
    world.work()
    (row,) = gateway(HUB, "consents", "list", "--json")
    gateway(HUB, "consents", "give", row["record"], code=2)
    until = ("--until", "2026-06-01T00:00:00Z", "--conditions", "Ask before an arrest.")
    given = gateway(HUB, "consents", "give", row["record"], *until, "--json")
    world.work()
    assert "no consent is in force" in gateway(NL, "consents", "list", "--in-force")
    assert "in force" in gateway(NL, "consents", "accept", given["record"])
    assert HUB in gateway(NL, "consents", "list", "--in-force")
    gateway(HUB, "consents", "withdraw", given["record"])
    world.work()
    assert gateway(NL, "consents", "list", "--in-force", "--json") == []
    assert "withdrawn" in gateway(NL, "consents", "list", "--all")


def asked_for(world, gateway, *more):
    """Have a consent asked of the hub for a record of ours that rests on one of its own."""
    with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    ours = addressed("case", DE, provider_ref="OURS-1", derived_from=[theirs.record])
    (resting,) = world.push(nl, ours)
    words = ("--partner", DE, "--reason", "He travels there.", *more)
    gateway(NL, "consents", "ask", resting.record, *words)
    world.work()
    (row,) = gateway(HUB, "consents", "list", "--json")
    return str(theirs.record), row["record"]


def test_who_is_asked_for_a_consent_sees_what_for(world, gateway):
    theirs, request = asked_for(world, gateway, "--purpose", "cross_check")
    for words in (("list",), ("show", request)):
        told = gateway(HUB, "consents", *words)
        for said in ("pass_on", theirs, DE, "cross_check", "He travels there.", "of us"):
            assert said in told
    assert "by us, of " + HUB in gateway(NL, "consents", "show", request)
    gateway(HUB, "consents", "show", theirs, code=1)


def test_conditions_that_wait_are_told_with_the_command_that_accepts_them(world, gateway):
    _, request = asked_for(world, gateway)
    given = ("--until", "2026-06-01T00:00:00Z", "--conditions", "Ask before an arrest.")
    made = gateway(HUB, "consents", "give", request, *given, "--json")
    world.work()

    waits = "granted, conditions to accept: Ask before an arrest."
    assert waits in gateway(NL, "consents", "list", "--all")
    shown = gateway(NL, "consents", "show", request)
    assert waits in shown
    assert f"gateway consents accept {made['record']}" in shown
    assert waits not in gateway(HUB, "consents", "list", "--all")

    gateway(NL, "consents", "accept", made["record"])
    assert "to accept" not in gateway(NL, "consents", "list", "--all")
    assert "granted, with conditions" in gateway(NL, "consents", "show", request)


def test_what_cannot_be_said_to_a_consent_request_is_refused_by_member(world, gateway):
    _, request = asked_for(world, gateway)
    give = ("consents", "give", request, "--until")
    assert "/until" in gateway(HUB, *give, "2025-06-01T00:00:00Z", code=1)
    until = "2026-06-01T00:00:00Z"
    beyond = gateway(HUB, *give, until, "--purpose", "research", code=1)
    assert "/consent_purposes" in beyond
    assert "gateway consents show" in beyond

    made = gateway(HUB, *give, until, "--json")
    world.work()
    assert "already-answered" in gateway(HUB, *give, until, code=1)
    gateway(HUB, "consents", "withdraw", made["record"])
    assert "consent-over" in gateway(HUB, "consents", "withdraw", made["record"], code=1)


def test_a_consent_is_withdrawn_by_the_name_that_the_list_prints(world, gateway):
    _, request = asked_for(world, gateway)
    gateway(HUB, "consents", "give", request, "--until", "2026-06-01T00:00:00Z")
    world.work()
    (row,) = gateway(HUB, "consents", "list", "--in-force", "--json")
    assert row["name"].startswith("consent-")

    gateway(HUB, "consents", "withdraw", row["name"])
    world.work()

    assert gateway(NL, "consents", "list", "--in-force", "--json") == []
    gateway(HUB, "consents", "withdraw", "consent-of-a-file", code=1)


def test_outcomes_are_listed_given_and_counted(world, gateway):
    nl, _ = asking_each_other(world)
    world.push(nl, addressed("case", HUB, outcome_by="2026-01-20"))
    world.work()
    (owed,) = gateway(HUB, "outcomes", "list", "--json")
    gateway(HUB, "outcomes", "give", owed["record"], "--code", "arrest")
    world.work()

    assert "no outcome is owed" in gateway(HUB, "outcomes", "list")
    (group,) = gateway(NL, "outcomes", "list", "--count", "--json")
    assert (group["asked"], group["share_unanswered"]) == (1, 0.0)
    assert "arrest 1" in gateway(NL, "outcomes", "list", "--count")
    assert "arrest 1" in gateway(HUB, "outcomes", "list", "--count", "--ours")
