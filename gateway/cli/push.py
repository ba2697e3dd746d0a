"""`gateway push`: files of a national system into the gateway, by its API or in this process.

A file goes in pieces (`pieces`), each under a key that follows from its bytes alone. Pushing the
same file again is therefore how to resume: what was answered before is answered the same.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command, fault_body, refuse
from gateway.cli.pieces import NDJSON, Piece, is_open_ended, pieces
from gateway.core.errors import GatewayError, SettingRefused, Unavailable
from gateway.settings import Settings

TRIES: Final = 4
PAUSE_SECONDS: Final = 1.0
MOST_OUTCOMES: Final = 10_000  # told one by one; of more only what is not stored
MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".ndjson": NDJSON,
    ".jsonl": NDJSON,
    ".xml": "application/xml",
    ".csv": "text/csv",
}
_NAMED_BY: Final = 24  # digits of the first piece's key: the same file has the same name
_GOOD: Final = ("stored", "duplicate")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where documents go: a function that takes one and returns its outcomes."""

    source: str
    urgent: str | None
    send: Callable[[bytes, str, str, str], list[Json]]  # bytes, media type, key, name of the bulk


@dataclass(slots=True)
class Tally:
    """Outcomes so far, and documents that were not considered at all."""

    keeps: bool  # outcomes themselves too: a script gets them at the end
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: list[Json] = field(default_factory=list)
    failed: list[Json] = field(default_factory=list)
    bulks: dict[str, str] = field(default_factory=dict)  # by file: its name at the gateway
    open_ended: list[str] = field(default_factory=list)  # tables whose last line does not end
    untold: int = 0  # stored, beyond `MOST_OUTCOMES`: counted only

    def add(self, outcomes: list[Json]) -> list[Json]:
        """Count the outcomes of one piece; return those to be told one by one."""
        before = self.counts.total()
        self.counts.update(str(one["state"]) for one in outcomes)
        told = [
            one
            for place, one in enumerate(outcomes, start=before)
            if place < MOST_OUTCOMES or one["state"] not in _GOOD
        ]
        self.untold += len(outcomes) - len(told)
        if self.keeps:
            self.outcomes += told
        return told

    def is_good(self) -> bool:
        """Whether every record is stored, now or before."""
        return not self.failed and all(state in _GOOD for state in self.counts)


@command(
    "push",
    example="gateway push cases.ndjson --source cases\n"
    "gateway push report.xml --source goaml --urgent 'child at risk'\n"
    "gateway push case.json --local --client police --source cases",
)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option("--source", help="The source the files come from.  [default: client.source]")
@click.option("--type", "media_type", help="Their media type.  [default: by the file's extension]")
@click.option("--urgent", metavar="REASON", help="Mark the records urgent, for this reason.")
@click.option("--local", is_flag=True, help="In this process: no running gateway is needed.")
@click.option("--client", help="With --local: as which client.  [default: the only one]")
def push(
    call: Invocation,
    *,
    files: tuple[Path, ...],
    source: str | None,
    media_type: str | None,
    urgent: str | None,
    local: bool,
    client: str | None,
) -> None:
    """Push files of a national system into the gateway.

    Speaks to the API with the certificate under [client] in the settings. Prints one outcome per
    record and a summary; the exit code is 1 unless every record is stored or known already.
    Files of lines (.ndjson) go in pieces of up to 1,000 records, payment messages of ISO 20022 in
    pieces of up to 500 transfers; the bar shows how far the file was read. A file whose end is
    missing is not sent. When a push was interrupted, push the same file again: nothing is stored
    twice.
    """
    if client and not local:
        raise click.UsageError("--client goes with --local; otherwise the certificate says it")
    typed = [(path, media_type or _media_type(path)) for path in files]
    settings = call.settings()
    given = source or settings.client.source
    if not given:
        raise click.UsageError("name the --source, or set client.source in the settings")
    with ExitStack() as stack:
        reach = (
            _in_process(settings, client, given, urgent) if local else _api(settings, given, urgent)
        )
        tally = _push_all(typed, stack.enter_context(reach), call)
    summary: Json = {"counts": dict(tally.counts), "not_sent": len(tally.failed)}
    summary["bulks"] = tally.bulks
    if tally.untold:
        summary["not_listed"] = tally.untold
    if tally.open_ended:
        summary["open_ended"] = tally.open_ended
    found = {"outcomes": tally.outcomes, "failed": tally.failed, "summary": summary}

    def tell() -> None:
        _show_summary(tally)
        if urgent is not None and (tally.counts["duplicate"] or tally.counts["conflict"]):
            show.say("what was here before keeps the urgency it came with; to let it go first:")
            show.say("gateway urgent RECORD --partner PARTNER --reason CODE --raise")

    call.answer(found, tell)
    if not tally.is_good():
        refuse()


def _media_type(path: Path) -> str:
    found = MEDIA_TYPES.get(path.suffix.lower())
    if found is None:
        raise click.UsageError(f"name the --type of {path}: its extension says nothing")
    return found


@contextmanager
def _api(settings: Settings, source: str, urgent: str | None) -> Iterator[Target]:
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(settings) as api:

        def send(raw: bytes, media_type: str, key: str, bulk: str) -> list[Json]:
            return api.push(
                raw,
                source=source,
                media_type=media_type,
                idempotency_key=key,
                urgent_reason=urgent,
                bulk=bulk,
            )

        yield Target(source=source, urgent=urgent, send=send)


@contextmanager
def _in_process(
    settings: Settings, client: str | None, source: str, urgent: str | None
) -> Iterator[Target]:
    from gateway.flow.identify import client_of  # noqa: PLC0415 - help must be quick
    from gateway.flow.submit import Submission, submit  # noqa: PLC0415
    from gateway.wiring_commands import opened  # noqa: PLC0415

    with opened(settings, "web") as exchange:
        with exchange.store.reading() as work:
            known = sorted(exchange.configuration(work).clients)
        if client is None and len(known) != 1:
            raise SettingRefused(f"name the --client: {', '.join(known) or 'none is configured'}")
        if client is not None and client not in known:
            raise SettingRefused(f"no such client; configured: {', '.join(known) or 'none'}")
        caller = client_of(client or known[0], exchange)

        def send(raw: bytes, media_type: str, key: str, bulk: str) -> list[Json]:
            submission = Submission(
                client=caller,
                source=source,
                media_type=media_type,
                raw=raw,
                idempotency_key=key,
                urgent_reason=urgent,
                bulk=bulk,
            )
            return [_as_answered(outcome.json()) for outcome in submit(submission, exchange)]

        yield Target(source=source, urgent=urgent, send=send)


def _as_answered(outcome: Json) -> Json:
    """Return an outcome as the API gives it: `errors`, and nothing that is empty."""
    outcome["errors"] = outcome.pop("faults")
    return {name: value for name, value in outcome.items() if value not in (None, "", (), [])}


def _push_all(files: list[tuple[Path, str]], target: Target, call: Invocation) -> Tally:
    tally = Tally(keeps=call.json)
    total = sum(path.stat().st_size for path, _ in files)
    with show.progress("pushing, bytes", total, quiet=call.json) as bar:
        done = 0
        for path, media_type in files:
            try:
                for told, upto in _push_file(path, media_type, target, tally):
                    if not call.json:
                        for outcome in told:
                            _show_outcome(outcome)
                    show.advance(bar, to=done + upto)
                if is_open_ended(path, media_type):
                    tally.open_ended.append(str(path))
            except Unavailable:
                break  # nobody answers: the other files would fare the same
            except GatewayError:
                pass  # noted with its piece: the other files go on
            done += path.stat().st_size
    return tally


def _push_file(
    path: Path, media_type: str, target: Target, tally: Tally
) -> Iterator[tuple[list[Json], int]]:
    """Send a file; yield what is to be told of each piece, and how far the file was read."""
    number = 1
    try:
        for piece in pieces(path, media_type):
            number = piece.number
            key = piece.key(target.source, media_type, target.urgent)
            bulk = tally.bulks.setdefault(str(path), f"push-{key[:_NAMED_BY]}")
            outcomes = _send(piece, media_type, key, bulk, target)
            named = [{"file": str(path), "chunk_line": number, **one} for one in outcomes]
            yield tally.add(named), piece.upto
    except GatewayError as error:
        tally.failed.append({"file": str(path), "line": number, **fault_body(error)})
        raise


def _send(piece: Piece, media_type: str, key: str, bulk: str, target: Target) -> list[Json]:
    """Send one piece, again if nobody answers; pass every other fault on."""
    for attempt in range(1, TRIES):
        try:
            return target.send(piece.raw, media_type, key, bulk)
        except Unavailable:
            time.sleep(PAUSE_SECONDS * attempt)
    return target.send(piece.raw, media_type, key, bulk)


def _show_outcome(outcome: Json) -> None:
    state = str(outcome["state"])
    reference = (
        outcome.get("provider_ref") or f"{outcome['file']}, from line {outcome['chunk_line']}"
    )
    decided = ", ".join(_decided(release) for release in outcome.get("releases", ()))
    parts = [f"{state:<11}", show.plain(outcome.get("record")), show.plain(reference), decided]
    show.say("  ".join(part for part in parts if part), style=show.COLOURS.get(state, ""))
    show.faults(outcome.get("errors", ()))
    losses = Counter(str(one["code"]) for one in outcome.get("losses", ()))
    if losses:
        counted = ", ".join(f"{code} {count}" for code, count in sorted(losses.items()))
        show.say(f"  left out: {counted}; each by its path: gateway records trail")


def _decided(release: Json) -> str:
    rule = f" ({release['code']})" if release.get("code") else ""
    return f"{release['partner']}: {release['state']}{rule}"


def _show_summary(tally: Tally) -> None:
    show.say()
    show.table(
        ("outcome", "records"), sorted(tally.counts.items()), empty="no record was considered"
    )
    if tally.untold:
        show.say(f"{tally.untold} of them were not listed one by one: all stored, now or before")
    for name in tally.open_ended:
        show.say(f"the last line of {name} does not end: if it was cut off, a value is cut, too;")
        show.say("where lines always end, write final_newline = true under [csv] in the mapping")
    for one in tally.failed:
        show.say(f"not sent: {one['file']} from line {one['line']}: {one['code']}: {one['detail']}")
        show.faults(one["errors"])
        if one["hint"]:
            show.say(f"  hint: {one['hint']}")
    if tally.failed:
        show.say("push the same files again to go on: nothing is stored twice")
