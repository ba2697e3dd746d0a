"""`gateway keys list|check|rotate`: our own keys, what runs out, and a new sealing key."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, account, command, refuse

_DAY_SECONDS = 86_400


@command("list", example="gateway keys list")
def list_(call: Invocation) -> None:
    """List our keys with their life cycle, and which partner knows our newest card."""
    from gateway.flow import key_care  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found: dict[str, Any] = {
            "keys": key_care.own_keys(exchange),
            "certificates": key_care.certificates(exchange),
            "partners": key_care.knowing(exchange),
        }
    rows = [
        (
            one["kid"],
            one["use"],
            one["algorithm"],
            one["state"],
            show.local_time(one["not_before"]),
            show.local_time(one["not_after"]),
            show.local_time(one["opens_until"]),
        )
        for one in found["keys"]
    ]

    def tell() -> None:
        names = ("key", "use", "algorithm", "state", "from", "until", "opens until")
        show.table(names, rows, empty="none: run `gateway init`")
        show.say()
        known = [(one["partner"], show.plain(one["state"])) for one in found["partners"]]
        show.table(("partner", "our newest card"), known, empty="no partner was confirmed yet")

    call.answer(found, tell)


@command("check", example="gateway keys check")
def check(call: Invocation) -> None:
    """Say what runs out soon, and who does not know a key that is about to be used.

    The exit code is 1 if anything needs care.
    """
    from gateway.flow import key_care  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = key_care.check(exchange)
    rows = [(one["code"], one["about"], show.local_time(one["until"])) for one in found]
    names = ("what", "about", "until")
    call.answer(found, lambda: show.table(names, rows, empty="nothing runs out soon"))
    if found:
        refuse()


@command("rotate", example="gateway keys rotate\ngateway keys rotate --in-days 14")
@click.option(
    "--in-days",
    type=click.IntRange(1, 60),
    default=7,
    show_default=True,
    help="Used from then on; until then partners learn of it.",
)
def rotate(call: Invocation, *, in_days: int) -> None:
    """Make a new sealing key, and tell every partner of it before it is used.

    The old one is sealed to until its own end, and opens what is under way for 31 days more.
    """
    from gateway.flow import key_care, partners  # noqa: PLC0415 - help must be quick
    from gateway.wiring_commands import make_sealing_key  # noqa: PLC0415

    settings = call.settings()
    with call.exchange("cli") as exchange:
        now = exchange.now_ms() // 1000
        begins = now + in_days * _DAY_SECONDS
        kid = make_sealing_key(settings, begins, now)
        key_care.note_made(kid, account(), exchange)
        partners.publish(exchange)

    def tell() -> None:
        show.say(f"made: {kid}, used from {show.local_time(begins * 1000)} on")
        show.say("the worker sends our newer card to every partner; gateway keys list shows who")

    call.answer({"key": kid, "not_before": begins * 1000}, tell)


keys = click.Group(
    "keys",
    commands=[list_, check, rotate],
    help="See our own keys, make a new one, and what runs out.",
)
