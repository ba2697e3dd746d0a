"""`gateway doctor` and `gateway partners test`: the staged connection test of one partner."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command, refuse


def _run(call: Invocation, partner: str) -> None:
    from gateway.flow.doctor import examine  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = examine(partner, exchange)
    call.answer(found, lambda: _show(found))
    if not found["passed"]:
        refuse()


def _show(found: dict[str, Any]) -> None:
    rows = [
        (show.plain(one["stage"]), one["state"], one["who"], one["detail"], one["advice"])
        for one in found["stages"]
    ]
    show.table(("stage", "", "who must act", "what", "what to do"), rows, empty="")
    if found["passed"]:
        show.say(f"{found['partner']} can be reached")
    else:
        show.say(f"it ends at {show.plain(found['first_fault'])}: {found['who']} must act")


@command("doctor", example="gateway doctor hub.eu")
@click.argument("partner")
def doctor(call: Invocation, *, partner: str) -> None:
    """Find where the way to a partner ends, and who must act.

    It goes in stages: name, connection, TLS, our certificate, who answers, agreement, clocks,
    schema, signature.
    """
    _run(call, partner)


@command("test", example="gateway partners test hub.eu")
@click.argument("partner")
def test_(call: Invocation, *, partner: str) -> None:
    """Go the way to a partner in stages; the same as `gateway doctor`."""
    _run(call, partner)
