"""Releases: one row per record and partner, from the decision to what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, insert, select, update

from gateway.flow.rows import ReleaseRow
from gateway.store.session import Session, distinct_of, shape, triples, values_of
from gateway.store.tables import DUE, IN_ENVELOPE, UNANSWERED, UNDECIDED, UNDECIDED_UNTIL, releases

_RELEASE: Final = shape(ReleaseRow, releases)
_AT_PARTNER: Final = ("sealed", "stored", "parked", "accepted")
_FIXED: Final = ("id", "partner", "record", "version", "notice")

_releases = select(*_RELEASE.columns)
_DUE: Final = (
    _releases.where(releases.c.partner == bindparam("partner"), DUE)
    .order_by(releases.c.urgency, releases.c.id)
    .limit(bindparam("limit"))
)
_PARTNERS_DUE: Final = distinct_of(releases.c.partner, DUE)
_OF_RECORD: Final = _releases.where(releases.c.record == bindparam("record")).order_by(
    releases.c.id
)
_OF_ENVELOPE: Final = _releases.where(
    releases.c.envelope == bindparam("envelope"), IN_ENVELOPE
).order_by(releases.c.id)
_DECIDED_BEFORE: Final = (
    _releases.where(
        releases.c.partner == bindparam("partner"),
        UNDECIDED,
        releases.c.epoch < bindparam("epoch"),
    )
    .order_by(releases.c.epoch, releases.c.id)
    .limit(bindparam("limit"))
)
_PAST: Final = (
    _releases.where(
        releases.c.partner == bindparam("partner"),
        UNDECIDED_UNTIL,
        releases.c.until <= bindparam("now"),
    )
    .order_by(releases.c.until, releases.c.id)
    .limit(bindparam("limit"))
)
_UNANSWERED: Final = (
    _releases.where(UNANSWERED, releases.c.decided_at < bindparam("before"))
    .order_by(releases.c.decided_at, releases.c.id)
    .limit(bindparam("limit"))
)
_HOLDERS: Final = _OF_RECORD.where(releases.c.state.in_(_AT_PARTNER))
_COUNTS: Final = (
    select(releases.c.partner, releases.c.state, func.count())
    .group_by(releases.c.partner, releases.c.state)
    .order_by(releases.c.partner, releases.c.state)
)
_REPLACE: Final = update(releases).where(
    releases.c.id == bindparam("b_id"),
    releases.c.state == bindparam("b_expect"),
    releases.c.revision == bindparam("b_revision"),
)
_HAND_OUT: Final = (
    update(releases)
    .where(releases.c.envelope == bindparam("b_envelope"), IN_ENVELOPE)
    .where(releases.c.state == "sealed", releases.c.tried.is_(False))
    .values(tried=True, revision=releases.c.revision + 1)
)


class SqlReleaseStore:
    """`flow.ports.ReleaseStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[ReleaseRow]) -> None:
        """Insert in bulk. Raises Conflict on a second (partner, record, version, notice)."""
        self._session.run(insert(releases), [values_of(releases, row) for row in rows])

    def due(self, partner: str, *, limit: int) -> Sequence[ReleaseRow]:
        """Return due ones, urgent first, then in order of id; uses index ix_releases_due."""
        return _RELEASE.of(self._session.rows(_DUE, {"partner": partner, "limit": limit}))

    def partners_due(self) -> Sequence[str]:
        """Return partners for which anything is due; uses index ix_releases_due."""
        return [row[0] for row in self._session.rows(_PARTNERS_DUE)]

    def of_record(self, record: str) -> Sequence[ReleaseRow]:
        """Return all of one record, oldest first; uses index ix_releases_record."""
        return _RELEASE.of(self._session.held(_OF_RECORD, {"record": record}, releases))

    def of_envelope(self, envelope: str) -> Sequence[ReleaseRow]:
        """Return all inside one envelope; uses index ix_releases_envelope."""
        return _RELEASE.of(self._session.held(_OF_ENVELOPE, {"envelope": envelope}, releases))

    def stale(self, partner: str, *, epoch: int, now_ms: int, limit: int) -> Sequence[ReleaseRow]:
        """Return held and refused ones decided before `epoch`, or whose `until` has passed.

        Uses indexes ix_releases_epoch and ix_releases_until, one after the other.
        """
        before = {"partner": partner, "epoch": epoch, "limit": limit}
        found = {row.id: row for row in _RELEASE.of(self._session.rows(_DECIDED_BEFORE, before))}
        if len(found) < limit:
            past = {"partner": partner, "now": now_ms, "limit": limit}
            found |= {row.id: row for row in _RELEASE.of(self._session.rows(_PAST, past))}
        return list(found.values())[:limit]

    def replace(self, rows: Sequence[ReleaseRow], *, expect: str) -> int:
        """Write these over the rows they rest on, in state `expect`; returns how many were."""
        return self._session.run(
            _REPLACE,
            [
                {
                    **values_of(releases, row, leave=_FIXED),
                    "revision": row.revision + 1,
                    "b_id": row.id,
                    "b_expect": expect,
                    "b_revision": row.revision,
                }
                for row in rows
            ],
        )

    def hand_out(self, envelope: str) -> int:
        """Set `tried` on what is sealed in this envelope; uses index ix_releases_envelope."""
        return self._session.run(_HAND_OUT, {"b_envelope": envelope})

    def holders(self, record: str) -> Sequence[ReleaseRow]:
        """Return those that are at the partner; uses index ix_releases_record."""
        return _RELEASE.of(self._session.rows(_HOLDERS, {"record": record}))

    def unanswered(self, *, decided_before: int, limit: int) -> Sequence[ReleaseRow]:
        """Return releases of notices without a verdict; uses index ix_releases_unanswered."""
        wanted = {"before": decided_before, "limit": limit}
        return _RELEASE.of(self._session.rows(_UNANSWERED, wanted))

    def count_by_state(self) -> Sequence[tuple[str, str, int]]:
        """Return (partner, state, count); reads index ix_releases_state alone."""
        return triples(self._session.rows(_COUNTS))
