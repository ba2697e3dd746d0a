"""`gateway proposals`: acts that take two people, read and settled by the second. By the API."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command
from gateway.core.errors import Malformed

Json = dict[str, Any]
_MOST_BODY_BYTES = 64 * 1024


class BodyMalformed(Malformed):
    """The file is not the JSON object of an act."""

    code = "body-malformed"


@command("list", example="gateway proposals list\ngateway proposals list --all")
@click.option("--all", "settled_too", is_flag=True, help="Also those that are settled.")
def list_(call: Invocation, *, settled_too: bool) -> None:
    """List what waits for a second person, oldest first."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    found: list[Json] = []
    with api_client(call.settings()) as api:
        after: str | None = None
        while True:
            page = api.proposals("all" if settled_too else "open", after)
            found += page["items"]
            after = page["next"]
            if after is None:
                break
    rows = [
        (
            one["id"],
            one["state"],
            one["title"],
            one["proposer"],
            one["reason"],
            show.local_time(one["expires_at"]),
        )
        for one in found
    ]
    columns = ("proposal", "state", "act", "by", "reason", "open until")
    call.answer(found, lambda: show.table(columns, rows, empty="nothing waits for a second person"))


@command("show", example="gateway proposals show ID")
@click.argument("proposal")
def show_(call: Invocation, *, proposal: str) -> None:
    """Show a proposal, and exactly what would be executed."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.proposal(proposal)

    def tell() -> None:
        show.pairs({name: found[name] for name in ("id", "title", "state", "proposer", "reason")})
        show.pairs({"open until": show.local_time(found["expires_at"])})
        show.pairs({"who may settle it": " or ".join(found["approvers"])})
        show.say()
        show.document(json.loads(found["executes"]))
        show.say()
        if found["state"] == "open":
            show.say(f"gateway proposals approve {found['id']} --digest {found['digest']}")

    call.answer(found, tell)


@command("approve", example="gateway proposals approve ID --digest DIGEST")
@click.argument("proposal")
@click.option("--digest", required=True, help="The digest of what you read, as `show` gives it.")
def approve(call: Invocation, *, proposal: str, digest: str) -> None:
    """Approve a proposal of somebody else; what it says is done at once."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        done = api.approve(proposal, digest)
    call.answer(done, lambda: show.say(f"approved and done: {done['title']}"))


@command("reject", example="gateway proposals reject ID --reason not_necessary")
@click.argument("proposal")
@click.option("--reason", required=True, metavar="CODE", help="Why; kept in the ledger.")
def reject(call: Invocation, *, proposal: str, reason: str) -> None:
    """Reject a proposal, or take your own back."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        done = api.reject(proposal, reason)
    call.answer(done, lambda: show.say(f"rejected: {done['title']}"))


@command(
    "make",
    example="gateway proposals make configure agreement.json --reason agreed",
)
@click.argument("act", type=click.Choice(("configure", "derogation", "disclose")))
@click.argument("body", type=click.File("rb"))
@click.option("--reason", required=True, metavar="CODE", help="Why; kept in the ledger.")
def make(call: Invocation, *, act: str, body: BinaryIO, reason: str) -> None:
    """Propose an act that takes two people; BODY is a file of JSON, - for standard input.

    What the members of each act are: docs/reference/api.md, "What takes two people".
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    asked = _object(body.read(_MOST_BODY_BYTES))
    with api_client(call.settings()) as api:
        made = api.propose(act, asked, reason)
    call.answer(made, lambda: show.say(f"proposed: gateway proposals show {made['id']}"))


def _object(raw: bytes) -> Json:
    try:
        value = json.loads(raw)
    except ValueError:
        raise BodyMalformed from None
    if not isinstance(value, dict):
        raise BodyMalformed
    return value


proposals = click.Group(
    "proposals",
    commands=[list_, show_, approve, reject, make],
    help="See and settle what takes two people.",
)
