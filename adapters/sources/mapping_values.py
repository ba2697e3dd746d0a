"""One value found → what its field makes of it: converters in their order, then the lookup.

Stays true:
  * A number is taken as the text that it was written as; what does not fit is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.sources.converters import CONVERTERS, NotConverted
from adapters.sources.mapping_fields import Mapped

MOST_ENTRIES: Final = 10_000  # of a list one path gives


def blank(value: object) -> bool:
    """Return whether nothing stands there."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value in ([], {})


def converted(value: object, mapped: Mapped) -> object:
    """Return what a field makes of a value, of each in a list. Raises NotConverted."""
    if isinstance(value, list):
        if len(value) > MOST_ENTRIES:
            raise NotConverted
        return [one for part in value if not blank(one := converted(part, mapped))]
    for name, argument in mapped.convert:
        if isinstance(value, str):  # most are such
            value = CONVERTERS[name].apply(value, argument)
        else:
            value = _by_converter(name, argument, value)
    if mapped.lookup is None or value is None:
        return value
    if isinstance(value, list):
        return [_looked_up(one, mapped.lookup) for one in value]
    return _looked_up(value, mapped.lookup)


def _by_converter(name: str, argument: str, value: object) -> object:
    if value is None:
        return None
    if isinstance(value, list):
        return [_by_converter(name, argument, one) for one in value]
    return CONVERTERS[name].apply(_text(value), argument)


def _text(value: object) -> str:
    """Return the text of a single value, a number as it was written."""
    if isinstance(value, str):
        return value
    written = getattr(value, "written", None)  # of a number with a fraction
    if isinstance(written, str):
        return written
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise NotConverted


def _looked_up(value: object, table: Mapping[str, Any]) -> object:
    text = _text(value)
    if text not in table:
        raise NotConverted
    return table[text]
