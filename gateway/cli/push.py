"""`gateway push`: files of a national system into the gateway, by its API or in this process.

A file of lines goes in chunks, each under a key that follows from its bytes alone. Pushing the
same file again is therefore how to resume: what was answered before is answered the same.
"""

from __future__ import annotations

import hashlib
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
from gateway.core.errors import GatewayError, SettingRefused, Unavailable
from gateway.settings import Settings

LINES_PER_CHUNK: Final = 1_000
CHUNK_BYTES: Final = 4 * 1024 * 1024
TRIES: Final = 4
PAUSE_SECONDS: Final = 1.0
NDJSON: Final = "application/x-ndjson"
MEDIA_TYPES: Final = {
    ".json": "application/json",
    ".ndjson": NDJSON,
    ".jsonl": NDJSON,
    ".xml": "application/xml",
    ".csv": "text/csv",
}
_GOOD: Final = ("stored", "duplicate")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What goes in one request: its bytes, and the number of its first line."""

    raw: bytes
    line: int

    def key(self, source: str, media_type: str) -> str:
        """Return the Idempotency-Key: the same bytes have the same one."""
        about = f"{source}\x1f{media_type}\x1f".encode()
        return hashlib.sha256(about + self.raw).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where documents go: a function that takes one and returns its outcomes."""

    source: str
    send: Callable[[bytes, str, str], list[Json]]  # bytes, media type, key


@dataclass(slots=True)
class Tally:
    """Outcomes so far, and documents that were not considered at all."""

    keeps: bool  # outcomes themselves too: a script gets them all at the end
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: list[Json] = field(default_factory=list)
    failed: list[Json] = field(default_factory=list)

    def add(self, outcomes: list[Json]) -> None:
        """Count the outcomes of one chunk."""
        self.counts.update(str(one["state"]) for one in outcomes)
        if self.keeps:
            self.outcomes += outcomes

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
    Files of lines (.ndjson) go in chunks of up to 1,000 records. When a push was interrupted,
    push the same file again: nothing is stored twice.
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
    summary = {"counts": dict(tally.counts), "not_sent": len(tally.failed)}
    found = {"outcomes": tally.outcomes, "failed": tally.failed, "summary": summary}
    call.answer(found, lambda: _show_summary(tally))
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

        def send(raw: bytes, media_type: str, key: str) -> list[Json]:
            return api.push(
                raw, source=source, media_type=media_type, idempotency_key=key, urgent_reason=urgent
            )

        yield Target(source=source, send=send)


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

        def send(raw: bytes, media_type: str, key: str) -> list[Json]:
            submission = Submission(
                client=caller,
                source=source,
                media_type=media_type,
                raw=raw,
                idempotency_key=key,
                urgent_reason=urgent,
            )
            return [_as_answered(outcome.json()) for outcome in submit(submission, exchange)]

        yield Target(source=source, send=send)


def _as_answered(outcome: Json) -> Json:
    """Return an outcome as the API gives it: `errors`, and nothing that is empty."""
    outcome["errors"] = outcome.pop("faults")
    return {name: value for name, value in outcome.items() if value not in (None, "", (), [])}


def _push_all(files: list[tuple[Path, str]], target: Target, call: Invocation) -> Tally:
    tally = Tally(keeps=call.json)
    total = sum(path.stat().st_size for path, _ in files)
    with show.progress("pushing, bytes", total, quiet=call.json) as bar:
        for path, media_type in files:
            try:
                for chunk in _chunks(path, media_type):
                    outcomes = _send(chunk, media_type, target, path, tally)
                    if not call.json:
                        for outcome in outcomes:
                            _show_outcome(outcome)
                    show.advance(bar, by=len(chunk.raw))
            except Unavailable:
                break  # nobody answers: the other files would fare the same
            except GatewayError:
                continue
    return tally


def _chunks(path: Path, media_type: str) -> Iterator[Chunk]:
    """Yield a file as what fits into one request each, always cut at the same places."""
    if media_type != NDJSON:
        yield Chunk(path.read_bytes(), 1)
        return
    with path.open("rb") as file:
        lines: list[bytes] = []
        size, first = 0, 1
        for number, line in enumerate(file, start=1):
            if lines and (len(lines) == LINES_PER_CHUNK or size + len(line) > CHUNK_BYTES):
                yield Chunk(b"".join(lines), first)
                lines, size, first = [], 0, number
            lines.append(line)
            size += len(line)
        if lines:
            yield Chunk(b"".join(lines), first)


def _send(chunk: Chunk, media_type: str, target: Target, path: Path, tally: Tally) -> list[Json]:
    """Send one chunk, again if nobody answered; note what became of it, and pass faults on."""
    key = chunk.key(target.source, media_type)
    for attempt in range(1, TRIES + 1):
        try:
            outcomes = target.send(chunk.raw, media_type, key)
        except GatewayError as error:
            if isinstance(error, Unavailable) and attempt < TRIES:
                time.sleep(PAUSE_SECONDS * attempt)
                continue
            tally.failed.append(_failure(error, path, chunk))
            raise
        break
    named = [{"file": str(path), "chunk_line": chunk.line, **one} for one in outcomes]
    tally.add(named)
    return named


def _failure(error: GatewayError, path: Path, chunk: Chunk) -> Json:
    return {"file": str(path), "line": chunk.line, **fault_body(error)}


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
    for one in tally.failed:
        show.say(f"not sent: {one['file']} from line {one['line']}: {one['code']}: {one['detail']}")
        show.faults(one["errors"])
        if one["hint"]:
            show.say(f"  hint: {one['hint']}")
    if tally.failed:
        show.say("push the same files again to go on: nothing is stored twice")
