"""How much left for each partner in the last 24 hours: what R-19 compares with its limit.

Counted per partner, submitting organisation and purpose, so that a bulk in many pieces is one. An
organisation's machines count together: which of them sends a piece makes no difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.core.moments import DAY_MS
from gateway.flow.exchange import Exchange

NONE_LEFT: Mapping[str, int] = MappingProxyType({})


@dataclass(slots=True)
class Tally:
    """Counts by partner and organisation, then purpose; they grow while a batch is decided on."""

    limit: int
    until: int | None = None  # when the first that was counted is older than a day
    _left: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    @classmethod
    def load(cls, partners: Iterable[str], batch: int, now_ms: int, exchange: Exchange) -> Tally:
        """Count what left for these partners; `batch` more may follow in this go.

        Nothing is counted one by one while all of it together stays below the limit.
        """
        tally = cls(exchange.limits.bulk_records)
        least = max(1, tally.limit - batch)
        firsts = []
        with exchange.store.reading() as work:
            for partner in partners:
                for org, purpose, count, first in work.releases.left_since(
                    partner, now_ms - DAY_MS, least=least
                ):
                    tally._of(partner, org)[purpose] = count
                    firsts.append(first)
        tally.until = min(firsts, default=now_ms) + DAY_MS
        return tally

    def _of(self, partner: str, org: str) -> dict[str, int]:
        return self._left.setdefault((partner, org), defaultdict(int))

    def left(self, partner: str, org: str) -> Mapping[str, int]:
        """Return by purpose what left for `partner` from `org`, this batch so far included."""
        return self._left.get((partner, org), NONE_LEFT)

    def count(self, partner: str, org: str, purpose: str | None) -> None:
        """Count one more that may go."""
        if purpose is not None:
            self._of(partner, org)[purpose] += 1
