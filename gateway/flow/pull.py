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
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, ClassVar, Final

from adapters.base import Adapter, Choosing, Dividing, SourceUnreadable
from gateway.core.errors import Conflict, Fault, GatewayError, Malformed, TooLarge
from gateway.core.limits import Limits
from gateway.core.retry import retry_at
from gateway.flow.exchange import Exchange
from gateway.flow.identify import client_of
from gateway.flow.lease import Lease
from gateway.flow.outcome import GOOD, Outcome
from gateway.flow.ports import PulledSource, UnitOfWork
from gateway.flow.reading import adapter_of, read_by_now
from gateway.flow.rows_national import PickedRow, PullRow
from gateway.flow.submit import Submission, submit

DONE: Final = "done"
FAILED: Final = "failed"
LEFT: Final = "file-unreadable"  # the code of files that lie there and cannot be taken
LINES: Final = "application/x-ndjson"
MOST_TOLD: Final = 200  # outcomes that are told one by one
_PIECE: Final = 1024 * 1024
_HEAD: Final = 64 * 1024
_TAIL: Final = 4 * 1024


class DocumentUndivided(Malformed):
    """The document cannot be divided; nothing of what follows was taken in."""

    code: ClassVar[str] = "document-undivided"
    advice: ClassVar[str] = "Mend the document; what was taken in of it stays."


@dataclass(slots=True)
class Became:
    """What became of the records of one document, however many; what is wrong is told."""

    may_be_none: bool = False  # of a source that takes some of each document
    counts: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, Any]] = field(default_factory=list)
    untold: int = 0

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count the next ones."""
        for one in outcomes:
            self.counts[one.state] += 1
            if one.state in GOOD:
                continue
            if len(self.told) < MOST_TOLD:
                self.told.append(_told(self.counts.total(), one))
            else:
                self.untold += 1

    @property
    def is_good(self) -> bool:
        """Whether there was a record, if there has to be one, and every one is here now."""
        is_there = self.may_be_none or bool(self.counts)
        return is_there and all(state in GOOD for state in self.counts)


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
            became, fault = _submitted(document, source, read_by, exchange)
            row = _settled(document, source, became, fault, read_by, exchange.now_ms())
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
) -> tuple[Became, GatewayError | None]:
    """Return what became of it; and what refused it as a whole, after the records before that."""
    client = client_of(source.client, exchange)
    adapter = _adapter(source, exchange)
    by = hashlib.sha256(read_by.encode()).hexdigest()[:12]
    became = Became(may_be_none=isinstance(adapter, Choosing))
    try:
        for number, chunk in enumerate(_chunks(document, source, adapter, exchange.limits)):
            submission = Submission(
                client=client,
                source=source.name,
                media_type=source.media_type,
                raw=chunk,
                idempotency_key=f"pull.{source.name}.{document.digest}.{by}.{number}",
            )
            became.add(submit(submission, exchange))
            exchange.reach("pull.submitted")
    except (TooLarge, Conflict, DocumentUndivided) as error:
        return became, error
    return became, None


def _adapter(source: PulledSource, exchange: Exchange) -> Adapter | None:
    """Return who reads a source, None if it is not set up: `submit` says so."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    set_up = configuration.sources.get(source.name)
    return None if set_up is None else adapter_of(set_up, configuration, exchange)


def _chunks(
    document: Document, source: PulledSource, adapter: Adapter | None, limits: Limits
) -> Iterator[bytes]:
    """Yield a document in pieces that one submission may have each; whole, if it is not divided."""
    opened = document.bytes
    if source.media_type == LINES:
        yield from _lines(opened, limits)
        return
    try:
        divided = _divided(document, adapter, limits)
        if divided is not None:
            yield from divided
            return
    except SourceUnreadable as refused:
        faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in refused.faults)
        told = "; ".join(fault.detail for fault in faults)
        raise DocumentUndivided(told, faults=faults) from None
    yield opened.read(limits.caps.max_bytes + 1)  # one byte too many is refused as such


def _divided(document: Document, adapter: Adapter | None, limits: Limits) -> Iterator[bytes] | None:
    """Return the pieces in which its adapter divides a document, None if in none."""
    if not isinstance(adapter, Dividing):
        return None
    opened = document.bytes
    head = opened.read(_HEAD)
    opened.seek(max(0, document.size - _TAIL), os.SEEK_SET)
    tail = opened.read(_TAIL)
    opened.seek(0)
    return adapter.divided(head, tail, iter(lambda: opened.read(_PIECE), b""), limits.caps)


def _lines(opened: BinaryIO, limits: Limits) -> Iterator[bytes]:
    most = limits.caps.max_bytes
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
    became: Became,
    fault: GatewayError | None,
    read_by: str,
    now: int,
) -> PickedRow:
    report: dict[str, Any] = {
        "counts": dict(sorted(became.counts.items())),
        "fault": None
        if fault is None
        else {"code": fault.code, "detail": fault.detail, "hint": fault.advice},
        "records": became.told,
        "more": became.untold,
    }
    return PickedRow(
        source=source.name,
        digest=document.digest,
        name=document.name,
        state=DONE if fault is None and became.is_good else FAILED,
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
