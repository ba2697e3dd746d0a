"""When to try a partner again. Pure: randomness and time are arguments.

Pauses double from the shortest to the longest, with full jitter on the upper half, so that many
gateways that lost the same partner do not come back together. Nothing is ever given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_PAUSE: Final = 40  # as if it had failed so often: the pause grows no further


@dataclass(frozen=True, slots=True)
class Pauses:
    """Bounds of the pause between two tries, in milliseconds."""

    shortest_ms: int = 1_000
    longest_ms: int = 900_000


def pause_ms(failures: int, randomness: bytes, pauses: Pauses) -> int:
    """Return how long to wait after `failures` (from 0) earlier ones; `randomness` is 8 bytes."""
    whole = min(pauses.longest_ms, pauses.shortest_ms << min(failures, LONGEST_PAUSE))
    share = int.from_bytes(randomness[:8], "big") / 2**64
    return int(whole / 2 + whole / 2 * share)


def retry_at(
    now_ms: int,
    failures: int,
    randomness: bytes,
    pauses: Pauses,
    retry_after_seconds: int | None = None,
) -> int:
    """Return the moment of the next try; what the partner asked for is kept, up to the longest."""
    asked = min((retry_after_seconds or 0) * 1000, pauses.longest_ms)
    return now_ms + max(pause_ms(failures, randomness, pauses), asked)


def is_stalled(refusals: int, limit: int) -> bool:
    """Return whether the same bytes were refused so often that a person must decide."""
    return refusals >= limit
