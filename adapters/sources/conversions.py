"""What the converters do: small pure functions from text to value.

Owns reading dates, times, numbers and texts. `converters` says which of them a mapping may name,
and with which argument.

Stays true:
  * A value that does not fit is NotConverted, without the value in its message.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class NotConverted(ValueError):
    """The value is not written as the mapping says."""

    code: ClassVar[str] = "not-converted"


DATE_FORMS: Final = MappingProxyType(
    {
        form: re.compile(pattern, re.ASCII)
        for form, pattern in {
            "DD-MM-YYYY": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
            "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
            "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
            "MM/DD/YYYY": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
            "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
            "YYYY/MM/DD": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
            "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
            "MM-YYYY": r"(?P<m>\d{1,2})-(?P<y>\d{4})",
            "MM/YYYY": r"(?P<m>\d{1,2})/(?P<y>\d{4})",
            "YYYY-MM": r"(?P<y>\d{4})-(?P<m>\d{2})",
            "YYYY": r"(?P<y>\d{4})",
        }.items()
    }
)
FULL_FORMS: Final = tuple(form for form in DATE_FORMS if "D" in form)
TIME_ARGUMENT: Final = re.compile(
    r"(?P<form>[DMY./-]{8,10});(?:(?P<offset>Z|[+-]\d{2}:\d{2})|(?P<zone>[A-Z][A-Za-z_+/-]{1,40}))"
)
_CLOCK: Final = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(?: ?([AaPp])[Mm])?", re.ASCII
)
_NOON: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_UNITS: Final = MappingProxyType({"s": 1, "ms": 1_000})
_LARGEST_EPOCH_SECONDS: Final = 253_402_300_799  # the end of the year 9999


def date_of(text: str, form: str) -> str:
    """Read a date written in one form; with the precision that the form has."""
    found = DATE_FORMS[form].fullmatch(text.strip())
    if found is None:
        raise NotConverted
    parts = found.groupdict()
    try:
        day = date(int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1))
    except ValueError:
        raise NotConverted from None  # the original repeats the value
    known = 1 + ("m" in parts) + ("d" in parts)
    return "-".join(day.isoformat().split("-")[:known])


def time_of(text: str, argument: str) -> str:
    """Read a date and a clock time; the argument says the form, and the offset or zone."""
    form = TIME_ARGUMENT.fullmatch(argument)
    day, _, clock = text.strip().partition("T" if "T" in text else " ")
    found = _CLOCK.fullmatch(clock.strip())
    if form is None or found is None:
        raise NotConverted
    try:
        hour = _hour(int(found[1]), found[4])
        local = datetime.fromisoformat(date_of(day, form["form"])).replace(
            hour=hour, minute=int(found[2]), second=int(found[3] or 0)
        )
    except ValueError:
        raise NotConverted from None  # the original repeats the value
    if form["offset"]:
        return f"{local.isoformat()}{form['offset']}"
    return _in_zone(local, form["zone"]).isoformat()


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of 24; `half` is that of a clock with twelve."""
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        raise NotConverted
    return hour % _NOON + (_NOON if half in "pP" else 0)


def _in_zone(local: datetime, name: str) -> datetime:
    """Return a local time with its offset. An hour that came twice, or never, is refused."""
    zone = time_zone(name)
    if zone is None:
        raise NotConverted
    early, late = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise NotConverted
    return early


@cache
def time_zone(name: str) -> ZoneInfo | None:
    """Return the zone of that name, None if this machine knows none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment_of(text: str, unit: str) -> str:
    """Read seconds or milliseconds since 1970."""
    found = re.fullmatch(r"\s*(\d{1,16})\s*", text, re.ASCII)
    if found is None or int(found[1]) > _LARGEST_EPOCH_SECONDS * EPOCH_UNITS[unit]:
        raise NotConverted
    moment = _EPOCH + timedelta(milliseconds=int(found[1]) * 1_000 // EPOCH_UNITS[unit])
    return moment.isoformat().replace("+00:00", "Z")


def decimal(text: str, marks: str) -> str:
    """Read a number; `marks` are the thousands mark, then the decimal mark."""
    thousands, point = marks[0], marks[1]
    found = re.fullmatch(
        # No thousands follow a leading zero: 0.125 is a fraction that somebody wrote otherwise.
        rf"-?[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(point)}\d{{1,18}})?"
        rf"|-?\d{{1,18}}(?:{re.escape(point)}\d{{1,18}})?",
        text.strip(),
        re.ASCII,
    )
    if found is None or len(text) > 40:  # noqa: PLR2004
        raise NotConverted
    return found[0].replace(thousands, "").replace(point, ".")


def from_minor_units(text: str, decimals: str) -> str:
    """Read an amount in its smallest unit."""
    found = re.fullmatch(r"(-?)(\d{1,18})", text.strip(), re.ASCII)
    if found is None:
        raise NotConverted
    places = int(decimals)
    digits = found[2].rjust(places + 1, "0")
    return f"{found[1]}{digits[:-places]}.{digits[-places:]}"


def whole(text: str, _: str) -> int:
    """Read a whole number."""
    found = re.fullmatch(r"\s*([+-]?\d{1,18})\s*", text, re.ASCII)
    if found is None:
        raise NotConverted
    return int(found[1])


def truth_of(text: str, argument: str) -> bool:
    """Read the word for yes or for no."""
    yes, _, no = argument.casefold().partition("/")
    said = text.strip().casefold()
    if said not in (yes, no):
        raise NotConverted
    return said == yes


def half(text: str, mark: str, which: int) -> str:
    """Return what stands before or after a mark that must be there once."""
    halves = text.split(mark)
    if len(halves) != 2:  # noqa: PLR2004
        raise NotConverted
    return halves[which].strip()


def without_prefix(text: str, prefix: str) -> str:
    """Take away what every value begins with."""
    if not text.startswith(prefix):
        raise NotConverted
    return text.removeprefix(prefix)


def without_sign(text: str, sign: str) -> str:
    """Take away the sign that every value has."""
    if text.strip()[:1] != sign:
        raise NotConverted
    return text.strip()[1:].strip()


def refanged(text: str, _: str) -> str:
    """Write an address so that it can be called again."""
    found = re.sub(r"\Ahxxp", "http", text.strip(), flags=re.IGNORECASE)
    for mark in ("[.]", "(.)", "[dot]", "{.}"):
        found = found.replace(mark, ".")
    return found.replace("[:]", ":").replace("[://]", "://").replace("[@]", "@")


def padded(text: str, argument: str) -> str:
    """Write zeros before digits."""
    width = int(argument)
    if not re.fullmatch(r"\d+", text.strip(), re.ASCII) or len(text.strip()) > width:
        raise NotConverted
    return text.strip().rjust(width, "0")


def matching(text: str, argument: str) -> str:
    """Check a value against a shape: 9 a digit, A a letter, * anything, else the sign itself."""
    value = text.strip()
    if len(value) != len(argument):
        raise NotConverted
    for sign, wanted in zip(value, argument, strict=True):
        fits = {"9": sign in "0123456789", "A": sign.isalpha(), "*": True}
        if not fits.get(wanted, sign == wanted):
            raise NotConverted
    return value


def none_if(text: str, argument: str) -> str | None:
    """Return None for the text that stands for nothing."""
    return None if text.strip() == argument else text
