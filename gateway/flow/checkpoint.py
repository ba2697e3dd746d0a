"""The journey of the ledger: entries get their place in the tree; the tree head is signed.

Places are given by one job, within a second of the act: taken inside the act they would make all
writers wait for each other's disk. Nothing scans: the frontier of full subtrees is kept.
"""

from __future__ import annotations

from gateway.core import ledger
from gateway.core.ledger import Checkpoint, NoteSignature, note_key_id
from gateway.core.merkle import Frontier
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.rows import CheckpointRow
from keys.jws import ToSign

BATCH = 2_000


def place_entries(lease: Lease, exchange: Exchange) -> int:
    """Give the next positions to entries without one, in order of id; return how many."""
    with exchange.store.reading() as work:
        if not work.ledger.unplaced(limit=1):
            return 0
    with exchange.store.writing() as work:
        rows = work.ledger.unplaced(limit=BATCH)
        lease.demand(work)
        start = work.ledger.size()
        work.ledger.place({row.id: start + offset for offset, row in enumerate(rows)})
        exchange.commit(work, "checkpoint.placed")
    return len(rows)


def checkpoint(lease: Lease, exchange: Exchange) -> CheckpointRow | None:
    """Sign the head of the tree as placed; None if it has not grown since the last one."""
    with exchange.store.reading() as work:
        last = work.ledger.latest()
        frontier = Frontier(last.size, tuple(last.frontier)) if last else Frontier(0, ())
        size = work.ledger.size()
    while frontier.size < size:
        with exchange.store.reading() as work:
            rows = work.ledger.page(after=frontier.size - 1, limit=BATCH)
        frontier = frontier.grown([row.leaf for row in rows])
    if (last is not None and frontier.size == last.size) or frontier.size == 0:
        return None
    row = _signed(frontier, exchange)
    with exchange.store.writing() as work:
        lease.demand(work)
        work.ledger.add_checkpoint(row)
        exchange.commit(work, "checkpoint")
    return row


def _signed(frontier: Frontier, exchange: Exchange) -> CheckpointRow:
    now = exchange.now_ms()
    head = Checkpoint(exchange.own.id, frontier.size, frontier.root())
    body = ledger.body(head)
    signer = exchange.agent.signers(now // 1000)[0]  # Ed25519, as signed notes want it
    (signature,) = exchange.agent.sign([[ToSign(signer.kid, body)]])[0]
    public = next(key.key.raw for key in exchange.agent.public_keys() if key.key.kid == signer.kid)
    note = ledger.lay_out(
        head,
        [NoteSignature(exchange.own.id, note_key_id(exchange.own.id, public), signature)],
    )
    return CheckpointRow(
        size=frontier.size, root=frontier.root(), frontier=list(frontier.roots), note=note, at=now
    )
