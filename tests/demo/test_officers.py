"""The people of the demonstration: whatever a remedy asks for, two of them can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.demo.left_to_try import consent_of_ours
from gateway.cli.demo.roles import HUB, NATIONAL
from gateway.core.proposal import ACT_KINDS

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("act", ["configure", "approve-holds", "derogation", "disclose", "promote"])
def test_two_people_of_the_national_police_can_do_what_a_remedy_asks_for(act: str) -> None:
    kind = ACT_KINDS[act]
    roles = {one.name: set(one.roles) for one in NATIONAL.officers}
    pairs = [
        (first, second)
        for first in roles
        for second in roles
        if first != second
        and roles[first] & set(kind.proposers)
        and roles[second] & set(kind.approvers)
    ]
    assert pairs


def test_the_readme_names_the_settings_of_each_officer() -> None:
    unnamed = [
        one.name
        for role in (NATIONAL, HUB)
        for one in role.officers
        if f"/{one.name}.toml`" not in README
    ]
    assert unnamed == []


def test_the_consent_left_to_approve_has_all_that_a_consent_needs() -> None:
    change = consent_of_ours("urn:uuid:01a214bc-23dd-7e3c-ae70-8b8631f1780c", "hub.example")
    assert change["body"]["originator"] == "police.example"
    assert change["valid_until"] == 2_082_758_400_000
