"""Ledger rows for the acts of a journey, written in the act's own commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.ledger import entry, leaf
from gateway.flow.exchange import Exchange
from gateway.flow.rows import LedgerRow

Act = tuple[str, Mapping[str, Any]]  # the act's name in `core.ledger.ACTS`, and its fields


def entries(acts: Sequence[Act], exchange: Exchange) -> list[LedgerRow]:
    """Return one ledger row per act, each with a fresh salt; positions come with `checkpoint`."""
    now = exchange.now_ms()
    rows = []
    for act, fields in acts:
        written = entry(act, now, **fields)
        salt = exchange.entropy.bytes(32)
        rows.append(
            LedgerRow(
                id=exchange.new_id(),
                act=act,
                entry=written,
                salt=salt,
                leaf=leaf(salt, written),
                at=now,
            )
        )
    return rows
