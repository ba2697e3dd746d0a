"""`gateway deliveries`: envelopes that were sealed for partners, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command

STATES = ("sealed", "handed", "stored", "closed", "void")


@command("list", example="gateway deliveries list --partner hub.eu --state handed")
@click.option("--partner", help="Only to this partner.")
@click.option("--state", type=click.Choice(STATES), help="Only in this state.")
@click.option("--after", metavar="ID", help="Go on after this one.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def list_(
    call: Invocation, *, partner: str | None, state: str | None, after: str | None, limit: int
) -> None:
    """List envelopes in the order in which they were sealed."""
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found, following = look.deliveries_page(partner, state, after, limit, exchange)
    rows = [
        (
            one["id"],
            one["partner"],
            f"{one['ep']}/{one['seq']}",
            one["kind"],
            one["count"],
            one["state"],
            show.local_time(one["sealed_at"]),
            show.local_time(one["handed_at"]),
            show.local_time(one["stored_at"]),
        )
        for one in found
    ]
    columns = ("id", "partner", "place", "kind", "holds", "state", "sealed", "handed", "stored")

    def tell() -> None:
        show.table(columns, rows, empty="nothing was sealed yet")
        if following:
            show.say(f"more: --after {following}")

    call.answer({"items": found, "next": following}, tell)


@command("show", example="gateway deliveries show ID")
@click.argument("envelope")
def show_(call: Invocation, *, envelope: str) -> None:
    """Show one envelope: its attempts, and which records are in it."""
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.delivery_show(envelope, exchange)
    call.answer(found, lambda: _show(found))


def _show(found: dict[str, Any]) -> None:
    times = ("sealed_at", "handed_at", "stored_at")
    members = {name: value for name, value in found.items() if not isinstance(value, list)}
    show.pairs({**members, **{name: show.local_time(found[name]) for name in times}})
    show.say()
    rows = [
        (show.local_time(one["at"]), f"{one['milliseconds']} ms", one["outcome"])
        for one in found["attempts"]
    ]
    show.table(("attempt", "took", "outcome"), rows, empty="not tried yet")
    show.say()
    names = ("record", "version", "state", "verdict", "agreement", "purpose")
    inside = [[one[name] for name in names] for one in found["records"]]
    show.table(names, inside, empty="no records in it")


@command(
    "redeliver",
    example="gateway deliveries redeliver --partner hub.eu --since 2031-01-01 --dry-run\n"
    "gateway deliveries redeliver ID",
)
@click.argument("envelope", nargs=-1)
@click.option("--partner", help="Those to this partner.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Those that were sealed on this day (UTC) or later.",
)
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
def redeliver_(
    call: Invocation,
    *,
    envelope: tuple[str, ...],
    partner: str | None,
    since: datetime | None,
    dry_run: bool,
) -> None:
    """Have what waits for a receipt sent once more, now: the same bytes.

    What is stored there already is left alone. A channel that stalled opens again.
    """
    from gateway.core.ids import first_of  # noqa: PLC0415 - help must be quick
    from gateway.flow import redeliver  # noqa: PLC0415

    if not (envelope or partner or since):
        raise click.UsageError("name deliveries, or say --partner or --since")
    if envelope and (partner or since):
        raise click.UsageError("either deliveries by their ids, or --partner and --since")
    first = "" if since is None else first_of(round(since.replace(tzinfo=UTC).timestamp() * 1000))
    which = redeliver.Which(partner=partner, since=first, ids=envelope)
    with call.exchange() as exchange:
        found = redeliver.count(which, exchange)
        if not dry_run:
            redeliver.redeliver(which, found["digest"], "administrator", exchange)
    verb = "would be sent" if dry_run else "will be sent"
    call.answer(
        {**found, "sent": not dry_run},
        lambda: show.say(
            f"{found['count']} {verb} again"
            + "".join(f"\n  {name}: {number}" for name, number in found["partners"].items())
        ),
    )


deliveries = click.Group(
    "deliveries",
    commands=[list_, show_, redeliver_],
    help="See what was sealed for partners, and have it sent once more.",
)
