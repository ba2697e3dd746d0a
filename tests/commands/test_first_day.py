"""What an administrator does on the first day, by commands alone."""

from __future__ import annotations

import json

import pytest

from gateway.flow import partners
from gateway.flow.identify import trusted_certificates
from gateway.settings import load
from gateway.wiring_commands import opened
from tests.commands.conftest import case
from tests.journeys.gateways import World


def card_of(partner: str) -> tuple[str, list[str]]:
    exchange = World().add(partner)
    return partners.own_card(exchange), list(partners.own_words(exchange))


def introduce(house, partner: str) -> list[str]:
    card, _ = card_of(partner)
    return house.asked("partners", "add", house.file("card.jws", card))["words"]


def test_a_record_is_refused_explained_and_then_released(house):
    words = introduce(house, "hub.eu")
    pushed = house.asked(
        "push", "--local", house.file("case.json", case("hub.eu")), "--source", "cases"
    )
    (outcome,) = pushed["outcomes"]
    assert outcome["state"] == "stored"
    (release,) = outcome["releases"]
    assert (release["partner"], release["state"]) == ("hub.eu", "refused")

    told = house.asked("explain", outcome["record"], "--partner", "hub.eu")
    assert house.asked("explain", outcome["provider_ref"], "--partner", "hub.eu") == told
    (listed,) = house.asked("records", "list", "--type", told["type"], "--from", "2026-01-01")[
        "items"
    ]
    assert listed["id"] == outcome["record"]
    assert told["outcome"] == "refuse"
    assert told["deciding"] == release["code"]
    assert told["remedy"]
    shown = house.done("explain", outcome["record"], "--partner", "hub.eu").stdout
    assert f"decided by {told['deciding']}" in shown
    assert told["remedy"] in " ".join(shown.split())
    assert "R-06 refuse" in shown
    shown = house.done("explain", outcome["record"], "--partner", "hub.eu", "--rules").stdout
    assert f"=>  {told['deciding']}" in shown

    house.done("partners", "confirm", "hub.eu", "--words", "words: " + " ".join(words))
    told = house.asked("explain", outcome["record"], "--partner", "hub.eu")
    assert told["outcome"] == "release", told


def test_a_card_that_was_kept_in_a_file_is_the_card_itself(house):
    card, words = card_of("hub.eu")
    added = house.asked("partners", "add", house.file("card.jws", f"\n{card}\r\n"))
    house.done("partners", "confirm", "hub.eu", "--words", " ".join(words))

    assert added["words"] == words
    with opened(load(house.config, {}), "web") as exchange:
        assert trusted_certificates(exchange)


def test_words_that_differ_confirm_nobody(house):
    words = introduce(house, "hub.eu")

    refused = house.call("partners", "confirm", "hub.eu", "--words", " ".join(reversed(words)))

    assert refused.exit_code == 1
    assert "fingerprint-differs" in refused.stderr
    assert house.asked("partners", "list")[0]["state"] == "introduced"


def test_a_paused_partner_is_shown_as_paused_until_it_is_resumed(house):
    words = introduce(house, "hub.eu")
    house.done("partners", "confirm", "hub.eu", "--words", ", ".join(words), "--fetch")

    house.done("partners", "pause", "hub.eu")
    assert house.asked("partners", "list")[0]["channel"] == "paused"
    house.done("partners", "resume", "hub.eu")
    (view,) = house.asked("partners", "list")
    assert (view["channel"], view["fetch"]) == ("open", True)


def test_our_card_can_be_introduced_elsewhere(house):
    printed = house.done("partners", "card")
    told = house.asked("partners", "card")

    assert printed.stdout.strip() == told["card"]
    assert " ".join(told["words"]) in printed.stderr
    refused = house.call("partners", "add", house.file("own.jws", told["card"]))
    assert (refused.exit_code, "our own card" in refused.stderr) == (1, True)


def test_a_push_that_is_repeated_stores_nothing_twice(house):
    lines = [case(provider_ref=f"PL-{number}") for number in range(3)]
    file = house.file("cases.ndjson", lines)
    first = house.asked("push", "--local", file, "--source", "cases")
    again = house.asked("push", "--local", file, "--source", "cases")
    longer = house.file("cases.ndjson", [*lines, case(provider_ref="PL-3")])
    grown = house.asked("push", "--local", longer, "--source", "cases")

    assert first["summary"]["counts"] == {"stored": 3}
    assert [one["record"] for one in again["outcomes"]] == [
        one["record"] for one in first["outcomes"]
    ]
    assert grown["summary"]["counts"] == {"duplicate": 3, "stored": 1}


def test_what_is_pushed_again_as_urgent_says_how_to_raise_it(house):
    file = house.file("case.json", case(risk=None))
    house.asked("push", "--local", file, "--source", "cases")
    again = house.call("push", "--local", file, "--source", "cases", "--urgent", "at once")

    assert "idempotency-key" not in again.stdout
    assert "gateway urgent RECORD --partner PARTNER --reason CODE --raise" in again.stdout


@pytest.mark.parametrize(
    "command", [("restrict", "--reason", "other"), ("dispute", "--by", "originator")]
)
def test_a_day_that_is_past_is_said_to_be(house, command):
    name, *options = command
    refused = house.call("records", name, "ID", *options, "--until", "2020-01-01")
    assert (refused.exit_code, "is past" in refused.stderr) == (2, True)


def test_a_file_of_many_lines_goes_in_chunks(house):
    lines = [case(provider_ref=f"PL-{number}") for number in range(1001)]

    pushed = house.asked("push", "--local", house.file("cases.ndjson", lines), "--source", "cases")

    assert pushed["summary"]["counts"] == {"stored": 1001}
    assert pushed["summary"]["not_sent"] == 0
    assert list(pushed["summary"]["bulks"]) == [str(house.folder / "cases.ndjson")]
    assert {one["chunk_line"] for one in pushed["outcomes"]} == {1, 1001}


def test_one_bad_file_does_not_stop_the_next(house):
    bad = house.file("bad.json", {"type": "case"})
    good = house.file("good.json", case())

    result = house.call("push", "--local", bad, good, "--source", "cases")

    assert result.exit_code == 1
    assert "quarantined" in result.stdout
    assert "stored" in result.stdout
    assert "/provider_ref: This member is needed." in result.stdout


def test_a_source_that_is_not_the_clients_is_refused_in_one_line(house):
    result = house.call("push", "--local", house.file("a.json", case()), "--source", "other")

    assert result.exit_code == 1
    assert "forbidden" in result.stdout
    assert "Traceback" not in result.output


def test_what_was_not_understood_is_replayed_by_a_person(house):
    file = house.file("bad.json", {"type": "case"})
    house.call("push", "--local", file, "--source", "cases")
    (waiting,) = house.asked("quarantine", "list")

    shown = house.done("quarantine", "show", waiting["id"]).stdout
    assert "/grounds" in shown
    assert house.asked("quarantine", "list", "--cause", "no-such-cause") == []
    result = house.call("quarantine", "replay", "--all", "--cause", waiting["cause"], "--yes")
    assert result.exit_code == 1  # nothing was mended
    assert len(house.asked("quarantine", "list")) == 1
    assert house.call("quarantine", "replay").exit_code == 2


def test_a_record_shows_its_way_and_can_be_called_back(house):
    introduce(house, "hub.eu")
    pushed = house.asked(
        "push", "--local", house.file("a.json", case("hub.eu")), "--source", "cases"
    )
    record = pushed["outcomes"][0]["record"]

    view = house.asked("records", "show", record)
    assert {event["event"] for event in view["timeline"]} == {"received", "refused"}
    assert "body" not in view
    assert house.asked("records", "show", record, "--body")["body"]["type"] == "case"
    assert house.asked("records", "trail", record)["steps"]
    assert house.done("records", "trail", record).stdout

    told = house.asked("records", "withdraw", record, "--reason", "sent_in_error")
    assert told == {"record": record, "state": "recalled", "holders": []}
    assert house.asked("records", "show", record)["state"] == "recalled"
    assert house.call("records", "withdraw", record, "--reason", "mood").exit_code == 2


def test_status_counts_what_was_decided(house):
    introduce(house, "hub.eu")
    house.asked("push", "--local", house.file("a.json", case("hub.eu")), "--source", "cases")

    found = house.asked("status")
    assert found["releases"] == [{"partner": "hub.eu", "state": "refused", "count": 1}]
    assert "hub.eu" in house.done("status").stdout
    assert house.asked("deliveries", "list") == {"items": [], "next": None}


def test_an_adapter_is_tried_without_a_gateway(tmp_path, house):
    good = house.file("good.json", case())
    bad = house.file("bad.json", {"type": "case"})
    house.config.unlink()

    tried = house.asked("adapters", "try", "native", good)
    assert tried["adapter"] == "native"
    (record,) = tried["records"]
    assert record["state"] == "understood"
    assert record["result"]["provider_ref"] == case()["provider_ref"]
    assert record["trail"]
    shown = house.call("adapters", "try", "native", bad)
    assert shown.exit_code == 1
    assert "/grounds: This member is needed." in shown.stdout
    assert "adapter-unusable" in house.call("adapters", "try", "nativ", good).stderr
    assert "native" in house.done("adapters", "list").stdout


def test_what_a_record_says_cannot_steer_the_terminal(house):
    body = case()
    body["provider_ref"] = "PL-1"
    body["summaries"] = [{"lang": "en", "text": "a \u009b2J b \u202e c", "by": "person"}]

    tried = house.call(
        "adapters", "try", "native", house.file("a.json", json.dumps(body, ensure_ascii=False))
    )

    assert not {"\u009b", "\u202e", "\x1b"} & set(tried.stdout)
