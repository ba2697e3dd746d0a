"""Administrators mend mappings over the API, each those of their own organisation."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.scenes import two_gateways
from tests.journeys.test_mending_mappings import (
    LINES,
    MAPPING,
    MENDED,
    configure_again,
    configured,
    push,
    the_one,
)
from tests.web.conftest import TlsSocket


class Bench:
    """The API of a gateway in whose quarantine three documents wait."""

    def __init__(self, nl: Exchange) -> None:
        self.nl = nl
        self.app = create_app(nl, Edge())

    def ask(self, name: str, method: str, path: str, body: Any = None):
        browser = self.app.test_client()
        browser.environ_base["gunicorn.socket"] = TlsSocket(name.encode())
        named = {} if body is None else {"json": body}
        return browser.open(f"/v1/workbench/{path}", method=method, **named)


@pytest.fixture
def bench(monkeypatch) -> Bench:
    nl = configured(two_gateways(), MAPPING)
    push(nl, *LINES)
    monkeypatch.setattr(
        identity, "caller_of_certificate", lambda der, exchange: person_of(der.decode(), exchange)
    )
    return Bench(nl)


CALLS = {
    "groups": ("GET", "groups", None),
    "replay": ("POST", "replay", {}),
    "try": ("POST", "try", {"source": "export", "document": "{}"}),
    "check": ("POST", "check", {"name": "export", "mapping": {}}),
    "mappings": ("GET", "mappings", None),
    "mapping": ("GET", "mappings/export", None),
    "version": ("GET", "mappings/export/versions/1", None),
    "original": ("POST", "originals/x/try", {"reason": "mend"}),
}


@pytest.mark.parametrize(("method", "path", "body"), CALLS.values(), ids=CALLS.keys())
def test_only_administrators_are_let_in(bench, method, path, body):
    assert bench.ask("other", method, path, body).status_code == 403
    assert bench.ask("admin", method, path, body).status_code in {200, 404, 422}


def test_a_group_is_counted_then_replayed_with_its_count(bench):
    (group,) = bench.ask("admin", "GET", "groups").json["items"]
    chosen = {name: group[name] for name in ("source", "cause", "stage", "adapter_version")}
    configure_again(bench.nl)

    counted = bench.ask("admin", "POST", "replay", chosen).json
    assert counted == {"count": 3, "outcomes": []}
    assert bench.ask("admin", "POST", "replay", {**chosen, "count": 4}).status_code == 409
    done = bench.ask("admin", "POST", "replay", {**chosen, "count": 3}).json
    assert sorted(one["state"] for one in done["outcomes"]) == ["quarantined", "stored", "stored"]


def test_a_mapping_is_tried_and_checked_and_its_mistakes_are_all_told(bench):
    mended = tomllib.loads(MENDED)
    document = json.dumps(LINES[1])
    asked = {"source": "export", "document": document}

    (before,) = bench.ask("admin", "POST", "try", asked).json["items"]
    (after,) = bench.ask("admin", "POST", "try", {**asked, "mapping": mended}).json["items"]
    assert (before["state"], after["state"]) == ("quarantined", "understood")
    assert after["result"]["status"] == "closed"
    report = bench.ask("admin", "POST", "check", {"name": "export", "mapping": mended}).json
    assert (report["originals"], report["newly_passing"]) == (4, 2)
    wrong = {"name": "export", "mapping": {"format": "xlsx"}}
    refused = bench.ask("admin", "POST", "check", wrong)
    assert refused.status_code == 422
    assert {one["pointer"] for one in refused.json["errors"]} == {"/format", "/type", "/fields"}
    assert bench.ask("admin", "POST", "try", {**asked, "source": "nobody"}).status_code == 404


def test_a_waiting_document_is_shown_beside_what_it_would_become(bench):
    path = f"originals/{the_one('E-2', bench.nl)}/try"
    body = {"reason": "mend", "name": "export", "mapping": tomllib.loads(MENDED)}

    shown = bench.ask("admin", "POST", path, body).json

    assert json.loads(shown["document"])["ref"] == "E-2"
    assert [one["state"] for one in shown["records"]] == ["understood"]


def test_a_mapping_is_shown_with_its_versions_and_what_each_changed(bench):
    configure_again(bench.nl)
    listed = bench.ask("admin", "GET", "mappings").json
    (one,) = listed["mappings"]
    assert (one["name"], one["version"], one["by_file"], one["sources"]) == (
        "export", 2, True, ["export"],
    )  # fmt: skip
    shown = bench.ask("admin", "GET", "mappings/export").json
    assert tomllib.loads(shown["text"]) == tomllib.loads(MENDED)
    assert [one["version"] for one in shown["versions"]] == [2, 1]
    lines = bench.ask("admin", "GET", "mappings/export/versions/2").json["lines"]
    (added,) = [line for what, line in lines if what == "added"]
    assert 'shut = "closed"' in added
    assert bench.ask("admin", "GET", "mappings/export/versions/9").status_code == 404
    assert bench.ask("admin", "GET", "mappings/none").status_code == 404
