"""How an FIU writes a date, and what its references look like.

Owns two small grammars that an administrator writes: the form of a date, e.g.
``DD/MM/YYYY hh:mm:ss``, and the pattern of a value, e.g. ``[A-Z]{3}-[0-9]{1,10}``.

Stays true:
  * A date has one reading: its form says the order, and without a form it is that of goAML.
  * A pattern costs no more than a glance, whatever text it is held against.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from adapters.patterns import Pattern

OF_GOAML: Final = "YYYY-MM-DDThh:mm:ss"
MOST_PATTERN_CHARS: Final = 200
MOST_TEXT_CHARS: Final = 128  # of a text that a pattern is held against
_FIRST_YEAR: Final = "1753"  # the earliest that goAML's database can hold
_DIGITS: Final = {"YYYY": r"\d{4}", "MM": r"\d\d", "DD": r"\d\d"}
_CLOCK: Final = {"hh": r"\d\d", "mm": r"\d\d", "ss": r"\d\d"}
_TOKEN: Final = re.compile("|".join((*_DIGITS, *_CLOCK)))
_BETWEEN: Final = re.compile(r"[-/.: T]?")
_TAIL: Final = r"(?:\.\d{1,9})?(?P<offset>Z|[+-]\d\d:\d\d)?"

_CLASS: Final = r"\[\^?(?:\\[dDwWsS\\\]\[.^-]|[^\\\[\]])+\]"
_ATOM: Final = rf"(?:{_CLASS}|\\[dDwWsS.+*?()|\[\]{{}}\\/^$-]|[^\\\[\](){{}}.*+?|^$]|\.)"
_COUNT: Final = r"(?:\{[0-9]{1,3}(?:,[0-9]{0,3})?\}|[*+?])?"
_PATTERN: Final = re.compile(rf"(?:{_ATOM}{_COUNT})+(?:\|(?:{_ATOM}{_COUNT})+)*")


class Written(NamedTuple):
    """A date as it was written: without its offset, in the order of ISO 8601, and the offset."""

    local: str
    offset: str | None
    moment: datetime


class DateForm:
    """The form in which an FIU writes dates. Raises ValueError for a form that is none."""

    def __init__(self, form: str) -> None:
        tokens = _TOKEN.findall(form)
        between = _TOKEN.split(form)
        whole = {*_DIGITS, "hh", "mm"}
        if len(set(tokens)) != len(tokens) or not whole <= set(tokens):
            raise ValueError(form)
        if not all(_BETWEEN.fullmatch(one) for one in between) or between[0] or between[-1]:
            raise ValueError(form)
        self.form = form
        self.is_iso = form == OF_GOAML
        self._time = re.compile(_grammar(form) + _TAIL, re.ASCII)
        self._day = re.compile(_grammar(_day_of(form)), re.ASCII)

    def time(self, text: str) -> Written | None:
        """Return a time that the calendar and goAML have, None for anything else."""
        found = self._time.fullmatch(text)
        if found is None:
            return None
        parts = {"ss": "00", **found.groupdict()}
        day = f"{parts['YYYY']}-{parts['MM']}-{parts['DD']}"
        local = f"{day}T{parts['hh']}:{parts['mm']}:{parts['ss']}"
        try:
            moment = datetime.fromisoformat(local)
        except ValueError:
            return None
        return Written(local, parts["offset"], moment) if local >= _FIRST_YEAR else None

    def day(self, text: str) -> str | None:
        """Return the day of a date with or without a time, None for anything else."""
        found = self._time.fullmatch(text) or self._day.fullmatch(text)
        return f"{found['YYYY']}-{found['MM']}-{found['DD']}" if found else None


def _grammar(form: str) -> str:
    parts = {**_DIGITS, **_CLOCK}
    pieces = re.split(f"({_TOKEN.pattern})", form)
    return "".join(f"(?P<{one}>{parts[one]})" if one in parts else re.escape(one) for one in pieces)


def _day_of(form: str) -> str:
    """Return what a form says of the day, whether it stands before the clock or after it."""
    first = min(form.index(one) for one in _DIGITS)
    last = max(form.index(one) + len(one) for one in _DIGITS)
    return form[first:last]


def pattern(text: str) -> Pattern:
    """Return the grammar of a value. Raises ValueError for what is none, or needs much memory.

    Known are letters, ``.``, classes such as ``[0-9]``, counts, and alternatives with ``|``.
    """
    if len(text) > MOST_PATTERN_CHARS or not _PATTERN.fullmatch(text):
        raise ValueError(text)
    return Pattern(text)
