"""A report of a national system is pushed, its way looked at, and what was left out is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import put_items
from tests.commands_items import ITEMS

SOURCES = Path(__file__).parents[1] / "data" / "sources"
GOAML = SOURCES / "goaml"
PROFILE = """
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2016/680" }
source_code = "B"
info_code = "3"
review_days = 365
person_category = "person_of_interest_not_suspect"
"""


def feed(org: str, adapter: str) -> str:
    return f'org = "{org}"\nadapter = "{adapter}"\nprofile = "reports"\n'


@pytest.fixture
def fed(house):
    """A house with a source for a dialect of goAML and one for XARF."""
    org = next(name for name in ITEMS if name.startswith("organisation/")).partition("/")[2]
    items = dict(ITEMS)
    client = next(name for name in items if name.startswith("client/"))
    items[client] = items[client].replace('["cases"]', '["cases", "fiu", "hotline"]')
    items["source_profile/reports"] = PROFILE
    items["goaml_dialect/fiu.test"] = (GOAML / "fiu-test.toml").read_text()
    items["source/fiu"] = feed(org, "goaml:fiu.test")
    items["source/hotline"] = feed(org, "xarf")
    house.done("agreements", "apply", put_items(house.folder / "items", items))
    return house


def push(house, source: str, path: Path) -> dict:
    (outcome,) = house.asked("push", "--local", path, "--source", source)["outcomes"]
    return outcome


def test_a_report_in_a_dialect_shows_its_trail_with_tags_and_no_value(fed):
    outcome = push(fed, "fiu", GOAML / "fiu-test-dialect.xml")
    assert outcome["state"] == "stored", outcome
    found = fed.asked("records", "trail", outcome["record"])
    shown = fed.done("records", "trail", outcome["record"]).stdout

    assert found["losses"] == outcome["losses"]
    changed = {step["target"]: step["before"] for step in found["steps"] if step["before"]}
    assert {"/transactions/0/time", "/transactions/0/instrument", "/persons/0/dob"} <= set(changed)
    assert changed["/persons/0/dob"][:12] in shown.replace("\n", "")
    assert "20/05/1971" not in json.dumps(found)
    assert "staff-dropped" in shown


def test_what_was_left_out_is_told_to_whoever_pushes(fed):
    shown = fed.done("push", "--local", GOAML / "fiu-test-dialect.xml", "--source", "fiu").stdout

    assert "left out: code-unknown 2, no-place 3, placeholder 1" in " ".join(shown.split())


def test_a_dialect_is_tried_without_a_gateway(fed):
    fed.config.unlink()
    dialect = fed.folder / "items" / "goaml_dialect" / "fiu.test.toml"
    (tried,) = fed.asked("adapters", "try", dialect, GOAML / "fiu-test-dialect.xml")["records"]

    assert tried["trail"][0]["rule"] == "read-by"
    assert tried["result"]["transactions"][0]["time"] == "2026-01-14T21:45:00Z"


def test_a_hosting_report_is_written_for_the_hoster(fed):
    outcome = push(fed, "hotline", SOURCES / "xarf" / "csem-grooming.json")
    words = ("--hoster", "hoster.example", "--org", "Desk", "--contact", "desk@police.example")
    result = fed.done("records", "xarf", outcome["record"], *words)

    report = json.loads(result.stdout)
    assert report["type"] == "csem"
    assert report["reporter"]["domain"] == "police.example"
    assert "not-for-a-hoster: /persons" in result.stderr
    again = fed.asked("records", "xarf", outcome["record"], *words)
    assert again["report"] == report
