"""`gateway people`: who may sign in to the console."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, account, command

if TYPE_CHECKING:
    from gateway.flow.welcome import Invitation


@command("first", example="gateway people first admin-1 --org police.example")
@click.argument("person")
@click.option("--org", required=True, help="An organisation item that is in force.")
def first(call: Invocation, *, person: str, org: str) -> None:
    """Make the first administrator, and a link with which they begin.

    Only while nobody can sign in: afterwards administrators invite each other in the console.
    """
    from gateway.flow import welcome  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = welcome.invite_first(person, org, account(), exchange)
    _tell(call, found)


@command("invite", example="gateway people invite officer-7")
@click.argument("person")
def invite(call: Invocation, *, person: str) -> None:
    """Make a new link for a person who is configured.

    What the person signed in with before works no more.
    """
    from gateway.flow import welcome  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = welcome.invite(person, account(), exchange)
    _tell(call, found)


@command("close", example="gateway people close officer-7")
@click.argument("person")
def close(call: Invocation, *, person: str) -> None:
    """Let a person sign in no more, and end their sessions at once."""
    from gateway.flow import welcome  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        welcome.close(person, account(), exchange)
    call.answer({"person": person, "account": "closed"}, lambda: show.say(f"closed: {person}"))


@command("list", example="gateway people list")
def list_(call: Invocation) -> None:
    """List the people of all organisations, and whether they can sign in."""
    from gateway.flow import welcome  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = welcome.everybody(exchange)
    rows = [(one["name"], one["org"], ", ".join(one["roles"]), one["account"]) for one in found]
    call.answer(
        found,
        lambda: show.table(("person", "organisation", "roles", "sign-in"), rows, empty="nobody"),
    )


def _tell(call: Invocation, found: Invitation) -> None:
    url = f"{call.settings().listen.public_url}/console/welcome/{found.token}"
    until = datetime.fromtimestamp(found.until / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    body: dict[str, Any] = {"person": found.person, "link": url, "until": until}

    def tell() -> None:
        show.say(
            f"The link of {found.person}; it works once, until {until}, and is shown only now:"
        )
        show.say(f"  {url}", style="bold")

    call.answer(body, tell)


people = click.Group(
    "people",
    commands=[first, invite, close, list_],
    help="Let people sign in to the console, or no more.",
)
