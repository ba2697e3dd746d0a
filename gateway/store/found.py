"""Lists of records and documents as people look for them: narrow indexes first, rows after.

A page of few among many is found in an index that holds all that is filtered by; only what stands
on the page is read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select

from gateway.flow.ports.found import DocumentCount, Wanted
from gateway.flow.rows import RecordRow
from gateway.store.records import AFTER_ALL, SqlRecordStore
from gateway.store.session import Session
from gateway.store.tables import COUNTED, LISTED, PAST, originals, records

_WANTED: Final = (
    select(records.c.id, records.c.version)
    .where(
        records.c.org == bindparam("org"),
        records.c.id < bindparam("before"),
        records.c.id >= bindparam("since"),
        records.c.from_partner.is_(None),
    )
    .order_by(records.c.id.desc(), records.c.version.desc())
    .limit(bindparam("limit"))
)
_CURRENT: Final = _WANTED.where(LISTED)
_PAST: Final = _WANTED.where(PAST, records.c.state == bindparam("state"))
_DOCUMENTS: Final = (
    select(
        originals.c.source,
        originals.c.state,
        func.count().label("count"),
        func.max(originals.c.received_at).label("newest"),
    )
    .where(originals.c.org == bindparam("org"), COUNTED)
    .group_by(originals.c.source, originals.c.state)
    .order_by(originals.c.source, originals.c.state)
)
_ARRIVALS: Final = (
    select(originals.c.received_at)
    .where(originals.c.org == bindparam("org"), originals.c.source == bindparam("source"), COUNTED)
    .order_by(originals.c.received_at.desc())
    .limit(bindparam("limit"))
)


class SqlFoundStore:
    """`flow.ports.FoundStore` in SQL."""

    def __init__(self, session: Session, kept: SqlRecordStore) -> None:
        self._session = session
        self._kept = kept

    def records(self, wanted: Wanted, *, limit: int) -> Sequence[RecordRow]:
        """Return versions that are wanted, the newest first; by ix_records_listed or _past."""
        values: dict[str, Any] = {
            "org": wanted.org,
            "before": wanted.before or AFTER_ALL,
            "since": wanted.since,
            "limit": limit,
        }
        statement: Select[Any] = _CURRENT
        if wanted.state not in (None, "current"):
            statement, values["state"] = _PAST, wanted.state
        for name in ("type", "source"):
            value = getattr(wanted, name)
            if value is not None:
                statement = statement.where(records.c[name] == bindparam(name))
                values[name] = value
        found = [(str(id_), int(version)) for id_, version in self._session.rows(statement, values)]
        return self._kept.get(found)

    def documents(self, org: str) -> Sequence[DocumentCount]:
        """Return how many documents there are; reads index ix_originals_counted alone."""
        found = self._session.rows(_DOCUMENTS, {"org": org})
        return [DocumentCount(**row._asdict()) for row in found]

    def arrivals(self, org: str, source: str, *, limit: int) -> Sequence[int]:
        """Return when the newest came; reads index ix_originals_counted alone."""
        found = self._session.rows(_ARRIVALS, {"org": org, "source": source, "limit": limit})
        return [int(at) for (at,) in found]
