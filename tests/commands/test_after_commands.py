"""The commands about what was released, before the API of a real gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from test_questions import Wire

from gateway import wiring_commands
from gateway.cli.frame import Invocation
from gateway.cli.main import root
from gateway.flow.hand_on import waiting
from gateway.flow.identify import Person, client_of
from gateway.web import identity
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed, two_gateways

OFFICER = Person("officer-17", "police.nl", frozenset({"release_officer"}))
THEIRS = Person("officer-3", "europol.eu", frozenset({"release_officer"}))


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def gateway(world, monkeypatch):
    """Call a command as somebody of one of the gateways."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    callers = {
        b"nl": OFFICER,
        b"hub": THEIRS,
        b"analysts": client_of("analysts", hub),
        b"police": client_of("police", nl),
    }
    monkeypatch.setattr(identity, "caller_of_certificate", lambda der, _: callers[der])
    monkeypatch.setattr(Invocation, "settings", lambda _: None)

    def call(caller: str, *words: str, code: int = 0) -> Any:
        exchange = nl if caller in ("nl", "police") else hub
        wire = Wire(exchange, caller.encode())
        monkeypatch.setattr(wiring_commands, "api_client", lambda _: wire)
        result = CliRunner().invoke(root, [str(word) for word in words], prog_name="gateway")
        assert result.exit_code == code, result.output
        # the application's log goes to the same stream; an answer in JSON is its last line
        return json.loads(result.stdout.splitlines()[-1]) if "--json" in words else result.output

    return call


@pytest.fixture
def record(world) -> str:
    """A case that the hub has, and its national system was handed."""
    (outcome,) = world.push(world.network.gateways[NL], addressed("case", HUB))
    world.work()
    hub = world.network.gateways[HUB]
    assert waiting(client_of("analysts", hub), 0, 9, hub).entries
    return str(outcome.record)


def test_a_person_is_recalled_followed_and_the_table_is_complete(world, gateway, record):
    done = gateway(
        *("nl", "records", "recall", record, "--reason", "wrong_person"),
        *("--person", "/persons/0", "--json"),
    )
    assert done["holders"] == [HUB]
    world.work()
    (told,) = gateway("nl", "records", "holders", record, "--json")["notices"][0]["holders"]
    assert (told["gateway"], told["own_system"]) == ("applied", "open")
    shown = gateway("analysts", "inbox", "notices")
    assert "recall" in shown
    assert "/persons/0" in shown
    gateway("analysts", "inbox", "follow", done["notice"])
    world.work()
    shown = gateway("nl", "records", "holders", record)
    assert "recall of /persons/0" in shown
    assert "done" in shown
    assert "nothing to follow" in gateway("analysts", "inbox", "notices")


def test_what_a_national_system_keeps_is_told_with_its_basis(world, gateway, record):
    done = gateway("nl", "records", "erase", record, "--reason", "court_order", "--json")
    world.work()
    gateway("analysts", "inbox", "follow", done["notice"], "--keep", "criminal_procedure")
    world.work()
    (told,) = gateway("nl", "records", "holders", record, "--json")["notices"][0]["holders"]
    assert (told["gateway"], told["own_system"]) == ("erased", "kept")


def test_restrictions_disputes_and_categories_by_command(world, gateway, record):
    gateway("nl", "records", "restrict", record, "--reason", "evidence", "--until", "2036-09-01")
    gateway("nl", "records", "restrict", record, "--add", "H2")
    gateway("nl", "records", "dispute", record, "--by", "court")
    gateway("nl", "records", "category", record, "--person", "/persons/0", "--to", "associate")
    gateway("nl", "records", "restrict", record, "--reason", "evidence", "--lift")
    world.work()
    kinds = [one["kind"] for one in gateway("analysts", "inbox", "notices", "--json")]
    # of the two restrictions the later one may have come first: then the other is not told
    assert set(kinds) == {"category_change", "change_restrictions", "dispute", "restrict"}
    for exchange in world.network.gateways.values():
        with exchange.store.reading() as work:
            assert [row.state for row in work.records.versions(record)] == ["disputed"]
    gateway("nl", "records", "restrict", record, code=2)


def test_a_lifted_restriction_is_shown_as_lifted(world, gateway, record):
    restrict = ("nl", "records", "restrict", record, "--reason", "evidence")
    gateway(*restrict, "--until", "2036-09-01")
    world.work()
    shown = gateway("analysts", "inbox", "notices")
    assert "restrict" in shown
    assert "lifted" not in shown
    gateway(*restrict, "--lift")
    world.work()
    assert "restrict lifted" in gateway("analysts", "inbox", "notices")
    shown = gateway("nl", "records", "holders", record)
    assert shown.count("restrict of the record") == 1
    assert shown.count("restrict lifted of the record") == 1
    assert [
        one["lifts"] for one in gateway(*restrict[:2], "holders", record, "--json")["notices"]
    ] == [False, True]


def test_copies_and_reviews_by_command(gateway, record):
    words = ("--to", "court.example", "--way", "paper", "--copies", "2")
    copy = gateway("nl", "records", "copy", record, *words, "--json")
    assert "copies still out: 2" in gateway("nl", "records", "holders", record)
    gateway("nl", "records", "copy-end", record, copy["copy"], "--state", "destroyed")
    assert "copies still out: 0" in gateway("nl", "records", "holders", record)
    assert "none" in gateway("nl", "records", "review", "--days", "1")
    assert record in gateway("nl", "records", "review", "--days", "3000")


def test_keeping_and_passing_on_by_command(gateway, record):
    assert "kept" in gateway("hub", "records", "keep", record)
    assert "ended" in gateway("hub", "records", "keep", record, "--end")
    assert "not-passed-on" in gateway("hub", "records", "pass-on", record, NL, code=1)
    assert "a record of ours" in gateway("nl", "records", "keep", record, code=1)


def test_a_recall_tells_in_plain_words_what_leans_on_it(world, gateway, record):
    (derived,) = world.push(
        world.network.gateways[NL],
        addressed("financial_signal", HUB, provider_ref="d", derived_from=[record]),
    )
    shown = gateway("nl", "records", "recall", record, "--reason", "unlawful")
    assert f"goes to: {HUB}" in shown
    assert str(derived.record) in shown
    assert "recalled already" in gateway(
        *("nl", "records", "recall", record, "--reason", "unlawful"), code=1
    )
