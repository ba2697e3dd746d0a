"""The API describes itself truly, every error has one shape, and operators see what they may."""

import re

import pytest
import schemathesis

from gateway.core.errors import GatewayError, Unavailable
from gateway.web.problems import status_of


def test_the_description_is_valid_openapi(calls_as):
    document = calls_as(None).get("/openapi.json").json

    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_route_and_method_is_described_and_no_other(app, calls_as):
    paths = calls_as(None).get("/openapi.json").json["paths"]
    described = {
        (path, method.upper())
        for path, calls in paths.items()
        for method in calls
        if method != "parameters"
    }
    served = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/console/")  # pages for people
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert described == served


def test_every_call_has_a_summary_and_says_what_can_go_wrong(calls_as):
    paths = calls_as(None).get("/openapi.json").json["paths"]
    for path, calls in paths.items():
        for method in calls.keys() - {"parameters"}:
            assert calls[method]["summary"], path
            assert calls[method]["responses"], path


def test_the_page_for_people_lists_every_call_and_runs_nothing(app, calls_as):
    answer = calls_as(None).get("/docs")

    for path in calls_as(None).get("/openapi.json").json["paths"]:
        assert path in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_method_not_allowed_says_which_are(calls_as):
    answer = calls_as("client").delete("/v1/records")

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert answer.json["code"] == "method-not-allowed"


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "//v1/records", "/v1/../healthz", "/%2e%2e"])
def test_an_unknown_page_is_a_problem_too(calls_as, path):
    answer = calls_as(None).get(path)

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_every_answer_forbids_keeping_it(calls_as):
    for path in ("/healthz", "/nowhere", "/docs"):
        headers = calls_as(None).get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_type_of_a_problem_leads_to_a_page(calls_as):
    problem = calls_as(None).get("/v1/records").json

    page = calls_as(None).get(problem["type"])

    assert page.status_code == 200
    assert problem["code"] in page.text


@pytest.mark.parametrize(
    "code", ["record-refused", "envelope-refused", "internal-error", "method-not-allowed"]
)
def test_codes_that_no_error_class_has_lead_to_a_page(calls_as, code):
    assert calls_as(None).get(f"/problems/{code}").status_code == 200


def test_what_is_no_code_leads_nowhere_and_is_not_repeated(calls_as):
    answer = calls_as(None).get("/problems/<script>alert(1)<")

    assert answer.status_code == 404
    assert "script" not in answer.text


def test_every_error_class_has_a_status_and_a_sentence():
    classes = [GatewayError]
    for kind in classes:
        classes += kind.__subclasses__()
    for kind in classes:
        assert 400 <= status_of(kind.__new__(kind)) < 600
        assert kind.__doc__


def test_alive_and_ready_are_two_things(calls_as, store):
    store.failure = Unavailable()

    assert calls_as(None).get("/healthz").status_code == 200
    assert calls_as(None).get("/readyz").status_code == 503
    store.failure = None
    assert calls_as(None).get("/readyz").status_code == 200


def test_counts_are_read_by_a_client_with_the_scope(calls_as, journeys):
    journeys.answers["status"] = {
        "epoch": 4,
        "releases": [{"partner": "fiu.ee", "state": "due", "count": 3}],
        "quarantine": {"unmapped": 2},
        "ready": True,
        "name": "a text counts nothing",
    }

    text = calls_as("client").get("/metrics").text

    assert "gateway_epoch 4.0" in text
    assert 'gateway_releases_count{partner="fiu.ee",state="due"} 3.0' in text
    assert 'gateway_quarantine{of="unmapped"} 2.0' in text
    assert "a text" not in text
