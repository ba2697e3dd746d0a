"""`python -m benchmarks`: measure, show, keep."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from benchmarks.durability import NotDurableError
from benchmarks.figures import ALL
from benchmarks.frame import Figure, Plan, Result, ServedFigure
from benchmarks.ground import gateways
from benchmarks.machine import machine
from benchmarks.showing import show, write

_INTERRUPTED = 130
_REFUSED = 2


def main(words: Sequence[str] | None = None, figures: Sequence[Figure | ServedFigure] = ALL) -> int:
    """Run the figures asked for; return the exit code: 0, or 2 where nothing may be reported."""
    chosen = _chosen(words, figures)
    console = Console()
    about: dict[str, Any] = {"quick": chosen.quick, "machine": machine()}
    try:
        results = _measure(chosen, about, console)
    except NotDurableError as refusal:
        console.print(f"Nothing is reported: {refusal}", style="bold red")
        return _REFUSED
    except KeyboardInterrupt:
        console.print("interrupted; everything is stopped and removed")
        return _INTERRUPTED
    show(results, console)
    for path in write(results, about, chosen.output):
        console.print(f"written: {path}")
    return 0


def _chosen(
    words: Sequence[str] | None, figures: Sequence[Figure | ServedFigure]
) -> argparse.Namespace:
    ids = [id_ for figure in figures for id_ in figure.ids]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer samples: under a minute")
    parser.add_argument(
        "--only", action="append", choices=ids, help="one figure; may be repeated", metavar="FIGURE"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("var/benchmarks"), help="folder for JSON and SVG"
    )
    chosen = parser.parse_args(words)
    chosen.figures = [f for f in figures if not chosen.only or set(f.ids) & set(chosen.only)]
    return chosen


def _measure(chosen: argparse.Namespace, about: dict[str, Any], console: Console) -> list[Result]:
    plan = Plan.of(quick=chosen.quick)
    figures: list[Figure | ServedFigure] = chosen.figures
    served = [figure for figure in figures if isinstance(figure, ServedFigure)]
    results: list[Result] = []
    if served:
        console.print("two gateways are made and introduced to each other ...", style="dim")
        with gateways(chosen.output) as ground:
            about["durable"] = dict(ground.durable)
            for figure in served:
                results += _told(figure.measure(plan, ground), console)
    for pure in figures:
        if isinstance(pure, Figure):
            results += _told(pure.measure(plan), console)
    return results


def _told(results: Iterable[Result], console: Console) -> Iterable[Result]:
    for result in results:
        console.print(f"  {result.id}: {result.ratio:.3g}", style="dim")
        yield result


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())
