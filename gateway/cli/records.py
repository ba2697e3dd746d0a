"""`gateway records`: one record, its way, and what follows it.

Here is what reads or writes the database of this machine; what a release officer does by the API
is in `after`.
"""

from __future__ import annotations

from typing import Any, Final

import click

from gateway.cli import after, show
from gateway.cli.frame import Invocation, account, command
from gateway.core.terms import in_words

_REASONS: Final = ("sent_in_error", "unlawful", "wrong_person", "consent_withdrawn")


@command("show", example="gateway records show ID --body")
@click.argument("record")
@click.option("--body", is_flag=True, help="With its content, in normal form.")
def show_(call: Invocation, *, record: str, body: bool) -> None:
    """Show a record and its timeline: received, decided, sealed, handed, stored, accepted."""
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        view = look.record_view(record, None, exchange)
        events = look.timeline(record, None, exchange)
    if not body:
        view.pop("body", None)
    call.answer({**view, "timeline": events}, lambda: _show(view, events))


def _show(view: dict[str, Any], events: list[dict[str, Any]]) -> None:
    came_under = view.get("body", {}).get("terms")
    if came_under is not None:  # a partner's record: what we may do with it is read first
        show.terms(in_words(came_under))
        show.say()
    members = {name: value for name, value in view.items() if name != "body"}
    show.pairs({**members, "received_at": show.local_time(view["received_at"])})
    show.say()
    rows = [
        (
            show.local_time(one["at"]),
            one["event"],
            one.get("partner"),
            one.get("verdict"),
            one.get("code"),
        )
        for one in events
    ]
    show.table(("at", "event", "partner", "verdict", "code"), rows, empty="nothing happened yet")
    if "body" in view:
        show.say()
        show.document(view["body"])


@command("trail", example="gateway records trail ID")
@click.argument("record")
def trail(call: Invocation, *, record: str) -> None:
    """Show from where in the source each value of a record came, and what found no place."""
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.trail(record, None, exchange)

    def tell() -> None:
        steps, losses = found.get("steps", ()), found.get("losses", ())
        rows = [[one.get(name) for name in ("source", "target", "rule")] for one in steps]
        show.table(("source", "record", "rule"), rows, empty="no trail was kept")
        show.say()
        lost = [[one.get(name) for name in ("source", "code")] for one in losses]
        show.table(("left out", "why"), lost, empty="nothing was left out")

    call.answer(found, tell)


@command("withdraw", example="gateway records withdraw ID --reason sent_in_error")
@click.argument("record")
@click.option("--reason", required=True, type=click.Choice(_REASONS), help="Why.")
def withdraw(call: Invocation, *, record: str, reason: str) -> None:
    """Call a record of ours back as the administrator of this machine.

    What has not left, does not; who may hold it is told. A release officer uses `recall`.
    """
    from gateway.flow.withdraw import withdraw as journey  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        holders = journey(record, account(), reason, exchange)

    def tell() -> None:
        show.say(f"withdrawn: {record}")
        show.say(f"may hold it already, and are told: {', '.join(holders) or 'nobody'}")

    call.answer({"record": record, "state": "recalled", "holders": holders}, tell)


records = click.Group(
    "records",
    commands=[show_, trail, withdraw, *after.COMMANDS],
    help="See records, and act on what was released.",
)
