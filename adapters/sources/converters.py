"""The converters a declared mapping may name: a closed list, each with examples.

Owns which there are, and what argument each may have. An argument follows a colon:
``date:DD-MM-YYYY``. The examples are documentation and tests at once:
docs/reference/converters.md is made of them.

Stays true:
  * A converter never guesses: the mapping says how a date or a number is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from adapters.sources.conversions import (
    DATE_FORMS,
    EPOCH_UNITS,
    FULL_FORMS,
    TIME_ARGUMENT,
    NotConverted,
    date_of,
    decimal,
    from_minor_units,
    half,
    matching,
    moment_of,
    none_if,
    padded,
    refanged,
    time_of,
    time_zone,
    truth_of,
    whole,
    without_prefix,
    without_sign,
)

__all__ = ["CONVERTERS", "DATE_FORMS", "Converter", "NotConverted", "is_argument"]

MOST_ARGUMENT_CHARS: Final = 64


@dataclass(frozen=True, slots=True)
class Converter:
    """One converter: what it does, its argument, (text, argument, result) examples.

    `refused` are (text, argument) that do not fit.
    """

    about: str
    apply: Callable[[str, str], object]
    argument: str = ""  # what stands after the colon; empty: nothing may
    examples: tuple[tuple[str, str, object], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


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
            date_of,
            f"one of {', '.join(DATE_FORMS)}",
            (
                ("3-4-2026", "DD-MM-YYYY", "2026-04-03"),
                ("20260403", "YYYYMMDD", "2026-04-03"),
                ("4/1988", "MM/YYYY", "1988-04"),
            ),
            (("31-2-2026", "DD-MM-YYYY"), ("2026-04-03", "DD-MM-YYYY")),
        ),
        "time": Converter(
            "Reads a date and a clock time, with the offset or in the time zone of the argument. "
            "Fractions of a second are left out. "
            "An hour that the clock showed twice or never is refused.",
            time_of,
            "a full date form, a semicolon, then Z, an offset or a time zone",
            (
                ("03-04-2026 9:05", "DD-MM-YYYY;+02:00", "2026-04-03T09:05:00+02:00"),
                ("03-04-2026 09:05", "DD-MM-YYYY;Europe/Amsterdam", "2026-04-03T09:05:00+02:00"),
                ("03-02-2026 09:05", "DD-MM-YYYY;Europe/Amsterdam", "2026-02-03T09:05:00+01:00"),
                ("4/3/2026 9:05 PM", "MM/DD/YYYY;Z", "2026-04-03T21:05:00Z"),
            ),
            (
                ("3-4-2026 24:00", "DD-MM-YYYY;Z"),
                ("25-10-2026 02:30", "DD-MM-YYYY;Europe/Amsterdam"),
                ("29-03-2026 02:30", "DD-MM-YYYY;Europe/Amsterdam"),
            ),
        ),
        "epoch": Converter(
            "Reads seconds or milliseconds since 1970, UTC. Fractions of a second are left out.",
            moment_of,
            "s or ms",
            (("1775207100", "s", "2026-04-03T09:05:00Z"),),
            (("-1", "s"),),
        ),
        "decimal_comma": Converter(
            "Reads a number with a decimal comma; a dot may part thousands.",
            lambda text, _: decimal(text, ".,"),
            examples=(("1.234,50", "", "1234.50"), ("40", "", "40")),
            refused=(("1,234.50", ""), ("1.23", ""), ("0.125", "")),
        ),
        "decimal_point": Converter(
            "Reads a number with a decimal point; a comma may part thousands.",
            lambda text, _: decimal(text, ",."),
            examples=(("1,234.50", "", "1234.50"),),
            refused=(("1.234,50", ""), ("0,125", "")),
        ),
        "minor_units": Converter(
            "Reads an amount in cents, or another count of decimals.",
            from_minor_units,
            "1 to 8 decimals",
            (("1234", "2", "12.34"), ("5", "2", "0.05")),
            (("1.5", "2"),),
        ),
        "whole": Converter(
            "Reads a whole number.", whole, examples=(("0042", "", 42),), refused=(("1.5", ""),)
        ),
        "truth": Converter(
            "Reads yes or no, in the words of the argument.",
            truth_of,
            "the word for yes, a slash, the word for no",
            (("Ja", "ja/nee", True), ("nee", "ja/nee", False)),
            (("misschien", "ja/nee"),),
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
        "suffix": Converter(
            "Writes the argument after the value.",
            lambda text, argument: text + argument,
            "the text",
            (("17", "/2026", "17/2026"),),
        ),
        "without_prefix": Converter(
            "Takes the argument away where every value must begin with it.",
            without_prefix,
            "the text",
            (("user:17", "user:", "17"),),
            (("17", "user:"),),
        ),
        "without_sign": Converter(
            "Takes the sign away that every value must have.",
            without_sign,
            "+ or -",
            (("-40.00", "-", "40.00"),),
            (("40.00", "-"),),
        ),
        "before": Converter(
            "Keeps what stands before a mark, which must be there once.",
            lambda text, mark: half(text, mark, 0),
            "the mark",
            (("Proef, Piet", ",", "Proef"),),
            (("Piet Proef", ","), ("a,b,c", ",")),
        ),
        "after": Converter(
            "Keeps what stands after a mark, which must be there once.",
            lambda text, mark: half(text, mark, 1),
            "the mark",
            (("Proef, Piet", ",", "Piet"),),
            (("Piet Proef", ","),),
        ),
        "remove": Converter(
            "Takes every one of the argument's signs away.",
            lambda text, signs: "".join(sign for sign in text if sign not in signs),
            "the signs",
            (("06-12 34", "- ", "061234"),),
        ),
        "pad": Converter(
            "Writes zeros before digits, up to a width.",
            padded,
            "the width, 1 to 64",
            (("42", "6", "000042"),),
            (("1234567", "6"), ("4a", "6")),
        ),
        "shape": Converter(
            "Lets a value pass that has a shape: 9 a digit, A a letter, * any sign, "
            "every other sign itself.",
            matching,
            "the shape",
            (("ZK-2026-17", "AA-9999-99", "ZK-2026-17"),),
            (("ZK-26-17", "AA-9999-99"),),
        ),
        "refang": Converter(
            "Writes an address as it was before it was made harmless to click on.",
            refanged,
            examples=(("hxxps://bad[.]example/x", "", "https://bad.example/x"),),
        ),
        "none_if": Converter(
            "Reads the argument as no value at all.",
            none_if,
            "the text that stands for nothing",
            (("n.v.t.", "n.v.t.", None), ("x", "n.v.t.", "x")),
        ),
    }
)


def is_argument(name: str, argument: str) -> bool:
    """Return whether a converter can have that argument."""
    check = _ARGUMENTS.get(name)
    if check is not None:
        return check(argument)
    return bool(argument) == bool(CONVERTERS[name].argument)


def _is_time_argument(argument: str) -> bool:
    found = TIME_ARGUMENT.fullmatch(argument)
    if found is None or found["form"] not in FULL_FORMS:
        return False
    return found["zone"] is None or time_zone(found["zone"]) is not None


_ARGUMENTS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "date": lambda argument: argument in DATE_FORMS,
        "time": _is_time_argument,
        "epoch": lambda argument: argument in EPOCH_UNITS,
        "minor_units": lambda argument: re.fullmatch("[1-8]", argument) is not None,
        "truth": lambda argument: re.fullmatch("[^/]+/[^/]+", argument) is not None,
        "without_sign": lambda argument: argument in {"+", "-"},
        "pad": lambda argument: re.fullmatch("[1-9]|[1-5][0-9]|6[0-4]", argument) is not None,
    }
)
