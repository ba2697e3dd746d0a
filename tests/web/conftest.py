"""A web application over journeys that are played by a recorder: the edges alone are tested."""

import socket
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from gateway.core.errors import Unidentified
from gateway.core.limits import Limits
from gateway.flow.identify import Client, PartnerCaller, Person
from gateway.web import identity
from gateway.web.api import after, disclosures, inbox, people, records, workbench
from gateway.web.api import exchange as between_gateways
from gateway.web.app import create_app
from gateway.web.edge import Edge
from keys import passwords
from keys.guarded import Cost
from tests.journeys.scenes import two_gateways
from tests.journeys.staff import staffed

NOW_MS = 1_800_000_000_000
CALLERS = {
    b"client": Client(
        "bank", "fiu.nl", frozenset({"submit", "inbox", "read", "quarantine"}), ("goaml",)
    ),
    b"scopeless": Client("printer", "fiu.nl", frozenset(), ("goaml",)),
    b"person": Person("officer-17", "fiu.nl", frozenset({"release_officer"})),
    b"auditor": Person("auditor-2", "fiu.nl", frozenset({"auditor"})),
    b"reader": Person("officer-9", "fiu.nl", frozenset({"read_only"})),
    b"partner": PartnerCaller("fiu.ee"),
}


@pytest.fixture
def world():
    """Our gateway and a hub that know each other."""
    return two_gateways()


@pytest.fixture
def nl(world):
    """Our gateway, with people of every role."""
    return staffed(world)


@pytest.fixture
def cheap_hashes(monkeypatch):
    """Make hashes of passwords cost nothing."""
    cheap = Cost(iterations=1, lanes=1, memory_kib=8)
    for module in ("gateway.flow.sign_in", "gateway.flow.welcome"):
        monkeypatch.setattr(f"{module}.hashed", lambda given: passwords.hashed(given, cheap))


class TlsSocket:
    """What gunicorn hands over as `gunicorn.socket`, with this certificate shown."""

    family = socket.AF_INET

    def __init__(self, der):
        self.der = der
        self.timeout = None

    def getpeercert(self, binary_form):
        return self.der

    def gettimeout(self):
        return self.timeout

    def settimeout(self, value):
        self.timeout = value


class UnixSocket:
    family = socket.AF_UNIX

    def gettimeout(self):
        return None

    def settimeout(self, value):
        pass


class Journeys:
    """Answers each journey by what a test put into `answers`, and keeps what it was asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []

    def play(self, name):
        def journey(*arguments, **named):
            self.asked.append((name, arguments, named))
            answer = self.answers[name]
            if isinstance(answer, BaseException):
                raise answer
            if callable(answer):
                return answer(*arguments, **named)
            return answer

        return journey


class Store:
    """A store of which only its epoch can be asked."""

    failure = None

    @contextmanager
    def reading(self):
        if self.failure:
            raise self.failure
        yield SimpleNamespace(config=SimpleNamespace(epoch=lambda: 1))


@pytest.fixture
def journeys(monkeypatch):
    played = Journeys()
    names = {
        records: ("bulk_view", "submit", "replay"),
        inbox: ("waiting", "settle", "may", "written_as"),
        disclosures: ("page", "show", "transfers"),
        after: (
            *("notify", "holders", "note_copy", "settle_copy", "pass_on", "keep", "release"),
            *("review_queue", "open_notices", "settle_notice", "held", "admit"),
        ),
        between_gateways: (
            *("take_in", "receipt_of", "mailbox", "receipts", "acknowledge", "own_card", "note"),
        ),
        people.holds: ("groups", "sample", "decline"),
        people.approving: ("approve_set",),
        people.propose: ("page", "propose", "shown", "approve", "reject"),
        people.configuring: ("preview_of",),
        people.urgent: ("waiting", "lift"),
        workbench.administering: (
            *("groups", "replay_group", "try_document", "try_original", "check_mapping"),
            "try_profile",
        ),
        records.look: (
            *("record_view", "timeline", "explain", "records_page"),
            *("quarantine_page", "quarantine_show", "status"),
        ),
    }
    for module, functions in names.items():
        for function in functions:
            monkeypatch.setattr(module, function, played.play(function))

    def caller_of_certificate(der, exchange):
        if der not in CALLERS:
            raise Unidentified
        return CALLERS[der]

    monkeypatch.setattr(identity, "caller_of_certificate", caller_of_certificate)
    return played


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def make_app(journeys, store):
    def make(edge=None):
        exchange = SimpleNamespace(limits=Limits(), store=store, now_ms=lambda: NOW_MS)
        return create_app(exchange, edge or Edge())

    return make


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def calls_as(app):
    """Return a test client whose connection showed the certificate of this caller."""

    def calls(name):
        browser = app.test_client()
        der = None if name is None else name.encode()
        browser.environ_base["gunicorn.socket"] = TlsSocket(der)
        return browser

    return calls


@pytest.fixture
def national(calls_as):
    return calls_as("client")


@pytest.fixture
def partner(calls_as):
    return calls_as("partner")


@pytest.fixture
def unix_socket():
    return UnixSocket()


@pytest.fixture
def tls_socket():
    return TlsSocket
