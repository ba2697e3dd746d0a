"""Documents: what they point at is there, and decisions are numbered without gaps."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from gateway.cli.main import root

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (path.parent / target.partition("#")[0]).exists(), target


def test_decisions_are_numbered_without_gaps():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.name)
def test_a_decision_says_its_status_its_price_and_when_it_would_fall(path):
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {path.name[:4]} ")
    assert "Status: " in text
    assert "**We pay with**" in text
    assert "**We would change our mind if**" in text


HOWTO = sorted((ROOT / "docs" / "howto").glob("*.md"))


@pytest.mark.parametrize("path", HOWTO, ids=lambda path: path.name)
def test_the_commands_of_a_how_to_exist(path):
    """Each command and each option that a how-to names is one of the command line."""
    text = path.read_text(encoding="utf-8")
    lines = re.findall(r"gateway [a-z][^`\n]*", text)

    assert lines
    for line in lines:
        words = re.sub(r"'[^']*'", "X", line).split()[1:]
        command = root
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None, line
            command = found
        options = {option for one in command.params for option in one.opts}
        options |= {option for one in command.params for option in one.secondary_opts}
        named = {word.strip("[],`…") for word in words if word.lstrip("[").startswith("--")}
        assert named <= options, line
