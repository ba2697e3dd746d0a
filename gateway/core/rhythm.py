"""How often a partner sends, and when its silence is longer than it ever is. Pure.

Nights and weekends are silences too, so an average says little. What counts is the longest silence
of the last weeks; it halves in two weeks, so that a holiday is forgotten again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_DAY_MS: Final = 86_400_000
_HALVES_MS: Final = 14 * _DAY_MS
_WATCHED_MS: Final = 7 * _DAY_MS  # a whole week, with its weekend, before anything rings
_TIMES: Final = 10
_SHORTEST_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a partner was first and last heard, how often, and its longest silence, fading."""

    first_at: int
    heard_at: int
    times: int = 1
    longest_ms: int = 0

    def heard(self, at: int) -> Rhythm:
        """Return the rhythm after the partner was heard once more; the same if it was not."""
        if at <= self.heard_at:
            return self
        silence = at - self.heard_at
        faded = self.longest_ms * 0.5 ** (silence / _HALVES_MS)
        return Rhythm(self.first_at, at, self.times + 1, max(silence, round(faded)))

    def is_silent(self, now: int) -> bool:
        """Return whether nothing came for half as long again as the longest silence."""
        known = self.times >= _TIMES and self.heard_at - self.first_at >= _WATCHED_MS
        return known and now - self.heard_at > max(_SHORTEST_MS, self.longest_ms * 3 // 2)
