"""What national systems are told to follow, marks, evidence, and copies beside the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, func, insert, select, tuple_, update

from gateway.flow.rows_after import ClaimRow, CopyRow, EvidenceRow, InboxNoticeRow, MarkRow
from gateway.store.session import Session, chunks, insert_or_leave, shape, values_of
from gateway.store.tables_after import (
    UNSETTLED,
    WAITING,
    claims,
    copies,
    evidence,
    inbox_notices,
    marks,
)

_ENTRY: Final = shape(InboxNoticeRow, inbox_notices)
_CLAIM: Final = shape(ClaimRow, claims)
_MARK: Final = shape(MarkRow, marks)
_EVIDENCE: Final = shape(EvidenceRow, evidence)
_COPY: Final = shape(CopyRow, copies)

_OPEN: Final = (
    select(*_ENTRY.columns)
    .where(
        inbox_notices.c.client == bindparam("client"),
        tuple_(inbox_notices.c.notice, inbox_notices.c.partner)
        > tuple_(bindparam("after"), bindparam("after_partner")),
        WAITING,
    )
    .order_by(inbox_notices.c.notice, inbox_notices.c.partner)
    .limit(bindparam("limit"))
)
_NAMED: Final = (
    select(*_ENTRY.columns)
    .where(
        inbox_notices.c.client == bindparam("client"),
        inbox_notices.c.notice == bindparam("notice"),
    )
    .order_by(inbox_notices.c.partner)
)
_OF_NOTICE: Final = (
    select(*_ENTRY.columns)
    .where(
        inbox_notices.c.cause == bindparam("notice"),
        inbox_notices.c.partner == bindparam("partner"),
    )
    .order_by(inbox_notices.c.client, inbox_notices.c.notice)
)
_SETTLE: Final = (
    update(inbox_notices)
    .where(
        inbox_notices.c.client == bindparam("b_client"),
        inbox_notices.c.notice == bindparam("b_notice"),
        inbox_notices.c.partner == bindparam("b_partner"),
        WAITING,
    )
    .values(
        state=bindparam("b_state"), reason=bindparam("b_reason"), settled_at=bindparam("b_settled")
    )
)
_MARKS: Final = (
    select(*_MARK.columns)
    .where(marks.c.record.in_(bindparam("records", expanding=True)))
    .order_by(marks.c.record, marks.c.field, marks.c.tag)
)
_ANY_MARK: Final = (
    select(marks.c.record).where(marks.c.org.in_(bindparam("orgs", expanding=True))).limit(1)
)
_MARKS_LIKE: Final = (
    select(*_MARK.columns)
    .where(
        marks.c.org.in_(bindparam("orgs", expanding=True)),
        marks.c.tag.in_(bindparam("tags", expanding=True)),
    )
    .order_by(marks.c.record, marks.c.field, marks.c.tag)
)
# So many of each partner: whoever makes up ids by the thousand hides nobody else's claim.
_NUMBERED: Final = (
    select(
        *_CLAIM.columns,
        func.row_number()
        .over(partition_by=claims.c.partner, order_by=claims.c.record)
        .label("place"),
    )
    .where(UNSETTLED)
    .subquery()
)
_CLAIMS: Final = (
    select(*(_NUMBERED.c[column.name] for column in _CLAIM.columns))
    .where(_NUMBERED.c.place <= bindparam("limit"))
    .order_by(_NUMBERED.c.record, _NUMBERED.c.partner)
)
_ONE_CLAIM: Final = select(*_CLAIM.columns).where(
    claims.c.record == bindparam("record"), claims.c.partner == bindparam("partner"), UNSETTLED
)
_SETTLE_CLAIM: Final = (
    update(claims)
    .where(
        claims.c.record == bindparam("b_record"),
        claims.c.partner == bindparam("b_partner"),
        UNSETTLED,
    )
    .values(settled_at=bindparam("b_now"), holder=bindparam("b_holder"), given=bindparam("b_given"))
)
# What a person dismissed rings again for a newer version: that is more than they had looked at.
_CLAIM_AGAIN: Final = (
    update(claims)
    .where(
        claims.c.record == bindparam("b_record"),
        claims.c.partner == bindparam("b_partner"),
        claims.c.settled_at.is_not(None),
        claims.c.given.is_(None),
        claims.c.version < bindparam("b_version"),
    )
    .values(
        version=bindparam("b_version"),
        holder=bindparam("b_holder"),
        at=bindparam("b_now"),
        settled_at=None,
    )
)
_GIVEN: Final = (
    select(*_CLAIM.columns)
    .where(claims.c.record.in_(bindparam("records", expanding=True)), claims.c.given.is_not(None))
    .order_by(claims.c.record, claims.c.given, claims.c.settled_at, claims.c.partner)
)
_OF_TEXTS: Final = select(*_EVIDENCE.columns).where(
    evidence.c.text.in_(bindparam("texts", expanding=True))
)
_COPIES: Final = (
    select(*_COPY.columns).where(copies.c.record == bindparam("record")).order_by(copies.c.id)
)
_SETTLE_COPY: Final = (
    update(copies)
    .where(copies.c.id == bindparam("b_id"), copies.c.state == "out")
    .values(state=bindparam("b_state"), settled_at=bindparam("b_settled"))
)


class SqlFollowStore:
    """`flow.ports.FollowStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_entries(self, rows: Sequence[InboxNoticeRow]) -> None:
        """Insert, leaving alone what is there."""
        key = ("client", "notice", "partner")
        add = insert_or_leave(inbox_notices, *key, postgres=self._session.postgres)
        self._session.run(add, [values_of(inbox_notices, row) for row in rows])

    def entries(
        self, client: str, *, after: tuple[str, str], limit: int
    ) -> Sequence[InboxNoticeRow]:
        """Return waiting ones of a client; uses index ix_inbox_notices_open."""
        notice, partner = after
        wanted = {"client": client, "after": notice, "after_partner": partner, "limit": limit}
        return _ENTRY.of(self._session.rows(_OPEN, wanted))

    def entries_named(self, client: str, notice: str) -> Sequence[InboxNoticeRow]:
        """Return those of a client with this notice id; uses the primary key."""
        return _ENTRY.of(self._session.rows(_NAMED, {"client": client, "notice": notice}))

    def entries_of(self, notice: str, partner: str) -> Sequence[InboxNoticeRow]:
        """Return what every client was told; uses index ix_inbox_notices_cause."""
        wanted = {"notice": notice, "partner": partner}
        return _ENTRY.of(self._session.rows(_OF_NOTICE, wanted))

    def settle_entry(self, row: InboxNoticeRow) -> bool:
        """Write state, reason and settled_at if it waits still; whether it did."""
        values = {
            "b_client": row.client,
            "b_notice": row.notice,
            "b_partner": row.partner,
            "b_state": row.state,
            "b_reason": row.reason,
            "b_settled": row.settled_at,
        }
        return self._session.run(_SETTLE, values) == 1

    def add_marks(self, rows: Sequence[MarkRow]) -> None:
        """Insert, leaving alone what is there."""
        add = insert_or_leave(marks, "record", "field", "tag", postgres=self._session.postgres)
        self._session.run(add, [values_of(marks, row) for row in rows])

    def marks(self, records: Sequence[str]) -> Sequence[MarkRow]:
        """Return all of these records; uses the primary key."""
        return [
            row
            for some in chunks(records)
            for row in _MARK.of(self._session.rows(_MARKS, {"records": some}))
        ]

    def has_marks(self, orgs: Sequence[str]) -> bool:
        """Return whether there is any; uses index ix_marks_tag."""
        return any(
            self._session.first(_ANY_MARK, {"orgs": some}) is not None for some in chunks(orgs)
        )

    def marks_like(self, orgs: Sequence[str], tags: Sequence[str]) -> Sequence[MarkRow]:
        """Return those with one of these tags; uses index ix_marks_tag."""
        return [
            row
            for owners in chunks(orgs)
            for some in chunks(tags)
            for row in _MARK.of(self._session.rows(_MARKS_LIKE, {"orgs": owners, "tags": some}))
        ]

    def add_claims(self, rows: Sequence[ClaimRow]) -> None:
        """Insert; a dismissed one of an older version is open again, others are left alone."""
        add = insert_or_leave(claims, "record", "partner", postgres=self._session.postgres)
        self._session.run(add, [values_of(claims, row) for row in rows])
        again = [
            {
                "b_record": row.record,
                "b_partner": row.partner,
                "b_version": row.version,
                "b_holder": row.holder,
                "b_now": row.at,
            }
            for row in rows
        ]
        self._session.run(_CLAIM_AGAIN, again)

    def claims(self, *, limit: int) -> Sequence[ClaimRow]:
        """Return those that are not settled, so many of each; uses index ix_claims_open."""
        return _CLAIM.of(self._session.rows(_CLAIMS, {"limit": limit}))

    def claim(self, record: str, partner: str) -> ClaimRow | None:
        """Return one that is not settled; uses index ix_claims_open."""
        return _CLAIM.one(self._session.first(_ONE_CLAIM, {"record": record, "partner": partner}))

    def settle_claim(self, row: ClaimRow, *, now_ms: int) -> bool:
        """Settle it if it is not yet, with holder and given; whether it was not."""
        values = {
            "b_record": row.record,
            "b_partner": row.partner,
            "b_now": now_ms,
            "b_holder": row.holder,
            "b_given": row.given,
        }
        return self._session.run(_SETTLE_CLAIM, values) == 1

    def given(self, records: Sequence[str]) -> Sequence[ClaimRow]:
        """Return those by which ids were given away; uses the primary key."""
        return [
            row
            for some in chunks(records)
            for row in _CLAIM.of(self._session.rows(_GIVEN, {"records": some}))
        ]

    def add_evidence(self, rows: Sequence[EvidenceRow]) -> None:
        """Insert, leaving alone what is there."""
        add = insert_or_leave(evidence, "text", "author", postgres=self._session.postgres)
        self._session.run(add, [values_of(evidence, row) for row in rows])

    def evidence(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """Return the statements that prove these texts; uses the primary key."""
        wanted = frozenset(keys)
        return {
            (row.author, row.text): row.line
            for some in chunks(text for _, text in keys)
            for row in _EVIDENCE.of(self._session.rows(_OF_TEXTS, {"texts": some}))
            if (row.author, row.text) in wanted
        }

    def add_copy(self, row: CopyRow) -> None:
        """Insert."""
        self._session.run(insert(copies), values_of(copies, row))

    def copies(self, record: str) -> Sequence[CopyRow]:
        """Return all of one record, oldest first; uses index ix_copies_record."""
        return _COPY.of(self._session.rows(_COPIES, {"record": record}))

    def settle_copy(self, row: CopyRow) -> bool:
        """Write state and settled_at if it is out still; whether it was."""
        values = {"b_id": row.id, "b_state": row.state, "b_settled": row.settled_at}
        return self._session.run(_SETTLE_COPY, values) == 1
