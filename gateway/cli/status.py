"""`gateway status`: counts and states of one gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.cli import show
from gateway.cli.frame import Invocation, command

# Alarms that no other list of the status holds.
_OTHERS = ("disk-low", "partner-silent", "certificate-ends", "key-ends")


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
    for line in _alarms(found):
        show.say(line, style="bold red")
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
    _show_national(found)
    names = ("partner", "direction", "state", "last_seq", "upto", "failures", "missing")
    channels = [[row[name] for name in names] for row in found["channels"]]
    if channels:
        show.say()
        show.table(
            ("partner", "direction", "channel", "last", "up to", "failures", "missing"),
            channels,
            empty="",
        )


def _show_national(found: dict[str, Any]) -> None:
    if found["national_systems"]:
        show.say()
        titles = ("client", "stage", "count", "oldest_seconds", "code")
        systems = [[row.get(name) for name in titles] for row in found["national_systems"]]
        show.table(("client", "brought", "count", "oldest, s", "code"), systems, empty="")
    if found["pulled_sources"]:
        show.say()
        titles = ("source", "state", "silent_seconds", "failures", "code")
        sources = [[row[name] for name in titles] for row in found["pulled_sources"]]
        show.table(("source", "state", "silent, s", "failures", "code"), sources, empty="")


def _alarms(found: dict[str, Any]) -> Iterator[str]:
    yield from map(_alarm, found["alarms"])
    yield from map(_unanswered, found["notices_overdue"])
    yield from map(_further, found["further_overdue"])
    yield from map(_claimed, found["ids_claimed"])
    yield from map(_parked, found["arrivals_parked"])
    yield from (_quiet(one) for one in found["pulled_sources"] if one["state"] == "quiet")
    yield from (_other(one) for one in found["ringing"] if one["code"] in _OTHERS)
    yield from (_waiting(one) for one in found["quarantine"] if one["overdue"])


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


def _further(alarm: dict[str, Any]) -> str:
    hours = alarm["oldest_seconds"] // 3600
    return (
        f"ALARM: {alarm['count']} answers are missing of those to whom {alarm['partner']} passed "
        f"records on, the oldest for {hours} hours; call {_contact(alarm)}"
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


def _other(alarm: dict[str, Any]) -> str:
    about = f" of {alarm['subject']}" if alarm["subject"] else f": {alarm['count']} % are free"
    return f"ALARM: {alarm['code']}{about}; see docs/howto/alarms.md"


def _quiet(source: dict[str, Any]) -> str:
    hours = source["silent_seconds"] // 3600
    return f"ALARM: source {source['source']} has been silent for {hours} hours"


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
