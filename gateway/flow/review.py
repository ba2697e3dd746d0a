"""The queue of records whose review date is near or over. Reads; writes nothing."""

from __future__ import annotations

from typing import Any

from gateway.flow.exchange import Exchange

_DAY_MS = 24 * 3600 * 1000


def review_queue(
    org: str, within_days: int, limit: int, exchange: Exchange
) -> list[dict[str, Any]]:
    """Return records of `org` to be reviewed within so many days, the most overdue first."""
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        rows = work.records.to_review(org, before_ms=now + within_days * _DAY_MS, limit=limit)
    return [
        {
            "record": row.id,
            "version": row.version,
            "type": row.type,
            "review_by": row.review_by,
            "erase_by": row.erase_by,
            "overdue": (row.review_by or 0) <= now,
        }
        for row in rows
    ]
