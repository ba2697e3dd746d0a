"""`gateway holds`: what is held, in groups; read a sample, say yes or no to a set. By the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command

Json = dict[str, Any]
_URGENCIES = ("threat to life", "urgent", "priority", "routine")

_reason = click.option("--reason", required=True, metavar="CODE", help="Why; kept in the ledger.")
_records = click.option(
    "--record", "records", multiple=True, help="Only this record; may be repeated."
)


@command("list", example="gateway holds list")
def list_(call: Invocation) -> None:
    """List held releases in groups that wait for the same, urgent first.

    A group is one rule, one source and one recipient. Speaks to the API with the certificate of a
    person, under [client] in the settings.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.holds()

    def tell() -> None:
        rows = [row for one in found for row in _rows(one)]
        columns = ("group", "records", "urgency", "since", "held because", "what would help")
        show.table(columns, rows, empty="nothing is held")

    call.answer(found, tell)


def _rows(group: Json) -> Iterator[tuple[object, ...]]:
    """Yield a line for each reason of a group: the first says which group, since when and so on."""
    several = len(group["reasons"]) > 1
    head = (
        *(group["group"], group["count"], _URGENCIES[group["urgency"]]),
        show.local_time(group["since"]),
    )
    for one in group["reasons"]:
        counted = f"{one['count']} of them: " if several else ""
        yield (*head, counted + one["reason"], one["remedy"])
        head = ("", "", "", "")
    if not group["reasons"]:
        yield (*head, "", "")
    if group["not_counted"]:
        yield ("", "", "", "", f"{group['not_counted']} more, whose reasons were not counted", "")


@command("sample", example="gateway holds sample R-05:cases:hub.eu --reason approve_release")
@click.argument("group")
@_reason
def sample(call: Invocation, *, group: str, reason: str) -> None:
    """Read a few records of a group, the same ones as your colleague.

    Each look is written to the ledger with your reason.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.hold_sample(group, reason)

    def tell() -> None:
        for one in found:
            show.say(f"{one['record']} version {one['version']} for {one['partner']}", style="bold")
            for held in one["held_by"]:
                show.say(f"held by {held['rule']}: {held['reason']}")
            show.document(one["body"])
            show.say()

    call.answer(found, tell)


@command("approve", example="gateway holds approve R-05:cases:hub.eu --reason necessary")
@click.argument("group")
@_reason
@_records
def approve(call: Invocation, *, group: str, reason: str, records: tuple[str, ...]) -> None:
    """Let a group of held releases go, or some of its records.

    Where the rules ask for two people it becomes a proposal, and a second person approves exactly
    this set: see `gateway proposals`.
    """
    done = _settle(call, group, "approve", reason, records)

    def tell() -> None:
        proposal = done["proposal"]
        if proposal is None:
            show.say(f"approved: {done['count']} releases are decided on again")
            return
        show.say(f"proposed: {done['count']} releases wait for a second person")
        show.say(f"who: gateway proposals show {proposal['id']}")

    call.answer(done, tell)


@command("refuse", example="gateway holds refuse R-05:cases:hub.eu --reason not_necessary")
@click.argument("group")
@_reason
@_records
def refuse(call: Invocation, *, group: str, reason: str, records: tuple[str, ...]) -> None:
    """Say no for good: these versions do not go to this recipient."""
    done = _settle(call, group, "refuse", reason, records)
    call.answer(done, lambda: show.say(f"refused: {done['count']} releases will not go"))


def _settle(call: Invocation, group: str, verb: str, reason: str, records: tuple[str, ...]) -> Json:
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        return api.settle_holds(group, verb, reason, records or None)


holds = click.Group(
    "holds",
    commands=[list_, sample, approve, refuse],
    help="See what is held, and say yes or no to it.",
)
