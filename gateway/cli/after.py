"""Commands of `gateway records` for a release officer, by the API of the running gateway.

The certificate is that of the person, under [client] in the settings.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command
from gateway.core.errors import GatewayError
from gateway.core.notice import ADDED_HANDLING, DISPUTERS, RECALL_CODES, RESTRICT_CODES
from schemas import vocab

_REASON: Final = click.option("--reason", required=True, help="A code: why.")
_PERSON: Final = click.option(
    "--person", metavar="POINTER", help="One person in it, by its pointer: /persons/0."
)
_UNTIL: Final = click.option("--until", metavar="DATE", help="Until when; without it: no end.")
_LIFT: Final = click.option("--lift", is_flag=True, help="End what holds.")


class SourceReadsOther(GatewayError):
    """The source reads another form than the native one, and found nothing."""

    code: ClassVar[str] = "source-reads-other"
    advice: ClassVar[str] = (
        "A correction comes from the source of the record, in the form that its adapter reads: "
        "correct it in that system, and let its mapping fill /corrects with the version replaced."
    )


def _end(until: str | None, *, lift: bool) -> dict[str, Any]:
    """Return the members that say until when it holds, or that what holds ends."""
    if lift and until is not None:
        raise click.UsageError("--lift ends it now: leave out --until")
    today = datetime.now(UTC).date().isoformat()
    if until is not None and re.match(r"\d{4}-\d\d-\d\d", until) and until[:10] < today:
        raise click.UsageError("the day of --until is past; to end what holds, give --lift")
    return {"lift": True} if lift else {"until": until}


def _act(call: Invocation, record: str, **members: Any) -> None:
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        done = api.act(_place(record, "notices"), members)
    call.answer(done, lambda: _told(done))


def _place(record: str, *parts: str) -> str:
    return "/".join(("/v1/records", quote(record), *map(quote, parts)))


def _told(done: dict[str, Any]) -> None:
    show.say(f"{done['kind']}: {done['record']}, notice {done['notice']}")
    show.say(f"goes to: {', '.join(done['holders']) or 'nobody, since nobody was given it'}")
    rows = [(one["record"], one["version"], one["by"]) for one in done["resting"]]
    if rows:
        show.say()
        show.say("These lean on it; look whether they still stand:")
        show.table(("record", "version", "by"), rows, empty="")


@command("restrict", example="gateway records restrict ID --reason accuracy_contested")
@click.argument("record")
@click.option("--reason", type=click.Choice(RESTRICT_CODES), help="Why nobody may use it.")
@click.option(
    "--add",
    type=click.Choice((*vocab.RESTRICTION_KINDS, *ADDED_HANDLING)),
    help="One more restriction or handling code, instead.",
)
@_UNTIL
@_LIFT
def restrict(
    call: Invocation,
    *,
    record: str,
    reason: str | None,
    add: str | None,
    until: str | None,
    lift: bool,
) -> None:
    """Restrict a record of yours at everybody who has it, or add one restriction."""
    if (reason is None) == (add is None):
        raise click.UsageError("give either --reason or --add")
    kind = "restrict" if reason else "change_restrictions"
    _act(call, record, kind=kind, code=reason or add, **_end(until, lift=lift))


@command("recall", example="gateway records recall ID --reason wrong_person --person /persons/0")
@click.argument("record")
@click.option("--reason", required=True, type=click.Choice(RECALL_CODES), help="Why.")
@_PERSON
def recall(call: Invocation, *, record: str, reason: str, person: str | None) -> None:
    """Call a record of yours, or one person in it, back from everybody who has it."""
    _act(call, record, kind="recall", code=reason, person=person)


@command("erase", example="gateway records erase ID --reason court_order")
@click.argument("record")
@_REASON
@_PERSON
def erase(call: Invocation, *, record: str, reason: str, person: str | None) -> None:
    """Erase a record of yours, or one person in it, here and at everybody who has it."""
    _act(call, record, kind="erase", code=reason, person=person)


@command("dispute", example="gateway records dispute ID --by data_subject")
@click.argument("record")
@click.option("--by", required=True, type=click.Choice(DISPUTERS), help="Who disputes it.")
@_UNTIL
@_LIFT
def dispute(call: Invocation, *, record: str, by: str, until: str | None, lift: bool) -> None:
    """Mark a record of yours as disputed, and warn everybody who has it."""
    _act(call, record, kind="dispute", code=by, **_end(until, lift=lift))


@command("category", example="gateway records category ID --person /persons/0 --to witness")
@click.argument("record")
@click.option("--person", required=True, metavar="POINTER", help="Whose: /persons/0.")
@click.option("--to", required=True, type=click.Choice(vocab.PERSON_CATEGORIES), help="Which.")
def category(call: Invocation, *, record: str, person: str, to: str) -> None:
    """Give a person in a record of yours another category, at everybody who has it."""
    _act(call, record, kind="category_change", person=person, code=to)


@command("correct", example="gateway records correct ID corrected.json --source cases")
@click.argument("record")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", required=True, help="The source it came from.")
def correct(call: Invocation, *, record: str, file: Path, source: str) -> None:
    """Replace the newest version of a record by a document in the native form.

    FILE may be what `gateway records show ID --body --json` answers, changed in its body. A
    submission of a national system, with its certificate. Who had the former version destroys it.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    try:
        body = json.loads(file.read_bytes())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise click.UsageError("the file is not one JSON object")
    with api_client(call.settings()) as api:
        held = api.record(record)
        corrected = json.dumps(as_submitted(body, held)).encode()
        outcomes = api.push(corrected, source=source, media_type="application/json")
    if not outcomes:
        raise SourceReadsOther(f"the source {source} found no record in it")
    (outcome,) = outcomes

    def tell() -> None:
        show.pairs({name: outcome.get(name) for name in ("state", "record", "version")})
        show.faults(outcome.get("errors", []))

    call.answer(outcome, tell)


def as_submitted(given: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Return a correction of what is `held`: without what only the gateway writes, if it was shown.

    What does not bear the id of the record is left as it is, so that a mistake is told.
    """
    from gateway.core.record import GATEWAY_MEMBERS  # noqa: PLC0415 - help must be quick

    shown = given.get("body")
    body = shown if given.get("id") == held["id"] and isinstance(shown, dict) else given
    if body.get("id") == held["id"]:
        body = {name: value for name, value in body.items() if name not in GATEWAY_MEMBERS}
    return {**body, "corrects": held["version"]}


@command("holders", example="gateway records holders ID")
@click.argument("record")
def holders(call: Invocation, *, record: str) -> None:
    """Show who has a record of yours, and what each answered to each notice."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.look(_place(record, "holders"))
    call.answer(found, lambda: _table(found))


def _table(found: dict[str, Any]) -> None:
    held = [
        (one["holder"], one["version"], one["gateway"], show.local_time(one["since"]))
        for one in found["holders"]
    ]
    show.table(("holder", "version", "state", "since"), held, empty="nobody was given it")
    names = ("holder", "gateway", "own_system", "passed_on", "code")
    for notice in found["notices"]:
        about = notice["person"] or "the record"
        show.say()
        kind = show.notice_kind(notice["kind"], lifts=notice["lifts"])
        show.say(f"{kind} of {about}, {show.local_time(notice['at'])}: {notice['code']}")
        rows = [
            (*(one[name] for name in names), "OVERDUE" if one["overdue"] else "")
            for one in notice["holders"]
        ]
        rows += [
            (
                f"{one['holder']} (by {one['by']})",
                *(one.get(name) for name in names[1:]),
                "OVERDUE" if one["overdue"] else "",
            )
            for one in notice["further"]
        ]
        show.table((*names, ""), rows, empty="nobody was told")
    if found["copies"]:
        show.say()
        columns = ("copy", "holder", "way", "copies", "state")
        rows = [tuple(one[name] for name in columns) for one in found["copies"]]
        show.table(columns, rows, empty="")
        show.say(f"copies still out: {found['copies_out']}")


@command("copy", example="gateway records copy ID --to court.example --way paper --copies 2")
@click.argument("record")
@click.option("--to", required=True, metavar="ORG", help="Who has it.")
@click.option(
    "--way",
    required=True,
    type=click.Choice(("paper", "telephone", "e-mail", "siena", "other")),
    help="How it went out.",
)
@click.option("--copies", type=click.IntRange(1, 10_000), default=1, show_default=True)
def copy(call: Invocation, *, record: str, to: str, way: str, copies: int) -> None:
    """Enter copies of a record of yours that went out beside the gateway."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        body = {"holder": to, "way": way, "copies": copies}
        entered = api.act(_place(record, "copies"), body)
    call.answer(entered, lambda: show.pairs(entered))


@command("copy-end", example="gateway records copy-end ID COPY --state destroyed")
@click.argument("record")
@click.argument("copy")
@click.option("--state", required=True, type=click.Choice(("back", "destroyed")), help="Which.")
def copy_end(call: Invocation, *, record: str, copy: str, state: str) -> None:
    """Say that copies entered by hand came back, or were destroyed."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        settled = api.act(_place(record, "copies", copy), {"state": state})
    call.answer(settled, lambda: show.pairs(settled))


@command("pass-on", example="gateway records pass-on ID fiu.ee")
@click.argument("record")
@click.argument("partner")
def pass_on(call: Invocation, *, record: str, partner: str) -> None:
    """Pass a record that a partner sent on to another partner, unchanged."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        done = api.act(_place(record, "passes"), {"partner": partner})
    call.answer(done, lambda: show.pairs(done))


@command("keep", example="gateway records keep ID\ngateway records keep ID --end")
@click.argument("record")
@click.option("--end", is_flag=True, help="The court needs it no longer.")
def keep(call: Invocation, *, record: str, end: bool) -> None:
    """Keep a record that a partner sent as evidence, whatever its notices say."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        body = {"state": "ended" if end else "kept"}
        done = api.act(_place(record, "keeping"), body)
    call.answer(done, lambda: show.pairs(done))


@command("review", example="gateway records review --days 30")
@click.option("--days", type=click.IntRange(0, 3_650), default=30, show_default=True)
def review(call: Invocation, *, days: int) -> None:
    """List records of yours whose review is due soon or overdue."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.look("/v1/reviews", {"days": days})["items"]
    rows = [
        (
            one["record"],
            one["type"],
            show.local_time(one["review_by"]),
            "OVERDUE" if one["overdue"] else "",
        )
        for one in found
    ]
    call.answer(found, lambda: show.table(("record", "type", "by", ""), rows, empty="none"))


COMMANDS: Final = (
    *(restrict, recall, erase, correct, dispute, category),
    *(holders, copy, copy_end, pass_on, keep, review),
)
