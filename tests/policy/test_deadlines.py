"""The clocks of requests, as a table: hours that pass and calendar days across clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.core.deadlines import (
    EIGHT_HOURS,
    SEVEN_DAYS,
    THREE_DAYS,
    delayed,
    due_at,
    is_over,
    limit_for,
    suspended,
    zone,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SYDNEY = ZoneInfo("Australia/Sydney")


def ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


LIMITS = {
    "urgent, directly accessible": (True, True, EIGHT_HOURS),
    "urgent, not directly accessible": (True, False, THREE_DAYS),
    "urgent, nobody has said yet": (True, None, EIGHT_HOURS),
    "not urgent, directly accessible": (False, True, SEVEN_DAYS),
    "not urgent, not directly accessible": (False, False, SEVEN_DAYS),
    "not urgent, nobody has said yet": (False, None, SEVEN_DAYS),
}


@pytest.mark.parametrize(("urgent", "direct", "wanted"), LIMITS.values(), ids=LIMITS.keys())
def test_the_limit_follows_from_what_both_sides_say(urgent, direct, wanted):
    assert limit_for(urgent=urgent, directly_accessible=direct) == wanted


# Clocks of Amsterdam: 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00.
DUE = {
    "8 hours on an ordinary day": (
        "2026-02-05T10:00+01:00",
        EIGHT_HOURS,
        AMSTERDAM,
        "2026-02-05T18:00+01:00",
    ),
    "8 hours over the spring change are 8 hours that pass": (
        "2026-03-28T22:00+01:00",
        EIGHT_HOURS,
        AMSTERDAM,
        "2026-03-29T07:00+02:00",
    ),
    "8 hours over the autumn change are 8 hours that pass": (
        "2026-10-24T22:00+02:00",
        EIGHT_HOURS,
        AMSTERDAM,
        "2026-10-25T05:00+01:00",
    ),
    "3 days on ordinary days": (
        "2026-02-27T10:30+01:00",
        THREE_DAYS,
        AMSTERDAM,
        "2026-03-02T10:30+01:00",
    ),
    "3 calendar days over the spring change have 71 hours": (
        "2026-03-27T10:30+01:00",
        THREE_DAYS,
        AMSTERDAM,
        "2026-03-30T10:30+02:00",
    ),
    "3 calendar days over the autumn change have 73 hours": (
        "2026-10-23T10:30+02:00",
        THREE_DAYS,
        AMSTERDAM,
        "2026-10-26T10:30+01:00",
    ),
    "7 calendar days over the spring change": (
        "2026-03-25T23:59+01:00",
        SEVEN_DAYS,
        AMSTERDAM,
        "2026-04-01T23:59+02:00",
    ),
    "an end that the clocks skip is read as the earlier moment": (
        "2026-03-26T02:30+01:00",
        THREE_DAYS,
        AMSTERDAM,
        "2026-03-29T01:30+01:00",
    ),
    "an end that comes twice is the first of them": (
        "2026-10-22T02:30+02:00",
        THREE_DAYS,
        AMSTERDAM,
        "2026-10-25T02:30+02:00",
    ),
    "a start in the repeated hour, second time": (
        "2026-10-25T02:30+01:00",
        SEVEN_DAYS,
        AMSTERDAM,
        "2026-11-01T02:30+01:00",
    ),
    "days are those of the requested side, south of the equator": (
        "2026-04-03T10:00+11:00",
        THREE_DAYS,
        SYDNEY,
        "2026-04-06T10:00+10:00",
    ),
    "without a zone days are those of UTC": (
        "2026-03-27T09:30",
        THREE_DAYS,
        UTC,
        "2026-03-30T09:30",
    ),
    "over the end of a year with a leap day to come": (
        "2027-12-28T08:00+01:00",
        SEVEN_DAYS,
        AMSTERDAM,
        "2028-01-04T08:00+01:00",
    ),
    "over a leap day": (
        "2028-02-27T08:00+01:00",
        THREE_DAYS,
        AMSTERDAM,
        "2028-03-01T08:00+01:00",
    ),
}


@pytest.mark.parametrize(("received", "limit", "zone", "wanted"), DUE.values(), ids=DUE.keys())
def test_when_it_is_due(received, limit, zone, wanted):
    assert due_at(ms(received), limit, zone) == ms(wanted)


def test_a_clarification_stops_the_clock_for_as_long_as_it_takes():
    due = ms("2026-02-05T18:00")
    assert suspended(due, ms("2026-02-05T12:00"), ms("2026-02-05T15:30")) == ms("2026-02-05T21:30")
    # An answer that overtook the receipt of its question gives no time and takes none.
    assert suspended(due, ms("2026-02-05T15:30"), ms("2026-02-05T12:00")) == due


DELAYS = {
    "days are calendar days": ("2026-03-28T12:00+01:00", "P2D", "2026-03-30T12:00+02:00"),
    "hours pass": ("2026-03-28T22:00+01:00", "PT8H", "2026-03-29T07:00+02:00"),
    "both": ("2026-03-28T12:00+01:00", "P1DT2H30M10S", "2026-03-29T14:30:10+02:00"),
    "shorter than the clock": ("2026-03-28T12:00+01:00", "PT1H", "2026-03-28T18:00+01:00"),
}


@pytest.mark.parametrize(("told", "delay", "wanted"), DELAYS.values(), ids=DELAYS.keys())
def test_a_delay_that_was_told_moves_the_end(told, delay, wanted):
    due = ms("2026-03-28T18:00+01:00")
    assert delayed(due, ms(told), delay, AMSTERDAM) == ms(wanted)


def test_what_is_no_span_of_time_is_refused():
    with pytest.raises(ValueError, match="span"):
        delayed(0, 0, "two days", UTC)


def test_the_end_of_a_clock_is_the_first_moment_too_late():
    assert not is_over(1_000, 999)
    assert is_over(1_000, 1_000)
    assert not is_over(None, 1_000)


def test_a_zone_is_known_by_its_name_or_refused():
    assert zone("Europe/Amsterdam") == AMSTERDAM
    assert zone("UTC") is UTC
    for unknown in ("Europe/Atlantis", "../etc/passwd", "", "a" * 300):
        with pytest.raises(LookupError):
            zone(unknown)
