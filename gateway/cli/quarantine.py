"""`gateway quarantine`: what could not be understood or opened, and trying it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, account, command, refuse

_GOOD: Final = ("stored", "duplicate")

Json = dict[str, Any]


_CHOOSERS: Final = (
    ("--source", "Only those of this source."),
    ("--cause", "Only those of this cause."),
    ("--stage", "Only those that failed at this stage: adapter or normalise."),
    ("--adapter-version", "Only those that this version of the adapter read."),
)


def choosing(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose among what waits."""
    for flag, text in reversed(_CHOOSERS):
        function = click.option(flag, help=text)(function)
    return function


@command("groups", example="gateway quarantine groups")
def groups(call: Invocation) -> None:
    """List what waits for the same: one source, version of its adapter, and cause.

    Where the version in force is another by now, something was mended: replay the group.
    """
    from gateway.flow import workbench  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = workbench.groups(None, exchange)
    rows = [
        (
            one["count"],
            one["source"],
            one["stage"],
            one["cause"],
            one["adapter_version"],
            "" if one["version_now"] == one["adapter_version"] else one["version_now"],
            show.local_time(one["oldest"]),
            show.local_time(one["first_erased"]),
        )
        for one in found
    ]
    columns = ("count", "source", "stage", "cause", "read by", "now", "oldest", "first erased")
    call.answer(found, lambda: show.table(columns, rows, empty="nothing is in quarantine"))


@command("list", example="gateway quarantine list --cause unknown-member")
@choosing
def list_(call: Invocation, **chosen: str | None) -> None:
    """List what waits, with its cause."""
    from gateway.flow import look, workbench  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        waiting = workbench.waiting(workbench.Chosen(**chosen), exchange)
        found = [look.original_view(row) for row in waiting]
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
    "try",
    example="gateway quarantine try ID --reason mend_mapping\n"
    "gateway quarantine try ID --with items/mapping/bank-alerts.toml --reason mend_mapping",
)
@click.argument("original")
@click.option("--with", "mapping", metavar="NAME", help="In place of the adapter in force: a file.")
@click.option("--reason", required=True, metavar="CODE", help="Why you look; in the ledger.")
def try_(call: Invocation, *, original: str, mapping: str | None, reason: str) -> None:
    """Show one document beside what would become of it, by a mapping that is being mended.

    It stays in quarantine as it is. The exit code is 1 if it is still not understood.
    """
    from gateway.cli.adapters import adapter_named, show_tried  # noqa: PLC0415 - as above
    from gateway.flow import workbench  # noqa: PLC0415
    from gateway.flow.try_out import tried_json  # noqa: PLC0415

    adapter = None if mapping is None else adapter_named(mapping, call)
    with call.exchange() as exchange:
        raw, found = workbench.try_original(
            original, reason, account(), exchange, org=None, adapter=adapter
        )
    call.answer([tried_json(one) for one in found], lambda: show_tried(found, raw))
    if not found or any(one.state != "understood" for one in found):
        refuse()


@command(
    "replay",
    example="gateway quarantine replay ID\n"
    "gateway quarantine replay --all --source bank --cause not-converted\n"
    "gateway quarantine replay --all --source bank --cause not-converted --yes",
)
@click.argument("originals", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All that wait, or are chosen.")
@choosing
@click.option("--yes", is_flag=True, help="With --all: do it; without, only the count is told.")
def replay(
    call: Invocation,
    *,
    originals: tuple[str, ...],
    every: bool,
    yes: bool,
    **chosen: str | None,
) -> None:
    """Try documents again from their bytes, once their mapping or profile is mended.

    What fails again stays, with its new faults; the exit code is then 1.
    """
    given = any(chosen.values())
    if bool(originals) == every or ((given or yes) and not every):
        raise click.UsageError("name documents, or --all (and with it what chooses among them)")
    from gateway.flow import workbench  # noqa: PLC0415 - help must be quick

    found: list[Json] = []
    with call.exchange() as exchange:
        ids = list(originals)
        if every:
            which = workbench.Chosen(**chosen)
            ids = [row.id for row in workbench.waiting(which, exchange)]
        if every and not yes:
            call.answer({"count": len(ids)}, lambda: _show_count(len(ids)))
            refuse()
        with show.progress("replaying", len(ids), quiet=call.json) as bar:
            for id_ in ids:
                found += workbench.replay_one(id_, account(), exchange, named=not every)
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


@command("discard", example="gateway quarantine discard ID --yes")
@click.argument("original")
@click.option("--yes", is_flag=True, help="Do it: the document is erased for good.")
def discard(call: Invocation, *, original: str, yes: bool) -> None:
    """Erase one document for good; only that it was here remains, in the ledger."""
    from gateway.flow import look  # noqa: PLC0415 - help must be quick
    from gateway.flow.replay import discard as journey  # noqa: PLC0415

    with call.exchange() as exchange:
        found = look.quarantine_show(original, None, exchange)
        if yes:
            journey(original, account(), exchange)
    done = "discarded" if yes else "not discarded: add --yes"
    call.answer({**found, "discarded": yes}, lambda: show.say(f"{done}: {original}"))
    if not yes:
        refuse()


def _show_count(count: int) -> None:
    show.say(f"{count} would be tried again; add --yes to do it")


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
    commands=[
        *(groups, list_, show_, try_, replay, discard),
        *(envelopes, retry, ids, give, dismiss),
    ],
    help="Mend and replay what was not understood, or not opened.",
)
