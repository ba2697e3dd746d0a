"""Where in a TOML file a member stands: so that a fault can name its line.

A reader of TOML gives values without places. This finds the line of a key or a table's head by
its pointer, of the nearest one around it otherwise; it judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WORD: Final = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_NAME: Final = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_HEAD: Final = re.compile(rf"\s*\[(\[?)\s*({_NAME})\s*\]\]?")
_KEY: Final = re.compile(rf"\s*({_NAME})\s*=")
_PARTS: Final = re.compile(_WORD)
_LONG_TEXT: Final = re.compile(r'"""|' + "'''")


def line_of(text: str, pointer: str) -> int | None:
    """Return the line (from 1) of what a JSON pointer names, or of what is around it."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    wanted = [tuple(parts[:count]) for count in range(len(parts), 0, -1)]
    known = dict(reversed(list(_members(text))))  # the first of several is the one
    return next((known[place] for place in wanted if place in known), None)


def _members(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    around: tuple[str, ...] = ()
    entries: dict[tuple[str, ...], int] = {}  # the last entry of each list of tables
    inside_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside_text:
            head, key = _HEAD.match(line), _KEY.match(line)
            if head:
                around = _entered(_names(head[2]), entries, begins=bool(head[1]))
                yield around, number
            elif key:
                yield (*around, *_names(key[1])), number
        inside_text ^= len(_LONG_TEXT.findall(line)) % 2 == 1


def _entered(
    names: tuple[str, ...], entries: dict[tuple[str, ...], int], *, begins: bool
) -> tuple[str, ...]:
    """Return the place of a table, with the number of the entry behind each list of tables."""
    place: tuple[str, ...] = ()
    for count, name in enumerate(names, start=1):
        place = (*place, name)
        if begins and count == len(names):
            entries[place] = entries.get(place, -1) + 1
        if place in entries:
            place = (*place, str(entries[place]))
    return place


def _names(text: str) -> tuple[str, ...]:
    return tuple(
        part[1:-1].replace('\\"', '"') if part[0] in "\"'" else part
        for part in _PARTS.findall(text)
    )
