"""The ways to and from national systems, as the settings say and the commands show."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from gateway.settings import load
from gateway.transport.drops import FolderDrop
from gateway.transport.folders import FolderTray
from gateway.transport.national import HttpsEndpoint, HttpsOrigin
from gateway.wiring_commands import opened

WAYS = """
[national_systems.police]
url = "https://cms.example/taken"
server_certificates_file = "var/tls/certificate.pem"
rendering = "stix"
[national_systems.bank]
directory = "tray"
acknowledge = "receipt"
[pulled_sources.cases]
client = "police"
directory = "drop"
[pulled_sources.reports]
client = "police"
url = "https://fiu.example/export.json"
ca_file = "var/tls/certificate.pem"
"""


def test_only_the_worker_holds_the_ways_that_the_settings_name(house):
    with house.config.open("a") as file:
        file.write(WAYS)
    settings = load(house.config, {})

    with opened(settings, "worker") as exchange:
        police, bank = exchange.systems["police"], exchange.systems["bank"]
        assert isinstance(police.endpoint, HttpsEndpoint)
        assert (police.tray, police.rendering) == (None, "stix")
        assert isinstance(bank.tray, FolderTray)
        assert bank.receipt_only
        assert isinstance(exchange.pulled["cases"].drop, FolderDrop)
        assert isinstance(exchange.pulled["reports"].origin, HttpsOrigin)
        assert exchange.pulled["reports"].quiet_ms == 86_400_000
    with opened(settings, "web") as exchange:
        assert (exchange.systems, exchange.pulled) == ({}, {})


def test_nothing_that_is_looked_at_is_said_so(house):
    assert "no source is looked at" in house.call("sources", "list").stdout
    assert "nothing was taken yet" in house.call("sources", "files", "cases").stdout


class Api:
    """A running gateway with one record in its inbox."""

    def inbox(self, after=None, limit=None):
        return {"items": [{"record": "ID", "version": 3}], "next": None}

    def written_as(self, record_id, version, rendering):
        return {
            "rendering": rendering,
            "losses": [{"pointer": "/nonce", "code": "no-place"}],
            "document": {"type": "bundle", "id": f"{record_id} {version}"},
        }


@pytest.fixture
def api(monkeypatch):
    @contextmanager
    def api_client(_):
        yield Api()

    monkeypatch.setattr("gateway.wiring_commands.api_client", api_client)


@pytest.mark.usefixtures("api")
def test_only_the_document_goes_to_standard_output(house):
    result = house.call("inbox", "show", "ID", "--as", "stix")

    assert json.loads(result.stdout) == {"type": "bundle", "id": "ID 3"}
    assert result.stderr == "no-place: /nonce\n"
    assert house.asked("inbox", "show", "ID", "--as", "stix")["rendering"] == "stix"
