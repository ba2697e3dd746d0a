"""What pages need of the store that no journey does: the newest first, by what people filter on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows import EnvelopeRow, ReleaseRow


class DeliveryStore(Protocol):
    """Envelopes and releases as people look through them."""

    def latest(
        self,
        *,
        partner: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        since: str = "",
        before: str = "",
        limit: int,
    ) -> Sequence[EnvelopeRow]:
        """Deliveries with since <= id < `before` (empty: any), newest first; wires are absent."""

    def stopped(self, org: str, partner: str, *, before: str, limit: int) -> Sequence[ReleaseRow]:
        """Held and refused releases of an organisation's records, newest first."""
