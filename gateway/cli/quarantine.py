"""`gateway quarantine`: what could not be understood or opened, and trying it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, account, command, refuse

if TYPE_CHECKING:
    from gateway.flow.exchange import Exchange

_PAGE: Final = 200
_GOOD: Final = ("stored", "duplicate")

Json = dict[str, Any]


@command("list", example="gateway quarantine list --cause unknown-member")
@click.option("--cause", help="Only those of this cause.")
def list_(call: Invocation, *, cause: str | None) -> None:
    """List what waits, with its cause."""
    with call.exchange() as exchange:
        found = list(_waiting(cause, exchange))
    rows = [
        (
            one["id"],
            one["source"],
            one["format"],
            one["stage"],
            one["cause"],
            len(one["faults"]),
            show.local_time(one["received_at"]),
            show.local_time(one["erase_at"]),
        )
        for one in found
    ]
    columns = ("id", "source", "format", "stage", "cause", "faults", "received", "erased at")
    call.answer(found, lambda: show.table(columns, rows, empty="nothing is in quarantine"))


@command("show", example="gateway quarantine show ID")
@click.argument("original")
def show_(call: Invocation, *, original: str) -> None:
    """Show why one document was not understood: each fault, and how to mend it."""
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.quarantine_show(original, None, exchange)

    def tell() -> None:
        members = {name: value for name, value in found.items() if name != "faults"}
        times = {name: show.local_time(found[name]) for name in ("received_at", "erase_at")}
        show.pairs({**members, **times})
        show.faults(found["faults"])

    call.answer(found, tell)


@command(
    "replay",
    example="gateway quarantine replay ID\ngateway quarantine replay --all --cause unknown-member",
)
@click.argument("originals", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All that wait (of --cause, if given).")
@click.option("--cause", help="With --all: only those of this cause.")
def replay(call: Invocation, *, originals: tuple[str, ...], every: bool, cause: str | None) -> None:
    """Try documents again, once their mapping or profile is mended.

    What fails again stays, with its new faults; the exit code is then 1.
    """
    if bool(originals) == every or (cause and not every):
        raise click.UsageError("name documents, or --all (and with it --cause)")
    from gateway.flow.replay import replay as journey  # noqa: PLC0415 - help must be quick

    found: list[Json] = []
    with call.exchange() as exchange:
        ids = [one["id"] for one in _waiting(cause, exchange)] if every else list(originals)
        with show.progress("replaying", len(ids), quiet=call.json) as bar:
            for id_ in ids:
                outcomes = journey([id_], account(), exchange)
                found += [{"replayed": id_, **asdict(outcome)} for outcome in outcomes]
                show.advance(bar, by=1)
    call.answer(found, lambda: _show_outcomes(found))
    if not all(one["state"] in _GOOD for one in found):
        refuse()


@command("envelopes", example="gateway quarantine envelopes")
def envelopes(call: Invocation) -> None:
    """List envelopes of partners that could not be opened here, with the fault's code."""
    from gateway.flow.park import parked  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = parked(exchange)
    names = ("id", "partner", "ep", "seq", "step", "incident", "size")
    rows = [[*(one[name] for name in names), show.local_time(one["arrived_at"])] for one in found]
    columns = (*names, "arrived")
    call.answer(found, lambda: show.table(columns, rows, empty="every envelope was opened"))


@command("retry", example="gateway quarantine retry ID")
@click.argument("envelope")
def retry(call: Invocation, *, envelope: str) -> None:
    """Have an envelope opened again, once what failed it is mended.

    The worker does it; the partner gets its receipt then.
    """
    from gateway.flow.park import retry as journey  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        journey(envelope, account(), exchange)
    call.answer({"envelope": envelope, "state": "arrived"}, lambda: show.say("it is tried again"))


@command("ids", example="gateway quarantine ids")
def ids(call: Invocation) -> None:
    """List ids of records under which two partners sent different ones."""
    from gateway.flow.claims import claims  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = claims(exchange)
    names = ("record", "held_from", "claimed_by", "version")
    rows = [[*(one[name] for name in names), show.local_time(one["at"])] for one in found]
    columns = ("record", "held from", "claimed by", "version", "since")
    call.answer(found, lambda: show.table(columns, rows, empty="every id is one partner's"))


@command("give", example="gateway quarantine give RECORD --to PARTNER")
@click.argument("record")
@click.option("--to", "partner", required=True, metavar="PARTNER", help="Whose id it is.")
def give(call: Invocation, *, record: str, partner: str) -> None:
    """Let an id be that partner's: destroy here what another sent under it.

    The partner then sends a newer version of its record; ask it to.
    """
    from gateway.flow.claims import give as journey  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        journey(record, partner, account(), exchange)
    answer = {"record": record, "partner": partner, "state": "given"}
    call.answer(answer, lambda: show.say(f"the id is {partner}'s; ask it for a newer version"))


@command("dismiss", example="gateway quarantine dismiss RECORD --of PARTNER")
@click.argument("record")
@click.option("--of", "partner", required=True, metavar="PARTNER", help="Whose claim it is.")
def dismiss(call: Invocation, *, record: str, partner: str) -> None:
    """Say that an id is not that partner's; all stays as it is."""
    from gateway.flow.claims import dismiss as journey  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        journey(record, partner, account(), exchange)
    answer = {"record": record, "partner": partner, "state": "dismissed"}
    call.answer(answer, lambda: show.say("the claim is settled"))


def _waiting(cause: str | None, exchange: Exchange) -> Iterator[Json]:
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    after: str | None = None
    while True:
        page, after = look.quarantine_page(None, after, _PAGE, exchange)
        yield from (one for one in page if cause is None or one["cause"] == cause)
        if after is None:
            return


def _show_outcomes(found: list[Json]) -> None:
    names = ("replayed", "state", "record", "provider_ref")
    rows = [[one[name] for name in names] for one in found]
    show.table(("document", "outcome", "record", "reference"), rows, empty="nothing to replay")
    for one in found:
        if one["faults"]:
            show.say(f"{one['replayed']}:")
            show.faults(one["faults"])


quarantine = click.Group(
    "quarantine",
    commands=[list_, show_, replay, envelopes, retry, ids, give, dismiss],
    help="See and replay what was not understood, or not opened.",
)
