"""The connection test of a partner: where it ends, and which side must act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import NotFound
from gateway.flow.doctor import examine
from gateway.flow.exchange import Exchange
from gateway.flow.partners import own_card
from gateway.flow.ports import Answer, Reached
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, NL_ITEMS, two_gateways


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def nl(world: World) -> Exchange:
    return world.network.gateways[NL]


def stage(name: str, found: dict[str, Any]) -> dict[str, Any]:
    (one,) = [one for one in found["stages"] if one["stage"] == name]
    return dict(one)


def test_where_all_is_well_every_stage_passes(nl: Exchange) -> None:
    found = examine(HUB, nl)
    assert found["passed"]
    assert {one["state"] for one in found["stages"]} == {"passed"}


def test_a_partner_that_is_down_ends_at_the_connection(world: World, nl: Exchange) -> None:
    world.network.down.add(HUB)
    found = examine(HUB, nl)
    assert (found["first_fault"], found["who"]) == ("tcp", "both")
    assert stage("dns", found)["state"] == "passed"
    assert stage("clock", found)["state"] == "unknown"


@pytest.mark.parametrize(
    ("reached", "who"),
    [
        (Reached("dns", "address-refused", "x"), "us"),
        (Reached("dns", "unreachable", "x"), "partner"),
        (Reached("tls", "certificate-unknown", "x"), "partner"),
    ],
)
def test_who_must_act_follows_from_the_step(
    nl: Exchange, monkeypatch: pytest.MonkeyPatch, reached: Reached, who: str
) -> None:
    monkeypatch.setattr(type(nl.transport), "probe", lambda *_: [reached])
    found = examine(HUB, nl)
    assert (found["first_fault"], found["who"]) == (reached.stage, who)


def answering(nl: Exchange, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, Any]:
    """Examine a hub whose answer differs in this."""
    before = nl.transport.card

    def card(_: object, peer: Any) -> Answer:
        answer = before(peer)
        headers = {**(answer.headers or {}), **changes.pop("headers", {})}
        return replace(answer, headers=headers, **changes)

    monkeypatch.setattr(type(nl.transport), "card", card)
    return dict(examine(HUB, nl))


def test_a_certificate_that_it_does_not_know_is_for_the_partner_to_take_in(
    nl: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answering(nl, monkeypatch, status=401)
    assert (found["first_fault"], found["who"]) == ("our_certificate", "partner")


def test_clocks_that_differ_are_for_both(nl: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    date = "Thu, 01 Jan 2026 01:00:00 GMT"
    found = answering(nl, monkeypatch, headers={"date": date})
    assert (found["first_fault"], found["who"]) == ("clock", "both")


def test_a_newer_schema_is_for_us(nl: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answering(nl, monkeypatch, headers={"schema-versions": "case@2.0, answer@1.0"})
    assert (found["first_fault"], found["who"]) == ("schema", "us")
    assert stage("schema", found)["detail"] == "case@2.0"


def test_another_gateway_at_its_address_is_told(
    nl: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answering(nl, monkeypatch, body=own_card(nl).encode())
    assert (found["first_fault"], found["who"]) == ("identity", "partner")


def test_a_card_that_nobody_signed_is_told(nl: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answering(nl, monkeypatch, body=b"{}")
    assert (found["first_fault"], found["who"]) == ("signed_answer", "partner")


def test_without_an_agreement_it_is_for_us(world: World, nl: Exchange) -> None:
    world.configure(nl, NL_ITEMS.split("[agreement.")[0])
    found = examine(HUB, nl)
    assert (found["first_fault"], found["who"]) == ("agreement", "us")


def test_nobody_is_not_found(nl: Exchange) -> None:
    with pytest.raises(NotFound):
        examine("nobody.eu", nl)
