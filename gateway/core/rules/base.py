"""What a release rule is, what it looks at and what it can answer.

Owns the shapes. Each rule checks one thing, has an id that partners and the ledger know, and says
in plain English what would change its answer. Reasons and remedies never repeat content: they name
members, codes and configured names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.facts import Direction, Facts, Recipient
from gateway.core.record import Record


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule may look at. For what comes in, `recipient` is the sender."""

    record: Record
    recipient: Recipient
    facts: Facts
    now_ms: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Pass:
    """Nothing stands in the way."""


@dataclass(frozen=True, slots=True)
class Reduce:
    """It may go without these members."""

    fields: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: something is missing that a person or time can bring."""

    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not to this recipient."""

    reason: str = ""
    remedy: str = ""


Outcome = Pass | Reduce | Hold | Refuse
PASS = Pass()


@dataclass(frozen=True, slots=True)
class Rule:
    """One named, versioned rule with its legal source."""

    id: str
    version: int
    title: str
    source: str
    check: Callable[[Context], Outcome]
