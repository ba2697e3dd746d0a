"""The run as one HTML file: no script, nothing fetched, light and dark, narrow and wide.

Scenes stand under the question they answer, so that a reader may stop after any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from gateway.cli.demo import afterwards, drawing, expected, report
from gateway.cli.demo.stage import Stage
from gateway.cli.demo.story import AFTER, IN, OUT, PROOF, WHO, Json, Row, Step, Story

_KINDS: Final = {
    "accepted": "good",
    "rejected": "said-no",
    "held": "wait",
    "gone": "wait",
    "refused": "bad",
    "": "none",
}
_WORDS: Final = {"": "not covered", "gone": "called back"}


@dataclass(frozen=True, slots=True)
class Question:
    """A part of the page: what it asks, and the answer in one sentence."""

    part: str
    title: str
    answer: str


QUESTIONS: Final = (
    Question(
        WHO,
        "Who exchanges with whom?",
        "Each gateway makes its own keys; two people compare eight words, and nobody in the middle "
        "can read or change what passes.",
    ),
    Question(
        IN,
        "What came in?",
        "National systems give what they have, as they have it; each value keeps the way it came, "
        "and an image never gets in.",
    ),
    Question(
        OUT,
        "What left, what did not, and why?",
        "A machine decides on each record for each recipient, by rules that name the law; where "
        "the law asks for a person, a person decides, and where it asks for two, two do.",
    ),
    Question(
        AFTER,
        "What follows what has left?",
        "What was sent stays in hand: answers come back, errors and consents are recalled, and the "
        "person concerned is told.",
    ),
    Question(
        PROOF,
        "How is it proved?",
        "Every act is in a ledger that cannot be changed unseen, and others can check it without "
        "our programs.",
    ),
)


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
            contents="".join(_entry(one, story) for one in QUESTIONS),
            parts="".join(_part(one, story) for one in QUESTIONS),
            ledgers="".join(_ledgers(story)),
            people="".join(map(_person, afterwards.people(stage))),
            commands="".join(
                f'<p>{escape(purpose)}</p><code class="type">{escape(command)}</code>'
                for purpose, command in afterwards.commands(stage, story)
            ),
            bytes=f"{story.envelope['bytes']:,}",
        ),
        encoding="utf-8",
    )
    return path


def _entry(question: Question, story: Story) -> str:
    count = sum(step.part == question.part for step in story.steps)
    return (
        f'<li><a href="#{question.part}">{escape(question.title)}</a>'
        f"<span>{count} scenes</span></li>"
    )


def _part(question: Question, story: Story) -> str:
    scenes = [_scene(step, story) for step in story.steps if step.part == question.part]
    return (
        f'<section id="{question.part}"><h2>{escape(question.title)}</h2>'
        f"<p>{escape(question.answer)}</p>"
        f"{_records(story) if question.part == OUT else ''}"
        f'<div class="scenes">{"".join(scenes)}</div></section>'
    )


def _scene(step: Step, story: Story) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in step.notes)
    shown = escape("\n".join(step.shown))
    holders = step.part == AFTER and "recalled" in step.title
    return (
        f'<article class="sheet scene"><h3>{escape(step.title)} '
        f"<time>{step.seconds:.1f} s</time></h3>"
        f"{f'<ul>{notes}</ul>' if notes else ''}"
        f"{_holders(story.holders) if holders else ''}"
        f"{f'<pre>{shown}</pre>' if shown else ''}</article>"
    )


def _holders(holders: Sequence[Json]) -> str:
    return (
        '<table class="small"><thead><tr><th scope="col">Holder</th>'
        '<th scope="col">In the gateway</th><th scope="col">In their own system</th></tr></thead>'
        f"<tbody>{''.join(map(_holder, holders))}</tbody></table>"
    )


def _records(story: Story) -> str:
    """Return all records in two tables: what needs a reason first, the others folded away."""
    rows = report.all_rows(story)
    told = [row for row in rows if _needs_a_reason(row)]
    others = [row for row in rows if row not in told]
    return (
        f"{_table('Stopped, sent back or called back', told, opened=True)}"
        f"{_table('Delivered to whom it was meant for', others, opened=False)}"
    )


def _needs_a_reason(row: Row) -> bool:
    plain = (expected.ACCEPTED, expected.NONE, expected.NOT_NAMED)
    return row.hub not in plain or row.vgt not in plain


def _table(title: str, rows: Sequence[Row], *, opened: bool) -> str:
    heads = ("Record", "From", "EMPACT partner", "VGT partner", "Why not")
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return (
        f'<details class="sheet"{" open" if opened else ""}>'
        f"<summary>{escape(title)} <span>{len(rows)} rows</span></summary>"
        f"<table><thead><tr>{columns}</tr></thead>"
        f"<tbody>{''.join(map(_row, rows))}</tbody></table></details>"
    )


def _person(one: tuple[str, str, str]) -> str:
    who, does, file = one
    return (
        f'<tr><th scope="row"><b>{escape(who)}</b></th><td data-name="May">{escape(does)}</td>'
        f'<td data-name="Settings"><code>{escape(file)}</code></td></tr>'
    )


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
        (delivered + story.called_back, "delivered and answered"),
        (stopped + len(story.refused), "held back at the door or by a rule"),
        (story.counts.get("vgt.example voided", 0), "voided after sealing"),
        (entries, "ledger entries, all verified"),
    ):
        yield f"<li><b>{number:,}</b><span>{escape(words)}</span></li>"


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
    return (
        f'<span class="chip {_KINDS[word]}">{sign} {escape(_WORDS.get(word, word))}{shown}</span>'
    )


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
