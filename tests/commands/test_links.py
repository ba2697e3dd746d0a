"""`gateway links`: seen by one person, promoted by two, taken back."""

from __future__ import annotations

import pytest

from tests.commands.conftest import House
from tests.commands.in_process import Act, acting_on
from tests.journeys.gateways import World
from tests.journeys.scenes import NL, two_gateways
from tests.journeys.subjects import EMAIL, alert, at_hub, desked, only, promotions, report


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def acting(world: World, house: House, monkeypatch: pytest.MonkeyPatch) -> Act:
    return acting_on(desked(world), house, monkeypatch)


def test_an_alert_is_linked_promoted_by_two_and_delivered(world: World, acting: Act) -> None:
    nl = world.network.gateways[NL]
    signal = only(world.push(nl, alert()))
    ground = only(world.push(nl, report(partner="nobody.eu"), source="desk"))

    listed = acting("analyst-1", "links", "list", plain=True).stdout
    assert "hotline_report" in listed
    assert EMAIL["email"] not in listed
    made = acting(
        "analyst-1", "links", "promote", signal, "--on", ground, "--reason", "corroborated"
    )
    told = acting(
        *("officer-2", "proposals", "approve", made["id"], "--digest", made["digest"]), plain=True
    )
    assert told.exit_code == 0
    world.work()

    (promotion,) = promotions(signal, nl)
    assert at_hub(promotion.record, nl) == "stored"
    after = acting("analyst-1", "links", "list", "--record", signal, plain=True).stdout
    assert f"{promotion.record}: promoted on {ground}, standing" in after


def test_a_link_is_confirmed_by_two_and_taken_back_by_one(world: World, acting: Act) -> None:
    nl = world.network.gateways[NL]
    signal = only(world.push(nl, alert()))
    ground = only(world.push(nl, report(partner="nobody.eu", identities=[]), source="desk"))
    words = ("links", "confirm", signal, ground, "--part", "/persons/0", "--reason", "same_person")

    shown = acting("analyst-1", *words, plain=True)
    assert "waits for a second person" in shown.stdout
    made = acting("analyst-1", *words)  # the same proposal: it was made already
    acting("officer-2", "proposals", "approve", made["id"], "--digest", made["digest"])
    (found,) = acting("analyst-1", "links", "list")
    assert found["links"][0]["same_subject"] == "confirmed_link"

    ended = ("links", "end", signal, ground, "--reason", "mistaken")
    assert acting("officer-1", *ended, plain=True).stdout.strip() == "the link stands no more"
    assert acting("analyst-1", "links", "list") == []
    again = acting("officer-1", *ended, plain=True)
    assert (again.exit_code, again.stderr.split(":")[0]) == (1, "not-found")


def test_what_carries_nothing_is_refused_with_the_reason(world: World, acting: Act) -> None:
    nl = world.network.gateways[NL]
    one, other = (only(world.push(nl, alert(ref))) for ref in ("BANK-1", "BANK-2"))
    refused = acting(
        *("analyst-1", "links", "promote", one, "--on", other, "--reason", "corroborated"),
        plain=True,
    )
    assert refused.exit_code == 1
    assert refused.stderr.startswith("not-promotable: the ground is financial at its roots")
