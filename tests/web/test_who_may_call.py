"""Every call, every caller: clients below /v1, partners below /exchange, strangers nowhere."""

import ssl
from urllib.parse import quote

import pytest
import trustme

from gateway.web import identity
from gateway.web.edge import Edge

OPEN = {"/healthz", "/readyz", "/docs", "/openapi.json", "/problems/<code>", "/.well-known/xg-keys"}
PARTS = {
    "record_id": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    "version": "1",
    "rendering": "stix",
    "original_id": "o1",
    "copy_id": "c1",
    "notice_id": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8058",
    "code": "not-found",
    "disclosure_id": "d1",
    "group": "R-05:cases:hub.eu",
    "proposal_id": "p1",
    "name": "export",
    "number": "1",
}
# Blueprints whose calls are for persons; the others of /v1 are for clients.
FOR_PEOPLE = {"after", "disclosures", "finding", "links", "people", "questions", "workbench"}


def calls_below(app, prefix, *, people=None, blueprint=None):
    """Calls below a prefix; `people` says whether only those for persons, or only the others."""
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        of = rule.endpoint.partition(".")[0]
        wanted = people in (None, of in FOR_PEOPLE) and blueprint in (None, of)
        if rule.rule.startswith(prefix) and wanted:
            parts = {name: PARTS[name] for name in rule.arguments}
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, adapter.build(rule.endpoint, parts, method=method)


def statuses(browser, calls):
    return {call: browser.open(call[1], method=call[0]).status_code for call in calls}


CELLS = [
    ("/v1", None, 401),
    ("/v1", "nobody", 401),
    ("/v1", "partner", 403),
    ("/exchange", None, 401),
    ("/exchange", "nobody", 401),
    ("/exchange", "client", 403),
    ("/exchange", "person", 403),
    ("/exchange", "scopeless", 403),
    ("/metrics", None, 401),
    ("/metrics", "partner", 403),
    ("/metrics", "person", 403),
    ("/metrics", "scopeless", 403),
]


@pytest.mark.parametrize(
    ("caller", "people"),
    [
        ("person", False),
        ("auditor", False),
        ("scopeless", False),
        ("client", True),
        ("scopeless", True),
        ("partner", True),
    ],
)
def test_calls_for_people_and_for_machines_are_kept_apart(app, calls_as, journeys, caller, people):
    calls = list(calls_below(app, "/v1", people=people))

    assert calls
    assert statuses(calls_as(caller), calls) == dict.fromkeys(calls, 403)
    assert journeys.asked == []


def test_a_person_without_the_role_follows_nothing(app, calls_as, journeys):
    calls = list(calls_below(app, "/v1", blueprint="after"))

    assert calls
    assert statuses(calls_as("reader"), calls) == dict.fromkeys(calls, 403)
    assert journeys.asked == []


@pytest.mark.parametrize(("prefix", "caller", "status"), CELLS)
def test_each_call_is_closed_to_whom_it_is_not_for(app, calls_as, journeys, prefix, caller, status):
    calls = list(calls_below(app, prefix))

    assert calls
    assert statuses(calls_as(caller), calls) == dict.fromkeys(calls, status)
    assert journeys.asked == []


def test_whatever_is_not_listed_as_open_asks_who_calls(app):
    closed = ("/v1/", "/exchange/v1/", "/metrics", "/console/")
    rules = {rule.rule for rule in app.url_map.iter_rules()}

    assert {rule for rule in rules if not rule.startswith(closed)} == OPEN


@pytest.fixture(scope="module")
def leaf():
    authority = trustme.CA()
    return authority.issue_cert("bank.example").cert_chain_pems[0].bytes()


@pytest.fixture
def known(leaf, monkeypatch, journeys):
    der = ssl.PEM_cert_to_DER_cert(leaf.decode())
    by_der = identity.caller_of_certificate

    def caller_of_certificate(shown, exchange):
        return by_der(b"client" if shown == der else shown, exchange)

    monkeypatch.setattr(identity, "caller_of_certificate", caller_of_certificate)
    journeys.answers["status"] = {"epoch": 1}
    return quote(leaf.decode())


def ask(app, escaped, connection):
    browser = app.test_client()
    browser.environ_base["gunicorn.socket"] = connection
    return browser.get("/v1/status", headers={"X-Client-Cert": escaped}).status_code


def test_behind_a_proxy_the_header_says_who_calls(make_app, known, unix_socket):
    assert ask(make_app(Edge(behind_proxy_socket=True)), known, unix_socket) == 200


def test_on_a_tls_listener_the_header_is_a_strangers_word(make_app, known, tls_socket):
    assert ask(make_app(), known, tls_socket(None)) == 401
    assert ask(make_app(), known, tls_socket(b"scopeless")) == 403


def test_without_the_setting_a_unix_socket_does_not_make_the_header_true(
    make_app, known, unix_socket
):
    assert ask(make_app(), known, unix_socket) == 401


def test_with_the_setting_an_address_does_not_make_the_header_true(make_app, known, tls_socket):
    app = make_app(Edge(behind_proxy_socket=True))

    assert ask(app, known, tls_socket(b"client")) == 401
    assert ask(app, known, None) == 401


HEADERS = ["", "x", "%", "%FF%FE", "-----BEGIN CERTIFICATE-----", "a" * 20_000]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_holds_no_certificate_is_nobody(make_app, known, unix_socket, header):
    assert ask(make_app(Edge(behind_proxy_socket=True)), header, unix_socket) == 401


def test_a_certificate_given_twice_is_nobody(make_app, known, unix_socket):
    app = make_app(Edge(behind_proxy_socket=True))

    assert ask(app, f"{known},{known}", unix_socket) == 401


SPOOFS = ["X-Forwarded-For", "X-Real-Ip", "X-Client-Verify", "Forwarded", "X-Client-Dn"]


@pytest.mark.parametrize("header", SPOOFS)
def test_no_other_header_says_who_calls(calls_as, header):
    assert calls_as(None).get("/metrics", headers={header: "127.0.0.1"}).status_code == 401
