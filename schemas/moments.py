"""Normal forms of dates, times and amounts of money. Pure.

Sources: RFC 3339 for times, ISO 8601 for dates, ISO 4217 for minor units.

Stays true:
  * An amount is never a float, and never has more decimals than its currency.
  * A date that could be read in two ways is refused, never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from schemas.codes import LONGER_ON, MINOR_UNITS
from schemas.faults import NotNormal

FIRST_YEAR, LAST_YEAR = 1800, 2199
_MOST_OFFSET_HOURS, _LAST_MINUTE, _MONTHS = 14, 59, 12
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
    r"(?:([Zz])|([+-])(\d\d):(\d\d))?",
    re.ASCII,
)
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})", re.ASCII)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ]00:00:00(?:\.0{1,9})?", re.ASCII)


def instant(value: str) -> str:
    """Return a time as RFC 3339 in UTC with ``Z``. A time without an offset is refused."""
    moment, offset = _moment(value)
    if offset is None:
        raise NotNormal(
            "ambiguous-time",
            "A time without an offset could mean any zone.",
            "Add Z or the offset, e.g. 2026-01-15T09:30:00+01:00.",
        )
    return _written((moment - offset).replace(tzinfo=UTC)) + "Z"


def local_time(value: str) -> str:
    """Return a time as it stood on the clock there, with its offset where one was given."""
    moment, offset = _moment(value)
    if offset is None:
        return _written(moment)
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{_written(moment)}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _moment(value: str) -> tuple[datetime, timedelta | None]:
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        raise _no_date(value, "Not a time as RFC 3339 writes it.", "e.g. 2026-01-15T09:30:00Z")
    microsecond = int((found[7] or "0").ljust(9, "0")[:6])
    try:
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        moment = datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001
    except ValueError:
        raise NotNormal("bad-time", "There is no such day or time of day.") from None
    _check_year(moment.year)
    if found[8]:
        return moment, timedelta(0)
    if not found[9]:
        return moment, None
    hours, minutes = int(found[10]), int(found[11])
    if hours > _MOST_OFFSET_HOURS or minutes > _LAST_MINUTE:
        raise NotNormal("bad-time", "No place has such an offset from UTC.")
    offset = timedelta(hours=hours, minutes=minutes)
    return moment, -offset if found[9] == "-" else offset


def _written(moment: datetime) -> str:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else "")


def partial_date(value: str) -> str:
    """Return a date with the precision it has: ``1971``, ``1971-05`` or ``1971-05-20``."""
    value = value.strip()
    basic = _BASIC.fullmatch(value)
    if basic:
        value = "-".join(basic.groups())
    midnight = _MIDNIGHT.fullmatch(value)
    if midnight:
        value = midnight[1]
    found = _PARTIAL.fullmatch(value)
    if found is None:
        raise _no_date(value, "Not a date as ISO 8601 writes it.", "e.g. 1971, 1971-05, 1971-05-20")
    try:
        day = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise NotNormal("bad-date", "There is no such day.") from None
    _check_year(day.year)
    return value


def whole_date(value: str) -> str:
    """Return a date to the day, ``2026-01-15``."""
    found = partial_date(value)
    if len(found) != len("2026-01-15"):
        raise NotNormal("bad-date", "The day is needed here.", "Write e.g. 2026-01-15.")
    return found


def _no_date(value: str, detail: str, example: str) -> NotNormal:
    slashed = _SLASHED.match(value)
    if slashed and max(int(slashed[1]), int(slashed[2])) <= _MONTHS and slashed[1] != slashed[2]:
        return NotNormal(
            "ambiguous-date",
            "Day and month cannot be told apart, so this is read in two ways.",
            f"Write year, month, day: {example}.",
        )
    return NotNormal("bad-date", detail, f"Write year, month, day: {example}.")


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotNormal("bad-date", f"The year is not between {FIRST_YEAR} and {LAST_YEAR}.")


_AMOUNT = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?")


def amount(value: str, currency: str, network: str = "") -> str:
    """Return an amount with the decimals of its currency, and the rest that `network` has of it.

    A decimal comma or a thousands mark is refused: ``1,234`` is read in two ways.
    """
    if any(mark in value for mark in ",' "):
        raise NotNormal(
            "ambiguous-amount",
            "A comma, blank or apostrophe in an amount is read in two ways.",
            "Write digits with a decimal point and no thousands mark, e.g. 1234.50.",
        )
    found = _AMOUNT.fullmatch(value)
    if found is None:
        raise NotNormal("bad-amount", "Not a decimal amount.", "Write e.g. 1234.50.")
    decimals = MINOR_UNITS.get(currency)
    if decimals is None:  # the currency has its own fault
        return value
    minor = (found[3] or "").rstrip("0")
    if len(minor) > LONGER_ON.get(currency, {}).get(network, decimals):
        raise NotNormal(
            "minor-units",
            f"This currency has {decimals} decimals.",
            "Round at the source, or correct the currency.",
        )
    units = found[2].lstrip("0") or "0"
    return f"{found[1]}{units}.{minor.ljust(decimals, '0')}" if decimals else found[1] + units
