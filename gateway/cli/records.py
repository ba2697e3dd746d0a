"""`gateway records`: one record, its way, and what follows it.

Here is what reads or writes the database of this machine; what a release officer does by the API
is in `after`.
"""

from __future__ import annotations

from typing import Any, Final

import click

from gateway.cli import after, show
from gateway.cli.finding import find
from gateway.cli.frame import Invocation, account, command
from gateway.core.moments import DAY_MS, moment
from gateway.core.terms import in_words

_TAG_CHARS: Final = 12
_REASONS: Final = ("sent_in_error", "unlawful", "wrong_person", "consent_withdrawn")


@command(
    "list",
    example="gateway records list --type case --source cases --from 2026-03-01\n"
    "gateway records list --before ID --limit 100",
)
@click.option("--type", "kind", help="Only of this type.")
@click.option("--source", help="Only from this source.")
@click.option("--from", "since", metavar="DAY", help="Received on this day or later.")
@click.option("--to", "until", metavar="DAY", help="Received on this day or before.")
@click.option("--before", default="", metavar="ID", help="Go on after this one, as a list ended.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
def list_(call: Invocation, *, before: str, limit: int, **chosen: str | None) -> None:
    """List own records as they are now, newest first."""
    from gateway.flow import named  # noqa: PLC0415 - help must be quick

    until = _day(chosen["until"])
    wanted = named.Wanted(
        type=chosen["kind"],
        source=chosen["source"],
        since=_day(chosen["since"]),
        until=None if until is None else until + DAY_MS,
    )
    with call.exchange() as exchange:
        found, following = named.listed(wanted, before, limit, exchange)

    def tell() -> None:
        rows = [
            (
                one["id"],
                one["version"],
                one["type"],
                one["source"],
                show.local_time(one["received_at"]),
            )
            for one in found
        ]
        columns = ("id", "version", "type", "source", "received")
        show.table(columns, rows, empty="no such record here")
        if following is not None:
            show.say(f"more: gateway records list --before {following}")

    call.answer({"items": found, "next": following}, tell)


def _day(text: str | None) -> int | None:
    if text is None:
        return None
    at = moment(text)
    if at is None:
        raise click.UsageError("a day is written 2026-03-01")
    return at


@command("show", example="gateway records show ID --body")
@click.argument("record")
@click.option("--body", is_flag=True, help="With its content, in normal form.")
def show_(call: Invocation, *, record: str, body: bool) -> None:
    """Show a record and its timeline: received, decided, sealed, handed, stored, accepted."""
    from gateway.flow import look, named  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        known = named.record_named(record, exchange)
        view = look.record_view(known, None, exchange)
        events = look.timeline(known, None, exchange)
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
            show.notice_kind(one["kind"], lifts=one["lifts"]) if "kind" in one else None,
            one.get("partner"),
            one.get("verdict"),
            one.get("code"),
            one.get("by"),
        )
        for one in events
    ]
    columns = ("at", "event", "notice", "partner", "verdict", "code", "by")
    show.table(columns, rows, empty="nothing happened yet")
    if "body" in view:
        show.say()
        show.document(view["body"])


@command("trail", example="gateway records trail ID")
@click.argument("record")
def trail(call: Invocation, *, record: str) -> None:
    """Show from where in the source each value of a record came, and what found no place.

    What was changed on its way has the beginning of a keyed tag of what it was: the same value has
    the same tag, and the value itself is only in the original. Values after are in the record.
    """
    from gateway.flow import look, named  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.trail(named.record_named(record, exchange), None, exchange)

    def tell() -> None:
        steps, losses = found.get("steps", ()), found.get("losses", ())
        rows = [
            [*(one.get(name) for name in ("source", "target", "rule")), _tag(one.get("before"))]
            for one in steps
        ]
        show.table(("source", "record", "rule", "was"), rows, empty="no trail was kept")
        show.say()
        lost = [[one.get(name) for name in ("source", "code")] for one in losses]
        show.table(("left out", "why"), lost, empty="nothing was left out")

    call.answer(found, tell)


def _tag(tag: str | None) -> str:
    return f"{tag[:_TAG_CHARS]}…" if tag else ""


@command(
    "xarf",
    example="gateway records xarf ID --hoster hoster.example --org 'Takedown desk' "
    "--contact desk@police.example > report.json",
)
@click.argument("record")
@click.option("--hoster", required=True, help="The hoster, as the terms name organisations.")
@click.option("--org", required=True, help="Who sends it: your desk, no person.")
@click.option("--contact", required=True, help="E-mail address that the hoster answers to.")
@click.option(
    "--type", "kind", type=click.Choice(["csam", "csem"]), help="If the record is silent."
)
@click.option(
    "--class", "value", default="", help="XARF's class, if the record has another scheme."
)
@click.option(
    "--method", default="", help="How it was found, a code of XARF, if the record is silent."
)
def xarf(call: Invocation, **given: Any) -> None:
    """Write a hosting report as XARF 4, for the hoster who can remove the page.

    Only the report goes to standard output; what of the record is not in it is told on standard
    error. Persons and accounts never are. What came under H1, or under conditions in words, is
    refused, and so is a partner's record whose terms do not let it go to the hoster.
    """
    from adapters.hoster_xarf import Judgment, Notifier  # noqa: PLC0415 - help must be quick
    from gateway.flow.for_hoster import write_for_hoster  # noqa: PLC0415

    by = Notifier(
        org=given["org"],
        contact=given["contact"],
        domain=given["contact"].rpartition("@")[2],
    )
    judgment = Judgment(kind=given["kind"] or "", value=given["value"], method=given["method"])
    with call.exchange() as exchange:
        written = write_for_hoster(
            given["record"], given["hoster"], by, judgment, account(), exchange
        )

    def tell() -> None:
        click.echo(written.text())
        for loss in written.losses:
            click.echo(f"{loss.code}: {loss.source}", err=True)

    losses = [{"pointer": one.source, "code": one.code} for one in written.losses]
    call.answer({"report": written.report, "losses": losses}, tell)


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


@command("relink", example="gateway records relink\ngateway records relink --yes")
@click.option("--yes", is_flag=True, help="Write them; else they are only counted.")
def relink(call: Invocation, *, yes: bool) -> None:
    """Make the tags by which records are found alike again, from the records as they are.

    After an upgrade whose notes say that the normal form of an identifier changed: what is stored
    is found by the new form then, without a correction. Run again, it finds nothing to do.
    """
    from gateway.flow.relinking import relink as journey  # noqa: PLC0415 - help must be quick

    looked_at = differ = 0
    with call.exchange() as exchange:
        for some in journey(exchange, write=yes):
            looked_at += some.looked_at
            differ += some.differ

    def tell() -> None:
        show.pairs({"records": looked_at, "with other tags": differ})
        if differ:
            show.say("written" if yes else "to write them: gateway records relink --yes")

    call.answer({"records": looked_at, "differ": differ, "written": yes}, tell)


records = click.Group(
    "records",
    commands=[list_, find, show_, trail, xarf, relink, withdraw, *after.COMMANDS],
    help="See records, and act on what was released.",
)
