"""The journey of due work into one sealed envelope for one partner.

One kind per envelope: voids first, then notices, urgent records, verdicts, what further holders
answered, records in order.
Records are decided on again at this moment; what may no longer go is written back as held or
refused and takes no place.

Stays true:
  * The commit demands the fence, the epoch, the channel's last place, and that every release is
    due still; if any differs everything is thrown away and no place is used.
  * At most `unreceipted_envelopes` wait for a receipt; what is beyond waits unsealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.core import statement
from gateway.core.bodies import CardNotice, Texts, VoidItem, Voids
from gateway.core.errors import StaleDecision
from gateway.core.lifecycle import step
from gateway.core.policy import Decision
from gateway.core.rendition import rendition_text
from gateway.flow import further, seal_notices, seal_verdicts
from gateway.flow.acts import Act, entries
from gateway.flow.asked import left
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import Considered, considered_of, decide_batch, decided_again, rows_of
from gateway.flow.disclosing import Disclosed, disclosures
from gateway.flow.enveloping import Content, close
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.onward import Unchanged, received_row, unchanged
from gateway.flow.partners import OWN_CARD
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ChannelRow, EnvelopeRow, ReleaseRow, VerdictRow
from gateway.flow.rows_after import FurtherRow
from gateway.flow.seal_acts import decided, disclosed, told
from gateway.flow.voids import free
from keys.errors import NoKey
from keys.suite import PublicKey, b64, digest

PRIORITY = 1  # urgencies up to this go before verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """What was found to be sealed, at one moment."""

    configuration: Configuration
    channel: ChannelRow
    marked: Sequence[EnvelopeRow]
    verdicts: Sequence[VerdictRow]
    further: Sequence[FurtherRow]
    releases: Sequence[ReleaseRow]
    room: int  # envelopes that may still be sealed without a receipt


def seal(partner: str, lease: Lease, exchange: Exchange) -> int:
    """Seal the next envelope for `partner`; return how many things went in, 0 if none waits.

    Raises LeaseLost or StaleDecision when another took the work or configuration changed: the
    next run begins afresh.
    """
    due = _look(partner, exchange)
    if partner not in due.configuration.cards or due.channel.state == "paused":
        return 0
    if not _has_proven_key(partner, due, exchange):
        return _introduce(partner, due, lease, exchange)
    if due.marked:
        return _seal_voids(due, lease, exchange)
    if due.room <= 0:
        return 0
    return _seal_next(due, lease, exchange) or _introduce(partner, due, lease, exchange)


def _seal_next(due: _Due, lease: Lease, exchange: Exchange) -> int:
    first = due.releases[0] if due.releases else None
    if first is not None and first.notice:
        return _seal_notices(due, lease, exchange)
    urgent = first is not None and first.urgency <= PRIORITY
    if due.verdicts and not urgent:
        return _seal_verdicts(due, lease, exchange)
    if due.further and not urgent:
        return _seal_further(due, lease, exchange)
    return _seal_records(due, lease, exchange) if first is not None else 0


def _look(partner: str, exchange: Exchange) -> _Due:
    wire = exchange.limits.wire
    with exchange.store.reading() as work:
        return _Due(
            configuration=exchange.configuration(work),
            channel=work.envelopes.channel(partner, "out"),
            marked=work.envelopes.marked(partner, limit=wire.max_texts),
            verdicts=work.envelopes.unsealed_verdicts(partner, limit=wire.max_texts),
            further=work.further.unsaid(partner, limit=wire.max_texts),
            releases=work.releases.due(
                partner, limit=min(wire.max_texts, exchange.limits.batch_records)
            ),
            room=wire.unreceipted_envelopes - work.envelopes.unreceipted(partner),
        )


def _has_proven_key(partner: str, due: _Due, exchange: Exchange) -> bool:
    try:
        due.configuration.rings[partner].recipient(exchange.now_ms() // 1000)
    except NoKey:
        return False
    return True


def _introduce(partner: str, due: _Due, lease: Lease, exchange: Exchange) -> int:
    """Seal our card to a key of the partner that nothing was sealed to yet, or a newer card.

    A key takes no records before its owner has shown, by the receipt for this, that it opens.
    Not before there is an agreement: without one, each side refuses whatever the other sends.
    """
    confirmed = due.configuration.partners[partner].state == "confirmed"
    if not (confirmed and _may_be_known(partner, due, exchange)):
        return 0
    now = exchange.now_ms() // 1000
    unproven = next(iter(due.configuration.rings[partner].unconfirmed(now)), None)
    with exchange.store.reading() as work:
        card = next(iter(work.config.active(OWN_CARD)), None)
        told = next(iter(work.deliveries.latest(partner=partner, kind="key-notice", limit=1)), None)
    if card is None or due.room <= 0 or (told and told.state in ("sealed", "handed")):
        return 0
    made = card.body.get("made_at", 0)  # a card that an older release published does not say
    is_news = card.body["version"] > 1 and (told is None or told.sealed_at < made)
    if unproven is None and not is_news:
        return 0
    content = Content(kind="key-notice", body=CardNotice(str(card.body["card"])), count=1)
    row, channel, act = _place(content, due, exchange, unproven=unproven)
    with exchange.store.writing() as work:
        _take_place(work, row, channel, due, lease)
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "seal.card")
    return 1


def _may_be_known(partner: str, due: _Due, exchange: Exchange) -> bool:
    """Return whether the partner may have an agreement with us; if we only carry it need not."""
    to_say = bool(due.verdicts or due.further or due.releases)  # if it has, it introduces itself
    knows_us = to_say or _has_proven_key(partner, due, exchange)
    covering = due.configuration.covering(partner)
    return any(knows_us or one.carrier != exchange.own.id for one in covering)


def _place(
    content: Content, due: _Due, exchange: Exchange, *, unproven: PublicKey | None = None
) -> tuple[EnvelopeRow, ChannelRow, Act]:
    ring = due.configuration.rings[due.channel.partner]
    recipient = unproven or ring.recipient(exchange.now_ms() // 1000)
    row, channel = close(content, due.channel, recipient, due.configuration.epoch, exchange)
    act: Act = (
        "sealed",
        {
            "partner": row.partner,
            "ep": row.ep,
            "seq": row.seq,
            "digest": row.digest,
            "kind": row.kind,
            "count": row.count,
        },
    )
    return row, channel, act


def _take_place(
    work: UnitOfWork, row: EnvelopeRow, channel: ChannelRow, due: _Due, lease: Lease
) -> None:
    """Demand that nothing changed, and take the place. Raises LeaseLost, StaleDecision."""
    lease.demand(work)
    work.demand_epoch(due.configuration.epoch)
    current = work.envelopes.channel(row.partner, "out")
    moved = replace(
        current, ep=channel.ep, last_seq=channel.last_seq, last_digest=channel.last_digest
    )
    if not work.envelopes.put_channel(moved, expect=due.channel):
        raise StaleDecision("the sequence has moved on")
    work.envelopes.add(row)


def _seal_voids(due: _Due, lease: Lease, exchange: Exchange) -> int:
    """Name every marked envelope in one void; what may still go becomes due again."""
    named = [row for row in due.marked if row.marked]
    content = Content(
        kind="void",
        body=Voids(
            items=tuple(
                VoidItem(seq=row.seq, digest=row.digest, code=str(row.marked)) for row in named
            )
        ),
        count=len(named),
    )
    row, channel, act = _place(content, due, exchange)
    with exchange.store.writing() as work:
        _take_place(work, row, channel, due, lease)
        acts = [act]
        for gone in named:
            voided = replace(
                gone,
                state=step("envelope", gone.state, "void"),
                void_code=gone.marked,
                void_in=row.id,
                marked=None,
            )
            if not work.envelopes.replace([voided], expect=["sealed", "handed"]):
                raise StaleDecision("an envelope was receipted while it was being voided")
            free(gone, work)
            fields = {"partner": gone.partner, "ep": gone.ep, "seq": gone.seq}
            acts.append(("voided", {**fields, "digest": gone.digest, "code": gone.marked}))
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "seal.void")
    return len(named)


def _seal_verdicts(due: _Due, lease: Lease, exchange: Exchange) -> int:
    verdicts = due.verdicts
    content = seal_verdicts.content(verdicts)
    row, channel, act = _place(content, due, exchange)
    with exchange.store.writing() as work:
        _take_place(work, row, channel, due, lease)
        if work.envelopes.seal_verdicts([one.id for one in verdicts], row.id) != len(verdicts):
            raise StaleDecision("a verdict was sealed elsewhere")
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "seal.verdict")
    return len(verdicts)


def _seal_further(due: _Due, lease: Lease, exchange: Exchange) -> int:
    content = further.content(due.further, due.configuration, exchange)
    row, channel, act = _place(content, due, exchange)
    with exchange.store.writing() as work:
        _take_place(work, row, channel, due, lease)
        if list(work.further.unsaid(row.partner, limit=len(due.further))) != list(due.further):
            raise StaleDecision("what is known of a further holder has changed meanwhile")
        work.further.seal(due.further, row.id)
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "seal.further")
    return len(due.further)


def _seal_notices(due: _Due, lease: Lease, exchange: Exchange) -> int:
    waiting = [one for one in due.releases if one.notice]
    content, group, digests = seal_notices.contents(waiting, exchange)
    row, channel, act = _place(content, due, exchange)
    leaving = seal_notices.sealed(group, digests, row)
    with exchange.store.writing() as work:
        _take_place(work, row, channel, due, lease)
        if work.releases.replace(leaving, expect="due") != len(leaving):
            raise StaleDecision("a notice was sealed elsewhere")
        work.ledger.add(entries([act, *(told(one, row) for one in leaving)], exchange))
        exchange.commit(work, "seal.notice")
    return len(leaving)


@dataclass(frozen=True, slots=True)
class _Again:
    """A due release after it was decided on again."""

    before: ReleaseRow
    after: ReleaseRow
    considered: Considered | None
    decision: Decision | None


def _seal_records(due: _Due, lease: Lease, exchange: Exchange) -> int:
    again = _decide_again(due, exchange)
    leaving = [one for one in again if one.after.state == "due"]
    stopped = [one.after for one in again if one.after.state != "due"]
    if not leaving:
        _write_back(stopped, due, lease, exchange)
        return len(stopped)
    first = leaving[0].after
    group = [
        one
        for one in leaving
        if (one.after.agreement, one.after.purpose) == (first.agreement, first.purpose)
    ]
    renditions = [_render(one, exchange) for one in group]
    fits = max(1, statement.fitting(*_lines(renditions)))
    group, renditions = group[:fits], renditions[:fits]
    texts, evidence = _lines(renditions)
    digests = [digest(text) for text in texts]
    content = Content(
        kind="records",
        body=Texts(items=tuple(digests), evidence=tuple(digest(line) for line in evidence)),
        texts=texts,
        evidence=evidence,
        agreement=first.agreement,
        purpose=first.purpose,
        until=min((one.after.until for one in group if one.after.until), default=None),
        count=len(group),
    )
    row, channel, act = _place(content, due, exchange)
    sealed = [
        replace(
            one.after, state=step("release", "due", "seal"), envelope=row.id, rendition=text_digest
        )
        for one, text_digest in zip(group, digests, strict=True)
    ]
    given = disclosures(
        [
            Disclosed(after, one.considered.record, text)
            for after, one, text in zip(sealed, group, texts, strict=True)
            if one.considered is not None
        ],
        row,
        due.configuration,
        exchange,
    )
    exchange.reach("seal.signed")
    with exchange.store.writing() as work:
        _take_place(work, row, channel, due, lease)
        if work.releases.replace(sealed, expect="due") != len(sealed):
            raise StaleDecision("a release was withdrawn while it was being sealed")
        _stop(stopped, work)
        given.add(work)
        acts = [act, *(disclosed(one, row) for one in sealed), *(decided(one) for one in stopped)]
        for one in group:
            if one.considered is not None and one.considered.from_partner is None:
                acts += left(one.considered.record, row.partner, work, exchange)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "seal.records")
    return len(sealed) + len(stopped)


def _decide_again(due: _Due, exchange: Exchange) -> list[_Again]:
    with exchange.store.reading() as work:
        rows = rows_of(((one.record, one.version) for one in due.releases), work)
    # What another partner sent and was changed here since cannot be passed on unchanged.
    rows = [row for row in rows if row.from_partner is None or unchanged(row, exchange)]
    considered = considered_of(rows, exchange)
    known = [
        (one, considered[one.record, one.version])
        for one in due.releases
        if (one.record, one.version) in considered
    ]
    decisions = decide_batch(
        [(record, due.channel.partner) for _, record in known], due.configuration, exchange
    )
    now = exchange.now_ms()
    again = [
        _Again(one, decided_again(one, decision, now), record, decision)
        for (one, record), decision in zip(known, decisions, strict=True)
    ]
    lost = [one for one in due.releases if (one.record, one.version) not in considered]
    return again + [
        _Again(one, replace(one, state=step("release", "due", "withdraw")), None, None)
        for one in lost  # erased or changed since: there is nothing to send
    ]


def _render(one: _Again, exchange: Exchange) -> Unchanged:
    """Return the text to seal; what comes from another partner goes as it came, with its proof."""
    if one.considered is None or one.decision is None:
        raise LookupError("nothing to render")
    if one.considered.from_partner is not None:
        with exchange.store.reading() as work:
            row = received_row(one.after.record, one.after.version, work)
        as_it_came = unchanged(row, exchange)
        if as_it_came is None:
            raise StaleDecision("it was changed here while it was being sealed")
        return as_it_came
    text = rendition_text(
        one.considered.record,
        one.decision,
        rendition=exchange.new_record_id(),
        nonce=b64(exchange.entropy.bytes(32)),
        contact=exchange.own.duty,
    )
    return Unchanged(text, b"")


def _lines(renditions: Sequence[Unchanged]) -> tuple[list[bytes], list[bytes]]:
    """Return the texts, and the evidence that proves those of other partners, once each."""
    proofs = dict.fromkeys(one.proof for one in renditions if one.proof)
    return [one.text for one in renditions], list(proofs)


def _write_back(stopped: Sequence[ReleaseRow], due: _Due, lease: Lease, exchange: Exchange) -> None:
    with exchange.store.writing() as work:
        lease.demand(work)
        work.demand_epoch(due.configuration.epoch)
        _stop(stopped, work)
        work.ledger.add(entries([decided(one) for one in stopped], exchange))
        exchange.commit(work, "seal.decided")


def _stop(stopped: Sequence[ReleaseRow], work: UnitOfWork) -> None:
    if work.releases.replace(stopped, expect="due") != len(stopped):
        raise StaleDecision("what is known of a record has changed meanwhile")
