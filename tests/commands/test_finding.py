"""`gateway records find`: filters, and an identifier that is asked for."""

from __future__ import annotations

import pytest

from tests.commands.conftest import House
from tests.commands.in_process import Act, acting_on
from tests.journeys.gateways import World
from tests.journeys.scenes import NL, two_gateways
from tests.journeys.staff import acts
from tests.journeys.subjects import EMAIL, alert, desked, only, report


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def acting(world: World, house: House, monkeypatch: pytest.MonkeyPatch) -> Act:
    return acting_on(desked(world), house, monkeypatch)


def test_records_are_found_by_filters_and_by_an_identifier(
    world: World, acting: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    nl = world.network.gateways[NL]
    signal = only(world.push(nl, alert()))
    ground = only(world.push(nl, report(partner="nobody.eu"), source="desk"))

    (one,) = acting("analyst-1", "records", "find", "--type", "financial_signal")
    assert one["id"] == signal
    assert acting("analyst-1", "records", "find", "--since", "2030-01-01") == []
    reference = alert()["provider_ref"]
    assert [
        row["id"] for row in acting("analyst-1", "records", "find", "--reference", reference)
    ] == [signal]
    monkeypatch.setattr("click.prompt", lambda *_, **__: EMAIL["email"])
    found = acting("analyst-1", "records", "find", "--by", "email", "--reason", "new_alert")
    assert {row["id"] for row in found} == {signal, ground}
    (searched,) = acts(nl, "searched")
    assert (searched["by"], searched["count"]) == ("analyst-1", 2)
    wrong = acting("analyst-1", "records", "find", "--by", "email", plain=True)
    assert wrong.exit_code == 2
