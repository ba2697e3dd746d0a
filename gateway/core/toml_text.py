"""A table of values → TOML that reads back as the same: how a mapping of the store is shown. Pure.

A store keeps what a mapping says, not how somebody typed it. The same values are always the same
text, so that two versions can be compared line by line. What is None has no place in TOML and is
left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LITERAL: Final = re.compile(r"[^'\x00-\x1f\x7f]*")
_LONG: Final = re.compile(r"(?:(?!''')[^\x00-\x08\x0b-\x1f\x7f])*(?<!')")
_APART: Final = ("tables",)  # whose members are tables of their own

Table = Mapping[str, Any]


def toml_text(table: Table) -> str:
    """Return the text: plain members first, then each table under its head."""
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def _lines(table: Table, around: str) -> Iterator[str]:
    given = {name: value for name, value in table.items() if value is not None}
    later = {name: value for name, value in given.items() if _has_head(value)}
    for name, value in given.items():
        if name not in later:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in later.items():
        place = f"{around}{_key(name)}"
        if isinstance(value, Mapping):
            yield from _head(place, value, apart=name in _APART)
            continue
        for one in value:
            yield from ("", f"[[{place}]]", *_lines(one, f"{place}."))


def _head(place: str, table: Table, *, apart: bool) -> Iterator[str]:
    if apart and table and all(isinstance(one, Mapping) for one in table.values()):
        for name, one in table.items():
            yield from _head(f"{place}.{_key(name)}", one, apart=False)
        return
    yield ""
    yield f"[{place}]"
    for name, value in table.items():
        if value is not None:
            yield f"{_key(name)} = {_value(value)}"


def _has_head(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    if not isinstance(value, list | tuple):
        return False
    return bool(value) and all(isinstance(one, Mapping) for one in value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: object) -> str:
    if isinstance(value, str):
        return _text(value) if "\n" not in value else _long(value)
    if isinstance(value, Mapping):
        inside = (f"{_key(name)} = {_inner(one)}" for name, one in value.items() if one is not None)
        return "{ " + ", ".join(inside) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inner(one) for one in value if one is not None) + "]"
    return json.dumps(value)


def _inner(value: object) -> str:
    """Return a value that stands within a line."""
    return _text(value) if isinstance(value, str) else _value(value)


def _text(text: str) -> str:
    if '"' in text and _LITERAL.fullmatch(text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    return f"'''\n{text}'''" if _LONG.fullmatch(text) else _text(text)
