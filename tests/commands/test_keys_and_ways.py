"""Commands for what an administrator cares for: own keys, the way to a partner, sending again."""

from __future__ import annotations

from dataclasses import replace

from gateway.settings import load
from gateway.wiring_commands import make_sealing_key, opened
from keys.files import public_keys
from tests.commands.conftest import House
from tests.commands.test_first_day import introduce

DAY = 86_400


def test_a_new_sealing_key_begins_later_and_stands_on_our_card(house: House) -> None:
    before = house.asked("partners", "card")["card"]

    made = house.asked("keys", "rotate", "--in-days", "10")

    found = house.asked("keys", "list")
    (new,) = [one for one in found["keys"] if one["kid"] == made["key"]]
    assert (new["use"], new["state"]) == ("seal", "next")
    assert new["not_after"] - new["not_before"] == 90 * DAY * 1000
    assert house.asked("partners", "card")["card"] != before
    again = house.call("keys", "rotate")
    assert again.exit_code == 1
    assert "rotation-under-way" in again.output


def test_what_is_over_is_retired_and_then_destroyed(house: House) -> None:
    settings = load(house.config, {})
    folder = settings.keys.directory
    (first,) = [one for one in public_keys(folder) if one.use == "seal"]
    assert first.not_after
    ended = first.not_after + 1
    make_sealing_key(settings, ended + 7 * DAY, ended)
    states = {one.key.kid: one.state for one in public_keys(folder)}
    assert states[first.key.kid] == "retired"

    later = first.not_after + 32 * DAY
    make_sealing_key(settings, later + 7 * DAY, later)

    states = {one.key.kid: one.state for one in public_keys(folder)}
    assert states[first.key.kid] == "destroyed"
    assert not (folder / "signing" / f"{first.key.kid}.key").exists()


def test_what_runs_out_is_an_exit_code(house: House) -> None:
    assert house.call("keys", "check").exit_code == 0
    with opened(load(house.config, {}), "cli") as exchange, exchange.store.writing() as work:
        rows = [row for row in work.config.keys(exchange.own.id) if row.use == "seal"]
        ends = exchange.now_ms() // 1000 + DAY
        work.config.put_keys([replace(row, not_after=ends) for row in rows])
        work.commit()
    told = house.call("keys", "check")
    assert told.exit_code == 1
    assert "sealing-key-ends" in told.output


def test_the_way_to_a_partner_that_nobody_confirmed_ends_here(house: House) -> None:
    introduce(house, "hub.eu")
    found = house.asked("doctor", "hub.eu")
    assert (found["first_fault"], found["who"]) == ("identity", "us")
    assert house.asked("partners", "test", "hub.eu") == found
    told = house.call("doctor", "hub.eu")
    assert told.exit_code == 1
    assert "us must act" in told.output
    assert house.call("doctor", "nobody.eu").exit_code == 1


def test_nothing_is_sent_again_where_nothing_waits(house: House) -> None:
    found = house.asked("deliveries", "redeliver", "--partner", "hub.eu", "--dry-run")
    assert (found["count"], found["sent"]) == (0, False)
    assert house.call("deliveries", "redeliver", "--partner", "hub.eu").exit_code == 1
    assert house.call("deliveries", "redeliver").exit_code == 2
    since = house.call("deliveries", "redeliver", "--since", "soon")
    assert since.exit_code == 2
