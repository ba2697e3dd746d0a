"""What stands in the navigation, in groups, and which how-to explains which page.

Owns the order in which people find things. A page that no group names stands in the last one, and
one that no how-to explains is explained by the one of the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Decide", ("to_do", "urgent", "request", "held", "outcome")),
    ("Watch", ("overview", "alarms", "record", "deliver", "quarantine")),
    ("Agree", ("list_partners", "partner", "agreement", "consent", "source", "adapter", "mapping")),
    ("Keep", ("keys", "audit", "disclosure", "people", "first_steps", "about")),
)
HEADINGS: Final = tuple(heading for heading, _ in _GROUPS)
CONSOLE: Final = "console"
# Which how-to explains the pages whose name begins so. Here and above the longest beginning counts.
_HELP: Final = {
    "to_do": "release-officer",
    "held": "release-officer",
    "proposal": "release-officer",
    "why": "release-officer",
    "request": "answer-a-request",
    "urgent": "child-at-risk",
    "record": "recall-a-record",
    "outcome": "corroborate",
    "adapter": "add-your-system",
    "mapping": "add-your-system",
    "source": "pull-sources",
    "quarantine": "add-your-system",
    "audit": "answer-a-data-subject",
    "disclosure": "answer-a-data-subject",
    "consent": "hand-on",
    "list_partners": "partners",
    "partner": "partners",
    "test_partner": "partners",
    "deliver": "partners",
    "keys": "care-for-keys",
    "first_steps": "first-steps",
    "alarms": "alarms",
    "agreement": "first-steps",
}

Places = Sequence[tuple[str, str]]


def grouped(places: Places) -> list[tuple[str, Places]]:
    """Return these places, each an endpoint and its name, under their headings."""
    starts = [(start, heading) for heading, inside in _GROUPS for start in inside]
    found: dict[str, list[tuple[int, tuple[str, str]]]] = {heading: [] for heading in HEADINGS}
    for one in places:
        name = one[0].removeprefix("console.")
        fitting = [place for place, (start, _) in enumerate(starts) if name.startswith(start)]
        place = max(fitting, key=lambda at: len(starts[at][0]), default=len(starts))
        heading = starts[place][1] if fitting else HEADINGS[-1]
        found[heading].append((place, one))
    return [
        (heading, [one for _, one in sorted(inside)]) for heading, inside in found.items() if inside
    ]


def help_of(endpoint: str | None) -> str:
    """Return the name of the how-to for a page."""
    name = (endpoint or "").removeprefix("console.")
    fitting = [start for start in _HELP if name.startswith(start)]
    return _HELP[max(fitting, key=len)] if fitting else CONSOLE
