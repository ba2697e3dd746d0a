"""The journey of our receipts to a partner that listens: make sure it learns what we have."""

from __future__ import annotations

from http import HTTPStatus

from gateway.flow.exchange import Exchange
from gateway.flow.peers import peer_of

MAX_RECEIPTS = 500


def answer(partner: str, exchange: Exchange) -> int:
    """Bring undelivered receipts to `partner`; return how many it took.

    A partner without endpoints fetches them instead (`offer.receipts`). Raises Unavailable when
    the partner cannot be reached; they stay undelivered.
    """
    with exchange.store.reading() as work:
        peer = peer_of(partner, exchange.configuration(work))
        rows = work.envelopes.undelivered(partner, limit=MAX_RECEIPTS) if peer else []
    if peer is None or not rows:
        return 0
    said = exchange.transport.post_receipts(peer, [row.text for row in rows])
    if said.status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED):
        return 0
    with exchange.store.writing() as work:
        work.envelopes.delivered(partner, [row.number for row in rows])
        exchange.commit(work, "answer")
    return len(rows)
