"""The journey of a partner that pulls: its mailbox, and our receipts for what it sent.

Reading ends nothing: only a receipt does. The first time an envelope is given out it becomes
`handed`, in a commit before its first byte leaves; an empty poll writes nothing.

Ruled by docs/spec/wire.md, "HTTP between gateways".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from gateway.core.errors import Conflict, Forbidden
from gateway.core.record import compact
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.rows import EnvelopeRow
from keys.suite import digest

MAX_ENVELOPES = 32
MAX_RECEIPTS = 500


class PlaceNeverReached(Conflict):
    """The caller says it has a place that we never gave out: one of us lost its memory."""

    code: ClassVar[str] = "place-never-reached"
    advice: ClassVar[str] = "Compare both channels; whoever was restored starts a new ep."


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One page of what waits: its head line and the envelopes, oldest first."""

    head: dict[str, object]
    envelopes: list[bytes]
    etag: str


def mailbox(partner: str, iss: str, ep: int, after: int, limit: int, exchange: Exchange) -> Mailbox:
    """Give out up to `limit` envelopes of `ep` above the place `after`.

    A caller that knows an older `ep` (0: none) is answered from the start of ours. Raises
    Forbidden if `iss` is not us, PlaceNeverReached.
    """
    if iss != exchange.own.id:
        raise Forbidden("this mailbox holds only what we sent ourselves")
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        channel = work.envelopes.channel(partner, "out")
        if ep > channel.ep or (ep == channel.ep and after > channel.last_seq):
            raise PlaceNeverReached
        start = after if ep == channel.ep else 0
        found = work.envelopes.open_after(
            partner, channel.ep, start, limit=max(1, min(limit, MAX_ENVELOPES))
        )
        epoch = work.config.epoch()
    ready = [row for row in found if row.wire and may_go(row, epoch, now)]
    first_time = [row for row in ready if row.state == "sealed"]
    if first_time:
        ready = _hand_over(partner, ready, first_time, epoch, exchange)
    envelopes = [row.wire for row in ready if row.wire]
    head: dict[str, object] = {
        "ep": channel.ep,
        "from": ready[0].seq if ready else start,
        "to": ready[-1].seq if ready else start,
        "count": len(envelopes),
        "last": channel.last_seq,
    }
    etag = digest(compact([head, [row.digest for row in ready]]))
    return Mailbox(head, envelopes, etag)


def may_go(row: EnvelopeRow, epoch: int, now: int) -> bool:
    """Return whether the decisions inside still hold, without opening it.

    Two comparisons instead of deciding again: the epoch, and the first moment at which time
    alone could change them.
    """
    if row.marked or row.expires_at <= now:
        return False
    if row.kind in ("notice", "verdict", "void", "key-notice"):  # these carry no records
        return True
    return row.epoch == epoch and (row.until is None or row.until > now)


def _hand_over(
    partner: str,
    ready: list[EnvelopeRow],
    first_time: list[EnvelopeRow],
    epoch: int,
    exchange: Exchange,
) -> list[EnvelopeRow]:
    """Commit `handed` for those given out for the first time; drop what changed meanwhile."""
    now = exchange.now_ms()
    gone: set[str] = set()
    with exchange.store.writing() as work:
        work.demand_epoch(epoch)
        acts: list[Act] = []
        for row in first_time:
            handed = replace(row, state="handed", handed_at=now)
            if work.envelopes.replace([handed], expect=["sealed"]):
                place = {"partner": partner, "ep": row.ep, "seq": row.seq, "digest": row.digest}
                acts.append(("handed", place))
            else:
                current = work.envelopes.get(row.id)
                if current is None or current.state != "handed" or not may_go(current, epoch, now):
                    gone.add(row.id)
                    continue
            work.releases.hand_out(row.id)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "offer")
    return [row for row in ready if row.id not in gone]


def receipts(partner: str, after: int, exchange: Exchange) -> list[bytes]:
    """Give out our receipts for what `partner` sent, numbered above `after`, one JSON line each.

    Each line is ``{"number":N,"receipt":…}``. What lies at or below `after` has arrived: it is
    marked delivered.
    """
    with exchange.store.reading() as work:
        rows = work.envelopes.receipts_after(partner, "made", after, limit=MAX_RECEIPTS)
        waiting = work.envelopes.undelivered(partner, limit=MAX_RECEIPTS)
    arrived = [row.number for row in waiting if row.number <= after]
    if arrived:
        with exchange.store.writing() as work:
            work.envelopes.delivered(partner, arrived)
            exchange.commit(work, "offer")
    return [b'{"number":%d,"receipt":%s}' % (row.number, row.text) for row in rows]
