"""Releases: one row per record and partner, from the decision to what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, func, insert, select, text, update

from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_people import HeldGroup, UrgentRow
from gateway.store.session import Session, distinct_of, shape, triples, values_of
from gateway.store.tables import (
    DUE,
    IN_ENVELOPE,
    LEFT,
    UNANSWERED,
    UNDECIDED,
    UNDECIDED_UNTIL,
    envelopes,
    records,
    releases,
)

_RELEASE: Final = shape(ReleaseRow, releases)
_AT_PARTNER: Final = ("sealed", "stored", "parked", "accepted")
_MOST_COUNTED: Final = 1_000_000
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
_left = (
    releases.c.partner == bindparam("partner"),
    LEFT,
    releases.c.decided_at > bindparam("since"),
)
_SOME_LEFT: Final = select(func.count()).select_from(
    select(releases.c.id).where(*_left).limit(bindparam("least")).subquery()
)
_ALL_LEFT: Final = (
    select(
        records.c.org,
        releases.c.purpose,
        func.count(),
        func.min(releases.c.decided_at),
    )
    .join(
        records,
        and_(records.c.id == releases.c.record, records.c.version == releases.c.version),
    )
    .where(*_left)
    .group_by(records.c.org, releases.c.purpose)
)
_RECORDS_AT: Final = (
    select(releases.c.record)
    .where(
        releases.c.partner == bindparam("partner"),
        releases.c.record > bindparam("after"),
        releases.c.notice == "",
        releases.c.tried,
    )
    .distinct()
    .order_by(releases.c.record)
    .limit(bindparam("limit"))
)
_UNANSWERED: Final = (
    _releases.where(UNANSWERED, releases.c.decided_at < bindparam("before"))
    .order_by(releases.c.decided_at, releases.c.id)
    .limit(bindparam("limit"))
)
# Limited, so that SQLite looks for them before it groups; the oldest are among them.
_late = (
    select(releases.c.partner, releases.c.decided_at)
    .where(UNANSWERED, releases.c.decided_at < bindparam("before"))
    .order_by(releases.c.decided_at, releases.c.id)
    .limit(_MOST_COUNTED)
    .subquery()
)
_COUNT_UNANSWERED: Final = (
    select(_late.c.partner, func.count(), func.min(_late.c.decided_at))
    .group_by(_late.c.partner)
    .order_by(_late.c.partner)
)
_HOLDERS: Final = _OF_RECORD.where(releases.c.state.in_(_AT_PARTNER))
_COUNTS: Final = (
    select(releases.c.partner, releases.c.state, func.count())
    .where(releases.c.state != "gone")
    .group_by(releases.c.partner, releases.c.state)
    .order_by(releases.c.partner, releases.c.state)
)
# What is gone has a row for each notice that took it away, and for each version.
_COUNT_GONE: Final = (
    select(releases.c.partner, releases.c.state, func.count(releases.c.record.distinct()))
    .where(releases.c.state == "gone")
    .group_by(releases.c.partner, releases.c.state)
)
# Conditions of partial indexes, where two tables have a column `state`.
_IS_HELD: Final = text("releases.state = 'held'")
_IS_URGENT: Final = text(
    "releases.state IN ('due', 'sealed') AND releases.urgency <= 1 AND releases.notice = ''"
)
_its_record = (records.c.id == releases.c.record) & (records.c.version == releases.c.version)
_held_of = (
    select(releases)
    .join(records, _its_record)
    .where(_IS_HELD, records.c.org == bindparam("org"), releases.c.notice == "")
)
_HELD_GROUPS: Final = (
    _held_of.with_only_columns(
        releases.c.code.label("rule"),
        records.c.source,
        releases.c.partner,
        func.count().label("count"),
        func.min(releases.c.urgency).label("urgency"),
        func.min(records.c.received_at).label("since"),  # a decision is made again and again
    )
    .group_by(releases.c.code, records.c.source, releases.c.partner)
    .order_by("urgency", "since", "rule", "partner")
    .limit(bindparam("limit"))
)
_HELD: Final = (
    _held_of.with_only_columns(*_RELEASE.columns)
    .where(
        releases.c.partner == bindparam("partner"),
        releases.c.code == bindparam("rule"),
        releases.c.id > bindparam("after"),
        records.c.source == bindparam("source"),
    )
    .order_by(releases.c.id)
    .limit(bindparam("limit"))
)
_URGENT: Final = (
    select(
        releases.c.id.label("release"),
        records.c.org,
        releases.c.partner,
        releases.c.record,
        releases.c.version,
        releases.c.urgency,
        releases.c.state,
        releases.c.decided_at.label("since"),
        envelopes.c.sealed_at,
        envelopes.c.handed_at,
    )
    .join(records, _its_record)
    .outerjoin(envelopes, envelopes.c.id == releases.c.envelope)
    .where(_IS_URGENT, releases.c.urgency <= bindparam("up_to"))
    .order_by(releases.c.decided_at, releases.c.id)
    .limit(bindparam("limit"))
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

    def records_at(self, partner: str, *, after: str, limit: int) -> Sequence[str]:
        """Return records handed out to a partner; uses the unique (partner, record, ...)."""
        wanted = {"partner": partner, "after": after, "limit": limit}
        return [str(row[0]) for row in self._session.rows(_RECORDS_AT, wanted)]

    def left_since(
        self, partner: str, since_ms: int, *, least: int
    ) -> Sequence[tuple[str, str, int, int]]:
        """Count what was sealed since then; uses index ix_releases_left, at first up to `least`."""
        asked = {"partner": partner, "since": since_ms}
        found = self._session.first(_SOME_LEFT, {**asked, "least": least})
        if found is None or found[0] < least:
            return []
        return [
            (str(org), str(purpose), int(count), int(first))
            for org, purpose, count, first in self._session.rows(_ALL_LEFT, asked)
        ]

    def unanswered(self, *, decided_before: int, limit: int) -> Sequence[ReleaseRow]:
        """Return releases of notices without a verdict; uses index ix_releases_unanswered."""
        wanted = {"before": decided_before, "limit": limit}
        return _RELEASE.of(self._session.rows(_UNANSWERED, wanted))

    def count_unanswered(self, *, decided_before: int) -> Sequence[tuple[str, int, int]]:
        """Return partner, count and earliest moment; uses index ix_releases_unanswered."""
        found = self._session.rows(_COUNT_UNANSWERED, {"before": decided_before})
        return [(str(partner), int(count), int(oldest)) for partner, count, oldest in found]

    def count_by_state(self) -> Sequence[tuple[str, str, int]]:
        """Return (partner, state, count), in order; of what is gone records are counted.

        Uses index ix_releases_state, and of what is not gone nothing else.
        """
        found = (*self._session.rows(_COUNTS), *self._session.rows(_COUNT_GONE))
        return sorted(triples(found))

    def held_groups(self, org: str, *, limit: int) -> Sequence[HeldGroup]:
        """Return what is held, grouped, urgent first; uses ix_releases_state or _held."""
        rows = self._session.rows(_HELD_GROUPS, {"org": org, "limit": limit})
        return [HeldGroup(**row._asdict()) for row in rows]

    def held(
        self, org: str, *, rule: str, source: str, partner: str, after: str, limit: int
    ) -> Sequence[ReleaseRow]:
        """Return those of one group in order of id; uses ix_releases_held or _state."""
        wanted = {"org": org, "rule": rule, "source": source, "partner": partner}
        return _RELEASE.of(self._session.rows(_HELD, {**wanted, "after": after, "limit": limit}))

    def urgent(self, *, up_to: int, limit: int) -> Sequence[UrgentRow]:
        """Return urgent ones that no receipt ended; uses index ix_releases_urgent."""
        rows = self._session.rows(_URGENT, {"up_to": up_to, "limit": limit})
        return [UrgentRow(**row._asdict()) for row in rows]
