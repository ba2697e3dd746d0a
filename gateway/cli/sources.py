"""`gateway sources list|files`: sources that the gateway looks at by itself."""

from __future__ import annotations

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command


@command("list", example="gateway sources list")
def list_(call: Invocation) -> None:
    """List the sources that are looked at: whether they speak, fail, or are silent for too long."""
    from gateway.flow.standing import sources_now  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = sources_now(exchange)
    names = ("source", "state", "silent_seconds", "failures", "code")
    rows = [[one[name] for name in names] for one in found]
    call.answer(found, lambda: show.table(names, rows, empty="no source is looked at"))


@command("files", example="gateway sources files fiu-reports --limit 5")
@click.argument("source")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def files(call: Invocation, *, source: str, limit: int) -> None:
    """List what became of the newest documents of a source; --json tells each fault."""
    from gateway.flow.standing import documents_of  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = documents_of(source, limit, exchange)
    rows = [
        (
            one["name"],
            one["state"],
            show.local_time(one["at"]),
            ", ".join(f"{count} {state}" for state, count in one["counts"].items()),
            (one["fault"] or {}).get("code"),
        )
        for one in found
    ]
    columns = ("name", "state", "taken", "records", "fault")
    call.answer(found, lambda: show.table(columns, rows, empty="nothing was taken yet"))


@command("counts", example="gateway sources counts police.example")
@click.argument("org")
def counts(call: Invocation, *, org: str) -> None:
    """List the sources of an organisation: who reads them, what came, and which are silent."""
    from gateway.flow.source_view import listing_of  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = listing_of(org, exchange)
    rows = [
        (
            one["name"],
            one["adapter"],
            show.local_time(one["last_seen"]),
            *(one["counts"][name] for name in ("stored", "quarantined", "refused")),
            "silent" if one["silent"] else "",
        )
        for one in found
    ]
    columns = ("source", "read by", "last seen", "stored", "quarantined", "refused", "")
    call.answer(found, lambda: show.table(columns, rows, empty="it has no source"))


sources = click.Group(
    "sources",
    commands=[list_, files, counts],
    help="See the sources that the gateway looks at itself.",
)
