"""The journey of a partner's receipts: only they end the waiting of an envelope.

Receipts come as answers to `relay`, by the partner's POST, or from `fetch`. Idempotent: the same
receipt twice does one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.core import receipt as receipts
from gateway.core.errors import GatewayError
from gateway.core.lifecycle import step
from gateway.core.receipt import Receipt, Sent
from gateway.core.retry import is_stalled, retry_at
from gateway.core.statement import parse, parse_payload
from gateway.flow.acts import Act, entries
from gateway.flow.carry import take_receipt
from gateway.flow.exchange import Exchange
from gateway.flow.partners import prove_sealing_key
from gateway.flow.peers import carrier_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import EnvelopeRow, ReceiptRow


def acknowledge(texts: Sequence[bytes], partner: str, exchange: Exchange) -> int:
    """Take receipts from `partner`; return how many said something new.

    A receipt for an envelope we never sent it is left out. Raises a class of `core.receipt` for
    one that is malformed or not signed by the partner's keys; the others of the call still count.
    """
    news = 0
    first_fault: GatewayError | None = None
    for text in texts:
        try:
            news += _one(text, partner, exchange)
        except (receipts.ReceiptRefused, receipts.MalformedReceipt) as fault:
            first_fault = first_fault or fault
    if first_fault is not None:
        raise first_fault
    return news


def _one(text: bytes, partner: str, exchange: Exchange) -> int:
    parsed = receipts.parse(text)
    claimed = parsed.receipt.digest
    if parsed.receipt.aud != exchange.own.id:
        return take_receipt(text, parsed.receipt, partner, exchange)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        if carrier_of(parsed.receipt.iss, configuration) == partner:
            partner = parsed.receipt.iss
        ring = configuration.rings.get(partner)
        row = work.envelopes.by_digest(partner, [claimed]).get(claimed)
        before = work.envelopes.receipt(partner, "got", claimed)
    if row is None or ring is None or (before is not None and before.text == text):
        return 0
    sent = Sent(partner=partner, us=exchange.own.id, ep=row.ep, seq=row.seq, digest=row.digest)
    said = receipts.check(parsed, sent, ring, exchange.now_ms() // 1000)
    with exchange.store.writing() as work:
        current = work.envelopes.get(row.id)
        if current is None or current.state in ("stored", "closed"):
            return 0
        work.envelopes.add_receipts(
            [
                ReceiptRow(
                    partner=partner,
                    direction="got",
                    number=0,
                    digest=said.digest,
                    ep=said.ep,
                    seq=said.seq,
                    text=text,
                    state="delivered",
                )
            ]
        )
        act = (
            _stored(current, said, work, exchange)
            if said.state == "stored"
            else _refused(current, work, exchange)
        )
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "acknowledge")
    return 1


def _stored(row: EnvelopeRow, said: Receipt, work: UnitOfWork, exchange: Exchange) -> Act:
    now = exchange.now_ms()
    if row.state in ("sealed", "handed"):
        state = step("envelope", "handed", "receipt")
        work.envelopes.replace(
            [replace(row, state=state, stored_at=now, marked=None)], expect=[row.state]
        )
        if row.kind == "key-notice":
            sealed_to = parse_payload(parse(row.statement).payload).rk
            prove_sealing_key(row.partner, sealed_to, work)
        releases = [one for one in work.releases.of_envelope(row.id) if one.state == "sealed"]
        work.releases.replace(
            [replace(one, state=step("release", "sealed", "receipt")) for one in releases],
            expect="sealed",
        )
    channel = work.envelopes.channel(row.partner, "out")
    upto = max(channel.upto, said.upto) if said.ep == channel.ep else channel.upto
    work.envelopes.put_channel(
        replace(channel, upto=upto, heard_at=now, failures=0, retry_at=0), expect=None
    )
    return ("receipt", _fields(row, "stored"))


def _refused(row: EnvelopeRow, work: UnitOfWork, exchange: Exchange) -> Act:
    now = exchange.now_ms()
    refusals = row.refusals + 1
    work.envelopes.replace(
        [replace(row, refusals=refusals, answered_at=None)], expect=["sealed", "handed"]
    )
    channel = work.envelopes.channel(row.partner, "out")
    channel = replace(
        channel,
        heard_at=now,
        failures=channel.failures + 1,
        retry_at=retry_at(now, channel.failures, exchange.entropy.bytes(8), exchange.pauses, None),
    )
    if channel.state == "open" and is_stalled(refusals, exchange.limits.refusals_until_stalled):
        channel = replace(channel, state=step("channel", "open", "stall"))
    work.envelopes.put_channel(channel, expect=None)
    return ("receipt", _fields(row, "refused"))


def _fields(row: EnvelopeRow, state: str) -> dict[str, object]:
    return {
        "partner": row.partner,
        "ep": row.ep,
        "seq": row.seq,
        "digest": row.digest,
        "state": state,
    }
