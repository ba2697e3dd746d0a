"""The journey of a partner's envelope to the disk: public steps only, then 202.

Steps (1) to (9) of docs/spec/wire.md, "Receiving": nothing here needs a private key, so the time of
an answer tells nothing about the content. Opening is `open_arrivals`'s, in the worker.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from gateway.core.envelope import Reception, Sender, examine
from gateway.core.errors import TooLarge, Unavailable
from gateway.core.lifecycle import step
from gateway.core.steps import EnvelopeRefused, PartiesWrong
from gateway.flow.acts import Act, entries
from gateway.flow.carry import take_envelope
from gateway.flow.configuration import REACHED, Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.park import PARKED
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ArrivalRow
from keys.suite import digest

VOIDED = "voided"  # the `step` of an arrival row that only holds a voided place


class QuotaReached(Unavailable):
    """Too many bytes of this partner wait to be opened; send again later."""

    code: ClassVar[str] = "quota-reached"
    retry_after_seconds: ClassVar[int] = 30


@dataclass(frozen=True, slots=True)
class Taken:
    """waiting: the bytes are durable. receipted: here is the receipt. refused: see `incident`."""

    state: str
    receipt: bytes | None = None
    incident: str | None = None


def take_in(raw: bytes, peer: str, exchange: Exchange) -> Taken:
    """Make an envelope that `peer` brings durable, or say why not.

    Its sender is the peer, or somebody whom the peer carries for; one for another partner is ours
    to carry, or refused. Idempotent by digest: waiting bytes are still waiting, opened ones get
    their stored receipt, refused ones are examined anew. Raises TooLarge and QuotaReached.
    """
    if len(raw) > exchange.limits.wire.max_envelope_bytes:  # (1)
        raise TooLarge(f"an envelope has at most {exchange.limits.wire.max_envelope_bytes} bytes")
    fingerprint = digest(raw)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        held = _held(peer, fingerprint, work)
    if held.taken is not None:  # (2)
        return held.taken
    try:
        _demand_not_voided(held.known)
        outer = examine(raw, reception(peer, configuration, exchange), exchange.limits.wire)
        if outer.iss != peer:  # it came by a carrier: what is known of it is known of its sender
            with exchange.store.reading() as work:
                held = _held(outer.iss, fingerprint, work)
            _demand_not_voided(held.known)
    except PartiesWrong as refusal:
        return _carried(raw, peer, fingerprint, refusal, exchange)
    except EnvelopeRefused as refusal:  # (3) to (9)
        return _refuse(peer, fingerprint, refusal, exchange)
    if held.taken is not None:
        return held.taken
    if held.waiting_bytes + len(raw) > exchange.limits.max_unopened_bytes_per_partner:
        raise QuotaReached
    row = ArrivalRow(
        id=exchange.new_id(),
        partner=outer.iss,
        digest=fingerprint,
        ep=outer.ep,
        seq=outer.seq,
        wire=raw,
        state="arrived",
        arrived_at=exchange.now_ms(),
        size=len(raw),
    )
    _keep(row, held.known, exchange)
    return Taken("waiting")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is here of a sender's bytes, and the answer if that settles it."""

    known: ArrivalRow | None
    waiting_bytes: int
    taken: Taken | None = None


def _held(partner: str, fingerprint: str, work: UnitOfWork) -> _Held:
    known = work.arrivals.by_digest(partner, fingerprint)
    receipt = work.envelopes.receipt(partner, "made", fingerprint)
    taken: Taken | None = None
    if known is not None and known.state in ("arrived", PARKED):
        taken = Taken("waiting")
    elif known is not None and known.state == "opened" and receipt is not None:
        taken = Taken("receipted", receipt.text)
    return _Held(known, work.arrivals.unopened_bytes(partner), taken)


def _carried(
    raw: bytes, peer: str, fingerprint: str, refusal: EnvelopeRefused, exchange: Exchange
) -> Taken:
    """Take an envelope that is for another partner, if we carry between the two."""
    try:
        receipt = take_envelope(raw, peer, exchange)
    except EnvelopeRefused:
        return _refuse(peer, fingerprint, refusal, exchange)
    return Taken("waiting") if receipt is None else Taken("receipted", receipt)


def _demand_not_voided(known: ArrivalRow | None) -> None:
    """Raise EnvelopeRefused for bytes whose place the sender has voided: nothing comes of them."""
    if known is not None and known.step == VOIDED:
        raise EnvelopeRefused("this place was voided")


def _keep(row: ArrivalRow, known: ArrivalRow | None, exchange: Exchange) -> None:
    act: Act = (
        "arrived",
        {"partner": row.partner, "ep": row.ep, "seq": row.seq, "digest": row.digest},
    )
    with exchange.store.writing() as work:
        if known is None:
            fresh = work.arrivals.add(row)
        else:
            again = replace(row, id=known.id, state=step("arrival", "refused", "arrive"), step=None)
            fresh = work.arrivals.replace(again, expect="refused")
        if fresh:  # else the same bytes came in twice at once: one of them is enough
            work.ledger.add(entries([act], exchange))
            exchange.commit(work, "take_in")


def _refuse(partner: str, fingerprint: str, refusal: EnvelopeRefused, exchange: Exchange) -> Taken:
    """Tell the partner only an incident number; the step goes to our ledger."""
    incident = exchange.entropy.bytes(12).hex()
    fields = {
        "partner": partner,
        "digest": fingerprint,
        "step": refusal.code,
        "incident": incident,
    }
    with exchange.store.writing() as work:
        work.ledger.add(entries([("arrival_refused", fields)], exchange))
        exchange.commit(work, "take_in.refused")
    return Taken("refused", incident=incident)


def reception(partner: str, configuration: Configuration, exchange: Exchange) -> Reception:
    """Return what the public steps need to know of this peer and of us."""
    now = exchange.now_ms() // 1000
    return Reception(
        peer=partner,
        us=exchange.own.id,
        partners={
            id_: Sender(
                suite=row.suite,
                agreement=bool(configuration.covering(id_)),
                carriers=frozenset(
                    agreement.carrier
                    for agreement in configuration.covering(id_)
                    if agreement.carrier
                ),
            )
            for id_, row in configuration.partners.items()
            if row.state in REACHED
        },
        open_kids=configuration.rings[exchange.own.id].open_kids(now),
    )


def receipt_of(fingerprint: str, partner: str, exchange: Exchange) -> bytes | None:
    """Return our receipt for an envelope digest, if the worker has made one."""
    with exchange.store.reading() as work:
        row = work.envelopes.receipt(partner, "made", fingerprint)
    return row.text if row else None
