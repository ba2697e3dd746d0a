"""`gateway records find`: records by filters, by their reference, by an identifier. By the API."""

from __future__ import annotations

from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command

_KINDS: Final = ("iban", "email", "phone", "handle", "device")
_FILTERS: Final = (
    ("--type", "Only of this type."),
    ("--source", "Only of this source."),
    ("--state", "Only in this state; without it, those that are current."),
    ("--since", "Only from this day on, as 2027-12-31."),
    ("--until", "Only up to this day."),
    ("--reference", "Only those that a source sent under this reference."),
)

Json = dict[str, Any]


def _filters(function: Any) -> Any:
    for flag, text in reversed(_FILTERS):
        function = click.option(flag, help=text)(function)
    return function


@command(
    "find",
    example="gateway records find --type case --since 2027-01-01\n"
    "gateway records find --by email --reason investigation",
)
@_filters
@click.option("--by", "kind", type=click.Choice(_KINDS), help="By an identifier; it is asked for.")
@click.option("--reason", metavar="CODE", help="Why you search; kept in the ledger.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def find(
    call: Invocation, *, kind: str | None, reason: str | None, limit: int, **filters: str | None
) -> None:
    """List records of your organisation, the newest first; nothing of what stands in them.

    An identifier is typed in, so that no history of a shell keeps it. Speaks to the API with the
    certificate of a person, under [client] in the settings.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    given: Json = {name: value for name, value in filters.items() if value is not None}
    if (kind is None) != (reason is None) or (kind is not None and given):
        raise click.UsageError("--by takes --reason, and no filter")
    found: list[Json] = []
    with api_client(call.settings()) as api:
        if kind is not None:
            typed = click.prompt(kind, hide_input=True, err=True)
            body = {"kind": kind, "identifier": typed, "reason": reason}
            found = api.act("/v1/found/search", body)["items"]
        while kind is None:
            page = api.look("/v1/found", given)
            found += page["items"]
            if page["next"] is None or len(found) >= limit:
                break
            given["after"] = page["next"]
    rows = [
        (one["id"], one["version"], one["type"], one["from"] or one["source"], one["state"],
         show.local_time(one["received_at"]))
        for one in found[:limit]
    ]  # fmt: skip
    columns = ("record", "version", "type", "source", "state", "received")
    call.answer(found[:limit], lambda: show.table(columns, rows, empty="nothing was found"))
