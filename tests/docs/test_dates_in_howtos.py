"""Examples of the how-tos stay true: an end that they name is years ahead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_ENDS = re.compile(r"--(?:keep-until|until|outcome-by) (\d{4}-\d\d-\d\d)")


def test_an_end_in_an_example_is_two_years_ahead():
    pages = [*(DOCS / "howto").glob("*.md"), DOCS / "reference" / "commands.md"]
    ends = [(page.name, end) for page in pages for end in _ENDS.findall(page.read_text())]
    soonest = (datetime.now(UTC) + timedelta(days=730)).date().isoformat()
    assert ends
    assert [one for one in ends if one[1] < soonest] == []
