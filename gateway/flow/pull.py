"""What a source of ours has is taken in by the gateway itself: the part that both ways share.

A document is submitted as its client would push it, under keys made of its digest and of who reads
it: a process that dies in the middle goes on with the same keys and gets the same answers. What
became of it is written down, by digest and name; the same document again is answered from there.

Stays true:
  * What failed is taken again once its adapter or source profile is another one, and only then;
    what was stored of it before is known by its reference, and is not stored twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final

from gateway.core.errors import Conflict, GatewayError, TooLarge
from gateway.core.limits import Limits
from gateway.core.retry import retry_at
from gateway.flow.exchange import Exchange
from gateway.flow.identify import client_of
from gateway.flow.lease import Lease
from gateway.flow.outcome import GOOD, Outcome
from gateway.flow.ports import PulledSource, UnitOfWork
from gateway.flow.reading import read_by_now
from gateway.flow.rows_national import PickedRow, PullRow
from gateway.flow.submit import Submission, submit

DONE: Final = "done"
FAILED: Final = "failed"
LEFT: Final = "file-unreadable"  # the code of files that lie there and cannot be taken
LINES: Final = "application/x-ndjson"
MOST_TOLD: Final = 200  # outcomes that are told one by one
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a source: its name there, its digest, its bytes."""

    name: str
    digest: str  # SHA-256 in hexadecimal
    size: int
    bytes: BinaryIO = field(repr=False)


def read(name: str, opened: BinaryIO) -> Document:
    """Return the document in an open file, at its beginning."""
    digest, size = hashlib.sha256(), 0
    while piece := opened.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    opened.seek(0)
    return Document(name=name, digest=digest.hexdigest(), size=size, bytes=opened)


def take(
    document: Document,
    source: PulledSource,
    lease: Lease,
    exchange: Exchange,
    *,
    etag: str | None = None,
    modified: str | None = None,
) -> PickedRow:
    """Submit a document that is new, and return what became of it; also of one taken before.

    Of one that failed the server's version is not kept, so that it is offered again. Raises
    Unavailable, and Forbidden if its client may not submit to that source: then nothing is known of
    it, and it is to be taken again.
    """
    with exchange.store.reading() as work:
        before = work.pulls.picked(source.name, document.digest, document.name)
        configuration = exchange.configuration(work)
    row = before
    if row is None or row.state == FAILED:
        read_by = read_by_now(source.name, configuration, exchange)
        if row is None or row.read_by != read_by:
            outcomes, fault = _submitted(document, source, read_by, exchange)
            row = _settled(document, source, outcomes, fault, read_by, exchange.now_ms())
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        lease.demand(work)
        work.pulls.pick(row)
        pull = works(source, work, now)
        if before is None:
            pull = replace(pull, heard_at=now)
        if row.state == FAILED:
            etag = modified = None
        work.pulls.put(replace(pull, etag=etag, modified=modified))
        exchange.commit(work, "pull.taken")
    return row


def _submitted(
    document: Document, source: PulledSource, read_by: str, exchange: Exchange
) -> tuple[list[Outcome], GatewayError | None]:
    """Return the outcomes; and what refused the document as a whole, after those before it."""
    client = client_of(source.client, exchange)
    by = hashlib.sha256(read_by.encode()).hexdigest()[:12]
    outcomes: list[Outcome] = []
    for number, chunk in enumerate(_chunks(document.bytes, source.media_type, exchange.limits)):
        submission = Submission(
            client=client,
            source=source.name,
            media_type=source.media_type,
            raw=chunk,
            idempotency_key=f"pull.{source.name}.{document.digest}.{by}.{number}",
        )
        try:
            outcomes += submit(submission, exchange)
        except (TooLarge, Conflict) as error:
            return outcomes, error
        exchange.reach("pull.submitted")
    return outcomes, None


def _chunks(opened: BinaryIO, media_type: str, limits: Limits) -> Iterator[bytes]:
    """Yield a document whole, or lines of it in pieces that one submission may have."""
    most = limits.caps.max_bytes
    if media_type != LINES:
        yield opened.read(most + 1)  # one byte too many is refused as such
        return
    lines: list[bytes] = []
    size = 0
    while line := opened.readline(most + 1):
        if lines and (len(lines) == limits.max_bulk_records or size + len(line) > most):
            yield b"".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield b"".join(lines)


def _settled(
    document: Document,
    source: PulledSource,
    outcomes: Sequence[Outcome],
    fault: GatewayError | None,
    read_by: str,
    now: int,
) -> PickedRow:
    counts = Counter(one.state for one in outcomes)
    bad = fault is not None or not outcomes or any(state not in GOOD for state in counts)
    told = [one for one in enumerate(outcomes, 1) if one[1].state not in GOOD]
    report: dict[str, Any] = {
        "counts": dict(sorted(counts.items())),
        "fault": None
        if fault is None
        else {"code": fault.code, "detail": fault.detail, "hint": fault.advice},
        "records": [_told(number, one) for number, one in told[:MOST_TOLD]],
        "more": max(0, len(told) - MOST_TOLD),
    }
    return PickedRow(
        source=source.name,
        digest=document.digest,
        name=document.name,
        state=FAILED if bad else DONE,
        size=document.size,
        at=now,
        read_by=read_by,
        report=report,
    )


def _told(number: int, outcome: Outcome) -> dict[str, Any]:
    """Say what is wrong with one record: places and codes, nothing of what it says."""
    return {
        "number": number,
        "state": outcome.state,
        "record": outcome.record,
        "original": outcome.original,
        "errors": [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail, "hint": one.hint}
            for one in outcome.faults
        ],
    }


def forget_others(exchange: Exchange) -> None:
    """Forget how sources stand that are looked at no more: they are not expected to speak."""
    names = list(exchange.pulled)
    with exchange.store.reading() as work:
        gone = [row.source for row in work.pulls.all() if row.source not in names]
    if gone:
        with exchange.store.writing() as work:
            work.pulls.keep_only(names)
            exchange.commit(work, "pull.forgotten")


def is_put_off(source: str, exchange: Exchange) -> bool:
    """Return whether the source failed and is not to be looked at yet."""
    with exchange.store.reading() as work:
        row = work.pulls.get(source)
    return row is not None and row.retry_at > exchange.now_ms()


def works(source: PulledSource, work: UnitOfWork, now: int, *, left: int = 0) -> PullRow:
    """Return the row of a source that can be looked at; `left`: what cannot be taken there."""
    row = work.pulls.get(source.name) or PullRow(
        source=source.name, since=now, quiet_ms=source.quiet_ms
    )
    outcome = LEFT if left else None
    return replace(row, quiet_ms=source.quiet_ms, failures=left, retry_at=0, outcome=outcome)


def note_look(source: PulledSource, lease: Lease, exchange: Exchange, *, left: int = 0) -> None:
    """Note that the source was looked at and works, save for `left`; writes only what is new."""
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        held, row = work.pulls.get(source.name), works(source, work, now, left=left)
    if held == row:
        return
    with exchange.store.writing() as work:
        lease.demand(work)
        work.pulls.put(works(source, work, now, left=left))
        exchange.commit(work, "pull.looked")


def note_failure(
    source: PulledSource, error: GatewayError | str, lease: Lease, exchange: Exchange
) -> None:
    """Note that the source could not be looked at, and when it is tried again."""
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        lease.demand(work)
        row = work.pulls.get(source.name) or works(source, work, now)
        work.pulls.put(
            replace(
                row,
                quiet_ms=source.quiet_ms,
                failures=row.failures + 1,
                retry_at=retry_at(now, row.failures, exchange.entropy.bytes(8), exchange.pauses),
                outcome=error if isinstance(error, str) else error.code,
            )
        )
        exchange.commit(work, "pull.failed")
