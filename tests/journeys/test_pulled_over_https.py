"""A source that offers a document at an address is asked if it has changed, and taken once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gateway.core.errors import Unavailable
from gateway.flow import look
from gateway.flow.exchange import Exchange
from gateway.flow.ports import Answer, PulledSource
from gateway.flow.pull_https import pull_https
from tests.journeys.gateways import World
from tests.journeys.scenes import NL
from tests.journeys.test_pulled_from_folders import CASE, held, standing


@dataclass
class Offered:
    """A server that knows its versions."""

    body: bytes = b""
    version: str = '"1"'
    url: str = "https://fiu.example/export.json"
    status: int = 200
    down: bool = False
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, etag: str | None, modified: str | None) -> Answer:
        self.asked.append((etag, modified))
        if self.down:
            raise Unavailable
        if self.status == 200 and etag == self.version:
            return Answer(status=304, body=b"")
        headers = {"etag": self.version, "last-modified": "Mon, 02 Feb 2026 10:00:00 GMT"}
        return Answer(status=self.status, body=self.body, headers={**headers, **self.headers})


def offering(world: World, **members: Any) -> tuple[Exchange, Offered]:
    server = Offered(body=json.dumps(CASE).encode())
    source = PulledSource(name="cases", client="police", origin=server, **members)
    nl = replace(world.network.gateways[NL], pulled={"cases": source})
    world.network.gateways[NL] = nl
    return nl, server


def ask(world: World) -> None:
    assert world.run(pull_https, "cases", world.network.gateways[NL]) == 0


def test_what_changed_is_taken_and_what_did_not_is_not_asked_for(world: World) -> None:
    nl, server = offering(world)
    ask(world)
    ask(world)
    assert server.asked == [(None, None), ('"1"', "Mon, 02 Feb 2026 10:00:00 GMT")]
    assert len(held(nl)) == 1

    server.version, server.body = '"2"', json.dumps({**CASE, "provider_ref": "b"}).encode()
    ask(world)
    assert len(held(nl)) == 2


def test_the_same_bytes_under_another_version_are_taken_once(world: World) -> None:
    nl, server = offering(world)
    ask(world)
    server.version = '"2"'
    ask(world)
    ask(world)
    assert server.asked[-1][0] == '"2"'
    with nl.store.reading() as work:
        assert len(work.pulls.page("cases", before=2**60, limit=9)) == 1


@pytest.mark.parametrize("bad", ["a\nb", "x" * 600, ""])
def test_a_version_that_could_not_stand_in_a_header_is_not_kept(world: World, bad: str) -> None:
    nl, server = offering(world)
    server.headers = {"etag": bad, "last-modified": bad}
    ask(world)
    ask(world)
    assert server.asked[-1] == (None, None)
    assert len(held(nl)) == 1


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_a_server_that_does_not_give_it_is_asked_later(world: World, status: int) -> None:
    nl, server = offering(world)
    server.status = status
    ask(world)
    ask(world)
    assert len(server.asked) == 1
    assert (standing(nl)["state"], standing(nl)["code"]) == ("failing", str(status))
    server.status = 200
    world.clock.forward(seconds=2)
    ask(world)
    assert standing(nl)["state"] == "listening"
    assert len(held(nl)) == 1


def test_a_server_that_is_down_is_asked_less_and_less(world: World) -> None:
    _, server = offering(world)
    server.down = True
    for _ in range(200):
        ask(world)
        world.clock.forward(seconds=1)
    assert 6 <= len(server.asked) <= 14


def test_a_document_that_fails_is_not_taken_again_and_again(world: World) -> None:
    nl, server = offering(world)
    server.body = b"{"
    ask(world)
    server.headers = {"etag": "", "last-modified": ""}
    ask(world)
    with nl.store.reading() as work:
        (row,) = work.pulls.page("cases", before=2**60, limit=9)
    assert row.state == "failed"


def test_a_server_that_never_has_anything_new_is_silent(world: World) -> None:
    nl, _ = offering(world, quiet_ms=60_000)
    ask(world)
    for _ in range(61):
        world.clock.forward(seconds=1)
        ask(world)
    assert standing(nl)["state"] == "quiet"
    assert look.status(nl)["pulled_sources"][0]["silent_seconds"] == 61
