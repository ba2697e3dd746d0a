"""`gateway outcomes`: what became of what was given, and how much never came, by the API."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.asking import carried_out, listed, show_made, show_questions
from gateway.cli.frame import Invocation, command
from schemas import vocab


@command("list", example="gateway outcomes list\ngateway outcomes list --count")
@click.option("--all", "every", is_flag=True, help="Also those that have come.")
@click.option("--count", is_flag=True, help="Per partner and operational action instead.")
@click.option("--ours", is_flag=True, help="With --count: what we owe others.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
def list_(call: Invocation, *, every: bool, count: bool, ours: bool, limit: int) -> None:
    """List outcomes owed by us and to us, or count them with the share that never came."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        if count:
            direction = {"direction": "in" if ours else "out"}
            rows = list(api.look("/v1/outcomes/counts", direction)["items"])
        else:
            rows = listed("/v1/outcomes", limit, api, every=every)
    if count:
        call.answer(rows, lambda: _show_counts(rows))
    else:
        call.answer(rows, lambda: show_questions(rows, empty="no outcome is owed"))


def _show_counts(rows: list[dict[str, Any]]) -> None:
    names = ("partner", "action", "asked", "answered", "unanswered", "share", "codes")
    cells = [
        (
            row["partner"],
            row["operational_action"],
            row["asked"],
            row["answered"],
            row["unanswered"],
            None if row["share_unanswered"] is None else f"{row['share_unanswered']:.0%}",
            ", ".join(f"{code} {number}" for code, number in row["codes"].items()),
        )
        for row in rows
    ]
    show.table(names, cells, empty="no outcome was asked for")


@command("give", example="gateway outcomes give ID --code case_supported")
@click.argument("record")
@click.option("--code", required=True, type=click.Choice(vocab.OUTCOMES), help="What became of it.")
@click.option("--at", metavar="TIME", help="When.")
@click.option("--missing", multiple=True, metavar="POINTER", help="What would have helped.")
@click.option("--source", help="The source of your organisation whose profile completes it.")
def give(call: Invocation, *, record: str, missing: tuple[str, ...], **said: Any) -> None:
    """Tell the originator what became of a record it sent."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        body = {**said, "missing": list(missing)}
        made = carried_out(f"/v1/outcomes/{record}", body, api)
    show_made(call, made)


outcomes = click.Group(
    "outcomes", commands=[list_, give], help="See and give what became of records."
)
