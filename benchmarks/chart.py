"""The ratios as an SVG: one bar per figure on a logarithmic scale, the aim as a mark on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.frame import Result

_SVG: Final = "http://www.w3.org/2000/svg"
_WIDTH: Final = 920
_LEFT: Final = 430
_RIGHT: Final = 90
_ROW: Final = 30
_TOP: Final = 64
_LEAST, _MOST = 0.01, 10.0  # the ends of the scale
_STYLE: Final = (
    "text{font:13px sans-serif;fill:#222}.small{font-size:11px;fill:#666}"
    ".bar{fill:#3b6ea5}.reached{fill:#3a8f5c}.missed{fill:#c2703d}"
    ".aim{stroke:#111;stroke-width:2}.grid{stroke:#ddd}"
)


def chart(results: Sequence[Result], subtitle: str) -> str:
    """Return the SVG of these results."""
    height = _TOP + _ROW * len(results) + 40
    parts = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(16, 24, "What is reached of the raw limit (1 = as fast as the raw loop)"),
        _text(16, 42, subtitle, "small"),
    ]
    for tick in (0.01, 0.1, 1.0, 10.0):
        x = _x(tick)
        parts.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 8}" y2="{height - 30}"/>'
        )
        parts.append(_text(x, height - 14, f"{tick:g}", "small", "middle"))
    for number, result in enumerate(results):
        parts += _row(result, _TOP + _ROW * number)
    return "\n".join([*parts, "</svg>", ""])


def _row(result: Result, y: int) -> list[str]:
    end = _x(result.ratio)
    long = max(1.0, end - _LEFT)
    kind = "bar"
    if result.aim is not None:
        kind = "reached" if result.aim.is_reached(result.ratio) else "missed"
    parts = [
        _text(16, y + 16, f"{result.id}  {result.title}"),
        f'<rect class="{kind}" x="{_LEFT}" y="{y + 4}" width="{long:.1f}" height="16" rx="2"/>',
        _text(end + 6, y + 17, f"{result.ratio:.3g}", "small"),
    ]
    if result.aim is not None:
        x = _x(result.aim.ratio)
        parts.append(
            f'<line class="aim" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1}" y2="{y + 23}">'
            f"<title>aim {result.aim.ratio:g}</title></line>"
        )
    return parts


def _x(ratio: float) -> float:
    inside = min(max(ratio, _LEAST), _MOST)
    share = math.log10(inside / _LEAST) / math.log10(_MOST / _LEAST)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
