"""The release rules: named, versioned, each with its legal source.

Owns the two tuples that decide. The order here is the order of explanations; it never changes
what is decided. A new rule is one `Rule` in a file of its group and its place here.
"""

from __future__ import annotations

from typing import Final

from gateway.core.rules import (
    abroad,
    basis,
    corroboration,
    integrity,
    minimal,
    override,
    persons,
    reach,
    standing,
    statements,
    third_party,
    two_persons,
)
from gateway.core.rules.base import Rule

_CHECKS: Final = (
    *integrity.RULES,
    *basis.RULES,
    *reach.RULES,
    *third_party.RULES,
    *abroad.RULES,
    *persons.RULES,
    *corroboration.RULES,
    *statements.RULES,
    *standing.RULES,
    *minimal.RULES,
    *two_persons.RULES,
)
RULES: Final[tuple[Rule, ...]] = tuple(
    sorted((*_CHECKS, override.rule(_CHECKS)), key=lambda rule: rule.id)
)


def catalogue() -> dict[str, int]:
    """Return the versions of the rules by id: what changes when a rule does."""
    return {rule.id: rule.version for rule in RULES}


_INCOMING: Final = frozenset({"R-01", "R-02", "R-03", "R-06", "R-09", "R-16", "R-17"})
RULES_IN: Final[tuple[Rule, ...]] = tuple(rule for rule in RULES if rule.id in _INCOMING)
