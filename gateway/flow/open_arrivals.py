"""The journey of an arrived envelope to records that we believe: steps (10) to (20).

Effects do not wait for order: what arrived is opened, whatever gaps there are. A fault up to step
(17) refuses the envelope, which then takes no place; from (18) on it is a verdict on one record.
The receipt, of a refusal too, is signed before the commit and stored in it.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core import receipt as receipts
from gateway.core.envelope import (
    Agreed,
    Believed,
    Believing,
    Outer,
    Places,
    believe,
    examine,
)
from gateway.core.errors import LeaseLost, StaleDecision, Unavailable
from gateway.core.ids import PartnerId
from gateway.core.lifecycle import step
from gateway.core.receipt import Receipt
from gateway.core.sequence import Filled, filled
from gateway.core.statement import parse, parse_payload
from gateway.core.steps import EnvelopeRefused, PartiesWrong
from gateway.flow.acts import Act, entries
from gateway.flow.applying import Effects, consider
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.linked import corrections
from gateway.flow.park import failed
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import corrected
from gateway.flow.rows import ArrivalRow, ChannelRow, ReceiptRow
from gateway.flow.take_in import reception
from keys.errors import KeyFolderBroken, NoKey, NotHeldHere

ARRIVALS_PER_RUN = 32
# Faults that every envelope would meet now, whatever is in it: they count against none.
_OF_THE_GATEWAY = (LeaseLost, Unavailable, NotHeldHere, KeyFolderBroken, NoKey, OSError)


def open_arrivals(partner: str, lease: Lease, exchange: Exchange) -> int:
    """Open what arrived from `partner`, oldest first; return how many envelopes were examined.

    Raises LeaseLost: what was not committed stays arrived. What fails for a reason of its own is
    counted and parked in the end (`park`); the first such fault is raised when all were looked at.
    """
    with exchange.store.reading() as work:
        arrivals = work.arrivals.unopened(partner, limit=ARRIVALS_PER_RUN)
    faults: list[Exception] = []
    for arrival in arrivals:
        try:
            _open_one(arrival, lease, exchange)
        except _OF_THE_GATEWAY:
            raise
        except Exception as error:  # noqa: BLE001 - one envelope's fault must not stop the next
            failed(arrival, error, lease, exchange)
            faults.append(error)
    if faults:
        raise faults[0]
    return len(arrivals)


def _open_one(arrival: ArrivalRow, lease: Lease, exchange: Exchange) -> None:
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        channel = work.envelopes.channel(arrival.partner, "in")
        places = _places(arrival, channel, work)
        checkpoint = work.ledger.latest()
    note = checkpoint.note if checkpoint else None
    try:
        if arrival.wire is None:
            raise LookupError("an arrived envelope has its bytes")
        outer = examine(
            arrival.wire,
            reception(arrival.partner, configuration, exchange),
            exchange.limits.wire,
        )
        believed = _believe(outer, arrival, places, configuration, exchange)
    except EnvelopeRefused as refusal:
        _refuse(arrival, refusal, channel, note, lease, exchange)
        return
    effects = consider(believed, arrival, configuration, exchange)
    _commit(arrival, believed, effects, channel, note, lease, exchange)


def _believe(
    outer: Outer,
    arrival: ArrivalRow,
    places: Places,
    configuration: Configuration,
    exchange: Exchange,
) -> Believed:
    cek = exchange.agent.open([outer.sealed_for])[0]
    now = exchange.now_ms()
    facts = Believing(
        ring=configuration.rings[arrival.partner],
        agreements={
            agreement.name: Agreed(
                active=agreement.state == "active"
                and agreement.direction in ("in", "both")
                and (agreement.valid_until is None or now < agreement.valid_until),
                purposes=frozenset(agreement.purposes),
            )
            for agreement in configuration.covering(arrival.partner)
        },
        places=places,
        arrived_at=arrival.arrived_at // 1000,
    )
    believed = believe(outer, cek, facts, exchange.limits.wire)
    is_confirmed = configuration.partners[arrival.partner].state == "confirmed"
    if not is_confirmed and believed.statement.kind in ("records", "key-notice"):
        raise PartiesWrong("a revoked partner gives nothing new")
    return believed


def _places(arrival: ArrivalRow, channel: ChannelRow, work: UnitOfWork) -> Places:
    """Return what we hold around the claimed place."""
    near = {
        seq: row
        for seq in (arrival.seq - 1, arrival.seq, arrival.seq + 1)
        if (row := work.arrivals.at_place(arrival.partner, arrival.ep, seq)) is not None
    }
    after = near.get(arrival.seq + 1)
    statement = work.arrivals.get(after.id) if after else None
    prevs = {}
    if statement is not None and statement.statement is not None:
        prevs[arrival.seq + 1] = parse_payload(parse(statement.statement).payload).prev
    return Places(
        ep=channel.ep,
        upto=channel.upto,
        digests={seq: row.digest for seq, row in near.items()},
        prevs=prevs,
        newest=channel.last_digest,
    )


def _receipt(
    arrival: ArrivalRow,
    upto: int,
    note: str | None,
    exchange: Exchange,
    *,
    incident: str | None = None,
    code: str | None = None,
) -> ReceiptRow:
    now = exchange.now_ms() // 1000
    said = Receipt(
        iss=exchange.own.id,
        aud=PartnerId(arrival.partner),
        ep=arrival.ep,
        seq=arrival.seq,
        digest=arrival.digest,
        state="stored" if incident is None else "refused",
        incident=incident,
        code=code,
        at=now,
        upto=upto,
        checkpoint=note,
    )
    unsigned = receipts.lay_out(said, exchange.agent.signers(now))
    text = unsigned.assemble(exchange.agent.sign([unsigned.to_sign()])[0])
    return ReceiptRow(
        partner=arrival.partner,
        direction="made",
        number=0,
        digest=arrival.digest,
        ep=arrival.ep,
        seq=arrival.seq,
        text=text,
        state="made",
    )


def _refuse(
    arrival: ArrivalRow,
    refusal: EnvelopeRefused,
    channel: ChannelRow,
    note: str | None,
    lease: Lease,
    exchange: Exchange,
) -> None:
    incident = exchange.entropy.bytes(12).hex()
    receipt = _receipt(arrival, channel.upto, note, exchange, incident=incident, code=refusal.told)
    refused = replace(
        arrival,
        state=step("arrival", arrival.state, "refuse"),
        wire=None,
        step=refusal.code,
        incident=incident,
    )
    act: Act = (
        "arrival_refused",
        {
            "partner": arrival.partner,
            "digest": arrival.digest,
            "step": refusal.code,
            "incident": incident,
        },
    )
    with exchange.store.writing() as work:
        lease.demand(work)
        if work.arrivals.replace(refused, expect="arrived"):
            work.envelopes.add_receipts([receipt])
            work.ledger.add(entries([act], exchange))
            exchange.commit(work, "open.refused")


def _commit(
    arrival: ArrivalRow,
    believed: Believed,
    effects: Effects,
    before: ChannelRow,
    note: str | None,
    lease: Lease,
    exchange: Exchange,
) -> None:
    held = Filled() if believed.new_sequence else filled(before.upto, before.last_seq, before.gaps)
    for seq in (arrival.seq, *(item.seq for item in effects.voids)):
        held = held.with_place(seq)
    newest = arrival.seq >= held.last
    channel = replace(
        before,
        ep=arrival.ep,
        last_seq=held.last,
        last_digest=arrival.digest if newest else before.last_digest,
        upto=held.upto,
        gaps=held.gaps,
        heard_at=exchange.now_ms(),
    )
    receipt = _receipt(arrival, held.upto, note, exchange)
    opened = replace(
        arrival,
        state=step("arrival", arrival.state, "open"),
        wire=None,
        statement=believed.line,
    )
    act: Act = (
        "opened",
        {
            "partner": arrival.partner,
            "ep": arrival.ep,
            "seq": arrival.seq,
            "digest": arrival.digest,
            "kind": believed.statement.kind,
            "count": len(believed.texts),
        },
    )
    after = corrections(
        [one.id for one in effects.records if one.version > 1],
        [one.record for one in effects.fresh],
        exchange,
    )
    exchange.reach("open.signed")
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(effects.epoch)
        if not work.arrivals.replace(opened, expect="arrived"):
            return
        if not work.envelopes.put_channel(channel, expect=before):
            raise StaleDecision("another envelope of this partner was opened meanwhile")
        effects.write(work, exchange)
        corrected(after, work, exchange)
        _try_again(arrival.partner, work)
        work.envelopes.add_receipts([receipt])
        work.ledger.add(entries([act, *effects.acts], exchange))
        exchange.commit(work, "open")


def _try_again(partner: str, work: UnitOfWork) -> None:
    """End the pause of what waits for this partner: whoever speaks to us can be spoken to."""
    out = work.envelopes.channel(partner, "out")
    if out.retry_at:
        work.envelopes.put_channel(replace(out, retry_at=0), expect=out)
