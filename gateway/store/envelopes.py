"""Sealed envelopes with their wires and attempts, channels, receipts both ways, our verdicts.

Receipts are numbered under one lock per partner and direction that is held until the commit: who
read up to number N misses none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, delete, func, insert, or_, select, update

from gateway.flow.rows import AttemptRow, ChannelRow, EnvelopeRow, ReceiptRow, VerdictRow
from gateway.store.session import (
    Session,
    chunks,
    insert_or_leave,
    insert_or_replace,
    shape,
    values_of,
)
from gateway.store.tables import (
    IN_ENVELOPE,
    OPEN_ENVELOPE,
    UNDELIVERED,
    UNSEALED,
    attempts,
    channels,
    envelopes,
    receipts,
    verdicts,
    wires,
)

_CHANNEL: Final = shape(ChannelRow, channels)
_ENVELOPE: Final = shape(EnvelopeRow, envelopes, wires)
_WITHOUT_WIRE: Final = shape(EnvelopeRow, envelopes, absent=("wire",))
_ATTEMPT: Final = shape(AttemptRow, attempts)
_RECEIPT: Final = shape(ReceiptRow, receipts)
_VERDICT: Final = shape(VerdictRow, verdicts)
_FIXED: Final = ("id", "partner", "ep", "seq", "kind", "digest", "statement")
_WITHOUT_CONTENT: Final = ("closed", "void")

_of_partner = envelopes.c.partner == bindparam("partner")
_place = (envelopes.c.ep, envelopes.c.seq)
_with_wire = select(*_ENVELOPE.columns).select_from(
    envelopes.outerjoin(wires, wires.c.envelope == envelopes.c.id)
)
_without_wire = select(*_WITHOUT_WIRE.columns)
_limit: BindParameter[int] = bindparam("limit")

_ONE_CHANNEL: Final = select(*_CHANNEL.columns).where(
    channels.c.partner == bindparam("partner"), channels.c.direction == bindparam("direction")
)
_CHANNELS: Final = select(*_CHANNEL.columns).order_by(channels.c.partner, channels.c.direction)
_PUT_CHANNEL: Final = update(channels).where(
    channels.c.partner == bindparam("b_partner"),
    channels.c.direction == bindparam("b_direction"),
    channels.c.ep == bindparam("b_ep"),
    channels.c.last_seq == bindparam("b_last_seq"),
    channels.c.last_digest.is_not_distinct_from(bindparam("b_last_digest")),
)

_BY_ID: Final = _with_wire.where(envelopes.c.id == bindparam("id"))
_HEADS: Final = _without_wire.where(envelopes.c.id.in_(bindparam("ids", expanding=True)))
_BY_DIGEST: Final = _without_wire.where(
    _of_partner, envelopes.c.digest.in_(bindparam("digests", expanding=True))
)
_OPEN_AFTER: Final = (
    _with_wire.where(
        _of_partner,
        envelopes.c.ep == bindparam("ep"),
        envelopes.c.seq > bindparam("seq"),
        OPEN_ENVELOPE,
    )
    .order_by(*_place)
    .limit(_limit)
)
_TO_SEND: Final = (
    _with_wire.where(
        _of_partner,
        OPEN_ENVELOPE,
        or_(
            envelopes.c.answered_at.is_(None),
            envelopes.c.answered_at < bindparam("answered_before"),
        ),
    )
    .order_by(*_place)
    .limit(_limit)
)
_UNRECEIPTED: Final = (
    select(func.count())
    .select_from(envelopes)
    .where(_of_partner, OPEN_ENVELOPE, envelopes.c.kind != "void")
)
_MARKED: Final = (
    _without_wire.where(_of_partner, OPEN_ENVELOPE, envelopes.c.marked.is_not(None))
    .order_by(*_place)
    .limit(_limit)
)
_STALE: Final = (
    _without_wire.where(
        _of_partner,
        OPEN_ENVELOPE,
        envelopes.c.marked.is_(None),
        or_(
            envelopes.c.epoch < bindparam("epoch"),
            envelopes.c.until <= bindparam("now"),
            envelopes.c.expires_at <= bindparam("now"),
        ),
    )
    .order_by(*_place)
    .limit(_limit)
)
_REPLACE: Final = update(envelopes).where(
    envelopes.c.id == bindparam("b_id"),
    envelopes.c.state.in_(bindparam("b_expect", expanding=True)),
    envelopes.c.revision == bindparam("b_revision"),
)
_DROP_WIRE: Final = delete(wires).where(wires.c.envelope == bindparam("id"))
_PAGE: Final = (
    _without_wire.where(envelopes.c.id > bindparam("after")).order_by(envelopes.c.id).limit(_limit)
)
_stored_since = func.coalesce(
    envelopes.c.stored_at, envelopes.c.answered_at, envelopes.c.handed_at, envelopes.c.sealed_at
)
_TO_CLOSE: Final = (
    _without_wire.where(envelopes.c.state == "stored", _stored_since < bindparam("before"))
    .order_by(envelopes.c.id)
    .limit(_limit)
)
_LAST_ATTEMPT: Final = select(func.max(attempts.c.n)).where(
    attempts.c.envelope == bindparam("envelope")
)
_ATTEMPTS: Final = (
    select(*_ATTEMPT.columns)
    .where(attempts.c.envelope == bindparam("envelope"))
    .order_by(attempts.c.n)
)

_of_direction = (receipts.c.partner == bindparam("partner")) & (
    receipts.c.direction == bindparam("direction")
)
_LAST_RECEIPT: Final = select(func.max(receipts.c.number)).where(_of_direction)
_RECEIPT_BY_DIGEST: Final = (
    select(*_RECEIPT.columns)
    .where(_of_direction, receipts.c.digest == bindparam("digest"))
    .order_by(receipts.c.number.desc())
    .limit(1)
)
_RECEIPTS_AFTER: Final = (
    select(*_RECEIPT.columns)
    .where(_of_direction, receipts.c.number > bindparam("number"))
    .order_by(receipts.c.number)
    .limit(_limit)
)
_UNDELIVERED: Final = (
    select(*_RECEIPT.columns)
    .where(receipts.c.partner == bindparam("partner"), UNDELIVERED)
    .order_by(receipts.c.number)
    .limit(_limit)
)
_DELIVERED: Final = (
    update(receipts)
    .where(
        receipts.c.partner == bindparam("b_partner"),
        UNDELIVERED,
        receipts.c.number.in_(bindparam("b_numbers", expanding=True)),
    )
    .values(state="delivered")
)
_UNSEALED: Final = (
    select(*_VERDICT.columns)
    .where(verdicts.c.partner == bindparam("partner"), UNSEALED)
    .order_by(verdicts.c.id)
    .limit(_limit)
)
# An envelope is named only where none is yet, so that no verdict is sealed twice.
_SEAL_VERDICTS: Final = (
    update(verdicts)
    .where(verdicts.c.id.in_(bindparam("b_ids", expanding=True)), UNSEALED)
    .values(envelope=bindparam("b_envelope"))
)
_UNSEAL_VERDICTS: Final = (
    update(verdicts)
    .where(verdicts.c.id.in_(bindparam("b_ids", expanding=True)), IN_ENVELOPE)
    .values(envelope=None)
)
_VERDICTS_OF: Final = (
    select(*_VERDICT.columns)
    .where(verdicts.c.envelope == bindparam("envelope"), IN_ENVELOPE)
    .order_by(verdicts.c.id)
)


class SqlEnvelopeStore:
    """`flow.ports.EnvelopeStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def channel(self, partner: str, direction: str) -> ChannelRow:
        """Return the channel, or a fresh one with ep 0.

        A writing unit holds it until its end, so that what is written back rests on what was read.
        """
        if self._session.writing:
            self._session.lock(f"channel:{direction}:{partner}")
        row = self._session.first(_ONE_CHANNEL, {"partner": partner, "direction": direction})
        return _CHANNEL.one(row) or ChannelRow(partner=partner, direction=direction)

    def channels(self) -> Sequence[ChannelRow]:
        """Return all, by partner and direction."""
        return _CHANNEL.of(self._session.rows(_CHANNELS))

    def put_channel(self, row: ChannelRow, *, expect: ChannelRow | None) -> bool:
        """Insert or replace; with `expect`, only if ep, last_seq and last_digest are its still."""
        values = values_of(channels, row)
        if expect is None:
            self._session.run(insert_or_replace(channels, postgres=self._session.postgres), values)
            return True
        demanded = {
            "b_partner": row.partner,
            "b_direction": row.direction,
            "b_ep": expect.ep,
            "b_last_seq": expect.last_seq,
            "b_last_digest": expect.last_digest,
        }
        if self._session.run(_PUT_CHANNEL, values | demanded) == 1:
            return True
        if (expect.ep, expect.last_seq, expect.last_digest) != (0, 0, None):
            return False
        add = insert_or_leave(channels, "partner", "direction", postgres=self._session.postgres)
        return self._session.run(add, values) == 1

    def add(self, row: EnvelopeRow) -> None:
        """Insert. Raises Conflict on a taken place."""
        self._session.run(insert(envelopes), values_of(envelopes, row))
        if row.wire is not None:
            self._session.run(insert(wires), {"envelope": row.id, "wire": row.wire})

    def get(self, id_: str) -> EnvelopeRow | None:
        """Return one, with wire."""
        found = _ENVELOPE.of(self._session.held(_BY_ID, {"id": id_}, envelopes))
        return found[0] if found else None

    def heads(self, ids: Sequence[str]) -> Mapping[str, EnvelopeRow]:
        """Return those that exist, without wire; uses the primary key."""
        rows = [row for some in chunks(ids) for row in self._session.rows(_HEADS, {"ids": some})]
        return {row.id: row for row in _WITHOUT_WIRE.of(rows)}

    def by_digest(self, partner: str, digests: Sequence[str]) -> Mapping[str, EnvelopeRow]:
        """Return ours to `partner`, without wire; uses index ix_envelopes_digest."""
        found: dict[str, EnvelopeRow] = {}
        for some in chunks(digests):
            rows = self._session.rows(_BY_DIGEST, {"partner": partner, "digests": some})
            found |= {row.digest: row for row in _WITHOUT_WIRE.of(rows)}
        return found

    def open_after(self, partner: str, ep: int, seq: int, *, limit: int) -> Sequence[EnvelopeRow]:
        """Return sealed and handed ones of `ep` above `seq`; uses index ix_envelopes_open."""
        wanted = {"partner": partner, "ep": ep, "seq": seq, "limit": limit}
        return _ENVELOPE.of(self._session.rows(_OPEN_AFTER, wanted))

    def to_send(self, partner: str, *, answered_before: int, limit: int) -> Sequence[EnvelopeRow]:
        """Return what is to be sent, or sent again, with wire; uses index ix_envelopes_open."""
        wanted = {"partner": partner, "answered_before": answered_before, "limit": limit}
        return _ENVELOPE.of(self._session.rows(_TO_SEND, wanted))

    def unreceipted(self, partner: str) -> int:
        """Return how many sealed or handed ones there are; uses index ix_envelopes_open."""
        return self._session.number(_UNRECEIPTED, {"partner": partner})

    def marked(self, partner: str, *, limit: int) -> Sequence[EnvelopeRow]:
        """Return sealed and handed ones with a mark; uses index ix_envelopes_open."""
        found = self._session.rows(_MARKED, {"partner": partner, "limit": limit})
        return _WITHOUT_WIRE.of(found)

    def stale(self, partner: str, *, epoch: int, now_ms: int, limit: int) -> Sequence[EnvelopeRow]:
        """Return unmarked ones to be looked at again; uses index ix_envelopes_open."""
        wanted = {"partner": partner, "epoch": epoch, "now": now_ms, "limit": limit}
        return _WITHOUT_WIRE.of(self._session.rows(_STALE, wanted))

    def replace(self, rows: Sequence[EnvelopeRow], *, expect: Sequence[str]) -> int:
        """Write over the rows they rest on, in one of the states; how many were.

        The wire goes with `closed` and `void`.
        """
        written = 0
        for row in rows:
            values = values_of(envelopes, row, leave=_FIXED) | {
                "revision": row.revision + 1,
                "b_id": row.id,
                "b_expect": list(expect),
                "b_revision": row.revision,
            }
            met = self._session.run(_REPLACE, values)
            if met and row.state in _WITHOUT_CONTENT:
                self._session.run(_DROP_WIRE, {"id": row.id})
            written += met
        return written

    def page(
        self, *, partner: str | None, state: str | None, after: str, limit: int
    ) -> Sequence[EnvelopeRow]:
        """Return deliveries in id order; uses ix_envelopes_partner or ix_envelopes_state."""
        wanted: dict[str, Any] = {"after": after, "limit": limit}
        statement = _PAGE
        if partner is not None:
            statement = statement.where(_of_partner)
            wanted["partner"] = partner
        if state is not None:
            statement = statement.where(envelopes.c.state == bindparam("state"))
            wanted["state"] = state
        return _WITHOUT_WIRE.of(self._session.rows(statement, wanted))

    def to_close(self, *, stored_before: int, limit: int) -> Sequence[EnvelopeRow]:
        """Return stored ones whose wire can be dropped; uses index ix_envelopes_state."""
        found = self._session.rows(_TO_CLOSE, {"before": stored_before, "limit": limit})
        return _WITHOUT_WIRE.of(found)

    def add_attempt(self, row: AttemptRow) -> None:
        """Append."""
        last = self._session.number(_LAST_ATTEMPT, {"envelope": row.envelope})
        self._session.run(insert(attempts), {**_attempt(row), "n": last + 1})

    def attempts(self, envelope: str) -> Sequence[AttemptRow]:
        """Return those of one envelope, oldest first."""
        return _ATTEMPT.of(self._session.rows(_ATTEMPTS, {"envelope": envelope}))

    def add_receipts(self, rows: Sequence[ReceiptRow]) -> None:
        """Append; `number` is given here, per partner and direction, from 1."""
        for (partner, direction), some in groupby(sorted(rows, key=_counted), key=_counted):
            self._session.lock(f"receipts:{direction}:{partner}")
            wanted = {"partner": partner, "direction": direction}
            last = self._session.number(_LAST_RECEIPT, wanted)
            numbered = [replace(row, number=n) for n, row in enumerate(some, start=last + 1)]
            self._session.run(insert(receipts), [values_of(receipts, row) for row in numbered])

    def receipt(self, partner: str, direction: str, digest: str) -> ReceiptRow | None:
        """Return the newest for an envelope digest; uses index ix_receipts_digest."""
        wanted = {"partner": partner, "direction": direction, "digest": digest}
        return _RECEIPT.one(self._session.first(_RECEIPT_BY_DIGEST, wanted))

    def receipts_after(
        self, partner: str, direction: str, number: int, *, limit: int
    ) -> Sequence[ReceiptRow]:
        """Return receipts in order of number; uses the primary key."""
        wanted = {"partner": partner, "direction": direction, "number": number, "limit": limit}
        return _RECEIPT.of(self._session.rows(_RECEIPTS_AFTER, wanted))

    def undelivered(self, partner: str, *, limit: int) -> Sequence[ReceiptRow]:
        """Return receipts not yet delivered, oldest first; uses index ix_receipts_undelivered."""
        return _RECEIPT.of(self._session.rows(_UNDELIVERED, {"partner": partner, "limit": limit}))

    def delivered(self, partner: str, numbers: Sequence[int]) -> None:
        """Mark receipts of ours as delivered."""
        for some in chunks(numbers):
            self._session.run(_DELIVERED, {"b_partner": partner, "b_numbers": some})

    def add_verdicts(self, rows: Sequence[VerdictRow]) -> None:
        """Append in bulk."""
        self._session.run(insert(verdicts), [values_of(verdicts, row) for row in rows])

    def unsealed_verdicts(self, partner: str, *, limit: int) -> Sequence[VerdictRow]:
        """Return verdicts still to be sealed, oldest first; uses index ix_verdicts_unsealed."""
        return _VERDICT.of(self._session.rows(_UNSEALED, {"partner": partner, "limit": limit}))

    def seal_verdicts(self, ids: Sequence[str], envelope: str | None) -> int:
        """Say which envelope carries them, or that none does any more; returns how many moved."""
        moved = 0
        for some in chunks(ids):
            if envelope is None:
                moved += self._session.run(_UNSEAL_VERDICTS, {"b_ids": some})
            else:
                moved += self._session.run(_SEAL_VERDICTS, {"b_ids": some, "b_envelope": envelope})
        return moved

    def verdicts_of(self, envelope: str) -> Sequence[VerdictRow]:
        """Return verdicts inside one of our envelopes; uses index ix_verdicts_envelope."""
        return _VERDICT.of(self._session.rows(_VERDICTS_OF, {"envelope": envelope}))


def _counted(row: ReceiptRow) -> tuple[str, str]:
    """Return what a receipt's number counts within; also the order in which locks are taken."""
    return row.partner, row.direction


def _attempt(row: AttemptRow) -> dict[str, Any]:
    return {
        "envelope": row.envelope,
        "at": row.at,
        "milliseconds": row.milliseconds,
        "outcome": row.outcome,
        "headers": row.headers,
    }
