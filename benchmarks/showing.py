"""What is told: progress and a table in the terminal, JSON and SVG in the output folder."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.chart import chart
from benchmarks.frame import Result

_SMALL = 10


def table(results: Sequence[Result]) -> Table:
    """Return the table: figure, aim, ratio, and what the ratio is made of."""
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    shown.add_column("figure", no_wrap=True)
    shown.add_column("what")
    for name in ("aim (good)", "ratio", "ours/s", "raw/s"):
        shown.add_column(name, justify="right", no_wrap=True)
    for one in results:
        shown.add_row(one.id, one.title, _aim(one), _ratio(one), _rate(one.ours), _rate(one.raw))
    return shown


def show(results: Sequence[Result], console: Console) -> None:
    """Print the table and how to read it."""
    console.print(table(results))
    console.print(
        "A ratio is the result: ours divided by the raw loop, in the same run. "
        "What is done per second only shows the order."
    )


def write(results: Sequence[Result], about: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write the JSON and the chart; return where."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    report = {
        "made_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **about,
        "figures": [one.json() for one in results],
    }
    name = now.strftime("%Y%m%dT%H%M%SZ")
    kept, drawn = folder / f"{name}.json", folder / f"{name}.svg"
    kept.write_text(json.dumps(report, indent=2) + "\n")
    machine = about.get("machine", {})
    subtitle = (
        f"{report['made_at']}, {machine.get('cores')} cores, Python {machine.get('python')}; "
        "a mark is the aim, the scale is logarithmic"
    )
    drawn.write_text(chart(results, subtitle))
    return kept, drawn


def _aim(one: Result) -> str:
    if one.aim is None:
        return "-"
    sign = "" if one.aim.better == "higher" else "≤ "
    return f"{sign}{one.aim.ratio:g}" + (f" ({one.aim.good:g})" if one.aim.good else "")


def _ratio(one: Result) -> str:
    text = f"{one.ratio:.3g}"
    if one.aim is None:
        return text
    colour = "green" if one.aim.is_reached(one.ratio) else "yellow"
    return f"[{colour}]{text}[/{colour}]"


def _rate(rates: Sequence[float]) -> str:
    middle = statistics.median(rates)
    return f"{middle:,.0f}" if middle >= _SMALL else f"{middle:.2g}"
