"""The journey of what has had its time: bytes go, digests and proofs stay.

Records, restrictions and consents at their date, envelope bytes 72 hours after the receipt,
originals at their date, remembered answers after a day, sessions of people, disclosures (and whom
they were about) after years.
Works in batches, so that a start after a long stop catches up without a long transaction.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.ids import first_of
from gateway.core.lifecycle import may, step
from gateway.flow.acts import Act, entries
from gateway.flow.carry import end_over
from gateway.flow.consented import end_expired
from gateway.flow.exchange import Exchange
from gateway.flow.expire_records import end_restrictions, erase_due
from gateway.flow.lease import Lease
from gateway.flow.sign_in import forget_sessions

BATCH = 200


def expire(lease: Lease, exchange: Exchange) -> int:
    """Let go of one batch of each kind; return how many things went."""
    now = exchange.now_ms()
    followed = erase_due(lease, exchange) + end_restrictions(lease, exchange)
    followed += end_expired(lease, exchange) + forget_sessions(exchange, BATCH)
    with exchange.store.reading() as work:
        closing = work.envelopes.to_close(
            stored_before=now - exchange.limits.closed_envelope_seconds * 1000, limit=BATCH
        )
        originals = work.records.expired_originals(now_ms=now, limit=BATCH)
        over = work.carried.over(now_ms=now, limit=BATCH)
    with exchange.store.writing() as work:
        lease.demand(work)
        closed = work.envelopes.replace(
            [replace(row, state=step("envelope", row.state, "close")) for row in closing],
            expect=["stored"],
        )
        for row in originals:
            event = "expire" if may("original", row.state, "expire") else "discard"
            state = step("original", row.state, event)
            work.records.set_original(replace(row, state=state, content=None, data_key=None))
        work.records.erase_data_keys([row.data_key for row in originals if row.data_key])
        forgotten = work.forget(expired_before=now, limit=BATCH)
        oldest = first_of(now - exchange.limits.disclosure_seconds * 1000)
        disclosures = work.disclosures.forget(before=oldest, limit=BATCH)
        gone = (
            *(("envelope", closed), ("original", len(originals))),
            ("disclosure", disclosures),  # and whom they were about
            ("carried", end_over(over, work)),
        )
        acts: list[Act] = [
            ("expired", {"kind": kind, "count": count}) for kind, count in gone if count
        ]
        # Nothing leaves the quarantine silently: each one is named, not only counted.
        acts += [
            ("discarded", {"original": row.id, "by": "retention"})
            for row in originals
            if row.state == "quarantined"
        ]
        if closed or originals or forgotten or disclosures or over:
            work.ledger.add(entries(acts, exchange))
            exchange.commit(work, "expire")
    return followed + closed + len(originals) + forgotten + disclosures + len(over)
