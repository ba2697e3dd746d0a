"""An arrival that cannot be opened, through no fault that the steps know, gives way to others.

Each failure is counted; after `TRIES` the envelope is parked: its bytes stay, an alarm rings until
a person has it tried again, and what came after it goes on. Its place stays open, so no more than
the window of the sequence passes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.core.errors import Conflict, GatewayError, NotFound
from gateway.core.lifecycle import step
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ArrivalRow

TRIES: Final = 8
PARKED: Final = "parked"
_MOST_SHOWN: Final = 500

Json = dict[str, Any]


def failed(arrival: ArrivalRow, error: Exception, lease: Lease, exchange: Exchange) -> None:
    """Count one more try of this arrival that failed; park it after the last one."""
    with exchange.store.writing() as work:
        lease.demand(work)
        if work.arrivals.failed(arrival.id) >= TRIES:
            _park(arrival, error, work, exchange)
        exchange.commit(work, "park.tried")


def _park(arrival: ArrivalRow, error: Exception, work: UnitOfWork, exchange: Exchange) -> None:
    code = error.code if isinstance(error, GatewayError) else type(error).__name__
    parked = replace(
        arrival,
        state=step("arrival", arrival.state, "park"),
        step=code,
        incident=exchange.entropy.bytes(12).hex(),
    )
    if work.arrivals.replace(parked, expect=arrival.state):
        act: Act = ("arrival_parked", {**_about(parked), "incident": parked.incident})
        work.ledger.add(entries([act], exchange))


def retry(id_: str, by: str, exchange: Exchange) -> None:
    """Let a parked envelope be opened like one that has just come. Raises NotFound, Conflict."""
    with exchange.store.writing() as work:
        row = work.arrivals.get(id_)
        if row is None:
            raise NotFound
        if row.state != PARKED:
            raise Conflict(f"this envelope is {row.state}, not parked")
        work.arrivals.unpark(id_, step("arrival", row.state, "arrive"))
        act: Act = ("arrival_retried", {**_about(row), "by": by})
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "park.retried")


def _about(row: ArrivalRow) -> dict[str, str | int | None]:
    return {
        "partner": row.partner,
        "ep": row.ep,
        "seq": row.seq,
        "digest": row.digest,
        "step": row.step,
    }


def parked(exchange: Exchange) -> list[Json]:
    """Return the envelopes that wait for a person, by partner; times in milliseconds."""
    with exchange.store.reading() as work:
        rows = work.arrivals.parked(limit=_MOST_SHOWN)
    return [
        {
            "id": row.id,
            **_about(row),
            "incident": row.incident,
            "arrived_at": row.arrived_at,
            "size": row.size,
        }
        for row in rows
    ]


def alarms(work: UnitOfWork, configuration: Configuration, now: int) -> list[Json]:
    """Return one alarm per partner with parked envelopes, by partner."""
    waiting: dict[str, list[ArrivalRow]] = {}
    for row in work.arrivals.parked(limit=_MOST_SHOWN):
        waiting.setdefault(row.partner, []).append(row)
    return [_alarm(partner, rows, configuration, now) for partner, rows in sorted(waiting.items())]


def _alarm(
    partner: str, rows: Sequence[ArrivalRow], configuration: Configuration, now: int
) -> Json:
    return {
        "partner": partner,
        "count": len(rows),
        "oldest_seconds": (now - min(row.arrived_at for row in rows)) // 1000,
        "duty": configuration.duty_of(partner),
    }


def alarms_now(exchange: Exchange) -> list[Json]:
    """Return the alarms of this moment, for whoever rings the bell."""
    with exchange.store.reading() as work:
        return alarms(work, exchange.configuration(work), exchange.now_ms())
