"""`gateway inbox list|show|ack`: what partners sent to this national system, by the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command
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


@command("show", example="gateway inbox show ID")
@click.argument("record")
def show_(call: Invocation, *, record: str) -> None:
    """Show one record that waits, with the terms it came under."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        entry = _waiting(record, api)
    call.answer(entry, lambda: show.document(entry))


@command("ack", example="gateway inbox ack ID\ngateway inbox ack ID --reject not_ours")
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
    names = ("notice", "kind", "record", "version", "person", "code", "from")
    rows = [[entry.get(name) for name in names] for entry in found]
    call.answer(found, lambda: show.table(names, rows, empty="nothing to follow"))


@command("follow", example="gateway inbox follow NOTICE\ngateway inbox follow NOTICE --keep court")
@click.argument("notice")
@click.option("--keep", metavar="CODE", help="It is kept, on this basis; without it: done.")
def follow(call: Invocation, *, notice: str, keep: str | None) -> None:
    """Answer a notice: this national system did as it says, or keeps the record and why."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        body = {"state": "done" if keep is None else "kept", "code": keep}
        answer = api.act(f"/v1/inbox/notices/{quote(notice)}", body)
    call.answer(answer, lambda: show.pairs(answer))


inbox = click.Group(
    "inbox",
    commands=[list_, show_, ack, notices, follow],
    help="See and answer what partners sent.",
)
