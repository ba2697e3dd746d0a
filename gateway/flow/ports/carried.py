"""What the journeys of a carrier need of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_carried import CarriedRow


class CarriedStore(Protocol):
    """Envelopes and receipts of partners, on their way to other partners."""

    def add(self, row: CarriedRow) -> bool:
        """Insert; False if the same is there."""

    def get(self, kind: str, sender: str, recipient: str, digest: str) -> CarriedRow | None:
        """One, with its bytes."""

    def due(self, recipient: str, *, now_ms: int, limit: int) -> Sequence[CarriedRow]:
        """Waiting ones for a partner whose `retry_at` has come, oldest first."""

    def replace(self, row: CarriedRow, *, expect: str) -> bool:
        """Write state, failures, retry_at and bytes if it is in that state; whether it was."""

    def waiting_bytes(self, sender: str) -> int:
        """Bytes of what waits from this partner."""

    def over(self, *, now_ms: int, limit: int) -> Sequence[CarriedRow]:
        """Those not ended whose `expires_at` is not after that moment."""
