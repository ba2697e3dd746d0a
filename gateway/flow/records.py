"""Record rows ↔ records: what the vault closes and opens, in lists."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gateway.core.ids import OrgId, RecordId
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.rows import DataKey, RecordRow
from gateway.flow.vault import Opening


def opening(row: RecordRow, column: str) -> Opening:
    """Say what to open: the `text` or the `trail` of a row read with its data key."""
    sealed = row.text if column == "text" else row.trail
    if sealed is None or row.data_key is None or row.kek is None or row.wrapped is None:
        raise LookupError("erased: there is nothing to open")
    return Opening(
        sealed=sealed,
        data_key=DataKey(id=row.data_key, kek=row.kek, wrapped=row.wrapped),
        table=f"records.{column}",
        id=row.id,
        version=row.version,
    )


def open_texts(rows: Sequence[RecordRow], exchange: Exchange) -> list[bytes]:
    """Return the record texts of these rows, none of them erased."""
    return exchange.vault.open([opening(row, "text") for row in rows])


def open_records(rows: Sequence[RecordRow], exchange: Exchange) -> list[Record]:
    """Return the records of these rows, none of them erased."""
    return [
        Record(
            id=RecordId(row.id),
            version=row.version,
            type=row.type,
            org=OrgId(row.org),
            body=json.loads(text),
        )
        for row, text in zip(rows, open_texts(rows, exchange), strict=True)
    ]
