"""The journey of sealed bytes to a partner that listens.

The same bytes, oldest first, until a receipt ends it. `handed` is committed before the first byte
leaves, since from then on the partner may have them. A partner that hangs or refuses holds up
its own channel only.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from gateway.core.errors import Unavailable
from gateway.core.lifecycle import step
from gateway.core.masking import masked
from gateway.core.retry import LONGEST_PAUSE, is_stalled, retry_at
from gateway.flow.acknowledge import acknowledge
from gateway.flow.acts import entries
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.offer import may_go
from gateway.flow.peers import peer_of
from gateway.flow.ports import Answer, Peer
from gateway.flow.rows import AttemptRow, EnvelopeRow

RECEIPT_OVERDUE_MS = 15 * 60 * 1000
TRIES_PER_RUN = 32


def relay(partner: str, lease: Lease, exchange: Exchange, *, wait_seconds: int = 0) -> int:
    """Send what is sealed for `partner`; return how many envelopes it took.

    Stops at the first that the partner does not take: its channel then waits until `retry_at`.
    With `wait_seconds` the partner is asked to answer with the receipt itself.
    """
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        channel = work.envelopes.channel(partner, "out")
        peer = peer_of(partner, configuration)
        if peer is None or channel.state != "open" or channel.retry_at > now:
            return 0
        waiting = work.envelopes.to_send(
            partner, answered_before=now - RECEIPT_OVERDUE_MS, limit=TRIES_PER_RUN
        )
    taken = 0
    for row in waiting:
        if not may_go(row, configuration.epoch, now):
            break  # it waits for `reconsider`
        handed: EnvelopeRow | None = row
        if row.state == "sealed":
            handed = _hand_over(row, configuration.epoch, lease, exchange)
        if handed is None or not _send(handed, peer, lease, exchange, wait_seconds):
            break
        taken += 1
    return taken


def _hand_over(
    row: EnvelopeRow, epoch: int, lease: Lease, exchange: Exchange
) -> EnvelopeRow | None:
    """Commit that the bytes may be at the partner from now on; None if they may go no more."""
    now = exchange.now_ms()
    handed = replace(row, state=step("envelope", "sealed", "hand"), handed_at=now)
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(epoch)
        if not work.envelopes.replace([handed], expect=["sealed"]):
            return None  # marked, or to be decided on again
        work.releases.hand_out(row.id)
        place = {"partner": row.partner, "ep": row.ep, "seq": row.seq, "digest": row.digest}
        work.ledger.add(entries([("handed", place)], exchange))
        exchange.commit(work, "relay.handed")
    return handed


def _send(
    row: EnvelopeRow, peer: Peer, lease: Lease, exchange: Exchange, wait_seconds: int
) -> bool:
    """Send once and write down what came of it; return whether the partner took the bytes."""
    if row.wire is None:
        return False
    begun = exchange.now_ms()
    answer: Answer | None
    try:
        answer = exchange.transport.deliver(peer, row.wire, wait_seconds=wait_seconds)
        outcome = str(answer.status)
    except Unavailable as error:
        answer, outcome = None, error.code
    exchange.reach("relay.sent")
    attempt = AttemptRow(
        envelope=row.id,
        at=begun,
        milliseconds=exchange.now_ms() - begun,
        outcome=outcome,
        headers=None if answer is None or answer.headers is None else masked(answer.headers),
    )
    taken = answer is not None and answer.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED)
    refused = answer is not None and answer.status == HTTPStatus.BAD_REQUEST
    _note(row, attempt, answer, lease, exchange, taken=taken, refused=refused)
    if answer is not None and answer.status == HTTPStatus.OK and answer.body:
        acknowledge([answer.body], row.partner, exchange)
    return taken


def _note(
    row: EnvelopeRow,
    attempt: AttemptRow,
    answer: Answer | None,
    lease: Lease,
    exchange: Exchange,
    *,
    taken: bool,
    refused: bool,
) -> None:
    now = exchange.now_ms()
    with exchange.store.writing() as work:
        lease.demand(work)
        work.envelopes.add_attempt(attempt)
        channel = work.envelopes.channel(row.partner, "out")
        current = work.envelopes.get(row.id) or row
        refusals = current.refusals + refused
        current = replace(
            current, refusals=refusals, answered_at=now if taken else current.answered_at
        )
        work.envelopes.replace([current], expect=["handed"])
        if taken:
            channel = replace(channel, failures=0, retry_at=0, heard_at=now)
        else:
            # A partner that has not entered its agreement with us yet refuses our introduction.
            # That passes, and holds up nothing, since nothing else goes before it. A refusal that
            # comes again and again is not mended by asking soon: the partner's own word ends it.
            introducing = row.kind == "key-notice" and channel.upto == 0
            stalled = is_stalled(refusals, exchange.limits.refusals_until_stalled)
            channel = replace(
                channel,
                failures=channel.failures + 1,
                retry_at=retry_at(
                    now,
                    LONGEST_PAUSE if stalled else channel.failures,
                    exchange.entropy.bytes(8),
                    exchange.pauses,
                    answer.retry_after_seconds if answer else None,
                ),
            )
            if stalled and not introducing:
                channel = replace(channel, state=step("channel", channel.state, "stall"))
                said = {"partner": row.partner, "event": "stalled", "by": "gateway"}
                work.ledger.add(entries([("channel", said)], exchange))
        work.envelopes.put_channel(channel, expect=None)
        exchange.commit(work, "relay.noted")
