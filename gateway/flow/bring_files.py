"""The journey of what partners sent to a national system that takes files out of a folder.

A file is written aside, then it is noted that it lies there, then it gets its name in one step. So
whatever dies when, a look at the folder tells what became of it: aside is not given yet, gone is
taken. Gone means nothing where the folder itself is gone: `Tray.demand` sees to that.

A receipt beside the file says yes or no in so many words, and comes before anything the folder
tells by itself. Whoever takes a file first and writes its receipt then has a while for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

from gateway.core.errors import Unavailable, Unidentified
from gateway.flow.bring import (
    WAY,
    Parcel,
    answered,
    code_in,
    failed,
    is_waiting,
    note,
    parcels,
    works_again,
)
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, client_of
from gateway.flow.lease import Lease
from gateway.flow.ports import NationalSystem, Tray, UnitOfWork
from gateway.flow.rows_national import LAID_OUT, HandoverRow

FILES_PER_RUN: Final = 100
SUFFIX: Final = ".json"
_NEVER: Final = 2**53  # what lies in the folder is not due: the folder says when it is
_GONE: Final = "gone"  # the outcome of a row whose file is gone, and for whose receipt we wait
_WORDS: Final = {"accepted": True, "done": True, "rejected": False, "kept": False}


@dataclass(frozen=True, slots=True)
class _Said:
    yes: bool
    code: str | None = None


def bring_files(name: str, lease: Lease, exchange: Exchange) -> int:
    """Look what the system took, then lay out what is due; return how much moved."""
    system = exchange.systems[name]
    tray = system.tray
    if tray is None:
        return 0
    with exchange.store.reading() as work:
        if is_waiting(name, work, exchange):
            return 0
        laid = work.handovers.laid_out(name, limit=system.most_files)
    try:
        client = client_of(name, exchange)
        tray.demand(in_use=bool(laid))
        done = sum(_look(row, client, system, tray, lease, exchange) for row in laid)
        room = min(system.most_files - len(laid), FILES_PER_RUN)
        if room > 0:
            done += _lay_out(client, tray, room, lease, exchange)
    except Unidentified:
        return 0  # no item of that name is in force
    except Unavailable as error:
        note([failed(name, WAY, error.code, exchange)], lease, exchange)
        return 0
    works_again(name, lease, exchange)
    return done


def _lay_out(client: Client, tray: Tray, room: int, lease: Lease, exchange: Exchange) -> int:
    found = parcels(client, room, lease, exchange)
    if not found:
        return 0
    tray.lay_aside({_file(parcel): parcel.body for parcel in found})
    exchange.reach("bring.aside")
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        lease.demand(work)
        work.handovers.put(
            [
                HandoverRow(
                    client=client.name,
                    about=parcel.about,
                    version=parcel.version,
                    partner=parcel.partner,
                    stage=LAID_OUT,
                    at=now,
                    retry_at=_NEVER,
                    name=_file(parcel),
                )
                for parcel in found
            ]
        )
        exchange.commit(work, "bring.laid")
    tray.put_out([_file(parcel) for parcel in found])
    exchange.reach("bring.out")
    return len(found)


def _file(parcel: Parcel) -> str:
    return parcel.name + SUFFIX


def _look(
    row: HandoverRow,
    client: Client,
    system: NationalSystem,
    tray: Tray,
    lease: Lease,
    exchange: Exchange,
) -> bool:
    """Return whether anything became of one file."""
    name = str(row.name)
    with exchange.store.reading() as work:
        is_open = _is_open(row, work)
    place = tray.place(name)
    said = _said(row, place, system, tray, exchange) if is_open else None
    if is_open and said is None:
        if place == "aside":
            tray.put_out([name])
        elif (place == _GONE) != (row.outcome == _GONE) and not system.receipt_only:
            gone = _GONE if place == _GONE else None
            note([replace(row, at=exchange.now_ms(), outcome=gone)], lease, exchange)
        return False
    if said is not None:
        about = (row.about, row.version, row.partner)
        answered(client, about, exchange, yes=said.yes, code=said.code)
        exchange.reach("bring.settled")
    tray.clear(name)
    with exchange.store.writing() as work:
        lease.demand(work)
        work.handovers.cleared(row)
        exchange.commit(work, "bring.cleared")
    return True


def _is_open(row: HandoverRow, work: UnitOfWork) -> bool:
    """Return whether an answer is still waited for; not of what was recalled, or settled by API."""
    if row.version == 0:
        named = work.follow.entries_named(row.client, row.about)
        return any(one.partner == row.partner and one.state == "waiting" for one in named)
    entry = work.arrivals.inbox_of(row.client, row.about, row.version)
    return entry is not None and entry.state in ("waiting", "handed")


def _said(
    row: HandoverRow, place: str, system: NationalSystem, tray: Tray, exchange: Exchange
) -> _Said | None:
    """Return the system's answer, None if there is none yet.

    The receipt is read after the look at the file's `place`, and counts first.
    """
    receipt = tray.receipt(str(row.name))
    if receipt is not None:
        return _receipt(receipt)
    if place != _GONE or system.receipt_only:
        return None
    wait = system.receipt_wait_ms
    is_over = row.outcome == _GONE and exchange.now_ms() - row.at >= wait
    return _Said(yes=True) if is_over or not wait else None


def _receipt(raw: bytes) -> _Said | None:
    """Return what a receipt says; one that says nothing, or is half written, is no answer yet."""
    try:
        state = json.loads(raw)["state"]
        yes = _WORDS[state]
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    return _Said(yes=yes, code=None if yes else code_in(raw))
