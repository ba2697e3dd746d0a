"""Until when a request is answered: the clocks of Directive (EU) 2023/977, article 5. Pure.

The requester says whether it is urgent, the requested side whether the information is directly
accessible; time and the requested side's zone are arguments. Times are milliseconds since 1970.

Stays true:
  * Hours are counted as they pass; days are calendar days there, whatever the clocks do meanwhile.
  * Of two readings the earlier counts: a clock is never read in our own favour.
  * Until the requested side has said that the information is not directly accessible, it is taken
    as directly accessible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR_MS: Final = 3_600_000


def zone(name: str) -> tzinfo:
    """Return a zone of the IANA database by its name. Raises LookupError."""
    if name == "UTC":  # known also where there is no such database
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise LookupError("no such time zone") from error


@dataclass(frozen=True, slots=True)
class Limit:
    """One time limit: hours that pass, or calendar days."""

    code: str
    hours: int = 0
    days: int = 0


EIGHT_HOURS: Final = Limit("8h", hours=8)  # article 5(1)(a)
THREE_DAYS: Final = Limit("3d", days=3)  # article 5(1)(b)
SEVEN_DAYS: Final = Limit("7d", days=7)  # article 5(1)(c)


def limit_for(*, urgent: bool, directly_accessible: bool | None) -> Limit:
    """Return the time limit of a request. None: the requested side has not said yet."""
    if not urgent:
        return SEVEN_DAYS
    return THREE_DAYS if directly_accessible is False else EIGHT_HOURS


def due_at(received_ms: int, limit: Limit, zone: tzinfo) -> int:
    """Return when the limit ends that starts at receipt: the first moment that is too late."""
    if limit.days:
        return _days_later(received_ms, limit.days, zone)
    return received_ms + limit.hours * HOUR_MS


def _days_later(start_ms: int, days: int, zone: tzinfo) -> int:
    """Return the same time of day some calendar days later, in `zone`."""
    start = datetime.fromtimestamp(start_ms / 1000, zone)
    later = start.replace(tzinfo=None) + timedelta(days=days)
    # A time of day that is skipped or repeated when the clocks change can be read in two ways.
    readings = [later.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    return min(_ms(reading) for reading in readings)


def suspended(due_ms: int, asked_ms: int, given_ms: int) -> int:
    """Return the end of a clock that stood still while the requester made something clearer.

    `asked_ms` is when the requester had the question, `given_ms` when its answer came; article 6.
    """
    return due_ms + max(0, given_ms - asked_ms)


_DURATION: Final = re.compile(
    r"P(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,4})M)?(?:([0-9]{1,4})S)?)?"
)


def delayed(due_ms: int, told_ms: int, delay: str, zone: tzinfo) -> int:
    """Return the end of a clock under an expected delay by a judicial authorisation, article 5(2).

    `delay` is an ISO 8601 span as the shared schema takes it, counted from when it was told. What
    ends before the clock itself shortens nothing. Raises ValueError for another text.
    """
    found = _DURATION.fullmatch(delay)
    if found is None:
        raise ValueError("not a span of time")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    start = _days_later(told_ms, days, zone) if days else told_ms
    return max(due_ms, start + (hours * 3600 + minutes * 60 + seconds) * 1000)


def moment(value: object) -> int | None:
    """Return an instant of a record in milliseconds; None if there is none."""
    return None if not isinstance(value, str) else _ms(datetime.fromisoformat(value))


def is_over(due_ms: int | None, now_ms: int) -> bool:
    """Return whether a clock has run out: its end is the first moment that is too late."""
    return due_ms is not None and now_ms >= due_ms


def _ms(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
