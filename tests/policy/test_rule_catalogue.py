"""The catalogue of rules is written from the rules, and says of each what a reader needs."""

import ast
import re
from pathlib import Path

import click

from gateway.cli import rule_reference
from gateway.cli.main import root
from gateway.core import policy
from gateway.core.rules import RULES
from schemas.items import KINDS

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


def said_in_rules():
    """Every text in the rules, and in what puts their answers together."""
    folder = Path(policy.__file__).parent
    for page in (*sorted((folder / "rules").glob("*.py")), folder / "policy.py"):
        for node in ast.walk(ast.parse(page.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_command_that_a_remedy_names_is_there_with_its_options():
    named = {one for text in said_in_rules() for one in re.findall(r"`gateway ([^`]+)`", text)}
    assert len(named) >= 8
    for words in map(str.split, sorted(named)):
        command, rest = root, words
        context = click.Context(root)
        while isinstance(command, click.Group):
            assert rest, f"{words} is a group of commands"
            found = command.get_command(context, rest[0])
            assert found is not None, words
            command, rest = found, rest[1:]
        options = {name for one in command.params for name in one.opts}
        kinds = [one.type.choices for one in command.params if isinstance(one.type, click.Choice)]
        choices = {choice for one in kinds for choice in one}
        assert set(rest) <= options | choices, words


def test_every_item_that_a_remedy_names_is_a_kind_of_item():
    named = {one for text in said_in_rules() for one in re.findall(r"item `(\w+)`", text)}
    assert named
    assert named <= set(KINDS)


def test_no_remedy_names_a_command_outside_of_backticks():
    groups = "|".join(root.list_commands(click.Context(root)))
    bare = re.compile(rf"(?<!`)\bgateway (?:{groups})\b")
    assert [text for text in said_in_rules() if bare.search(text)] == []
