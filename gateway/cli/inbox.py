"""`gateway inbox list|show|ack|may`: what partners sent to this national system, by the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command, refuse
from gateway.core.errors import NotFound

if TYPE_CHECKING:
    from gateway.transport.client import ApiClient

_PAGE: Final = 100

Json = dict[str, Any]


@command("list", example="gateway inbox list --limit 20")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
def list_(call: Invocation, *, limit: int) -> None:
    """List what waits for an answer, oldest first."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = [entry for entry, _ in zip(_entries(api), range(limit), strict=False)]
    names = ("record", "version", "type", "from", "urgency")
    rows = [[entry.get(name) for name in names] for entry in found]
    call.answer(found, lambda: show.table(names, rows, empty="nothing waits"))


@command("show", example="gateway inbox show ID\ngateway inbox show ID --as stix > record.json")
@click.argument("record")
@click.option("--as", "rendering", metavar="FORMAT", help="Write it as native or stix.")
def show_(call: Invocation, *, record: str, rendering: str | None) -> None:
    """Show one record that waits, the terms it came under first.

    With --as only the document goes to standard output; what found no place in it is told on
    standard error.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        entry = _waiting(record, api)
        if rendering is not None:
            written = api.written_as(record, int(entry["version"]), rendering)
            call.answer(written, lambda: _tell_written(written))
            return

    def tell() -> None:
        show.terms(entry.get("terms_in_words", ()))
        show.say()
        show.document({name: value for name, value in entry.items() if name != "terms_in_words"})

    call.answer(entry, tell)


@command("ack", example="gateway inbox ack ID\ngateway inbox ack ID --reject not-ours")
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
@click.option("--reject", metavar="CODE", help="Say no, for this reason; without it: yes.")
def ack(call: Invocation, *, records: tuple[str, ...], reject: str | None) -> None:
    """Answer for records: taken over, or not; the sender is told."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    settled = []
    with api_client(call.settings()) as api:
        for record in records:
            version = int(_waiting(record, api)["version"])
            answer = api.settle(record, version, accepted=reject is None, code=reject)
            settled.append({**answer, "record": record, "version": version})
    rows = [(one["record"], one["version"], one.get("state")) for one in settled]
    call.answer(settled, lambda: show.table(("record", "version", "state"), rows, empty=""))


@command(
    "may",
    example="gateway inbox may ID --pass-on afp.au\n"
    "gateway inbox may ID --evidence\n"
    "gateway inbox may ID --keep-until 2030-12-31\n"
    "gateway inbox may ID --purpose research",
)
@click.argument("record")
@click.option("--version", type=click.IntRange(1), help="Which version; without it: the newest.")
@click.option("--pass-on", metavar="ORG", help="May it go on to this organisation?")
@click.option("--evidence", is_flag=True, help="May it be used as evidence in court?")
@click.option("--keep-until", metavar="DAY", help="May it be kept until this day?")
@click.option("--purpose", metavar="CODE", help="May it be used for this purpose?")
def may(call: Invocation, *, record: str, version: int | None, **asked: str | bool | None) -> None:
    """Ask what may be done with a record: yes, no or ask, and the clause that says so.

    Rests on the terms that were signed with the record, and on what its sender has added or
    allowed since.
    What they do not say is not allowed. The exit code is 1 unless the answer is yes.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    question = {
        name: "yes" if value is True else str(value) for name, value in asked.items() if value
    }
    if len(question) != 1:
        raise click.UsageError("ask one thing: --pass-on, --evidence, --keep-until or --purpose")
    with api_client(call.settings()) as api:
        answer = api.may(record, version, **question)
    call.answer(answer, lambda: _tell(answer))
    if answer["answer"] != "yes":
        refuse()


def _tell_written(written: Json) -> None:
    document = written["document"]
    click.echo(document if isinstance(document, str) else show.indented(document))
    for loss in written["losses"]:
        click.echo(f"{loss['code']}: {show.plain(loss['pointer'])}", err=True)


def _tell(answer: Json) -> None:
    show.say(str(answer["answer"]), style="green" if answer["answer"] == "yes" else "yellow")
    show.terms([answer["clause"]])
    if answer["contact"]:
        show.say(f"whom to ask: {', '.join(answer['contact'].values())}")


def _entries(api: ApiClient) -> Iterator[Json]:
    after: str | None = None
    while True:
        page = api.inbox(after, _PAGE)
        yield from page["items"]
        after = page.get("next")
        if after is None or not page["items"]:
            return


def _waiting(record: str, api: ApiClient) -> Json:
    for entry in _entries(api):
        if entry["record"] == record:
            return entry
    raise NotFound("no record of that id waits in this inbox")


@command("notices", example="gateway inbox notices")
@click.option("--limit", type=click.IntRange(1, _PAGE), default=_PAGE, show_default=True)
def notices(call: Invocation, *, limit: int) -> None:
    """List notices about records that this national system has, to be followed."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.look("/v1/inbox/notices", {"limit": limit})["items"]
    names = ("notice", "kind", "record", "versions", "person", "code", "from")
    shown = [{**entry, "kind": _kind(entry)} for entry in found]
    rows = [[_in_words(entry.get(name)) for name in names] for entry in shown]
    call.answer(found, lambda: show.table(names, rows, empty="nothing to follow"))


def _in_words(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _kind(entry: dict[str, Any]) -> str:
    from gateway.core.notice import is_lift  # noqa: PLC0415 - help must be quick

    return show.notice_kind(entry["kind"], lifts=is_lift(entry["until"], entry["at"]))


@command("follow", example="gateway inbox follow NOTICE\ngateway inbox follow NOTICE --keep court")
@click.argument("notice")
@click.option("--keep", metavar="CODE", help="It is kept, on this basis; without it: done.")
@click.option("--from", "partner", metavar="PARTNER", help="Who gave it, if two gave this id.")
def follow(call: Invocation, *, notice: str, keep: str | None, partner: str | None) -> None:
    """Answer a notice: this national system did as it says, or keeps the record and why."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        body = {"state": "done" if keep is None else "kept", "code": keep}
        body |= {"from": partner} if partner else {}
        answer = api.act(f"/v1/inbox/notices/{quote(notice)}", body)
    call.answer(answer, lambda: show.pairs(answer))


@command("held", example="gateway inbox held")
@click.option("--limit", type=click.IntRange(1, _PAGE), default=_PAGE, show_default=True)
def held(call: Invocation, *, limit: int) -> None:
    """List what partners sent and a rule holds back here, until somebody lets it in.

    An act of a release officer, with the certificate of a person.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.look("/v1/held", {"limit": limit})["items"]
    names = ("record", "version", "from", "client", "rule")
    rows = [[entry.get(name) for name in names] for entry in found]
    call.answer(found, lambda: show.table(names, rows, empty="nothing is held"))


@command("admit", example="gateway inbox admit ID --reason another_person")
@click.argument("record")
@click.option("--reason", required=True, metavar="CODE", help="Why; kept in the ledger.")
def admit(call: Invocation, *, record: str, reason: str) -> None:
    """Let a record in that a rule holds back here, such as one that brings a person back (R-16).

    An act of a release officer of the organisation that it was sent to. What its originator has
    restricted is not let in: it goes on when that ends.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        done = api.act(f"/v1/held/{quote(record)}", {"reason": reason})
    call.answer(done, lambda: show.pairs(done))


inbox = click.Group(
    "inbox",
    commands=[list_, show_, ack, may, notices, follow, held, admit],
    help="See and answer what partners sent.",
)
