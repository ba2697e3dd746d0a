"""What a partner's void does here: a place that will never be delivered is filled."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.bodies import VoidItem
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ArrivalRow
from gateway.flow.take_in import VOIDED


def fill(void: VoidItem, arrival: ArrivalRow, work: UnitOfWork, exchange: Exchange) -> None:
    """Count a voided place as filled: nothing more is taken for it.

    A void undoes nothing that is held already: an envelope opened before stays opened, and the
    statement in it, whatever place the void names for it.
    """
    if work.arrivals.at_place(arrival.partner, arrival.ep, void.seq) is not None:
        return
    row = ArrivalRow(
        id=exchange.new_id(),
        partner=arrival.partner,
        digest=void.digest,
        ep=arrival.ep,
        seq=void.seq,
        wire=None,
        state="opened",
        arrived_at=exchange.now_ms(),
        size=0,
        step=VOIDED,
    )
    if work.arrivals.add(row):
        return
    waiting = work.arrivals.by_digest(arrival.partner, void.digest)
    if waiting is not None and waiting.state != "opened":
        # It had arrived and waits, or was refused: now it never opens.
        work.arrivals.replace(replace(row, id=waiting.id), expect=waiting.state)
