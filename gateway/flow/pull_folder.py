"""The journey of files that a national system drops into a folder: picked up, taken, put away.

What was picked and not put away comes first: a process died there. It is read again, and its digest
tells whether it was taken already.
"""

from __future__ import annotations

import json
import os
from typing import Any, BinaryIO

from gateway.core.errors import Forbidden, Unavailable, Unidentified
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.ports import Drop, PulledSource
from gateway.flow.pull import DONE, is_put_off, note_failure, note_look, read, take
from gateway.flow.rows_national import PickedRow

FILES_PER_RUN = 100


def pull_folder(name: str, lease: Lease, exchange: Exchange) -> int:
    """Take what is whole in the folder of a source; return how many files were put away."""
    source = exchange.pulled[name]
    drop = source.drop
    if drop is None or is_put_off(name, exchange):
        return 0
    try:
        drop.demand()
        found = [*drop.picked()]
        done = sum(_take(one, source, drop, lease, exchange) for one in found)
        room = FILES_PER_RUN - len(found)
        for one in drop.whole():
            if room <= 0:
                break
            picked = drop.pick(one)
            exchange.reach("pull.picked")
            if picked is not None:
                room -= 1
                done += _take(picked, source, drop, lease, exchange)
        drop.sweep(source.keep_seconds)
    except (Unavailable, Forbidden, Unidentified) as error:
        note_failure(source, error, lease, exchange)
        return 0
    note_look(source, lease, exchange, left=drop.left())
    return done


def _take(name: str, source: PulledSource, drop: Drop, lease: Lease, exchange: Exchange) -> int:
    with drop.reading(name) as opened:
        before = _identity(opened)
        document = read(name, opened)
        row = take(document, source, lease, exchange)
        if _identity(opened) != before:
            return 0  # somebody writes it still: it is read again, whole, at the next look
    report = json.dumps(report_of(row), ensure_ascii=False, indent=2).encode()
    drop.put_away(name, done=row.state == DONE, digest=row.digest, report=report)
    exchange.reach("pull.put_away")
    return 1


def _identity(opened: BinaryIO) -> tuple[int, ...]:
    """Return what differs once the file is written to, also by who sets its time back."""
    told = os.fstat(opened.fileno())
    return told.st_size, told.st_mtime_ns, told.st_ctime_ns


def report_of(row: PickedRow) -> dict[str, Any]:
    """Return what a national system reads about one document of its own."""
    return {
        "source": row.source,
        "name": row.name,
        "sha256": row.digest,
        "size": row.size,
        "state": row.state,
        "at": row.at,
        **row.report,
    }
