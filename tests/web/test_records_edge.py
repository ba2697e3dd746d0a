"""Pushing and looking: each outcome has its status, each bad request its refusal."""

import json

import pytest

from gateway.core.errors import (
    Conflict,
    Fault,
    Forbidden,
    Malformed,
    NotFound,
    StaleDecision,
    TooLarge,
    Unavailable,
)
from gateway.flow.outcome import Outcome, PartnerDecision

RECORD = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
XML = {"Content-Type": "application/xml"}
STORED = Outcome(
    state="stored",
    record=RECORD,
    version=1,
    original="o1",
    releases=(PartnerDecision(partner="fiu.ee", state="due", code="R-00", reason="covered"),),
)
FAULT = Fault("/amount", "number", "not an amount", "digits and one dot")

STATUSES = {
    "stored": (STORED, 201),
    "duplicate": (Outcome(state="duplicate", record=RECORD, version=1), 200),
    "quarantined": (Outcome(state="quarantined", original="o1", faults=(FAULT,)), 202),
    "conflict": (Outcome(state="conflict", record=RECORD, faults=(FAULT,)), 409),
    "refused": (Outcome(state="refused", faults=(FAULT,)), 422),
}


@pytest.mark.parametrize(("outcome", "status"), STATUSES.values(), ids=STATUSES.keys())
def test_one_record_is_answered_by_the_status_of_its_outcome(national, journeys, outcome, status):
    journeys.answers["submit"] = [outcome]

    answer = national.post("/v1/records", data=b"<a/>", headers=XML)

    assert answer.status_code == status
    body = answer.json if status < 400 else answer.json["outcome"]
    assert body["state"] == outcome.state
    assert body.get("errors", []) == [
        {"pointer": "/amount", "code": "number", "detail": "not an amount"}
        | {"hint": "digits and one dot"}
        for _ in outcome.faults
    ]


def test_a_refused_record_is_a_problem_that_names_each_fault(national, journeys):
    journeys.answers["submit"] = [STATUSES["refused"][0]]

    answer = national.post("/v1/records", data=b"<a/>", headers=XML)

    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "record-refused"
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/amount"]
    assert answer.json["request_id"] == answer.headers["Request-Id"]


def test_a_stored_record_says_where_it_is_and_what_was_decided(national, journeys):
    journeys.answers["submit"] = [STORED]

    answer = national.post("/v1/records", data=b"<a/>", headers=XML)

    assert answer.headers["Location"] == f"/v1/records/{RECORD}"
    assert answer.json["releases"][0]["partner"] == "fiu.ee"


def test_several_records_get_one_outcome_a_line_in_their_order(national, journeys):
    journeys.answers["submit"] = [outcome for outcome, _ in STATUSES.values()]

    answer = national.post("/v1/records", data=b"a,b\n", headers={"Content-Type": "text/csv"})

    assert answer.status_code == 200
    assert answer.content_type == "application/x-ndjson"
    lines = answer.get_data().splitlines()
    assert [json.loads(line)["state"] for line in lines] == list(STATUSES)
    assert int(answer.headers["Content-Length"]) == len(answer.get_data())


def test_ndjson_is_answered_by_lines_even_for_one_record(national, journeys):
    journeys.answers["submit"] = [STORED]

    answer = national.post(
        "/v1/records", data=b"{}\n", headers={"Content-Type": "application/x-ndjson"}
    )

    assert answer.status_code == 200
    assert json.loads(answer.get_data())["state"] == "stored"


def test_the_journey_gets_what_the_request_says(national, journeys):
    journeys.answers["submit"] = [STORED]
    headers = {
        "Content-Type": "Application/XML; charset=UTF-8",
        "Source": "other",
        "Idempotency-Key": '"k-1"',
        "Urgent-Reason": "child%20at%20risk",
        "Bulk": "cases.1",
    }

    national.post("/v1/records", data=b"<a/>", headers=headers)

    ((_, (submission, _), _),) = journeys.asked
    assert submission.source == "other"
    assert submission.media_type == "application/xml"
    assert submission.raw == b"<a/>"
    assert submission.idempotency_key == "k-1"
    assert submission.bulk == "cases.1"
    assert submission.urgent_reason == "child at risk"


def test_the_only_source_of_a_client_need_not_be_named(national, journeys):
    journeys.answers["submit"] = [STORED]
    national.post("/v1/records", data=b"<a/>", headers=XML)

    assert journeys.asked[0][1][0].source == "goaml"


def test_a_push_with_a_source_that_is_none_is_told_which_there_are(national, journeys):
    answer = national.post("/v1/records", data=b"<a/>", headers=XML | {"Source": "../etc"})

    assert answer.json["detail"] == "Source: one of your sources is needed: goaml"


def test_the_hint_for_a_record_id_tells_how_one_looks(national, journeys):
    answer = national.get("/v1/records/nope")

    assert (answer.status_code, answer.json["detail"]) == (400, "not a record id")
    assert "urn:uuid:" in answer.json["hint"]


BAD_REQUESTS = {
    "no media type": ({"Content-Type": ""}, b"x", 415),
    "a media type that is none": ({"Content-Type": "xml"}, b"x", 415),
    "another charset": ({"Content-Type": "text/xml; charset=utf-7"}, b"x", 415),
    "a compressed body": (XML | {"Content-Encoding": "gzip"}, b"x", 415),
    "a source that is no name": (XML | {"Source": "../etc"}, b"x", 400),
    "a bulk without a key": (XML | {"Bulk": "cases.1"}, b"x", 400),
    "no name of a bulk": (XML | {"Bulk": "A B", "Idempotency-Key": "k"}, b"x", 400),
    "two idempotency keys": (XML | {"Idempotency-Key": "a, b"}, b"x", 400),
    "an empty idempotency key": (XML | {"Idempotency-Key": ""}, b"x", 400),
    "a very long idempotency key": (XML | {"Idempotency-Key": "a" * 129}, b"x", 400),
    "a reason with control characters": (XML | {"Urgent-Reason": "a%0Ab"}, b"x", 400),
    "a body beyond the limit": (XML, b"x" * (8 * 1024 * 1024 + 1), 413),
}


@pytest.mark.parametrize(("headers", "body", "status"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_bad_push_is_refused_before_the_journey(national, journeys, headers, body, status):
    answer = national.post("/v1/records", data=body, headers=headers)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert journeys.asked == []


def test_a_body_of_unknown_length_is_counted_while_it_comes(national, journeys):
    class Endless:
        given = 0

        def read(self, size=-1):
            Endless.given += 65536
            return b"x" * 65536

        def readinto(self, buffer):
            Endless.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    answer = national.post(
        "/v1/records",
        headers=XML,
        environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True},
    )

    assert answer.status_code == 413
    assert answer.headers["Connection"] == "close"
    assert Endless.given < 9 * 1024 * 1024


ERRORS = {
    "malformed": (Malformed(), 400),
    "forbidden": (Forbidden(), 403),
    "not found": (NotFound(), 404),
    "conflict": (Conflict(), 409),
    "decided on something stale": (StaleDecision(), 409),
    "too large": (TooLarge(), 413),
    "unavailable": (Unavailable(), 503),
}


@pytest.mark.parametrize(("error", "status"), ERRORS.values(), ids=ERRORS)
def test_what_a_journey_refuses_has_its_status_and_code(national, journeys, error, status):
    journeys.answers["submit"] = error

    answer = national.post("/v1/records", data=b"<a/>", headers=XML)

    assert (answer.status_code, answer.json["code"]) == (status, error.code)
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_fault_of_ours_tells_an_incident_and_nothing_of_the_content(national, journeys, capsys):
    journeys.answers["submit"] = ValueError("Jan Jansen NL91ABNA0417164300")

    answer = national.post("/v1/records", data=b"<a/>", headers=XML)

    assert answer.status_code == 500
    assert answer.json["code"] == "internal-error"
    said = answer.get_data(as_text=True) + capsys.readouterr().out
    assert answer.json["incident"] in said
    assert "Jansen" not in said


def test_pages_lead_to_each_other_by_opaque_cursors(national, journeys):
    journeys.answers["records_page"] = ([{"id": RECORD}], RECORD)

    first = national.get("/v1/records?limit=1")
    second = national.get(f"/v1/records?after={first.json['next']}&limit=1")

    assert first.headers["Link"].startswith("</v1/records?after=")
    assert second.status_code == 200
    assert [asked[1][1:3] for asked in journeys.asked] == [("", 1), (RECORD, 1)]


BAD_QUERIES = {
    "limit zero": "limit=0",
    "limit beyond the page": "limit=101",
    "limit as text": "limit=ten",
    "limit of a million digits": "limit=" + "9" * 100_000,
    "negative limit": "limit=-1",
    "cursor of nobody": "after=%F0%9F",
    "cursor that is no base64": "after=***",
    "parameter unknown": "offset=3",
    "parameter twice": "limit=1&limit=2",
}


@pytest.mark.parametrize("query", BAD_QUERIES.values(), ids=BAD_QUERIES)
@pytest.mark.parametrize("path", ["/v1/records", "/v1/quarantine", "/v1/inbox"])
def test_a_bad_query_is_refused(national, journeys, path, query):
    answer = national.get(f"{path}?{query}")

    assert (answer.status_code, answer.json["code"]) == (400, "request-malformed")
    assert journeys.asked == []


def test_a_record_known_by_its_etag_is_not_sent_again(national, journeys):
    journeys.answers["record_view"] = {"record": RECORD, "version": 1}
    first = national.get(f"/v1/records/{RECORD}")

    again = national.get(f"/v1/records/{RECORD}", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json["version"] == 1
    assert (again.status_code, again.get_data()) == (304, b"")


@pytest.mark.parametrize("journey", ["", "/timeline", "/explain?partner=fiu.ee"])
def test_a_record_of_another_looks_like_none(national, journeys, journey):
    for name in ("record_view", "timeline", "explain"):
        journeys.answers[name] = NotFound()

    answer = national.get(f"/v1/records/{RECORD}{journey}")

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", ["/v1/records/1", "/v1/records/%00", "/v1/records/urn:uuid:x"])
def test_what_is_no_record_id_is_refused(national, path):
    assert national.get(path).status_code == 400


def test_an_explanation_needs_a_partner(national):
    assert national.get(f"/v1/records/{RECORD}/explain").status_code == 400


def test_only_what_is_ones_own_is_replayed(national, journeys):
    journeys.answers |= {"quarantine_show": NotFound(), "replay": [STORED]}

    assert national.post("/v1/quarantine/o1/replay").status_code == 404
    assert [name for name, *_ in journeys.asked] == ["quarantine_show"]


def test_a_replay_is_answered_as_a_push(national, journeys):
    journeys.answers |= {"quarantine_show": {"id": "o1"}, "replay": [STORED]}

    assert national.post("/v1/quarantine/o1/replay").status_code == 201


def test_a_client_sees_how_far_its_bulk_has_come(national, journeys):
    journeys.answers["bulk_view"] = {"name": "cases.1", "pieces": 2}
    answer = national.get("/v1/bulks/cases.1")
    assert (answer.status_code, answer.json["pieces"]) == (200, 2)
    ((_, (name, client, _), _),) = journeys.asked
    assert (name, client.name) == ("cases.1", "bank")
