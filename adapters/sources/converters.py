"""The converters a declared mapping may name: a closed list, each with examples.

Owns small pure functions from text to value. An argument follows a colon: ``date:DD-MM-YYYY``.
The examples are documentation and tests at once.

Stays true:
  * A converter never guesses: the mapping says how a date or a number is written.
  * A value that does not fit is NotConverted, without the value in its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import ClassVar, Final

MOST_ARGUMENT_CHARS: Final = 64


class NotConverted(ValueError):
    """The value is not written as the mapping says."""

    code: ClassVar[str] = "not-converted"


@dataclass(frozen=True, slots=True)
class Converter:
    """One converter: what it does, its argument, and (text, argument, result) examples."""

    about: str
    apply: Callable[[str, str], object]
    argument: str = ""  # what stands after the colon; empty: nothing may
    examples: tuple[tuple[str, str, object], ...] = ()
    optional: bool = False


DATE_FORMS: Final = MappingProxyType(
    {
        form: re.compile(pattern, re.ASCII)
        for form, pattern in {
            "DD-MM-YYYY": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
            "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
            "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
            "MM/DD/YYYY": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
            "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
            "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        }.items()
    }
)
_TIME_ARGUMENT: Final = re.compile(r"(?P<form>[DMY./-]{8,10});(?P<offset>Z|[+-]\d{2}:\d{2})")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


def _date(text: str, form: str) -> str:
    found = DATE_FORMS[form].fullmatch(text.strip())
    if found is None:
        raise NotConverted
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
    except ValueError:
        raise NotConverted from None  # the original repeats the value


def _time(text: str, argument: str) -> str:
    form = _TIME_ARGUMENT.fullmatch(argument)
    day, _, clock = text.strip().partition("T" if "T" in text else " ")
    found = _CLOCK.fullmatch(clock.strip())
    if form is None or found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004
        raise NotConverted
    if int(found[3] or 0) > 59:  # noqa: PLR2004
        raise NotConverted
    written = f"{int(found[1]):02}:{found[2]}:{found[3] or '00'}"
    return f"{_date(day, form['form'])}T{written}{form['offset']}"


def _decimal(text: str, marks: str) -> str:
    """Read a number; `marks` are the thousands mark, then the decimal mark."""
    thousands, point = marks[0], marks[1]
    found = re.fullmatch(
        rf"-?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(point)}\d{{1,18}})?"
        rf"|-?\d{{1,18}}(?:{re.escape(point)}\d{{1,18}})?",
        text.strip(),
        re.ASCII,
    )
    if found is None or len(text) > 40:  # noqa: PLR2004
        raise NotConverted
    return found[0].replace(thousands, "").replace(point, ".")


def _minor_units(text: str, decimals: str) -> str:
    found = re.fullmatch(r"(-?)(\d{1,18})", text.strip(), re.ASCII)
    if found is None:
        raise NotConverted
    places = int(decimals)
    digits = found[2].rjust(places + 1, "0")
    return f"{found[1]}{digits[:-places]}.{digits[-places:]}"


def _whole(text: str, _: str) -> int:
    found = re.fullmatch(r"\s*([+-]?\d{1,18})\s*", text, re.ASCII)
    if found is None:
        raise NotConverted
    return int(found[1])


def _truth(text: str, argument: str) -> bool:
    yes, _, no = argument.casefold().partition("/")
    said = text.strip().casefold()
    if said not in (yes, no):
        raise NotConverted
    return said == yes


def _none_if(text: str, argument: str) -> str | None:
    return None if text.strip() == argument else text


CONVERTERS: Final[Mapping[str, Converter]] = MappingProxyType(
    {
        "trim": Converter(
            "Takes white space away at both ends.",
            lambda text, _: text.strip(),
            examples=((" a b ", "", "a b"),),
        ),
        "squeeze": Converter(
            "Makes one blank of any white space.",
            lambda text, _: " ".join(text.split()),
            examples=((" a \n b ", "", "a b"),),
        ),
        "upper": Converter(
            "Writes capitals.", lambda text, _: text.upper(), examples=(("nl", "", "NL"),)
        ),
        "lower": Converter(
            "Writes small letters.", lambda text, _: text.lower(), examples=(("Nl", "", "nl"),)
        ),
        "digits": Converter(
            "Keeps the digits only.",
            lambda text, _: re.sub(r"[^0-9]", "", text),
            examples=(("12.34-5", "", "12345"),),
        ),
        "date": Converter(
            "Reads a date in the order that the argument says.",
            _date,
            f"one of {', '.join(DATE_FORMS)}",
            (("3-4-2026", "DD-MM-YYYY", "2026-04-03"), ("20260403", "YYYYMMDD", "2026-04-03")),
        ),
        "time": Converter(
            "Reads a date and a clock time, with the offset from UTC that the argument says.",
            _time,
            "a date form, a semicolon, Z or an offset",
            (("03-04-2026 9:05", "DD-MM-YYYY;+02:00", "2026-04-03T09:05:00+02:00"),),
        ),
        "decimal_comma": Converter(
            "Reads a number with a decimal comma; a dot may part thousands.",
            lambda text, _: _decimal(text, ".,"),
            examples=(("1.234,50", "", "1234.50"), ("40", "", "40")),
        ),
        "decimal_point": Converter(
            "Reads a number with a decimal point; a comma may part thousands.",
            lambda text, _: _decimal(text, ",."),
            examples=(("1,234.50", "", "1234.50"),),
        ),
        "minor_units": Converter(
            "Reads an amount in cents, or another count of decimals.",
            _minor_units,
            "1 to 8 decimals",
            (("1234", "2", "12.34"), ("5", "2", "0.05")),
        ),
        "whole": Converter("Reads a whole number.", _whole, examples=(("0042", "", 42),)),
        "truth": Converter(
            "Reads yes or no, in the words of the argument.",
            _truth,
            "the word for yes, a slash, the word for no",
            (("Ja", "ja/nee", True), ("nee", "ja/nee", False)),
        ),
        "split": Converter(
            "Parts a list; blank entries are left out.",
            lambda text, mark: [part.strip() for part in text.split(mark) if part.strip()],
            "the mark between entries",
            (("NL; BE;", ";", ["NL", "BE"]),),
        ),
        "prefix": Converter(
            "Writes the argument before the value.",
            lambda text, argument: argument + text,
            "the text",
            (("17", "ZAAK-", "ZAAK-17"),),
        ),
        "none_if": Converter(
            "Reads the argument as no value at all.",
            _none_if,
            "the text that stands for nothing",
            (("n.v.t.", "n.v.t.", None), ("x", "n.v.t.", "x")),
        ),
    }
)


def is_argument(name: str, argument: str) -> bool:
    """Return whether a converter can have that argument."""
    if name == "date":
        return argument in DATE_FORMS
    if name == "time":
        found = _TIME_ARGUMENT.fullmatch(argument)
        return found is not None and found["form"] in DATE_FORMS
    if name == "minor_units":
        return re.fullmatch("[1-8]", argument) is not None
    if name == "truth":
        return re.fullmatch("[^/]+/[^/]+", argument) is not None
    return bool(argument) == bool(CONVERTERS[name].argument)
