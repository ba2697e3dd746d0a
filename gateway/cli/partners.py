"""`gateway partners`: cards, their confirmation by spoken words, pausing, revoking."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from gateway.cli import show
from gateway.cli.doctor import test_
from gateway.cli.frame import Invocation, account, command

if TYPE_CHECKING:
    from gateway.flow.partners import PartnerView

_MOST_CARD_BYTES: Final = 1024 * 1024


@command("add", example="gateway partners add hub-card.jws")
@click.argument("card", type=click.File("rb"))
def add(call: Invocation, *, card: BinaryIO) -> None:
    """Introduce a partner by its card (a file, or - for standard input).

    Nothing is believed yet: compare the eight words with the partner by voice, then confirm.
    """
    from gateway.flow import partners as journeys  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        partner, words = journeys.add_card(card.read(_MOST_CARD_BYTES), exchange)

    def tell() -> None:
        show.say(f"introduced: {partner}")
        show.say("The words of its card; let the partner read out its own, over the telephone:")
        show.say("  " + " ".join(words), style="bold")
        show.say(f'then: gateway partners confirm {partner} --words "..."')

    call.answer({"partner": partner, "words": list(words)}, tell)


@command(
    "confirm",
    example='gateway partners confirm hub.eu --words "one two three four five six seven eight"',
)
@click.argument("partner")
@click.option("--words", required=True, help="The eight words as the partner spoke them.")
@click.option("--fetch", is_flag=True, help="We read its mailbox; it does not push to us.")
@click.option("--pulls", is_flag=True, help="It reads our mailbox; its endpoint is only woken.")
def confirm(call: Invocation, *, partner: str, words: str, fetch: bool, pulls: bool) -> None:
    """Confirm a partner whose words were heard over a channel you trust."""
    from gateway.flow import partners as journeys  # noqa: PLC0415 - help must be quick

    spoken = words.removeprefix("words:").replace(",", " ").split()  # as `card` prints them, too
    with call.exchange() as exchange:
        journeys.confirm(partner, spoken, account(), exchange, fetch=fetch, pulls=pulls)
    call.answer(
        {"partner": partner, "state": "confirmed", "fetch": fetch, "pulls": pulls},
        lambda: show.say(f"confirmed: {partner}; records need an agreement as well"),
    )


@command("list", example="gateway partners list")
def list_(call: Invocation) -> None:
    """List partners: their state, channel, and how they are reached."""
    from gateway.flow import partners as journeys  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = journeys.listing(exchange)
    rows = [
        (
            view.id,
            view.state,
            view.community,
            view.country,
            view.channel,
            _reached(view),
            "yes" if view.sealing_key_proven else "not yet",
        )
        for view in found
    ]
    columns = ("partner", "state", "community", "country", "channel", "reached", "key proven")
    call.answer(
        [asdict(view) for view in found],
        lambda: show.table(columns, rows, empty="no partner was introduced yet"),
    )


def _reached(view: PartnerView) -> str:
    if view.fetch:
        return "we fetch"
    endpoints = ", ".join(view.endpoints)
    if view.pulls or not endpoints:
        return f"it fetches, woken at {endpoints}" if endpoints else "it fetches"
    return endpoints


@command("pause", example="gateway partners pause hub.eu")
@click.argument("partner")
def pause(call: Invocation, *, partner: str) -> None:
    """Stop sending to a partner until it is resumed; what it sends is still taken."""
    from gateway.flow import partners as journeys  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        journeys.pause(partner, account(), exchange)
    call.answer({"partner": partner, "channel": "paused"}, lambda: show.say(f"paused: {partner}"))


@command("resume", example="gateway partners resume hub.eu")
@click.argument("partner")
def resume(call: Invocation, *, partner: str) -> None:
    """Open a paused or stalled channel again; what waited goes out in order."""
    from gateway.flow import partners as journeys  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        journeys.resume(partner, account(), exchange)
    call.answer({"partner": partner, "channel": "open"}, lambda: show.say(f"resumed: {partner}"))


@command("revoke", example="gateway partners revoke hub.eu")
@click.argument("partner")
@click.option("--keys-lost", is_flag=True, help="Others may have its keys: believe none of them.")
def revoke(call: Invocation, *, partner: str, keys_lost: bool) -> None:
    """Trust a partner no more: nothing new goes to it, and what it has is recalled.

    This cannot be taken back. `gateway records holders` shows what it answers.
    """
    from gateway.flow import revoked as journeys  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        journeys.revoke(partner, account(), exchange, keys_lost=keys_lost)
    call.answer(
        {"partner": partner, "state": "revoked", "keys_lost": keys_lost},
        lambda: show.say(f"revoked: {partner}; what it has of ours is recalled by the worker"),
    )


@command("card", example="gateway partners card > our-card.jws")
def card(call: Invocation) -> None:
    """Print our own card, to give to a partner; its words go to standard error."""
    from gateway.flow import partners as journeys  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        own, words = journeys.own_card(exchange), journeys.own_words(exchange)

    def tell() -> None:
        click.echo(own)
        click.echo(f"words: {' '.join(words)}", err=True)

    call.answer({"card": own, "words": list(words)}, tell)


partners = click.Group(
    "partners",
    commands=[add, confirm, list_, pause, resume, revoke, card, test_],
    help="Introduce, confirm, test, pause and revoke partners.",
)
