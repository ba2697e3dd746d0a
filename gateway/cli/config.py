"""`gateway config check|show|diff`: the settings file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command


@command("check", example="gateway config check --config config.toml")
def check(call: Invocation) -> None:
    """Read the settings; name every fault at once.

    Opens nothing: it can be used before `gateway init`.
    """
    settings = call.settings()
    found = {"file": str(settings.file), "gateway": settings.gateway.id, "ok": True}
    call.answer(found, lambda: show.say(f"{settings.file}: the settings of {settings.gateway.id}"))


@command("show", example="gateway config show --changed")
@click.option("--changed", is_flag=True, help="Only what differs from its default.")
def show_(call: Invocation, *, changed: bool) -> None:
    """Show every setting beside its default.

    Settings hold no secrets, only the paths of files that do.
    """
    from gateway.settings import settings_changes  # noqa: PLC0415 - help must be quick

    rows = [row for row in settings_changes(call.settings()) if row.changed or not changed]
    found = [{**row._asdict(), "changed": row.changed} for row in rows]
    cells = [(f"{row.section}.{row.name}", row.value, row.default) for row in rows]
    call.answer(
        found, lambda: show.table(("setting", "value", "default"), cells, empty="all as by default")
    )


@command("diff", example="gateway config diff config.new.toml")
@click.argument("other", type=click.Path(path_type=Path, dir_okay=False))
def diff(call: Invocation, *, other: Path) -> None:
    """Show what another settings file would change; both are checked first.

    Compares what is in force: defaults and GATEWAY__… variables count, comments do not.
    """
    from gateway.settings import settings_changes  # noqa: PLC0415 - help must be quick

    mine, theirs = (
        {(row.section, row.name): row.value for row in settings_changes(one.settings())}
        for one in (call, replace(call, config=other))
    )
    names = [name for name in {**mine, **theirs} if mine.get(name, "") != theirs.get(name, "")]
    found = [
        {
            "section": section,
            "name": name,
            "value": mine.get((section, name), ""),
            "other": theirs.get((section, name), ""),
        }
        for section, name in names
    ]
    cells = [(f"{one['section']}.{one['name']}", one["value"], one["other"]) for one in found]
    heads = ("setting", call.config.name, other.name)
    call.answer(found, lambda: show.table(heads, cells, empty="both say the same"))


config = click.Group(
    "config", commands=[check, show_, diff], help="Check, show and compare the settings."
)
