"""Mappings mended by commands: checked over what is stored, tried on what waits, replayed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.commands.conftest import House, case, put_items

MAPPING = """
format = "json"
type = "case"
[fields]
"/provider_ref" = { path = "ref", required = true }
"/as_of" = { path = "seen" }
"/status" = { path = "state", lookup = { open = "open" } }
"/grounds" = { const = [{ kind = "witness" }] }
"""
MENDED = MAPPING.replace('{ open = "open" }', '{ open = "open", shut = "closed" }')
PROFILE = """
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2016/680", article = "8" }
review_days = 365
"""
SOURCE = 'org = "police.nl"\nadapter = "mapping:export"\nprofile = "plain"\n'


@pytest.fixture
def bench(house: House) -> House:
    """A gateway that took in one document by a mapping, and has another in quarantine."""
    items = house.folder / "items"
    client = (items / "client" / "police.toml").read_text()
    put_items(
        items,
        {
            "client/police": client.replace('["cases"]', '["cases", "export"]'),
            "source/export": SOURCE,
            "source_profile/plain": PROFILE,
            "mapping/export": MAPPING,
        },
    )
    house.done("agreements", "apply", items)
    for number, state in enumerate(("open", "shut")):
        line = {"ref": f"E-{number}", "seen": "2026-02-01T00:00:00Z", "state": state}
        house.call("push", "--local", house.file(f"{state}.json", line), "--source", "export")
    return house


def mend(bench: House, text: str = MENDED) -> str:
    path = bench.folder / "items" / "mapping" / "export.toml"
    path.write_text(text)
    return str(path)


def test_a_changed_mapping_is_checked_with_the_counts_first(bench):
    path = mend(bench)

    shown = bench.done("adapters", "check", path).stdout.splitlines()
    assert shown[0] == "2 originals of export"
    assert "newly passing  1" in " ".join(shown)
    report = bench.asked("adapters", "check", path)
    assert (report["newly_passing"], report["same"], report["newly_failing"]) == (1, 1, 0)
    worse = mend(bench, MAPPING.replace('"seen" }', '"x", required = true }'))
    result = bench.call("adapters", "check", worse)
    assert result.exit_code == 1
    assert "Nothing stands there for /as_of." in result.stdout


LIST = MAPPING.replace('type = "case"', 'type = "case"\nrecords = "all"')


def test_each_record_of_a_document_is_judged(bench):
    mapping = mend(bench, LIST)
    bench.done("agreements", "apply", bench.folder / "items")
    states = {"L-1": "open", "L-2": "open", "L-3": "shut", "L-4": "open"}
    entries = [
        {"ref": ref, "seen": "2026-02-01T00:00:00Z", "state": state, "more": ref[-1]}
        for ref, state in states.items()
    ]
    bench.call("push", "--local", bench.file("list.json", {"all": entries}), "--source", "export")

    def records(text: str) -> dict[str, int]:
        mend(bench, text)
        report = bench.call("adapters", "check", mapping, "--json")
        return {name: n for name, n in json.loads(report.stdout)["records"].items() if n}

    longer = '"state", lookup = { open = "open", shut = "closed" }'
    assert records(LIST.replace('"state", lookup = { open = "open" }', longer)) == {
        "newly_passing": 1,
        "same": 3,
        "still_failing": 2,  # the documents that came before there was a list
    }
    assert records(LIST + '"/summary" = { path = "more" }') == {"changed": 3, "still_failing": 3}
    assert records(LIST.replace('"all"', "\"all[?more!='1']\"")) == {
        "gone": 1,
        "same": 2,
        "still_failing": 3,
    }
    result = bench.call("adapters", "check", mapping)
    assert result.exit_code == 1  # a record of a document that failed before would be no more
    assert "gone           0          1" in result.stdout
    worse = LIST.replace('{ open = "open" }', '{ shut = "closed" }')
    assert records(worse) == {"newly_failing": 3, "newly_passing": 1, "still_failing": 2}


def test_a_misspelt_place_is_told_with_the_nearest_where_a_mapping_is_checked_or_applied(bench):
    path = mend(bench, MAPPING.replace('"/grounds"', '"/ground"'))

    for words in (("adapters", "check", path), ("agreements", "apply", bench.folder / "items")):
        result = bench.call(*words)
        assert result.exit_code == 1
        assert "line 8: A case has no such place. -> Did you mean `/grounds`?" in result.stderr


def test_a_mistake_in_a_mapping_names_its_line(bench):
    path = mend(bench, MAPPING.replace('"state",', '"state", convert = ["uper"],'))

    for words in (("adapters", "check", path), ("agreements", "apply", bench.folder / "items")):
        result = bench.call(*words)
        assert result.exit_code == 1
        assert "line 7: No such converter. -> Did you mean `upper`?" in result.stderr


def test_what_waits_is_tried_with_the_mended_mapping_then_replayed_with_the_count_first(bench):
    (group,) = bench.asked("quarantine", "groups")
    (waiting,) = bench.asked("quarantine", "list", "--source", "export")
    assert (group["count"], group["cause"]) == (1, "not-converted")
    path = mend(bench)

    tried = bench.call("quarantine", "try", waiting["id"], "--reason", "mend")
    assert tried.exit_code == 1
    mended = bench.done("quarantine", "try", waiting["id"], "--with", path, "--reason", "mend")
    assert '"status": "closed"' in mended.stdout
    bench.done("agreements", "apply", bench.folder / "items")
    (group,) = bench.asked("quarantine", "groups")
    assert group["adapter_version"] != group["version_now"]
    chosen = ("--all", "--source", "export", "--adapter-version", group["adapter_version"])
    counted = bench.call("quarantine", "replay", *chosen)
    assert (counted.exit_code, counted.stdout) == (
        1,
        "1 would be tried again; add --yes to do it\n",
    )
    assert "stored" in bench.done("quarantine", "replay", *chosen, "--yes").stdout
    assert bench.asked("quarantine", "groups") == []


def test_nothing_is_discarded_without_a_yes(bench):
    (waiting,) = bench.asked("quarantine", "list")

    assert bench.call("quarantine", "discard", waiting["id"]).exit_code == 1
    assert len(bench.asked("quarantine", "list")) == 1
    bench.done("quarantine", "discard", waiting["id"], "--yes")
    assert bench.asked("quarantine", "list") == []


def test_an_alarm_about_what_waits_too_long_is_in_the_status(bench):
    config = bench.config.read_text()
    bench.config.write_text(f"{config}\n[retention]\nquarantine_alarm_seconds = 60\n")
    assert "ALARM" not in bench.done("status").stdout

    with time_machine.travel(_later(), tick=True):
        shown = bench.done("status").stdout
    assert "ALARM: 1 documents wait in quarantine (not-converted)" in shown


def _later():

    return datetime.now(UTC) + timedelta(days=2)


def test_the_mapping_in_force_is_tried_by_its_name(bench):
    line = {"ref": "E-7", "seen": "2026-02-01T00:00:00Z", "state": "open"}
    sample = bench.file("sample.json", line)

    tried = bench.asked("adapters", "try", "mapping:export", sample)
    assert (tried["adapter"], tried["records"][0]["state"]) == ("mapping:export", "understood")
    assert bench.asked("adapters", "check", "mapping:export")["version"] == tried["version"]
    profile = bench.folder / "items" / "source_profile" / "plain.toml"
    found = bench.asked("profiles", "try", profile, "--source", "export")
    assert (found["records"], found["free_with"]) == (2, 1)
    assert bench.call("adapters", "try", "mapping:nobody", sample).exit_code == 1


def test_a_case_pushed_in_the_native_form_is_checked_by_the_adapter_that_ships(bench):
    bench.done("push", "--local", bench.file("case.json", case()), "--source", "cases")

    report = bench.asked("adapters", "check", "native")
    assert (report["originals"], report["same"]) == (1, 1)


def test_sources_are_counted_by_what_came_of_them(bench):
    found = {one["name"]: one for one in bench.asked("sources", "counts", "police.nl")}
    assert found["export"]["counts"]["stored"] == 1
    assert found["export"]["counts"]["quarantined"] == 1
    assert "export" in bench.done("sources", "counts", "police.nl").output


def test_the_versions_of_a_mapping_are_listed_and_printed(bench):
    mend(bench)
    bench.done("agreements", "apply", bench.folder / "items")
    found = bench.asked("adapters", "versions", "export")
    assert [(one["version"], one["state"], one["origin"]) for one in found] == [
        (1, "superseded", "file"),
        (2, "active", "file"),
    ]
    first = bench.call("adapters", "versions", "export", "--text", "1")
    assert 'lookup = { open = "open" }' in first.output
    assert bench.call("adapters", "versions", "export", "--text", "3").exit_code == 1
