"""The journey of an envelope between two partners, through us: a carrier, who cannot open it.

Taken from its sender in the order of docs/spec/wire.md, "Carried", brought to its recipient as it
came, and kept until the recipient's receipt has passed the other way or its time is over. Only
within an operational action for which both have an agreement with us that names us as the carrier.

Stays true:
  * Bytes are carried unchanged; nothing here needs a key, and nothing is decided about content.
  * The same bytes are carried once, and again only when their sender sends them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from gateway.core.envelope import Outer, addressed
from gateway.core.errors import Unavailable
from gateway.core.receipt import MAX_RECEIPT_BYTES, MalformedReceipt, Receipt, parse
from gateway.core.retry import retry_at
from gateway.core.steps import EnvelopeRefused, PartiesWrong
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.peers import peer_of
from gateway.flow.ports import Answer, Peer, UnitOfWork
from gateway.flow.rows_carried import CarriedRow

ENVELOPE: Final = "envelope"
RECEIPT: Final = "receipt"
AT_ONCE: Final = 32
RECEIPT_KEPT_MS: Final = 30 * 86_400_000  # as long as an envelope may be delivered
_TAKEN: Final = (HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)


def action_between(one: str, other: str, configuration: Configuration, us: str) -> str | None:
    """Return the operational action within which we carry between two partners, if there is one.

    An agreement that has ended counts: what recalls a record must arrive still.
    """
    ours = [
        {
            agreement.operational_action
            for agreement in configuration.covering(partner)
            if agreement.carrier == us and agreement.operational_action
        }
        for partner in (one, other)
    ]
    known = one in configuration.cards and other in configuration.cards
    return min(ours[0] & ours[1], default=None) if known and one != other else None


def take_envelope(raw: bytes, sender: str, exchange: Exchange) -> bytes | None:
    """Make a partner's envelope for another partner durable; return the receipt if it is here.

    Raises EnvelopeRefused, also where we do not carry between these two, and QuotaReached.
    """
    outer = addressed(raw, exchange.limits.wire)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        recipient = str(outer.aud)
        action = action_between(sender, recipient, configuration, exchange.own.id)
        if str(outer.iss) != sender or action is None:
            raise PartiesWrong
        known = work.carried.get(ENVELOPE, sender, recipient, outer.digest)
        receipt = work.carried.get(RECEIPT, recipient, sender, outer.digest)
        waiting = work.carried.waiting_bytes(sender)
    if receipt is not None and receipt.wire is not None and _says_stored(receipt.wire):
        return receipt.wire  # after a refusal it is brought once more: it is examined anew
    if known is not None and known.state == "waiting":
        return None
    if waiting + len(raw) > exchange.limits.max_unopened_bytes_per_partner:
        raise CarriageFull
    refused = known is not None and known.state == "ended" and known.failures > 0
    if refused or outer.exp * 1000 <= exchange.now_ms():
        raise EnvelopeRefused("its time is over, or its recipient refused it")
    _keep(_row(outer, raw, action, exchange), known, exchange)
    return None


def _says_stored(text: bytes) -> bool:
    return parse(text).receipt.state == "stored"


class CarriageFull(Unavailable):
    """Too many bytes of this partner wait to be carried; send again later."""

    code = "quota-reached"
    retry_after_seconds = 30


def _row(outer: Outer, raw: bytes, action: str, exchange: Exchange) -> CarriedRow:
    return CarriedRow(
        kind=ENVELOPE,
        sender=str(outer.iss),
        recipient=str(outer.aud),
        digest=outer.digest,
        ep=outer.ep,
        seq=outer.seq,
        action=action,
        state="waiting",
        at=exchange.now_ms(),
        size=len(raw),
        expires_at=outer.exp * 1000,
        wire=raw,
    )


def _keep(row: CarriedRow, known: CarriedRow | None, exchange: Exchange) -> None:
    """Keep it, or have it carried once more: its sender never saw a receipt."""
    with exchange.store.writing() as work:
        fresh = (
            work.carried.add(row)
            if known is None
            else work.carried.replace(row, expect=known.state)
        )
        if fresh:
            work.ledger.add(entries([_act(row)], exchange))
            exchange.commit(work, "carry.taken")


def take_receipt(text: bytes, said: Receipt, maker: str, exchange: Exchange) -> int:
    """Keep a receipt for another partner, on its way back; return whether it is new.

    One for bytes that we did not carry is left out.
    """
    sender = str(said.aud)
    with exchange.store.reading() as work:
        row = work.carried.get(ENVELOPE, sender, maker, said.digest)
        before = work.carried.get(RECEIPT, maker, sender, said.digest)
    if row is None or str(said.iss) != maker or (before is not None and before.wire == text):
        return 0
    now = exchange.now_ms()
    receipt = replace(
        row,
        kind=RECEIPT,
        sender=maker,
        recipient=sender,
        state="waiting",
        at=now,
        size=len(text),
        expires_at=now + RECEIPT_KEPT_MS,
        failures=0,
        retry_at=0,
        wire=text,
    )
    with exchange.store.writing() as work:
        kept = (
            work.carried.add(receipt)
            if before is None
            else work.carried.replace(receipt, expect=before.state)
        )
        if not kept:
            return 0
        # A refusal leaves the envelope with its sender, who sends it again or not.
        work.carried.replace(replace(row, state="ended", failures=0, wire=None), expect=row.state)
        work.ledger.add(entries([_act(receipt)], exchange))
        exchange.commit(work, "carry.receipt")
    return 1


def carry(partner: str, lease: Lease, exchange: Exchange) -> int:
    """Bring to `partner` what waits for it of others; return how much it took.

    Stops at the first that it does not take: what comes after waits as well.
    """
    with exchange.store.reading() as work:
        peer = peer_of(partner, exchange.configuration(work))
        rows = work.carried.due(partner, now_ms=exchange.now_ms(), limit=AT_ONCE)
    taken = 0
    for row in rows if peer else ():
        if peer is None or row.wire is None:
            break
        answer = _bring(row, row.wire, peer, exchange)
        if not _note(row, answer, lease, exchange):
            break
        taken += 1
    return taken


def _bring(row: CarriedRow, wire: bytes, peer: Peer, exchange: Exchange) -> Answer | None:
    try:
        if row.kind == RECEIPT:
            return exchange.transport.post_receipts(peer, [wire])
        return exchange.transport.deliver(peer, wire, wait_seconds=0)
    except Unavailable:
        return None


def _note(row: CarriedRow, answer: Answer | None, lease: Lease, exchange: Exchange) -> bool:
    """Write down what became of it; return whether the recipient took it, or said that it won't."""
    taken = answer is not None and answer.status in _TAKEN
    refused = answer is not None and answer.status == HTTPStatus.BAD_REQUEST
    if taken:
        wire = row.wire if row.kind == RECEIPT else None
        after = replace(row, state="carried", failures=0, wire=wire)
    elif refused:
        after = replace(row, state="ended", failures=row.failures + 1, wire=None)
    else:
        again = retry_at(
            exchange.now_ms(),
            row.failures,
            exchange.entropy.bytes(8),
            exchange.pauses,
            answer.retry_after_seconds if answer else None,
        )
        after = replace(row, failures=row.failures + 1, retry_at=again)
    with exchange.store.writing() as work:
        lease.demand(work)
        if work.carried.replace(after, expect="waiting") and (taken or refused):
            work.ledger.add(entries([_act(after)], exchange))
        exchange.commit(work, "carry")
    if taken and answer is not None and row.kind == ENVELOPE and answer.body:
        _pass_back(answer.body, row.recipient, exchange)
    return taken or refused


def _pass_back(text: bytes, maker: str, exchange: Exchange) -> None:
    """Keep the receipt with which the recipient answered, if it is one."""
    if len(text) > MAX_RECEIPT_BYTES:
        return
    try:
        said = parse(text).receipt
    except MalformedReceipt:
        return
    take_receipt(text, said, maker, exchange)


def end_over(rows: Sequence[CarriedRow], work: UnitOfWork) -> int:
    """End what has had its time; return how many it were."""
    return sum(
        work.carried.replace(replace(row, state="ended", wire=None), expect=row.state)
        for row in rows
    )


def _act(row: CarriedRow) -> Act:
    return (
        "carried",
        {
            "kind": row.kind,
            "partner": row.sender,
            "recipient": row.recipient,
            "ep": row.ep,
            "seq": row.seq,
            "digest": row.digest,
            "action": row.action,
            "state": "refused" if row.state == "ended" else row.state,
        },
    )
