"""How far we are in bringing to national systems what is for them, and in taking what they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, delete, func, or_, select

from gateway.flow.rows import InboxRow
from gateway.flow.rows_after import InboxNoticeRow
from gateway.flow.rows_national import HandoverRow, PickedRow, PullRow
from gateway.store.session import (
    Session,
    insert_or_replace,
    shape,
    values_of,
)
from gateway.store.tables import OPEN_INBOX, inbox
from gateway.store.tables_after import WAITING, inbox_notices
from gateway.store.tables_national import LAID_OUT, handovers, picked, pulls

_ROW: Final = shape(HandoverRow, handovers)
_RECORD: Final = shape(InboxRow, inbox)
_NOTICE: Final = shape(InboxNoticeRow, inbox_notices)

_may_go = or_(handovers.c.retry_at.is_(None), handovers.c.retry_at <= bindparam("now"))
_DUE_RECORDS: Final = (
    select(*_RECORD.columns)
    .outerjoin_from(
        inbox,
        handovers,
        and_(
            handovers.c.client == inbox.c.client,
            handovers.c.about == inbox.c.record,
            handovers.c.version == inbox.c.version,
            handovers.c.partner == "",
        ),
    )
    .where(inbox.c.client == bindparam("client"), OPEN_INBOX, _may_go)
    .order_by(inbox.c.position)
    .limit(bindparam("limit"))
)
_DUE_NOTICES: Final = (
    select(*_NOTICE.columns)
    .outerjoin_from(
        inbox_notices,
        handovers,
        and_(
            handovers.c.client == inbox_notices.c.client,
            handovers.c.about == inbox_notices.c.notice,
            handovers.c.version == 0,
            handovers.c.partner == inbox_notices.c.partner,
        ),
    )
    .where(inbox_notices.c.client == bindparam("client"), WAITING, _may_go)
    .order_by(inbox_notices.c.notice, inbox_notices.c.partner)
    .limit(bindparam("limit"))
)
_one = (
    (handovers.c.client == bindparam("client"))
    & (handovers.c.about == bindparam("about"))
    & (handovers.c.version == bindparam("version"))
    & (handovers.c.partner == bindparam("partner"))
)
_GET: Final = select(*_ROW.columns).where(_one)
_LAID: Final = (
    select(*_ROW.columns)
    .where(handovers.c.client == bindparam("client"), LAID_OUT)
    .order_by(handovers.c.at, handovers.c.about)
    .limit(bindparam("limit"))
)
_FORGET: Final = delete(handovers).where(_one, handovers.c.stage != "laid")
_CLEARED: Final = delete(handovers).where(_one)
_STANDING: Final = select(*_ROW.columns).where(handovers.c.about == "").order_by(handovers.c.client)
_COUNTS: Final = (
    select(handovers.c.client, handovers.c.stage, func.count(), func.min(handovers.c.at))
    .where(handovers.c.about != "")
    .group_by(handovers.c.client, handovers.c.stage)
    .order_by(handovers.c.client, handovers.c.stage)
)

_PULL: Final = shape(PullRow, pulls)
_PICKED: Final = shape(PickedRow, picked)
_PULL_OF: Final = select(*_PULL.columns).where(pulls.c.source == bindparam("source"))
_PULLS: Final = select(*_PULL.columns).order_by(pulls.c.source)
_OTHERS: Final = delete(pulls).where(pulls.c.source.not_in(bindparam("sources", expanding=True)))
_PICKED_ONE: Final = select(*_PICKED.columns).where(
    picked.c.source == bindparam("source"),
    picked.c.digest == bindparam("digest"),
    picked.c.name == bindparam("name"),
)
_PICKED_PAGE: Final = (
    select(*_PICKED.columns)
    .where(picked.c.source == bindparam("source"), picked.c.at < bindparam("before"))
    .order_by(picked.c.at.desc(), picked.c.digest)
    .limit(bindparam("limit"))
)


class SqlHandoverStore:
    """`flow.ports.HandoverStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def due_records(self, client: str, *, now_ms: int, limit: int) -> Sequence[InboxRow]:
        """Return open entries that may be brought now; uses index ix_inbox_open."""
        wanted = {"client": client, "now": now_ms, "limit": limit}
        return _RECORD.of(self._session.rows(_DUE_RECORDS, wanted))

    def due_notices(self, client: str, *, now_ms: int, limit: int) -> Sequence[InboxNoticeRow]:
        """Return waiting notices that may be brought now; uses index ix_inbox_notices_open."""
        wanted = {"client": client, "now": now_ms, "limit": limit}
        return _NOTICE.of(self._session.rows(_DUE_NOTICES, wanted))

    def get(self, client: str, about: str, version: int, partner: str = "") -> HandoverRow | None:
        """Return one."""
        return _ROW.one(self._session.first(_GET, _of(client, about, version, partner)))

    def put(self, rows: Sequence[HandoverRow]) -> None:
        """Insert, or write over."""
        put = insert_or_replace(handovers, postgres=self._session.postgres)
        self._session.run(put, [values_of(handovers, row) for row in rows])

    def laid_out(self, client: str, *, limit: int) -> Sequence[HandoverRow]:
        """Return those with a file, the oldest first; uses index ix_handovers_laid."""
        return _ROW.of(self._session.rows(_LAID, {"client": client, "limit": limit}))

    def forget(self, client: str, about: str, version: int, partner: str = "") -> None:
        """Delete, unless a file is still to be cleared away."""
        self._session.run(_FORGET, _of(client, about, version, partner))

    def cleared(self, row: HandoverRow) -> None:
        """Delete: no file of it is left."""
        self._session.run(_CLEARED, _of(row.client, row.about, row.version, row.partner))

    def standing(self) -> Sequence[HandoverRow]:
        """Return the rows of ways that fail now."""
        return _ROW.of(self._session.rows(_STANDING))

    def counts(self) -> Sequence[tuple[str, str, int, int]]:
        """Return (client, stage, how many, the earliest `at`)."""
        found = self._session.rows(_COUNTS)
        return [(str(row[0]), str(row[1]), int(row[2]), int(row[3])) for row in found]


def _of(client: str, about: str, version: int, partner: str) -> dict[str, str | int]:
    return {"client": client, "about": about, "version": version, "partner": partner}


class SqlPullStore:
    """`flow.ports.PullStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, source: str) -> PullRow | None:
        """Return one."""
        return _PULL.one(self._session.first(_PULL_OF, {"source": source}))

    def put(self, row: PullRow) -> None:
        """Insert, or write over."""
        put = insert_or_replace(pulls, postgres=self._session.postgres)
        self._session.run(put, values_of(pulls, row))

    def all(self) -> Sequence[PullRow]:
        """Return every one, by name."""
        return _PULL.of(self._session.rows(_PULLS))

    def keep_only(self, sources: Sequence[str]) -> int:
        """Delete the rows of all others; returns how many."""
        return self._session.run(_OTHERS, {"sources": list(sources)})

    def picked(self, source: str, digest: str, name: str) -> PickedRow | None:
        """Return what became of a document; uses the primary key."""
        wanted = {"source": source, "digest": digest, "name": name}
        return _PICKED.one(self._session.first(_PICKED_ONE, wanted))

    def pick(self, row: PickedRow) -> None:
        """Insert, or write over."""
        put = insert_or_replace(picked, postgres=self._session.postgres)
        self._session.run(put, values_of(picked, row))

    def page(self, source: str, *, before: int, limit: int) -> Sequence[PickedRow]:
        """Return documents taken before that, the newest first; uses index ix_picked_source."""
        wanted = {"source": source, "before": before, "limit": limit}
        return _PICKED.of(self._session.rows(_PICKED_PAGE, wanted))
