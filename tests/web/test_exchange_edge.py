"""The calls between gateways: bytes pass unchanged, refusals tell nothing, threads stay free."""

import base64
import hashlib
import json
import threading
import time

import pytest

from gateway.core.errors import TooLarge, Unavailable
from gateway.flow.offer import Mailbox, PlaceNeverReached
from gateway.flow.take_in import QuotaReached, Taken
from gateway.web.edge import Edge

ENVELOPE = {"Content-Type": "application/vnd.exchange-gateway.envelope+json"}
LINES = {"Content-Type": "application/x-ndjson"}
WIRE = b'{"protected":"x"}'
DIGEST = base64.urlsafe_b64encode(hashlib.sha256(WIRE).digest()).rstrip(b"=").decode()


def test_durable_bytes_are_answered_202_and_reach_the_journey_unchanged(partner, journeys):
    journeys.answers["take_in"] = Taken(state="waiting")

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE)

    assert answer.status_code == 202
    assert journeys.asked[0][1][:2] == (WIRE, "fiu.ee")


def test_bytes_held_already_are_answered_by_the_stored_receipt(partner, journeys):
    journeys.answers["take_in"] = Taken(state="receipted", receipt=b"receipt")

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE)

    assert (answer.status_code, answer.get_data()) == (200, b"receipt")


def test_a_refused_envelope_is_told_an_incident_and_no_step(partner, journeys):
    journeys.answers["take_in"] = Taken(state="refused", incident="i-7")

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE)

    assert (answer.status_code, answer.json["code"]) == (400, "envelope-refused")
    assert answer.json["incident"] == "i-7"
    assert "errors" not in answer.json


def test_who_would_wait_gets_the_receipt_as_soon_as_it_is_made(partner, journeys):
    made = iter([None, None, b"receipt"])
    journeys.answers |= {
        "take_in": Taken(state="waiting"),
        "receipt_of": lambda *_: next(made),
    }

    answer = partner.post(
        "/exchange/v1/inbox", data=WIRE, headers=ENVELOPE | {"Prefer": "respond-async, wait=5"}
    )

    assert (answer.status_code, answer.get_data()) == (200, b"receipt")
    assert answer.headers["Preference-Applied"] == "wait=5"
    assert journeys.asked[-1][1][:2] == (DIGEST, "fiu.ee")


def test_who_would_wait_is_not_given_the_receipt_of_an_earlier_refusal(partner, journeys):
    made = iter([b"refused", b"refused", b"stored"])
    journeys.answers |= {
        "take_in": Taken(state="waiting"),
        "receipt_of": lambda *_: next(made),
    }

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE | {"Prefer": "wait=5"})

    assert answer.get_data() == b"stored"


def database_goes():
    yield None
    raise Unavailable


@pytest.mark.parametrize("found", [iter([None] * 99), database_goes()], ids=["none", "no database"])
def test_waiting_in_vain_ends_in_202(partner, journeys, found):
    journeys.answers |= {"take_in": Taken(state="waiting"), "receipt_of": lambda *_: next(found)}

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE | {"Prefer": "wait=1"})

    assert answer.status_code == 202


@pytest.mark.parametrize("prefer", ["wait=-1", "wait=x", "wait", "return=minimal", "wait=1.5", ""])
def test_a_preference_that_cannot_be_read_is_ignored(partner, journeys, prefer):
    journeys.answers["take_in"] = Taken(state="waiting")

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE | {"Prefer": prefer})

    assert answer.status_code == 202
    assert [name for name, *_ in journeys.asked] == ["take_in"]


def test_when_enough_requests_wait_the_next_is_answered_at_once(make_app, journeys, monkeypatch):
    app = make_app(Edge(max_waiters=1, longest_wait_seconds=5))
    waiting, done = threading.Event(), threading.Event()

    def receipt_of(*_):
        if not any(name == "take_in" for name, *_ in journeys.asked):
            return None
        if waiting.is_set():
            return None
        waiting.set()
        done.wait(5)
        return b"receipt"

    journeys.answers |= {"take_in": Taken(state="waiting"), "receipt_of": receipt_of}
    monkeypatch.setattr("gateway.web.api.exchange.calling_partner", lambda: "fiu.ee")
    monkeypatch.setattr("gateway.web.identity._certificate", lambda: b"partner")
    headers = ENVELOPE | {"Prefer": "wait=5"}
    statuses = []

    def post():
        answer = app.test_client().post("/exchange/v1/inbox", data=WIRE, headers=headers)
        statuses.append(answer.status_code)

    first = threading.Thread(target=post)
    first.start()
    assert waiting.wait(5)
    began = time.monotonic()
    post()
    took = time.monotonic() - began
    done.set()
    first.join(5)

    assert statuses == [202, 200]
    assert took < 1


BAD_ENVELOPES = {
    "another media type": (b"x", {"Content-Type": "application/json"}, 415),
    "no media type": (b"x", {"Content-Type": ""}, 415),
    "compressed": (b"x", ENVELOPE | {"Content-Encoding": "br"}, 415),
    "too large": (b"x" * (6 * 1024 * 1024 + 1), ENVELOPE, 413),
}


@pytest.mark.parametrize(("body", "headers", "status"), BAD_ENVELOPES.values(), ids=BAD_ENVELOPES)
def test_a_bad_delivery_is_refused_before_the_journey(partner, journeys, body, headers, status):
    assert partner.post("/exchange/v1/inbox", data=body, headers=headers).status_code == status
    assert journeys.asked == []


@pytest.mark.parametrize(
    ("error", "status"), [(QuotaReached(), 429), (Unavailable(), 503), (TooLarge(), 413)]
)
def test_a_journey_that_cannot_take_more_says_when_to_come_again(partner, journeys, error, status):
    journeys.answers["take_in"] = error

    answer = partner.post("/exchange/v1/inbox", data=WIRE, headers=ENVELOPE)

    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status != 413)


MAILBOX = "/exchange/v1/mailbox?iss=fiu.nl&ep=5&after=3"


def test_a_mailbox_is_a_head_line_and_one_envelope_a_line(partner, journeys):
    head = {"ep": 5, "from": 4, "to": 5, "count": 2, "last": 5}
    journeys.answers["mailbox"] = Mailbox(head=head, envelopes=[b"{4}", b"{5}"], etag="e1")

    answer = partner.get(MAILBOX + "&limit=2")

    first, *envelopes = answer.get_data().splitlines()
    assert json.loads(first) == head
    assert envelopes == [b"{4}", b"{5}"]
    assert answer.get_data().endswith(b"\n")
    assert journeys.asked[0][1][:5] == ("fiu.ee", "fiu.nl", 5, 3, 2)
    assert answer.headers["Poll-Interval"] == "30"


def test_an_unchanged_mailbox_is_not_sent_again(partner, journeys):
    journeys.answers["mailbox"] = Mailbox(head={}, envelopes=[], etag="e1")

    answer = partner.get(MAILBOX, headers={"If-None-Match": '"e1"'})

    assert (answer.status_code, answer.get_data()) == (304, b"")


def test_a_place_never_reached_is_a_conflict(partner, journeys):
    journeys.answers["mailbox"] = PlaceNeverReached()

    answer = partner.get(MAILBOX)

    assert (answer.status_code, answer.json["code"]) == (409, "place-never-reached")


BAD_MAILBOX = ["", "iss=A", "ep=-1", "ep=1.0", "ep=01", "after=x", "limit=0", "limit=33", "seq=1"]


@pytest.mark.parametrize("change", BAD_MAILBOX)
def test_a_bad_mailbox_query_is_refused(partner, journeys, change):
    parameters = {"iss": "fiu.nl", "ep": "5", "after": "3"}
    name, _, value = change.partition("=")
    query = (parameters | {name: value}) if change else {}

    assert partner.get("/exchange/v1/mailbox", query_string=query).status_code == 400
    assert journeys.asked == []


def test_receipts_are_brought_one_a_line(partner, journeys):
    journeys.answers["acknowledge"] = 2

    answer = partner.post("/exchange/v1/receipts", data=b"r1\nr2\n", headers=LINES)

    assert answer.json == {"taken": 2}
    assert journeys.asked[0][1][:2] == ([b"r1", b"r2"], "fiu.ee")


@pytest.mark.parametrize("body", [b"", b"\n", b"r1\n\nr2\n", b"r\n" * 501])
def test_receipts_that_are_not_lines_are_refused(partner, journeys, body):
    assert partner.post("/exchange/v1/receipts", data=body, headers=LINES).status_code == 400
    assert journeys.asked == []


def test_receipts_are_fetched_after_a_number(partner, journeys):
    journeys.answers["receipts"] = [b'{"number":4}', b'{"number":5}']

    answer = partner.get("/exchange/v1/receipts?after=3")

    assert answer.get_data() == b'{"number":4}\n{"number":5}\n'
    assert journeys.asked[0][1][:2] == ("fiu.ee", 3)
    assert partner.get("/exchange/v1/receipts").status_code == 400


def test_our_card_goes_out_as_it_was_signed(partner, journeys):
    journeys.answers["own_card"] = '{"payload":"x"}'

    assert partner.get("/exchange/v1/card").get_data() == b'{"payload":"x"}'


def test_our_keys_are_a_hint_that_anybody_may_read(calls_as, journeys):
    payload = {"signing": [{"jwk": {"kid": "s"}}], "encryption": [{"jwk": {"kid": "e"}, "nbf": 1}]}
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    journeys.answers["own_card"] = json.dumps({"payload": encoded, "signatures": []})

    answer = calls_as(None).get("/.well-known/xg-keys")

    assert answer.json == {"keys": [{"kid": "s"}, {"kid": "e"}]}


def test_a_wake_up_is_noted_and_says_nothing_else(partner, journeys):
    journeys.answers["note"] = None

    answer = partner.post("/exchange/v1/wake")

    assert (answer.status_code, answer.json) == (202, {"state": "noted"})
    assert journeys.asked[0][1][0] == "fiu.ee"
    assert partner.post("/exchange/v1/wake", data=b"x").status_code == 400
    assert partner.post("/exchange/v1/wake", data=b"xyz").status_code == 413
    assert len(journeys.asked) == 1
