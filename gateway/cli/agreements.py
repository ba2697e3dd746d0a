"""`gateway agreements`: a folder of items made the one in force; what is agreed; its end."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, account, command

_EXAMPLES: Final = 5


_NOBODY: Final = (
    "reaches nobody: what is carried under it is brought, and the partner that it would be "
    "brought to only pulls; it needs an endpoint in its card, or an agreement without a carrier"
)
_NOT_AGAIN: Final = "was ended here, and its file is as it was: it stays ended"


@command(
    "apply", example="gateway agreements apply items/\ngateway agreements apply items/ --again"
)
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--again", is_flag=True, help="Also what was ended by command, its file unchanged.")
def apply(call: Invocation, *, directory: Path, again: bool) -> None:
    """Make a folder of items (KIND/NAME.toml) the ones in force, all or none.

    Agreements and whatever they rest on: organisations, clients, sources, profiles, mappings,
    routes, consents, communities. Items that came from files before and are not among them end.
    A date in valid_until is included: the item ends when that day has ended. What was ended by
    `gateway agreements end`, or by two people, stays ended until its file changes or with --again.
    """
    from gateway.flow.configure import apply_items  # noqa: PLC0415 - help must be quick
    from gateway.item_files import read_items  # noqa: PLC0415

    items = read_items(directory)
    with call.exchange() as exchange:
        changes = apply_items(items, account(), exchange, again=again)

    def tell() -> None:
        for what in ("added", "changed", "ended"):
            for name in getattr(changes, what):
                show.say(f"{what:<8} {name}")
        for name in changes.stays_ended:
            show.say(f"{name} {_NOT_AGAIN}; with --again it is in force")
        for name in changes.reaches_nobody:
            show.say(f"{name} {_NOBODY}", style="bold red")
        show.say(f"{changes.unchanged} as they were")

    call.answer(asdict(changes), tell)


@command(
    "preview",
    example="gateway agreements preview items/\ngateway agreements preview items/ --last 1000",
)
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--last", type=click.IntRange(1), default=10_000, show_default=True, help="Newest records."
)
def preview(call: Invocation, *, directory: Path, last: int) -> None:
    """Show what applying a folder of items would change, and store nothing.

    Decides on the newest records as things are and as they would be: what would newly go to whom,
    what would stop, what would go in another form.
    """
    from gateway.flow.configure import checked, planned  # noqa: PLC0415 - help must be quick
    from gateway.flow.preview import preview as look  # noqa: PLC0415
    from gateway.item_files import read_items  # noqa: PLC0415

    items = read_items(directory)
    with call.exchange() as exchange:
        rows = checked(items, exchange)
        with exchange.store.reading() as work:
            plan = planned(rows, work, account())
        with show.progress("records", last, quiet=call.json) as bar:
            found = look(
                plan,
                exchange,
                org=None,
                last=last,
                progress=lambda looked: show.advance(bar, to=looked),
            )
    changes = {
        what: [f"{row.kind}/{row.name}" for row in group] for what, group in plan.by_change()
    }
    stays = [f"{row.kind}/{row.name}" for row in plan.stays_ended]
    said = {**changes, "stays_ended": stays, **found.json()}
    call.answer(said, lambda: _show_preview(changes, stays, found.json()))


def _show_preview(changes: dict[str, list[str]], stays: list[str], found: dict[str, Any]) -> None:
    for what, names in changes.items():
        for name in names:
            show.say(f"{what:<8} {name}")
    for name in stays:
        show.say(f"{name} {_NOT_AGAIN}")
    show.say(f"{found['records']} records looked at; nothing was changed")
    rows = [
        (one["partner"], one["goes"], one["stops"], one["differs"]) for one in found["partners"]
    ]
    columns = ("partner", "would newly go", "would stop", "in another form")
    show.table(columns, rows, empty="no decision would change")
    for one in found["partners"]:
        for example in one["examples"][:_EXAMPLES]:
            before, after = example["before"], example["after"]
            show.say(
                f"{one['partner']} {example['change']:<7} {example['record']}: "
                f"{_decided(before)} -> {_decided(after)}"
            )


def _decided(said: dict[str, Any]) -> str:
    state = said["state"] or "not covered"
    return f"{state} ({said['rule']}: {said['reason']})" if said["rule"] else str(state)


@command("list", example="gateway agreements list --all")
@click.option("--all", "ended_too", is_flag=True, help="Also those that have ended.")
def list_(call: Invocation, *, ended_too: bool) -> None:
    """List agreements: with whom, what may pass, since and until when."""
    with call.exchange() as exchange, exchange.store.reading() as work:
        kept = [row for row in work.config.items("agreement") if ended_too or row.state == "active"]
    found = [
        {
            "name": row.name,
            "version": row.version,
            "state": row.state,
            "valid_from": row.valid_from,
            "valid_until": row.valid_until,
            **row.body,
        }
        for row in kept
    ]
    rows = [
        (
            f"{row.name}@{row.version}",
            row.state,
            row.body["partner"],
            row.body["direction"],
            ", ".join(row.body["types"]),
            ", ".join(row.body["purposes"]),
            show.local_time(row.valid_from),
            show.local_time(row.valid_until),
        )
        for row in kept
    ]
    columns = ("agreement", "state", "partner", "direction", "types", "purposes", "from", "until")
    call.answer(found, lambda: show.table(columns, rows, empty="nothing was agreed yet"))


@command("end", example="gateway agreements end ep-cse")
@click.argument("name")
def end(call: Invocation, *, name: str) -> None:
    """End an agreement now: nothing more passes under it.

    It stays ended when its folder is applied again, until its file changes; remove the file, too,
    so that it says the same.
    """
    from gateway.flow.configure import end_item  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        end_item("agreement", name, account(), exchange)
    call.answer({"agreement": name, "state": "ended"}, lambda: show.say(f"ended: {name}"))


agreements = click.Group(
    "agreements",
    commands=[apply, preview, list_, end],
    help="Apply, preview, list and end agreements.",
)
