"""Envelopes that came in, and the inbox of national systems.

Positions of an inbox are given under one lock per client that is held until the commit, so a
reader that saw position N never finds a smaller one later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, select, update

from gateway.flow.rows import ArrivalRow, InboxRow
from gateway.store.session import (
    Session,
    distinct_of,
    insert_or_leave,
    insert_or_replace,
    shape,
    values_of,
)
from gateway.store.tables import (
    CLAIMED,
    HELD,
    OPEN_INBOX,
    OPENED,
    PARKED,
    UNNUMBERED,
    UNOPENED,
    arrivals,
    inbox,
    records,
    tries,
)

_MOST_PLACES: Final = 256
_ARRIVAL: Final = shape(ArrivalRow, arrivals)
_WITHOUT_WIRE: Final = shape(ArrivalRow, arrivals, absent=("wire",))
_INBOX: Final = shape(InboxRow, inbox)
_FIXED: Final = ("id", "partner", "digest", "arrived_at")

_BY_DIGEST: Final = select(*_WITHOUT_WIRE.columns).where(
    arrivals.c.partner == bindparam("partner"), arrivals.c.digest == bindparam("digest")
)
_BY_ID: Final = select(*_WITHOUT_WIRE.columns).where(arrivals.c.id == bindparam("id"))
_AT_PLACE: Final = select(*_WITHOUT_WIRE.columns).where(
    arrivals.c.partner == bindparam("partner"),
    arrivals.c.ep == bindparam("ep"),
    arrivals.c.seq == bindparam("seq"),
    OPENED,
)
_REPLACE: Final = update(arrivals).where(
    arrivals.c.id == bindparam("b_id"), arrivals.c.state == bindparam("b_expect")
)
_UNOPENED: Final = (
    select(*_ARRIVAL.columns)
    .where(arrivals.c.partner == bindparam("partner"), UNOPENED)
    .order_by(arrivals.c.id)
    .limit(bindparam("limit"))
)
_PARTNERS_UNOPENED: Final = distinct_of(arrivals.c.partner, UNOPENED)
_UNOPENED_BYTES: Final = select(func.sum(arrivals.c.size)).where(
    arrivals.c.partner == bindparam("partner"), UNOPENED
)
_PARKED_BYTES: Final = select(func.sum(arrivals.c.size)).where(
    arrivals.c.partner == bindparam("partner"), PARKED
)
_PARKED: Final = (
    select(*_WITHOUT_WIRE.columns)
    .where(PARKED)
    .order_by(arrivals.c.partner, arrivals.c.id)
    .limit(bindparam("limit"))
)
_UNPARK: Final = (
    update(arrivals)
    .where(arrivals.c.id == bindparam("b_id"), PARKED)
    .values(state=bindparam("b_state"), step=None, incident=None)
)
_TRIES: Final = select(tries.c.count).where(tries.c.arrival == bindparam("arrival"))
_FORGET_TRIES: Final = delete(tries).where(tries.c.arrival == bindparam("arrival"))
_PLACES_CLAIMED: Final = (
    select(arrivals.c.seq)
    .where(
        arrivals.c.partner == bindparam("partner"),
        arrivals.c.ep == bindparam("ep"),
        arrivals.c.seq > bindparam("above"),
        CLAIMED,
    )
    .distinct()
    .order_by(arrivals.c.seq)
    .limit(_MOST_PLACES)
)

_ANY_UNNUMBERED: Final = (
    select(inbox.c.version).where(inbox.c.client == bindparam("client"), UNNUMBERED).limit(1)
)
_LAST_POSITION: Final = select(func.max(inbox.c.position)).where(
    inbox.c.client == bindparam("client")
)
_WITHOUT_NUMBER: Final = (
    select(inbox.c.record, inbox.c.version)
    .where(inbox.c.client == bindparam("client"), UNNUMBERED)
    .subquery()
)
_TO_NUMBER: Final = (
    select(_WITHOUT_NUMBER.c.record, _WITHOUT_NUMBER.c.version)
    .join(
        records,
        and_(
            records.c.id == _WITHOUT_NUMBER.c.record,
            records.c.version == _WITHOUT_NUMBER.c.version,
        ),
    )
    .order_by(records.c.urgency, _WITHOUT_NUMBER.c.record, _WITHOUT_NUMBER.c.version)
)
_one_entry = (
    (inbox.c.client == bindparam("b_client"))
    & (inbox.c.record == bindparam("b_record"))
    & (inbox.c.version == bindparam("b_version"))
)
_NUMBER: Final = update(inbox).where(_one_entry).values(position=bindparam("b_position"))
_NUMBERED: Final = (
    select(*_INBOX.columns)
    .where(inbox.c.client == bindparam("client"), inbox.c.position > bindparam("after"))
    .order_by(inbox.c.position)
    .limit(bindparam("limit"))
)
_OPEN: Final = _NUMBERED.where(OPEN_INBOX)
_ENTRY: Final = select(*_INBOX.columns).where(
    inbox.c.client == bindparam("client"),
    inbox.c.record == bindparam("record"),
    inbox.c.version == bindparam("version"),
)
_OF_RECORD: Final = (
    select(*_INBOX.columns)
    .where(inbox.c.record == bindparam("record"))
    .order_by(inbox.c.client, inbox.c.version)
)
_HELD: Final = (
    select(*_INBOX.columns)
    .where(HELD)
    .order_by(inbox.c.record, inbox.c.version, inbox.c.client)
    .limit(bindparam("limit"))
)
_REPLACE_ENTRY: Final = (
    update(inbox)
    .where(_one_entry, inbox.c.state.in_(bindparam("b_expect", expanding=True)))
    .values(state=bindparam("b_state"), code=bindparam("b_code"), handed_at=bindparam("b_handed"))
)
_DROP_WITHDRAWN: Final = delete(inbox).where(_one_entry, inbox.c.state == "withdrawn")


class SqlArrivalStore:
    """`flow.ports.ArrivalStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_digest(self, partner: str, digest: str) -> ArrivalRow | None:
        """Return one, without wire."""
        wanted = {"partner": partner, "digest": digest}
        return _WITHOUT_WIRE.one(self._session.first(_BY_DIGEST, wanted))

    def add(self, row: ArrivalRow) -> bool:
        """Insert; False if (partner, digest) is there already."""
        add = insert_or_leave(arrivals, "partner", "digest", postgres=self._session.postgres)
        return self._session.run(add, values_of(arrivals, row)) == 1

    def replace(self, row: ArrivalRow, *, expect: str) -> bool:
        """Write over the row with this id if it is in state `expect`.

        Raises Conflict if it would be the second opened one at its place.
        """
        values = values_of(arrivals, row, leave=_FIXED)
        return self._session.run(_REPLACE, {**values, "b_id": row.id, "b_expect": expect}) == 1

    def unopened(self, partner: str, *, limit: int) -> Sequence[ArrivalRow]:
        """Return arrived ones, oldest first, with wire; uses index ix_arrivals_unopened."""
        found = self._session.rows(_UNOPENED, {"partner": partner, "limit": limit})
        return _ARRIVAL.of(found)

    def partners_unopened(self) -> Sequence[str]:
        """Return partners with anything unopened; uses index ix_arrivals_unopened."""
        return [row[0] for row in self._session.rows(_PARTNERS_UNOPENED)]

    def unopened_bytes(self, partner: str) -> int:
        """Return the sum of sizes waiting; reads two indexes alone."""
        wanted = {"partner": partner}
        return sum(self._session.number(one, wanted) for one in (_UNOPENED_BYTES, _PARKED_BYTES))

    def failed(self, id_: str) -> int:
        """Count one more failed try; return how many there were."""
        count = self._session.number(_TRIES, {"arrival": id_}) + 1
        write = insert_or_replace(tries, postgres=self._session.postgres)
        self._session.run(write, {"arrival": id_, "count": count})
        return count

    def parked(self, *, limit: int) -> Sequence[ArrivalRow]:
        """Return parked ones by partner, without wire; uses index ix_arrivals_parked."""
        return _WITHOUT_WIRE.of(self._session.rows(_PARKED, {"limit": limit}))

    def unpark(self, id_: str, state: str) -> None:
        """Put a parked one into this state, as if it had just come."""
        if self._session.run(_UNPARK, {"b_id": id_, "b_state": state}):
            self._session.run(_FORGET_TRIES, {"arrival": id_})

    def at_place(self, partner: str, ep: int, seq: int) -> ArrivalRow | None:
        """Return the opened one at a place, without wire; uses index ix_arrivals_opened."""
        wanted = {"partner": partner, "ep": ep, "seq": seq}
        return _WITHOUT_WIRE.one(self._session.first(_AT_PLACE, wanted))

    def claimed(self, partner: str, ep: int, *, above: int) -> Sequence[int]:
        """Return places above `above` that are opened or waiting; uses ix_arrivals_claimed."""
        wanted = {"partner": partner, "ep": ep, "above": above}
        return [int(row[0]) for row in self._session.rows(_PLACES_CLAIMED, wanted)]

    def get(self, id_: str) -> ArrivalRow | None:
        """Return one with its statement, without wire."""
        return _WITHOUT_WIRE.one(self._session.first(_BY_ID, {"id": id_}))

    def add_inbox(self, rows: Sequence[InboxRow]) -> None:
        """Insert, ignoring what is there already."""
        add = insert_or_leave(inbox, "client", "record", "version", postgres=self._session.postgres)
        self._session.run(add, [values_of(inbox, row) for row in rows])

    def has_unnumbered(self, client: str) -> bool:
        """Return whether a waiting row has no position; uses index ix_inbox_unnumbered."""
        return self._session.first(_ANY_UNNUMBERED, {"client": client}) is not None

    def number_inbox(self, client: str) -> None:
        """Give positions to waiting rows that have none: urgent first, then by record id.

        Uses index ix_inbox_unnumbered; takes no lock where there is nothing to do.
        """
        if not self.has_unnumbered(client):
            return
        self._session.lock(f"inbox:{client}")
        last = self._session.number(_LAST_POSITION, {"client": client})
        waiting = self._session.rows(_TO_NUMBER, {"client": client})
        self._session.run(
            _NUMBER,
            [
                {
                    "b_client": client,
                    "b_record": row[0],
                    "b_version": row[1],
                    "b_position": position,
                }
                for position, row in enumerate(waiting, start=last + 1)
            ],
        )

    def inbox(self, client: str, *, after: int, limit: int, open_only: bool) -> Sequence[InboxRow]:
        """Return numbered rows above position `after`; uses ix_inbox_position or ix_inbox_open."""
        wanted = {"client": client, "after": after, "limit": limit}
        return _INBOX.of(self._session.rows(_OPEN if open_only else _NUMBERED, wanted))

    def inbox_of(self, client: str, record: str, version: int) -> InboxRow | None:
        """Return one entry."""
        wanted = {"client": client, "record": record, "version": version}
        return _INBOX.one(self._session.first(_ENTRY, wanted))

    def inbox_of_record(self, record: str) -> Sequence[InboxRow]:
        """Return those of all clients and versions; uses index ix_inbox_record."""
        return _INBOX.of(self._session.rows(_OF_RECORD, {"record": record}))

    def inbox_held(self, *, limit: int) -> Sequence[InboxRow]:
        """Return held ones, oldest record first; uses index ix_inbox_held."""
        return _INBOX.of(self._session.rows(_HELD, {"limit": limit}))

    def drop_withdrawn(self, rows: Sequence[InboxRow]) -> None:
        """Delete these where they are withdrawn."""
        keys = [
            {"b_client": row.client, "b_record": row.record, "b_version": row.version}
            for row in rows
        ]
        self._session.run(_DROP_WITHDRAWN, keys)

    def replace_inbox(self, rows: Sequence[InboxRow], *, expect: Sequence[str]) -> int:
        """Write state, code, handed_at over rows in one of the states; returns how many."""
        return sum(self._session.run(_REPLACE_ENTRY, _moved(row, expect)) for row in rows)


def _moved(row: InboxRow, expect: Sequence[str]) -> dict[str, Any]:
    return {
        "b_client": row.client,
        "b_record": row.record,
        "b_version": row.version,
        "b_expect": list(expect),
        "b_state": row.state,
        "b_code": row.code,
        "b_handed": row.handed_at,
    }
