"""The bytes as submitted: closed in the vault, one row each, whether stored or quarantined.

Owns which original each record of a document rests on. The same bytes of a source are kept once
while they wait in quarantine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.core.errors import Fault
from gateway.flow.exchange import Exchange
from gateway.flow.intake import Candidate, Failed, originals_of
from gateway.flow.rows import DataKey, OriginalRow
from gateway.flow.vault import ORIGINAL, Closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Whose document this is and where it came from; `original` is set on a replay."""

    org: str
    client: str
    source: str
    format: str
    adapter_version: str
    raw: bytes
    original: OriginalRow | None = None


@dataclass(slots=True)
class Kept:
    """What to insert, and which original each place of the document rests on."""

    where: dict[int, str] = field(default_factory=dict)
    originals: list[OriginalRow] = field(default_factory=list)
    data_keys: list[DataKey] = field(default_factory=list)
    replayed: OriginalRow | None = None


def keep(
    booking: Booking,
    found: Sequence[Candidate | Failed],
    resting: Sequence[bool],
    exchange: Exchange,
) -> Kept:
    """Close the originals on which the places marked in `resting` rest. Reads; writes nothing."""
    groups = [
        (raw, rest)
        for raw, places in originals_of(found, booking.raw)
        if (rest := [place for place in places if resting[place]])
    ]
    tags = exchange.vault.tags(
        "original", [f"{booking.source}\x1f".encode() + raw for raw, _ in groups]
    )
    with exchange.store.reading() as work:
        before = work.records.original_by_digest(booking.org, tags)
    kept = Kept()
    closings, rows = [], []
    for (raw, places), tag in zip(groups, tags, strict=True):
        row = _row(booking, found, raw, places, tag, exchange)
        same = booking.original or before.get(tag)
        if same is not None and (booking.original or row.state == same.state == "quarantined"):
            kept.where.update(dict.fromkeys(places, same.id))
            if booking.original is not None:
                kept.replayed = _worse(kept.replayed, _replayed(same, row))
            continue
        kept.where.update(dict.fromkeys(places, row.id))
        rows.append(row)
        closings.append(
            Closing(data_key=str(row.data_key), table=ORIGINAL, id=row.id, version=1, plaintext=raw)
        )
    sealed, kept.data_keys = exchange.vault.close(booking.org, closings)
    kept.originals = [replace(row, content=box) for row, box in zip(rows, sealed, strict=True)]
    return kept


def _replayed(before: OriginalRow, row: OriginalRow) -> OriginalRow:
    return replace(
        before,
        state="quarantined" if row.state == "quarantined" else "replayed",
        stage=row.stage,
        cause=row.cause,
        faults=row.faults,
        adapter_version=row.adapter_version,
    )


def _worse(one: OriginalRow | None, other: OriginalRow) -> OriginalRow:
    """Return the row of an original in several parts: it stays while one of them does."""
    if one is None or one.state != "quarantined":
        return other
    if other.state != "quarantined":
        return one
    return replace(one, faults=[*one.faults, *other.faults])


def _row(
    booking: Booking,
    found: Sequence[Candidate | Failed],
    raw: bytes,
    places: Sequence[int],
    tag: str,
    exchange: Exchange,
) -> OriginalRow:
    now = exchange.now_ms()
    failures = [one for place in places if isinstance(one := found[place], Failed)]
    faults = [fault for one in failures for fault in one.faults]
    seconds = exchange.limits.quarantine_seconds if failures else exchange.limits.original_seconds
    return OriginalRow(
        id=exchange.new_id(),
        org=booking.org,
        client=booking.client,
        source=booking.source,
        format=booking.format,
        digest=tag,
        size=len(raw),
        content=None,
        data_key=exchange.new_id(),
        state="quarantined" if failures else "kept",
        stage=failures[0].stage if failures else None,
        cause=faults[0].code if faults else None,
        faults=[_plain(fault) for fault in faults],
        adapter_version=booking.adapter_version,
        received_at=now,
        erase_at=now + seconds * 1000,
    )


def _plain(fault: Fault) -> dict[str, str]:
    return {
        "pointer": fault.pointer,
        "code": fault.code,
        "detail": fault.detail,
        "hint": fault.hint,
    }
