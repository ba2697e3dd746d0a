"""Reading: how the ways to and from national systems stand. Counts and codes, no content."""

from __future__ import annotations

from typing import Any

from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork


def standing_of_systems(work: UnitOfWork, now_ms: int) -> list[dict[str, Any]]:
    """Return, by client and stage, what was brought and waits; and the ways that fail."""
    under_way = [
        {"client": client, "stage": stage, "count": count, "oldest_seconds": _seconds(at, now_ms)}
        for client, stage, count, at in work.handovers.counts()
    ]
    return under_way + failing_ways(work, now_ms)


def failing_ways(work: UnitOfWork, now_ms: int) -> list[dict[str, Any]]:
    """Return the clients that cannot be brought anything now, and since when."""
    return [
        {
            "client": row.client,
            "stage": "failing",
            "code": row.outcome or "",
            "count": row.failures,
            "oldest_seconds": _seconds(row.at, now_ms),
        }
        for row in work.handovers.standing()
    ]


def standing_of_sources(work: UnitOfWork, now_ms: int) -> list[dict[str, Any]]:
    """Return how each source stands that we look at: listening, failing, or quiet for too long."""
    found = []
    for row in work.pulls.all():
        silent_ms = max(0, now_ms - (row.heard_at or row.since))
        quiet = bool(row.quiet_ms) and silent_ms > row.quiet_ms
        found.append(
            {
                "source": row.source,
                "state": "quiet" if quiet else "failing" if row.failures else "listening",
                "code": row.outcome or "",
                "failures": row.failures,
                "silent_seconds": silent_ms // 1000,
            }
        )
    return found


def documents_of(source: str, limit: int, exchange: Exchange) -> list[dict[str, Any]]:
    """Return what became of the newest documents of a source."""
    with exchange.store.reading() as work:
        rows = work.pulls.page(source, before=exchange.now_ms() + 1, limit=limit)
    return [
        {
            "name": row.name,
            "sha256": row.digest,
            "size": row.size,
            "state": row.state,
            "at": row.at,
            **row.report,
        }
        for row in rows
    ]


def sources_now(exchange: Exchange) -> list[dict[str, Any]]:
    """Return how each source stands at this moment."""
    with exchange.store.reading() as work:
        return standing_of_sources(work, exchange.now_ms())


def _seconds(at: int, now_ms: int) -> int:
    return max(0, now_ms - at) // 1000
