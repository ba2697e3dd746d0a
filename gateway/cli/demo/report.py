"""What went where and why not: as a table on the terminal, and as JSON.

Owns also `demo.json`: what other tools need to speak to the gateways while they run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from gateway.cli import show
from gateway.cli.demo import afterwards
from gateway.cli.demo.left_to_try import Try
from gateway.cli.demo.stage import Place, Stage, write_private
from gateway.cli.demo.story import Row, Step, Story

REPORT: Final = "report.json"
CONNECTIONS: Final = "demo.json"
PAGE: Final = "page.html"
SIGNS: Final = {
    "accepted": "✓",
    "rejected": "✗",
    "held": "…",
    "refused": "✗",
    "gone": "↩",
    "": "-",
}
_COLUMNS: Final = ("record", "what it is", "EMPACT partner", "VGT partner", "why not")


def tell(step: Step) -> None:
    """Print a step that has succeeded."""
    line = Text(f"{step.seconds:6.1f} s  ", style="dim")
    line.append("✓ ", style="green").append(step.title)
    show.console().print(line, soft_wrap=True)
    for note in step.notes:
        show.say(f"            {note}", style="dim")


def table(story: Story) -> None:
    """Print what went where, and why not."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        shown.add_column(name, overflow="fold")
    for row in all_rows(story):
        states = [Text(_signed(state), style=_style(state)) for state in (row.hub, row.vgt)]
        shown.add_row(row.reference, row.title, *states, Text(row.why, style="dim"))
    show.say()
    show.say("What went where, and why not", style="bold")
    show.console().print(shown)


def all_rows(story: Story) -> list[Row]:
    """Return the rows of records, then those of what never became one."""
    return [*story.rows, *story.refused]


def _signed(state: str) -> str:
    return f"{SIGNS[state.partition(' ')[0]]} {state or 'not covered'}"


def _style(state: str) -> str:
    return show.COLOURS.get(state.partition(" ")[0], "dim")


def as_json(story: Story, stage: Stage) -> dict[str, Any]:
    """Return the whole run for a script."""
    return {
        "seconds": round(story.seconds, 1),
        "steps": [asdict(step) for step in story.steps],
        "rows": [asdict(row) for row in all_rows(story)],
        "formats": story.formats,
        "releases": story.counts,
        "holders": story.holders,
        "ledgers": story.ledgers,
        "envelope": story.envelope,
        "page": str(stage.folder / PAGE),
    }


def write_report(story: Story, stage: Stage) -> None:
    """Keep the run as JSON in the folder."""
    text = json.dumps(as_json(story, stage), ensure_ascii=False, indent=2)
    (stage.folder / REPORT).write_text(text + "\n")


def write_connections(stage: Stage, to_try: Sequence[Try]) -> Path:
    """Write what any outside tool needs to speak to the running gateways; return the file."""
    found = {
        "gateways": [_connection(place, stage) for place in stage.places],
        "people": [
            {"name": name, "may": may, "config": config}
            for name, may, config in afterwards.people(stage)
        ],
        "try": [asdict(one) for one in to_try],
    }
    path = stage.folder / CONNECTIONS
    write_private(path, (json.dumps(found, indent=2) + "\n").encode())
    return path


def _connection(place: Place, stage: Stage) -> dict[str, Any]:
    clients = [
        {
            "name": system.name,
            "org": system.org,
            "sources": list(system.sources),
            **_pair(*place.client_files(system.name)),
        }
        for system in place.role.systems
    ]
    strangers = {stage.vgt.id: {stage.hub.id, stage.member.id}}
    strangers |= {one.id: {stage.vgt.id} for one in (stage.hub, stage.member)}
    known = [
        one
        for one in stage.places
        if one is not place and one.id not in strangers.get(place.id, ())
    ]
    return {
        "id": place.id,
        "profile": place.role.profile,
        "url": place.url,
        "config": str(place.config),
        "data_directory": str(place.folder / "data"),
        "ca": str(place.folder / "tls" / "certificate.pem"),
        "client": clients[0],
        "clients": clients,
        "partners": [
            {
                "id": one.id,
                **_pair(*(one.folder / "tls" / f for f in ("certificate.pem", "key.pem"))),
            }
            for one in known
        ],
    }


def _pair(certificate: Path, key: Path) -> dict[str, str]:
    return {"certificate": str(certificate), "key": str(key)}
