"""How far a file has come whose pieces are pushed under one name: counts, no content.

Each piece is a submission of its own; the name (`Bulk`) is all that they have in common here. It is
the client's own word: another client's bulk of the same name is another one.

Stays true:
  * A piece that is pushed again and answered as before is counted once; one that was read anew
    counts by its newer outcomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client
from gateway.flow.outcome import Outcome
from gateway.flow.rows import BulkRow, IdempotencyRow

OUTCOMES: Final = ("stored", "duplicate", "conflict", "quarantined", "refused")


def counted(
    client: str,
    piece: tuple[str, str],
    outcomes: Sequence[Outcome],
    before: IdempotencyRow | None,
    exchange: Exchange,
) -> BulkRow:
    """Return what a piece (name of the bulk, key) adds; `before` is its answer until now."""
    counts = Counter(one.state for one in outcomes)
    if before is not None:
        counts.subtract(str(one["state"]) for one in before.answer["outcomes"])
    now = exchange.now_ms()
    name, key = piece
    return BulkRow(
        client=client,
        name=name,
        pieces=0 if before is not None else 1,
        **{state: counts[state] for state in OUTCOMES},
        last_key=key,
        last_at=now,
        expires=now + exchange.limits.idempotency_seconds * 1000,
    )


def bulk_view(name: str, client: Client, exchange: Exchange) -> Mapping[str, Any]:
    """Return how far the client's own bulk of this name has come. Raises NotFound."""
    with exchange.store.reading() as work:
        row = work.bulk(client.name, name)
    if row is None or row.expires <= exchange.now_ms():
        raise NotFound
    return {
        "name": row.name,
        "pieces": row.pieces,
        "counts": {state: getattr(row, state) for state in OUTCOMES},
        "last_piece": row.last_key,
        "last_at": row.last_at,
    }
