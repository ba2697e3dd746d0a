"""`gateway urgent`: let a record go at once for the sake of a life; see what has no receipt."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command
from gateway.core.proposal import OVERRIDE_REASONS

WHOLE = ""  # the pointer of a whole record


@command(
    "urgent",
    example="gateway urgent\n"
    "gateway urgent ID --partner hub.eu --reason child_at_risk_now\n"
    "gateway urgent PL-2026-17 --partner hub.eu --reason threat_to_life --field /persons/0\n"
    "gateway urgent ID --partner hub.eu --reason imminent_abuse --raise",
)
@click.argument("record", required=False)
@click.option("--partner", "partners", multiple=True, help="To whom; may be repeated.")
@click.option("--reason", type=click.Choice(OVERRIDE_REASONS), help="Why now.")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="POINTER",
    help="Only this member; may be repeated.  [default: the whole record]",
)
@click.option(
    "--raise", "raised", is_flag=True, help="A life is at stake, though the record does not say so."
)
def urgent(
    call: Invocation,
    *,
    record: str | None,
    partners: tuple[str, ...],
    reason: str | None,
    fields: tuple[str, ...],
    raised: bool,
) -> None:
    """Let a record go at once for the sake of a life, or see what is urgent.

    RECORD is its id, or the reference that your own system gave it.

    Lifts what rule R-20 names, for 60 minutes; the record goes before all others. Within that time
    a second person confirms it, else it ends, is reported, and whoever got the record restricts it.
    Without RECORD it lists urgent releases that have no receipt, and whom to call.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    if record is None:
        with api_client(call.settings()) as api:
            waiting = api.urgent()
        call.answer(waiting, lambda: _show(waiting))
        return
    if not partners or reason is None:
        raise click.UsageError("name a --partner and the --reason")
    with api_client(call.settings()) as api:
        made = api.lift(record, partners, fields or (WHOLE,), reason, raised=raised)

    def tell() -> None:
        show.say("it goes now, before all others", style="bold")
        show.say(f"a second person confirms until {show.local_time(made['expires_at'])}:")
        show.say(f"gateway proposals show {made['id']}")

    call.answer(made, tell)


def _show(waiting: list[dict[str, Any]]) -> None:
    rows = []
    for one in waiting:
        duty = one["duty"] or {}
        contact = ", ".join(duty[name] for name in ("name", "phone", "email") if duty.get(name))
        late = "OVERDUE" if one["overdue"] else show.local_time(one["receipt_due"])
        rows.append((one["record"], one["partner"], one["state"], late, contact))
    columns = ("record", "partner", "state", "receipt due", "duty contact")
    show.table(columns, rows, empty="nothing urgent waits for a receipt")
