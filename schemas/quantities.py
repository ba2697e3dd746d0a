"""Fields of times, dates and money. Their normal forms are in `moments.py`."""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

import re
from typing import Any

from schemas import moments, normal
from schemas.faults import NotNormal
from schemas.fields import Text, Value


class Instant(Text):
    """A time: RFC 3339 in UTC with Z."""

    rule = "utc"
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"

    def of(self, value: str) -> str:
        return moments.instant(value)


class LocalTime(Text):
    """A time as it stood on the clock there: RFC 3339, with its offset if known."""

    rule = "local-time"
    pattern = (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
        r"([+-][0-9]{2}:[0-9]{2})?$"
    )

    def of(self, value: str) -> str:
        return moments.local_time(value)


class PartialDate(Text):
    """A date with the precision it has: year, month or day."""

    rule = "date"
    pattern = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"

    def of(self, value: str) -> str:
        return moments.partial_date(value)


class Day(Text):
    """A date to the day."""

    rule = "date"
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

    def of(self, value: str) -> str:
        return moments.whole_date(value)


class Duration(Text):
    """A span of time: ISO 8601, days down to seconds."""

    pattern = r"^P([0-9]{1,4}D)?(T([0-9]{1,4}H)?([0-9]{1,4}M)?([0-9]{1,4}S)?)?$"
    _grammar = re.compile(pattern[1:-1], re.ASCII)

    def of(self, value: str) -> str:
        if not self._grammar.fullmatch(value) or value[-1] in "PT":
            raise NotNormal("bad-duration", "Not a span of time.", "Write e.g. PT8H or P3D.")
        return value


class Amount(Value):
    """An amount of money as a decimal text; its decimals are checked against the currency."""

    rule = "amount"
    wanted = 'An amount is a decimal text, e.g. "1234.50"; never a float.'

    def normal(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self._wrong()
        if isinstance(value, int) and abs(value) >= 10**18:
            raise NotNormal("out-of-range", "No such amount.")
        text = normal.text(str(value))
        return moments.amount(text, "")

    def shape(self, *, strict: bool) -> dict[str, Any]:
        shape = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$"}
        return shape if strict else {"anyOf": [{"type": "string"}, {"type": "integer"}]}


class Currency(Text):
    """A currency of ISO 4217, or an asset of the list beside it."""

    rule = "currency"
    pattern = r"^[A-Z]{3,4}$"

    def of(self, value: str) -> str:
        return normal.currency(value)
