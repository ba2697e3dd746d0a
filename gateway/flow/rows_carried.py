"""The row of what a carrier takes from one partner to another: sealed, and not for us."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedRow:
    """An envelope or a receipt on its way through us. `ended`: its bytes are gone, or of no use.

    For a receipt, `digest` is that of the envelope it is about, and `sender` is who made it.
    """

    kind: str  # envelope | receipt
    sender: str
    recipient: str
    digest: str
    ep: int
    seq: int
    action: str  # the operational action within which it is carried
    state: str  # waiting | carried | ended
    at: int
    size: int
    expires_at: int
    failures: int = 0
    retry_at: int = 0
    wire: bytes | None = field(default=None, repr=False)
