"""Codes of reasons in the how-tos, the reference and the help of commands are codes we accept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli import reference
from gateway.cli.frame import Command
from gateway.core.proposal import ReasonMalformed, parse_reason

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_GIVEN = re.compile(r"(?:--reason|--keep)[ =](?!['\"])([\w-]+)|[?&]reason=([\w-]+)")
_PLACEHOLDERS = ("CODE", "TEXT", "REASON", "kept", "as")


def codes(text: str) -> list[str]:
    found = [first or second for first, second in _GIVEN.findall(text)]
    return [one for one in found if one not in _PLACEHOLDERS]


def test_every_reason_in_an_example_is_a_code_that_is_accepted():
    examples = [one.example for _, one in reference.walk() if isinstance(one, Command)]
    given = codes("\n".join([*examples, *(page.read_text("utf-8") for page in PAGES)]))

    assert len(given) > 20
    for code in given:
        assert parse_reason(code) == code


def test_a_reason_has_underscores_and_a_hyphen_is_told_what_to_write():
    with pytest.raises(ReasonMalformed) as refused:
        parse_reason("court-order")
    assert "court_order" in refused.value.advice
