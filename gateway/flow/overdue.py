"""Notices that a partner has not answered within a day: an alarm until it has.

Any verdict is an answer, `own_basis` and `cannot` too; a receipt is none, since it says nothing of
what was done. The alarm stands in the status, in the metrics and in the log.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork

ANSWER_CLOCK_MS: Final = 24 * 3600 * 1000

Json = dict[str, Any]


def is_overdue(told_at: int, now: int) -> bool:
    """Return whether the verdict on a notice given then should be here by now."""
    return now - told_at > ANSWER_CLOCK_MS


def overdue_notices(work: UnitOfWork, configuration: Configuration, now: int) -> list[Json]:
    """Return one alarm per partner with notices whose clock has run out, by partner."""
    return [
        {
            "partner": partner,
            "count": count,
            "oldest_seconds": (now - oldest) // 1000,
            "duty": configuration.duty_of(partner),
        }
        for partner, count, oldest in work.releases.count_unanswered(
            decided_before=now - ANSWER_CLOCK_MS
        )
    ]


def overdue_further(work: UnitOfWork, configuration: Configuration, now: int) -> list[Json]:
    """Return one alarm per partner by whose hands others have it that have not answered in time."""
    return [
        {
            "partner": partner,
            "count": count,
            "oldest_seconds": (now - oldest) // 1000,
            "duty": configuration.duty_of(partner),
        }
        for partner, count, oldest in work.further.count_open(before=now - ANSWER_CLOCK_MS)
    ]


def overdue_further_now(exchange: Exchange) -> list[Json]:
    """Return the alarms about further holders of this moment."""
    with exchange.store.reading() as work:
        return overdue_further(work, exchange.configuration(work), exchange.now_ms())


def overdue_now(exchange: Exchange) -> list[Json]:
    """Return the alarms of this moment, for whoever rings the bell."""
    with exchange.store.reading() as work:
        return overdue_notices(work, exchange.configuration(work), exchange.now_ms())
