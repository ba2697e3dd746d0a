"""The how-to works: a CSV that nobody has seen flows, by the commands that stand on the page."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.quick_commands import quick_commands

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "howto" / "add-your-system.md"
MOST_SECONDS = 200
pytestmark = pytest.mark.timeout(MOST_SECONDS + 10)
PART = re.compile(r"^## (\d)[^\n]*$|^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = {
    "2": ('"/accounts/0/iban"', "skip_lines = 1", 'group_by = "Hlášení"'),
    "4": ("/4/Kdy", "pay-alerts: 2 records, as expected", "profile:profile@1"),
    "5": ("added    mapping/pay-alerts",),
    "6": ("stored   2", "read-by", "/3/Účet"),
    "7": (
        "quarantined",
        "The value for /risk/urgency is not written as the mapping says.",
        '"urgency": "priority"',
        "newly passing  1",
        "1 would be tried again; add --yes to do it",
        "nothing is in quarantine",
    ),
    "8": ("changed  mapping/pay-alerts", "version      2"),
    "9": (
        'delimiter = ";"',
        "skip_lines = 3",
        "line 34: A case has no such place.",
        "Müller, Änne",
        "/5?Uhrzeit && join(' ', [Datum, Uhrzeit])",
        "/7/Bemerkung",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each section printed, by its number."""
    script, number = "set -eo pipefail\n", ""
    for title, block in PART.findall(PAGE.read_text(encoding="utf-8")):
        number = title or number
        script += f"echo '==== {number}'\n{block}" if block else ""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY")}
    folder = tmp_path_factory.mktemp("howto")
    with quick_commands(folder) as commands:
        script = script.replace("$PWD/.venv/bin", str(commands))
        done = subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=ROOT,
            env={**kept, "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=MOST_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    by_number: dict[str, str] = {}
    _, *parts = re.split(r"^==== (\d)\n", done.stdout, flags=re.MULTILINE)
    for one, text in zip(parts[::2], parts[1::2], strict=True):
        by_number[one] = by_number.get(one, "") + text
    return by_number


@pytest.mark.slow
@pytest.mark.parametrize("number", SHOWN)
def test_a_section_shows_what_it_promises(said: dict[str, str], number: str) -> None:
    for words in SHOWN[number]:
        assert words in said[number]


def test_all_that_is_typed_is_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    fences = re.findall(r"^```(\w*)$", text, re.MULTILINE)

    assert set(fences[::2]) == {"sh"}
    assert len(fences) == 2 * sum(bool(block) for _, block in PART.findall(text))
