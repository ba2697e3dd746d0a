"""Sizes that a reader can hold: a function of 60 lines, a file of 400.

More is allowed where a comment ``# over budget: REASON`` says why, in the line of the `def` or
anywhere in the head of the file.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
EXCUSE = "# over budget: "


def python_files() -> list[Path]:
    packages = ("gateway", "schemas", "adapters", "keys", "benchmarks")
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_over_budget_says_why(path):
    assert over_budget(path.read_text(encoding="utf-8")) == []


def test_a_function_and_a_file_over_budget_are_noticed():
    long = "def f():\n" + "    x = 1\n" * 60

    assert over_budget(long) == ["f: 61 lines"]
    assert over_budget(long.replace("f():", f"f():  {EXCUSE}a table")) == []
    assert over_budget("x = 1\n" * 401) == ["401 lines"]
    assert over_budget(f"{EXCUSE}a table\n" + "x = 1\n" * 401) == []


def over_budget(text: str) -> list[str]:
    lines = text.splitlines()
    found = []
    if len(lines) > MOST_LINES_OF_A_FILE and not any(EXCUSE in line for line in lines[:30]):
        found.append(f"{len(lines)} lines")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION and EXCUSE not in lines[node.lineno - 1]:
                found.append(f"{node.name}: {length} lines")
    return found
