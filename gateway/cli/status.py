"""`gateway status`: counts and states of one gateway."""

from __future__ import annotations

from typing import Any

from gateway.cli import show
from gateway.cli.frame import Invocation, command


@command("status", example="gateway status")
def status(call: Invocation) -> None:
    """Show what waits where, per partner.

    Reads the database itself, so that it answers while the gateway is stopped, too.
    """
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.status(exchange)
    call.answer(found, lambda: _show(found))


def _show(found: dict[str, Any]) -> None:
    for alarm in found["alarms"]:
        show.say(_alarm(alarm), style="bold red")
    for alarm in found["notices_overdue"]:
        show.say(_unanswered(alarm), style="bold red")
    for alarm in found["ids_claimed"]:
        show.say(_claimed(alarm), style="bold red")
    for alarm in found["arrivals_parked"]:
        show.say(_parked(alarm), style="bold red")
    for group in found["quarantine"]:
        if group["overdue"]:
            show.say(_waiting(group), style="bold red")
    show.pairs(
        {
            "gateway": found["gateway"],
            "configuration": f"epoch {found['epoch']}",
            "quarantined": found["quarantined"],
            "ledger": f"{found['ledger_entries']} entries, {found['checkpoint_size']} signed",
        }
    )
    show.say()
    rows = [(row["partner"], row["state"], row["count"]) for row in found["releases"]]
    show.table(("partner", "releases", "count"), rows, empty="no record was decided on yet")
    names = ("partner", "direction", "state", "last_seq", "upto", "failures", "missing")
    channels = [[row[name] for name in names] for row in found["channels"]]
    if channels:
        show.say()
        show.table(
            ("partner", "direction", "channel", "last", "up to", "failures", "missing"),
            channels,
            empty="",
        )


def _alarm(alarm: dict[str, Any]) -> str:
    minutes = alarm["oldest_seconds"] // 60
    return (
        f"ALARM: {alarm['partner']} has not receipted {alarm['urgent_overdue']} urgent records, "
        f"the oldest for {minutes} minutes; call {_contact(alarm)}"
    )


def _unanswered(alarm: dict[str, Any]) -> str:
    hours = alarm["oldest_seconds"] // 3600
    return (
        f"ALARM: {alarm['partner']} has not answered {alarm['count']} notices, "
        f"the oldest for {hours} hours; call {_contact(alarm)}"
    )


def _claimed(alarm: dict[str, Any]) -> str:
    return (
        f"ALARM: {alarm['partner']} sent {alarm['count']} records under ids that are another's "
        "here; see gateway quarantine ids"
    )


def _parked(alarm: dict[str, Any]) -> str:
    minutes = alarm["oldest_seconds"] // 60
    return (
        f"ALARM: {alarm['count']} envelopes of {alarm['partner']} cannot be opened here, the "
        f"oldest for {minutes} minutes; see gateway quarantine envelopes"
    )


def _waiting(group: dict[str, Any]) -> str:
    days = group["oldest_seconds"] // 86_400
    left = group["erased_in_seconds"] // 86_400
    return (
        f"ALARM: {group['count']} documents wait in quarantine ({group['cause']}), "
        f"the oldest for {days} days; the first is erased in {left} days; "
        "see gateway quarantine groups"
    )


def _contact(alarm: dict[str, Any]) -> str:
    duty = alarm["duty"] or {}
    found = ", ".join(duty[name] for name in ("name", "phone", "email") if duty.get(name))
    return found or "its duty contact"
