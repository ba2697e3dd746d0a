"""When a partner's silence is longer than it ever is."""

from __future__ import annotations

import pytest

from gateway.core.rhythm import Rhythm

HOUR = 3_600_000
DAY = 24 * HOUR


def after(*silences: int) -> Rhythm:
    rhythm = Rhythm(0, 0)
    for silence in silences:
        rhythm = rhythm.heard(rhythm.heard_at + silence)
    return rhythm


OFFICE = [HOUR] * 8 + [16 * HOUR]  # a day of work, and its night
CASES = {
    "a night is no silence": (OFFICE * 8, 23 * HOUR, False),
    "half as long again as the night is": (OFFICE * 8, 25 * HOUR, True),
    "who is known for less than a week is never silent": (OFFICE * 6, 90 * DAY, False),
    "who was heard less than ten times is never silent": ([DAY] * 8, 90 * DAY, False),
    "an hour is never too long": ([60_000] * 11_000, HOUR, False),
    "more than an hour is, for one that sends each minute": ([60_000] * 11_000, HOUR + 1, True),
    "a holiday rings no more": ([*OFFICE * 8, 10 * DAY], 14 * DAY, False),
    "and is forgotten again": ([*OFFICE * 8, 10 * DAY, *OFFICE * 80], 3 * DAY, True),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_silence(case: tuple[list[int], int, bool]) -> None:
    silences, waited, rings = case
    rhythm = after(*silences)
    assert rhythm.is_silent(rhythm.heard_at + waited) is rings


def test_who_was_not_heard_again_keeps_their_rhythm() -> None:
    rhythm = after(HOUR)
    assert rhythm.heard(HOUR) is rhythm
    assert rhythm.heard(0) is rhythm
