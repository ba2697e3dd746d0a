"""`gateway links`: which records speak of one subject, and what two people make of it. By the API.

Looking takes one person; to confirm a link, or to promote on one, is a proposal that a second
person approves (`gateway proposals`).
"""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command

Json = dict[str, Any]
_USUAL_REASON = "corroboration"
_SAME = {"shared_identifier": "yes", "confirmed_link": "yes, confirmed", None: "to be confirmed"}

_why = click.option("--reason", required=True, metavar="CODE", help="Why; kept in the ledger.")


@command("list", example="gateway links list\ngateway links list --record ID --reason new_alert")
@click.option("--record", metavar="ID", help="Of this record only.")
@click.option(
    "--reason",
    default=_USUAL_REASON,
    show_default=True,
    metavar="CODE",
    help="Why you look; kept in the ledger.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="How many pairs, that is lines.",
)
def list_(call: Invocation, *, record: str | None, reason: str, limit: int) -> None:
    """List your signals and cases that share an identifier with other records, newest first.

    Tells the kind of identifier and the kinds of grounds on both sides, never a value. Speaks to
    the API with the certificate of a person, under [client] in the settings.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    given: dict[str, str | int] = {"reason": reason}
    if record is not None:
        given["record"] = record
    found: list[Json] = []
    with api_client(call.settings()) as api:
        while True:
            page = api.look("/v1/links", given)
            found += page["items"]
            if page["next"] is None or sum(len(one["links"]) for one in found) > limit:
                break
            given["after"] = page["next"]
    shown, more = _first(found, limit)

    def tell() -> None:
        _tell(shown)
        if more or page["next"] is not None:
            known = f"{more} more" if page["next"] is None else f"at least {more} more"
            show.say(f"{known}: gateway links list --limit {limit * 2}")

    call.answer(shown, tell)


def _first(found: list[Json], limit: int) -> tuple[list[Json], int]:
    """Return the records with no more than so many pairs in all, and how many more there are."""
    left = limit
    shown = []
    for one in found:
        links = one["links"][:left]
        left -= len(links)
        if links or not one["links"]:
            shown.append({**one, "links": links})
    return shown, sum(len(one["links"]) for one in found) - (limit - left)


def _tell(found: list[Json]) -> None:
    rows = [
        (
            one["record"],
            ", ".join(one["grounds"]),
            link["record"],
            link["from"] or "our own",
            link["type"],
            _identifiers(link),
            ", ".join(link["grounds"]),
            _SAME[link["same_subject"]],
            "yes" if link["may_promote"] else "no",
        )
        for one in found
        for link in one["links"]
    ]
    columns = (
        *("record", "rests on", "linked with", "of", "type", "by", "which rests on"),
        *("same subject", "can promote"),
    )
    show.table(columns, rows, empty="no record shares an identifier with another")
    for one in found:
        for made in one["promotions"]:
            why = f" ({made['code']})" if made["code"] else ""
            show.say(f"{made['case']}: promoted on {made['ground']}, {made['state']}{why}")


def _identifiers(link: Json) -> str:
    """Return the kinds of identifier in common, and how many transfers both tell of."""
    named = ", ".join(link["identifiers"])
    shared = link["same_transfers"]
    return f"{named} ({shared} the same transfer)" if shared else named


@command(
    "confirm", example="gateway links confirm RECORD OTHER --part /persons/0 --reason same_person"
)
@click.argument("record")
@click.argument("other")
@click.option(
    "--part",
    required=True,
    metavar="POINTER",
    help="Which part of RECORD they have in common, e.g. /persons/0.",
)
@click.option(
    "--other-part",
    metavar="POINTER",
    help="Which part of OTHER, if it could be several.",
)
@_why
def confirm(
    call: Invocation, *, record: str, other: str, part: str, other_part: str | None, reason: str
) -> None:
    """Propose that two records speak of the same subject; a second person confirms it."""
    body = {"record": record, "other": other, "part": part}
    body |= {"other_part": other_part} if other_part else {}
    _propose(call, "confirm-link", body, reason)


@command("promote", example="gateway links promote RECORD --on GROUND --reason corroborated")
@click.argument("record")
@click.option("--on", "ground", required=True, metavar="GROUND", help="The record that carries it.")
@_why
def promote(call: Invocation, *, record: str, ground: str, reason: str) -> None:
    """Propose that a signal, or a case held by R-11, stands as a case on that ground as well.

    A second person approves it: see `gateway proposals`. The signal itself stays what it is.
    """
    _propose(call, "promote", {"record": record, "ground": ground}, reason)


@command("end", example="gateway links end RECORD OTHER --reason mistaken")
@click.argument("record")
@click.argument("other")
@_why
def end(call: Invocation, *, record: str, other: str, reason: str) -> None:
    """Take a confirmed link back; what was promoted on it falls back at once."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        done = api.act("/v1/links/end", {"record": record, "other": other, "reason": reason})
    call.answer(done, lambda: show.say("the link stands no more"))


def _propose(call: Invocation, act: str, body: Json, reason: str) -> None:
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        made = api.propose(act, body, reason)

    def tell() -> None:
        show.say("proposed: it waits for a second person")
        show.say(f"who: gateway proposals show {made['id']}")

    call.answer(made, tell)


links = click.Group(
    "links",
    commands=[list_, confirm, promote, end],
    help="See which records speak of one subject, and what that makes of them.",
)
