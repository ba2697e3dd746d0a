"""What stands in the navigation, in groups, and which how-to explains which page.

Owns the order in which people find things. A page that no group names stands in the last one, and
one that no how-to explains is explained by the one of the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Decide", ("to_do", "urgent", "requests_page", "held")),
    ("Watch", ("overview", "alarms", "records", "deliveries", "quarantine")),
    ("Agree", ("list_partners", "agreements_page", "consents_page", "sources", "adapters")),
    ("Keep", ("keys", "audit", "disclosures", "people", "first_steps", "about")),
)
HEADINGS: Final = tuple(heading for heading, _ in _GROUPS)
CONSOLE: Final = "console"
# Which how-to explains the pages whose name begins with this; the longest beginning counts.
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
    "first_steps": "first-steps",
    "alarms": "alarms",
}

Places = Sequence[tuple[str, str]]


def grouped(places: Places) -> list[tuple[str, Places]]:
    """Return these places, each an endpoint and its name, under their headings."""
    order = {f"console.{name}": place for place, name in enumerate(_names())}
    group_of = {f"console.{name}": heading for heading, names in _GROUPS for name in names}
    ranked = sorted(places, key=lambda one: order.get(one[0], len(order)))
    found: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
    for one in ranked:
        found[group_of.get(one[0], HEADINGS[-1])].append(one)
    return [(heading, inner) for heading, inner in found.items() if inner]


def help_of(endpoint: str | None) -> str:
    """Return the name of the how-to for a page."""
    name = (endpoint or "").removeprefix("console.")
    fitting = [start for start in _HELP if name.startswith(start)]
    return _HELP[max(fitting, key=len)] if fitting else CONSOLE


def _names() -> list[str]:
    return [name for _, names in _GROUPS for name in names]
