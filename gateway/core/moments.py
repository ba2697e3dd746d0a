"""Dates and instants of records as milliseconds since 1970. Pure.

A date means its first moment, as a start and as an end, so that nothing is kept a day longer than
said.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

DAY_MS: Final = 86_400_000
ADULT_YEARS: Final = 18
_LAST_MS: Final = 253_402_214_400_000  # 9999-12-31, which is a date in every zone


def shown(ms: int) -> datetime:
    """Return a moment in UTC; the last one that can be written for whatever lies beyond.

    Partners say times as numbers, and may say any.
    """
    return datetime.fromtimestamp(min(ms, _LAST_MS) / 1000, UTC)


@lru_cache(maxsize=4096)
def moment(value: object) -> int | None:
    """Return a date or instant of a record as milliseconds since 1970; None if it is neither."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return round(when.timestamp() * 1000)


@lru_cache(maxsize=1024)
def years_later(start_ms: int, years: int) -> int:
    """Return the same day some years later; for 29 February the 28th: never longer than said."""
    start = datetime.fromtimestamp(start_ms / 1000, UTC)
    if (start.month, start.day) == (2, 29):
        start = start.replace(day=28)
    return round(start.replace(year=start.year + years).timestamp() * 1000)


@lru_cache(maxsize=4096)
def adult_at(born: str) -> int | None:
    """Return when somebody born then is 18 for certain; `born` may lack its day or month."""
    parts = born.split("-")
    try:
        year, month, day = (int(part) for part in (*parts, *("0",) * (3 - len(parts))))
    except ValueError:
        return None
    year += ADULT_YEARS
    if not month:
        year, month, day = year + 1, 1, 1  # the year after the latest possible birthday
    elif not day:
        year, month, day = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)  # noqa: PLR2004
    elif (month, day) == (2, 29):
        month, day = 3, 1
    return moment(f"{year:04}-{month:02}-{day:02}")
