"""The catalogue of rules is written from the rules, and says of each what a reader needs."""

import re
from pathlib import Path

from gateway.cli import rule_reference
from gateway.core.rules import RULES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"


def test_the_catalogue_of_rules_is_current():
    assert PAGE.read_text(encoding="utf-8") == rule_reference.page(), (
        "python -m gateway.cli.rule_reference > docs/reference/rules.md"
    )


def test_every_rule_has_its_place_its_source_and_its_remedy():
    page = rule_reference.page()
    for rule in RULES:
        assert f"\n## {rule.id} {rule.title}\n" in page
        assert f"Source: {rule.source}." in page
        assert f"- On failure: {rule.failure}\n- What would change it: {rule.remedy}\n" in page


def test_every_line_of_the_table_leads_to_a_heading():
    page = rule_reference.page()
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("## ")
    }
    assert set(re.findall(r"\(#([^)]+)\)", page)) <= headings
