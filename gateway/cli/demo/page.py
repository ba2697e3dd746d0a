"""The run as one HTML file: no script, nothing fetched, light and dark, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from gateway.cli.demo import afterwards, drawing, report
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import Json, Row, Step, Story

_KINDS: Final = {
    "accepted": "good",
    "rejected": "said-no",
    "held": "wait",
    "quarantined": "wait",
    "refused": "bad",
    "": "none",
}


def write_page(story: Story, stage: Stage) -> Path:
    """Write the page into the folder; return it."""
    template = Template((files("gateway.cli.demo") / "data" / "page.html").read_text("utf-8"))
    path = stage.folder / report.PAGE
    path.write_text(
        template.substitute(
            when=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            seconds=f"{story.seconds:.0f}",
            facts="".join(_facts(story)),
            wide=drawing.wide(story),
            tall=drawing.tall(story),
            rows="".join(map(_row, report.all_rows(story))),
            steps="".join(map(_step, story.steps)),
            holders="".join(map(_holder, story.holders)),
            ledgers="".join(_ledgers(story)),
            commands="".join(
                f'<p>{escape(purpose)}</p><code class="type">{escape(command)}</code>'
                for purpose, command in afterwards.commands(stage, story)
            ),
            bytes=f"{story.envelope['bytes']:,}",
        ),
        encoding="utf-8",
    )
    return path


def _facts(story: Story) -> Iterable[str]:
    delivered = sum(
        count
        for name, count in story.counts.items()
        if name.rpartition(" ")[2] in ("accepted", "rejected")
    )
    stopped = sum(
        count for name, count in story.counts.items() if name.rpartition(" ")[2] == "held"
    )
    entries = sum(int(ledger["entries"]) for ledger in story.ledgers.values())
    for number, words in (
        (len(story.formats) - 1, "formats read"),
        (sum(story.formats.values()), "records taken in"),
        (delivered, "delivered and answered"),
        (stopped + len(story.refused), "held back at the door or by a rule"),
        (story.counts.get("vgt.example voided", 0), "voided after sealing"),
        (entries, "ledger entries, all verified"),
    ):
        yield f"<li><b>{number}</b><span>{escape(words)}</span></li>"


def _row(row: Row) -> str:
    return (
        f'<tr><th scope="row"><span class="what">{escape(row.title)}</span>'
        f'<span class="ref">{escape(row.reference)}</span></th>'
        f'<td data-name="From"><code>{escape(row.source)}</code></td>'
        f'<td data-name="EMPACT partner">{_chip(row.hub)}</td>'
        f'<td data-name="VGT partner">{_chip(row.vgt)}</td>'
        f'<td class="why" data-name="Why not">{escape(row.why)}</td></tr>'
    )


def _chip(state: str) -> str:
    word, _, rule = state.partition(" ")
    sign = report.SIGNS[word]
    shown = f" <small>{escape(rule)}</small>" if rule else ""
    return f'<span class="chip {_KINDS[word]}">{sign} {escape(word or "not covered")}{shown}</span>'


def _step(step: Step) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in step.notes)
    inner = f"<ul>{notes}</ul>" if notes else ""
    return f"<li><b>{escape(step.title)}</b> <time>{step.seconds:.1f} s</time>{inner}</li>"


def _holder(told: Json) -> str:
    cells = "".join(
        f'<td data-name="{name}"><span class="chip good">✓ {escape(told[member])}</span></td>'
        for name, member in (("In the gateway", "gateway"), ("In their own system", "own_system"))
    )
    holder = f"<b>{escape(told['holder'])}</b>"
    return f'<tr><th scope="row">{holder}</th>{cells}</tr>'


def _ledgers(story: Story) -> Iterable[str]:
    for name, ledger in story.ledgers.items():
        yield (
            f"<li><b>{escape(name)}</b> {ledger['entries']} entries under "
            f"{ledger['checkpoints']} signed heads<code>{escape(str(ledger['head']))}</code></li>"
        )
