"""What a submitter is told of a recipient: its own partners by name, hidden members as nobody.

A hidden member of a community is "a recipient". Reasons name agreements, communities and what is
configured, so of a hidden member only the rule itself is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.core.policy import Decision
from gateway.core.rules import RULES
from gateway.flow.configuration import A_RECIPIENT, Configuration
from gateway.flow.rows import ReleaseRow

_RULES: Final = {rule.id: rule for rule in RULES}
_STRICTEST: Final = ("refuse", "hold", "release")


def reason_told(decision: Decision, *, named: bool) -> str:
    """Return the reason of a decision; of a hidden recipient (`named` false) only the rule."""
    if named or not decision.rule:
        return decision.reason
    return _unspecific(decision.rule)


def _unspecific(rule: str) -> str:
    return f"it is not so for this recipient: {_RULES[rule].title}"


def partners_meant(
    partner: str, releases: Iterable[ReleaseRow], configuration: Configuration, now_ms: int
) -> tuple[str, ...]:
    """Return the partners that a submitter means by this name. Raises NotFound.

    "a recipient" is every hidden one that its record has a release for. The name of a hidden one,
    and of a partner with whom nothing was agreed, is like one that nobody has.
    """
    if partner != A_RECIPIENT:
        known = partner in configuration.recipients and bool(configuration.covering(partner))
        if not known or configuration.told(partner, now_ms) != partner:
            raise NotFound
        return (partner,)
    hidden = {
        row.partner for row in releases if configuration.told(row.partner, now_ms) == A_RECIPIENT
    }
    if not hidden:
        raise NotFound
    return tuple(sorted(hidden))


def strictest(explained: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the explanation that lets the least go: what is asked of several hidden ones."""
    return min(explained, key=lambda one: _STRICTEST.index(one["outcome"]))


def without_names(explained: Mapping[str, Any]) -> dict[str, Any]:
    """Return an explanation that tells nothing of who the recipient is, or of what was agreed."""
    return {
        **explained,
        "partner": A_RECIPIENT,
        "partner_state": None,
        "reason": _unspecific(explained["deciding"]) if explained["deciding"] else "",
        "remedy": _RULES[explained["deciding"]].remedy if explained["deciding"] else "",
        "agreement": None,
        "purpose": None,
        "ground": None,
        "trace": [
            {
                **one,
                "reason": _unspecific(one["rule"]) if one["reason"] else "",
                "remedy": _RULES[one["rule"]].remedy if one["remedy"] else "",
            }
            for one in explained["trace"]
        ],
    }
