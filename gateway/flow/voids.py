"""What a void does: a partner's fills a place here, ours gives back what the envelope held."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.bodies import VoidItem
from gateway.core.lifecycle import step
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ArrivalRow, EnvelopeRow
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


def free(gone: EnvelopeRow, work: UnitOfWork) -> None:
    """Give back what a voided envelope held: releases are due again, or stay withdrawn."""
    held = work.releases.of_envelope(gone.id)
    over = {
        (row.id, row.version)
        for row in work.records.get([(release.record, release.version) for release in held])
        if row.state in ("superseded", "recalled", "erased")
    }
    for release in held:
        if release.state != "sealed":
            continue
        freed = replace(release, state=step("release", "sealed", "void"), envelope=None)
        if not release.notice and (release.record, release.version) in over:
            freed = replace(freed, state=step("release", freed.state, "withdraw"))
        work.releases.replace([freed], expect="sealed")
    work.envelopes.seal_verdicts([row.id for row in work.envelopes.verdicts_of(gone.id)], None)
    work.further.put([replace(row, envelope=None) for row in work.further.said_in(gone.id)])
