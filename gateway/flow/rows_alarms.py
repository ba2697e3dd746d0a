"""What is kept of alarms, as frozen rows: which were told, and the rhythm of each partner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """One alarm that one bell was told of, and not yet of its end."""

    bell: str  # mail | webhook
    code: str
    subject: str  # a partner, source, client or key; "" for the gateway itself
    told_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmRow:
    """How often a partner sends: the longest silence of the last weeks, which fades."""

    partner: str
    first_at: int
    heard_at: int
    times: int
    longest_ms: int
