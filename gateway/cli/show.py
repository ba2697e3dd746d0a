"""How answers look: tables, local times, and text that cannot steer a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from gateway.core.moments import shown

WIDE: Final = 200  # columns, where no terminal says how many there are
DASH: Final = "-"
COLOURS: Final = {
    "stored": "green",
    "accepted": "green",
    "pass": "green",
    "release": "green",
    "duplicate": "cyan",
    "reduce": "cyan",
    "due": "cyan",
    "held": "yellow",
    "hold": "yellow",
    "quarantined": "yellow",
    "conflict": "red",
    "refused": "red",
    "refuse": "red",
    "rejected": "red",
}


def local_time(milliseconds: int | None) -> str:
    """Return a moment as local ISO time with its offset; a dash where there is none."""
    if milliseconds is None:
        return DASH
    return shown(milliseconds).astimezone().isoformat(timespec="seconds")


def notice_kind(kind: str, *, lifts: bool) -> str:
    """Return what a notice does: its kind, or that it lifts one."""
    return f"{kind} lifted" if lifts else kind


def plain(value: object) -> str:
    """Return `value` as text in which nothing can steer a terminal; a dash where there is none."""
    if value is None or value == "":
        return DASH
    text = value if isinstance(value, str) else str(value)
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text
    )


def say(line: str = "", *, style: str = "") -> None:
    """Print one line of an answer."""
    console().print(Text(plain(line) if line else "", style=style), soft_wrap=True)


def console(*, stderr: bool = False) -> Console:
    """Return a console on standard output, or error, as it is now."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows below their column heads, or `empty` if there are none."""
    kept = list(rows)
    if not kept:
        say(empty)
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        shown.add_column(name, overflow="fold")
    for row in kept:
        shown.add_row(*(_cell(value) for value in row))
    console().print(shown)


def _cell(value: object) -> Text:
    text = plain(value)
    return Text(text, style=COLOURS.get(text, ""))


def pairs(members: Mapping[str, object]) -> None:
    """Print one name and value a line."""
    width = max(map(len, members), default=0)
    for name, value in members.items():
        say(f"{name:<{width}}  {plain(value)}")


def document(value: object) -> None:
    """Print JSON for people."""
    say(indented(value))


def indented(value: object) -> str:
    """Return JSON with indents."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def terms(clauses: Iterable[Mapping[str, Any]]) -> None:
    """Print each clause of the terms of a record: its name, the sentence, the law behind it."""
    for clause in clauses:
        say(f"{clause['id']}: {clause['text']}")
        say(f"    {clause['source']}", style="dim")


def faults(found: Iterable[Mapping[str, Any]], *, indent: str = "  ", err: bool = False) -> None:
    """Print each fault on a line: where, what, how to mend it."""
    for fault in found:
        place = plain(fault.get("pointer") or "(whole)")
        line = f"{indent}{place}: {plain(fault.get('detail') or fault.get('code'))}"
        if fault.get("hint"):
            line += f" -> {plain(fault['hint'])}"
        click.echo(line, err=err)


@contextmanager
def progress(what: str, total: int | None, *, quiet: bool) -> Iterator[Progress | None]:
    """Show a bar on a terminal for what takes longer; None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    # What is printed meanwhile goes above the bar, unless it goes into a file.
    bar = Progress(
        *columns,
        console=console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    with bar:
        bar.add_task(what, total=total)
        yield bar


def advance(bar: Progress | None, *, by: int = 0, to: int | None = None) -> None:
    """Move the bar on."""
    if bar is not None:
        task = bar.task_ids[0]
        bar.update(task, completed=to) if to is not None else bar.advance(task, by)
