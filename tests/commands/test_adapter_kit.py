"""A kit for a mapping: begun from a sample, tested, its profile tried; needs no gateway."""

from __future__ import annotations

import json
import tomllib

import pytest

from adapters.base import Caps
from adapters.sources import declared
from adapters.sources.scaffold import begin
from tests.commands.conftest import House
from tests.commands.test_mending import MAPPING, PROFILE
from tests.sources.test_declared_mappings import DATA
from tests.sources.test_mappings_to_depth import ONE_CASE

SAMPLE = '{"ref": "E-1", "seen": "2026-02-01T00:00:00Z", "state": "open"}'
STRANGE = """Report of February
Ref;Paid on;Sum;Seen;Account;Kind
A-1;3/4/2026;1.234,50;3.4.2026 21:04;NL91 ABNA 0417 1643 00;in
A-1;5/4/2026;17,00;3.4.2026 9:04;NL91 ABNA 0417 1643 00;out
B-2;25/4/2026;17,00;3.4.2026 9:04;NL91 ABNA 0417 1643 00;in
"""


@pytest.fixture
def bare(tmp_path) -> House:
    return House(tmp_path)


PADDED = """Auszug;;;
Erstellt am;5.2.2026;;
;;;
Nr;Datum;Uhrzeit;Betrag
1;3.2.2026;14:05;1.250,00
2;4.2.2026;09:30;75,5
"""


def test_lines_that_a_spreadsheet_filled_up_are_passed_over_and_a_time_is_no_address():
    text, _ = begin(PADDED.encode("iso-8859-1"), "financial_signal", "x")

    assert tomllib.loads(text)["csv"]["skip_lines"] == 3
    assert '"/PLACE" = { path = "Uhrzeit" }' in text
    for address in ("::1", "2001:db8::7", "2001:db8:0:0:0:0:0:7", "192.0.2.1"):
        text, _ = begin(f'[{{"a": "{address}"}}]'.encode(), "case", "x")
        assert '"/network/0/ip" = { path = "a" }' in text


@pytest.fixture
def kit(bare) -> House:
    """A folder with the kit `export`, its mapping and profile filled in."""
    sample = bare.file("sample.json", SAMPLE)
    bare.done("adapters", "new", "export", "--from", sample, "--to", bare.folder)
    (bare.folder / "export" / "export.toml").write_text(MAPPING)
    (bare.folder / "export" / "profile.toml").write_text(PROFILE)
    return bare


def test_a_kit_is_made_from_a_sample_and_never_over_another(bare):
    made = bare.asked("adapters", "new", "zaken", "--from", DATA / "zaken.csv", "--to", bare.folder)
    kit = bare.folder / "zaken"

    assert made["files"] == [
        str(kit / name) for name in ("zaken.toml", "profile.toml", "sample.csv")
    ]
    assert (kit / "sample.csv").read_bytes() == (DATA / "zaken.csv").read_bytes()
    tomllib.loads((kit / "zaken.toml").read_text())
    again = bare.call("adapters", "new", "zaken", "--from", DATA / "zaken.csv", "--to", bare.folder)
    assert again.exit_code == 1
    assert "kit-exists" in again.stderr
    none = bare.call("adapters", "new", "x", "--from", bare.file("x.csv", ""), "--to", bare.folder)
    assert (none.exit_code, "sample-unreadable" in none.stderr) == (1, True)
    assert not (bare.folder / "x").exists()


def test_a_kit_is_good_once_it_is_as_accepted(kit):
    folder = kit.folder / "export"

    first = kit.call("adapters", "test", folder)
    assert first.exit_code == 1
    assert "nothing is expected yet" in first.stdout
    assert "1 records, as expected" in kit.done("adapters", "test", folder, "--accept").stdout
    assert kit.asked("adapters", "test", folder)[0]["good"]
    (folder / "export.toml").write_text(MAPPING.replace('path = "seen"', 'path = "x"'))
    changed = kit.call("adapters", "test", folder)
    assert changed.exit_code == 1
    assert "differs: /0/record/as_of" in changed.stdout or "differs: /0/state" in changed.stdout


def test_a_profile_shows_what_it_gives_and_what_is_held_without_it(kit):
    folder = kit.folder / "export"
    (folder / "profile.toml").write_text(PROFILE.replace("review_days = 365", ""))

    words = (folder / "profile.toml", folder / "sample.json", "--adapter", folder / "export.toml")
    found = kit.asked("profiles", "try", *words)

    assert (found["records"], found["free_without"], found["free_with"]) == (1, 0, 0)
    assert found["held_with"] == {"R-14": 1}
    assert set(found["held_without"]) == {"R-04", "R-05", "R-06", "R-14"}
    (one,) = found["effects"]
    assert "/governance/handling" in one["given"]
    assert one["with"]["holds"][0]["reason"] == "no review date is set"
    (folder / "profile.toml").write_text(PROFILE)
    shown = kit.done("profiles", "try", *words).stdout
    assert "0 without the profile, 1 with it" in shown
    assert kit.call("profiles", "try", folder / "profile.toml").exit_code == 2


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (STRANGE.encode(), "csv"),
        ((DATA / "meldingen.json").read_bytes(), "json"),
        (f"{SAMPLE}\n{SAMPLE}".encode(), "ndjson"),
        (ONE_CASE.replace("</Case>", "</Case><Case/>").encode(), "xml"),
    ],
)
def test_what_is_begun_is_a_mapping_that_reads_its_sample(raw, form):
    text, ending = begin(raw, "case", "x")
    mapping = tomllib.loads(text)

    assert (mapping["format"], ending) == (form, form)
    if not mapping["fields"]:
        mapping["fields"] = {"/unit": {"path": "x"}}
    assert list(declared.compile(mapping).read(raw, Caps()))


def test_two_readings_are_both_told_and_no_value_is_repeated():
    text, _ = begin(STRANGE.encode(), "financial_signal", "x")

    assert tomllib.loads(text)["csv"] == {
        "delimiter": ";",
        "encoding": "utf-8",
        "skip_lines": 1,
        "final_newline": True,
    }
    assert '# group_by = "Ref"' in text
    assert 'convert = ["date:DD/MM/YYYY"]' in text  # the 25th says which
    assert "in which zone is its clock?" in text
    assert '"/accounts/0/iban" = { path = "Account" }' in text
    assert 'lookup = { "in" = "?", "out" = "?" }' in text
    for value in ("A-1", "1.234,50", "NL91", "3/4/2026"):
        assert value not in text
    both, _ = begin(STRANGE.replace("25/4", "2/4").encode(), "case", "x")
    assert "which of these is it? date:DD/MM/YYYY or date:MM/DD/YYYY" in both
    assert json.dumps("date:DD/MM/YYYY") not in both
