"""The overview's picture: sources, the gateway, partners; what flows and what stands. Pure.

Owns places and sizes in the units of the picture; the words are the template's, and a table beside
says the same for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_BOX_WIDTH: Final = 200
_BOX_HEIGHT: Final = 64
_GAP: Final = 16
_WIDTH: Final = 960
_EDGE: Final = 2  # room for the stroke
_MIDDLE: Final = 360
_MIDDLE_WIDTH: Final = 240
_MOST: Final = 8  # boxes on a side; the table has all of them
_WIDEST: Final = 14
_BEND: Final = 60


@dataclass(frozen=True, slots=True)
class Box:
    """One box: where it stands, and what the template writes into it."""

    x: int
    y: int
    width: int
    height: int
    name: str
    counts: Mapping[str, int]
    alarm: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One curve between two boxes; `width` grows with what went along it."""

    path: str
    width: int
    alarm: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    width: int
    height: int
    sources: tuple[Box, ...]
    gateway: Box
    partners: tuple[Box, ...]
    lines: tuple[Line, ...]
    left_out: int


def draw(
    sources: Sequence[Mapping[str, Any]], partners: Sequence[Mapping[str, Any]], own: str
) -> Picture:
    """Return the picture of these sources and partners.

    Each has `name`, `counts` (by state) and `alarm`.
    """
    rows = max(1, min(_MOST, len(sources)), min(_MOST, len(partners)))
    height = rows * (_BOX_HEIGHT + _GAP) + _GAP
    left = _column(sources[:_MOST], _EDGE, height)
    right = _column(partners[:_MOST], _WIDTH - _BOX_WIDTH - _EDGE, height)
    middle = Box(_MIDDLE, _GAP, _MIDDLE_WIDTH, height - 2 * _GAP, own, {}, alarm=False)
    most = max((_flowed(one.counts) for one in (*left, *right)), default=1) or 1
    lines = [_line(one, middle, most, inward=True) for one in left]
    lines += [_line(one, middle, most, inward=False) for one in right]
    left_out = max(0, len(sources) - _MOST) + max(0, len(partners) - _MOST)
    return Picture(_WIDTH, height, left, middle, right, tuple(lines), left_out)


def _flowed(counts: Mapping[str, int]) -> int:
    """Return what went along a line: not what was held or refused."""
    return sum(counts.get(name, 0) for name in ("records", "delivered", "waiting"))


def _column(entries: Sequence[Mapping[str, Any]], x: int, height: int) -> tuple[Box, ...]:
    used = len(entries) * (_BOX_HEIGHT + _GAP) - _GAP
    top = (height - used) // 2
    return tuple(
        Box(
            x,
            top + place * (_BOX_HEIGHT + _GAP),
            _BOX_WIDTH,
            _BOX_HEIGHT,
            str(one["name"]),
            one["counts"],
            bool(one["alarm"]),
        )
        for place, one in enumerate(entries)
    )


def _line(box: Box, middle: Box, most: int, *, inward: bool) -> Line:
    y = box.y + box.height // 2
    start, end = (box.x + box.width, middle.x) if inward else (middle.x + middle.width, box.x)
    inner = min(max(y, middle.y + _GAP), middle.y + middle.height - _GAP)
    first, last = (y, inner) if inward else (inner, y)
    path = f"M{start} {first} C{start + _BEND} {first} {end - _BEND} {last} {end} {last}"
    width = 1 + round((_WIDEST - 1) * _flowed(box.counts) / most)
    return Line(path, width, box.alarm)
