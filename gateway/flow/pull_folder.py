"""The journey of files that a national system drops into a folder: picked up, taken, put away.

What was picked and not put away comes first: a process died there. It is read again, and its digest
tells whether it was taken already.
"""

from __future__ import annotations

import json
import os
from typing import Any

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
        for one in drop.whole()[: FILES_PER_RUN - len(found)]:
            picked = drop.pick(one)
            exchange.reach("pull.picked")
            if picked is not None:
                done += _take(picked, source, drop, lease, exchange)
        drop.sweep(source.keep_seconds)
    except (Unavailable, Forbidden, Unidentified) as error:
        note_failure(source, error, lease, exchange)
        return 0
    note_look(source, lease, exchange)
    return done


def _take(name: str, source: PulledSource, drop: Drop, lease: Lease, exchange: Exchange) -> int:
    with drop.reading(name) as opened:
        document = read(name, opened)
        row = take(document, source, lease, exchange)
        if opened.seek(0, os.SEEK_END) != document.size:
            return 0  # somebody writes it still: it is read again, whole, at the next look
    report = json.dumps(report_of(row), ensure_ascii=False, indent=2).encode()
    drop.put_away(name, done=row.state == DONE, digest=row.digest, report=report)
    exchange.reach("pull.put_away")
    return 1


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
