"""Originals: what was submitted, sealed, while it is kept; and the quarantine.

The part of `flow.ports.RecordStore` that is about them. Plaintext never comes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from gateway.flow.rows import OriginalRow, QuarantineGroup
from gateway.store.session import Session, chunks, shape
from gateway.store.tables import QUARANTINED, WITH_CONTENT, originals

_ORIGINAL: Final = shape(OriginalRow, originals)
_ORIGINAL_BY_ID: Final = select(*_ORIGINAL.columns).where(originals.c.id == bindparam("id"))
_ORIGINALS_BY_DIGEST: Final = (
    select(*_ORIGINAL.columns)
    .where(
        originals.c.org == bindparam("org"),
        originals.c.digest.in_(bindparam("digests", expanding=True)),
    )
    .order_by(originals.c.id)
)
_QUARANTINED: Final = (
    select(*_ORIGINAL.columns)
    .where(QUARANTINED, originals.c.id > bindparam("after"))
    .order_by(originals.c.id)
    .limit(bindparam("limit"))
)
_QUARANTINED_OF: Final = _QUARANTINED.where(originals.c.org == bindparam("org"))
_EXPIRED_ORIGINALS: Final = (
    select(*_ORIGINAL.columns)
    .where(WITH_CONTENT, originals.c.erase_at <= bindparam("now"))
    .order_by(originals.c.erase_at, originals.c.id)
    .limit(bindparam("limit"))
)
_OF_SOURCE: Final = (
    select(*_ORIGINAL.columns)
    .where(
        WITH_CONTENT, originals.c.source == bindparam("source"), originals.c.id > bindparam("after")
    )
    .order_by(originals.c.id)
    .limit(bindparam("limit"))
)
_COUNT_OF_SOURCE: Final = (
    select(func.count())
    .select_from(originals)
    .where(WITH_CONTENT, originals.c.source == bindparam("source"))
)
_ALIKE: Final = tuple(
    originals.c[name] for name in ("org", "source", "format", "adapter_version", "stage", "cause")
)
_GROUPS: Final = (
    select(
        *_ALIKE,
        func.count().label("count"),
        func.min(originals.c.received_at).label("oldest"),
        func.min(originals.c.erase_at).label("first_erased"),
    )
    .where(QUARANTINED)
    .group_by(*_ALIKE)
    .order_by(func.count().desc(), *_ALIKE)
    .limit(bindparam("limit"))
)
_GROUPS_OF: Final = _GROUPS.where(originals.c.org == bindparam("org"))
_SET_ORIGINAL: Final = update(originals).where(originals.c.id == bindparam("b_id"))


class OriginalsInSql:
    """Originals in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def original(self, id_: str) -> OriginalRow | None:
        """Return one original."""
        return _ORIGINAL.one(self._session.first(_ORIGINAL_BY_ID, {"id": id_}))

    def original_by_digest(self, org: str, digests: Sequence[str]) -> Mapping[str, OriginalRow]:
        """Return originals of these keyed tags, the newest per tag; uses ix_originals_digest."""
        found: dict[str, OriginalRow] = {}
        for some in chunks(digests):
            rows = self._session.rows(_ORIGINALS_BY_DIGEST, {"org": org, "digests": some})
            found |= {row.digest: row for row in _ORIGINAL.of(rows)}
        return found

    def quarantined(self, *, org: str | None, after: str, limit: int) -> Sequence[OriginalRow]:
        """Return originals in quarantine, in id order; uses ix_originals_quarantined(_org)."""
        values: dict[str, Any] = {"after": after, "limit": limit}
        if org is None:
            return _ORIGINAL.of(self._session.rows(_QUARANTINED, values))
        return _ORIGINAL.of(self._session.rows(_QUARANTINED_OF, values | {"org": org}))

    def quarantine_groups(self, *, org: str | None, limit: int) -> Sequence[QuarantineGroup]:
        """Return what waits alike, the largest first; uses ix_originals_quarantined(_org)."""
        if org is None:
            found = self._session.rows(_GROUPS, {"limit": limit})
        else:
            found = self._session.rows(_GROUPS_OF, {"limit": limit, "org": org})
        return [QuarantineGroup(**row._asdict()) for row in found]

    def originals_of(self, source: str, *, after: str, limit: int) -> Sequence[OriginalRow]:
        """Return originals of a source that have content; uses index ix_originals_source."""
        values = {"source": source, "after": after, "limit": limit}
        return _ORIGINAL.of(self._session.rows(_OF_SOURCE, values))

    def count_originals_of(self, source: str) -> int:
        """Return how many those are; reads index ix_originals_source alone."""
        found = self._session.first(_COUNT_OF_SOURCE, {"source": source})
        return int(found[0]) if found is not None else 0

    def expired_originals(self, *, now_ms: int, limit: int) -> Sequence[OriginalRow]:
        """Return originals with content past their `erase_at`; uses index ix_originals_erase."""
        found = self._session.rows(_EXPIRED_ORIGINALS, {"now": now_ms, "limit": limit})
        return _ORIGINAL.of(found)

    def set_original(self, row: OriginalRow) -> None:
        """Replace all but what says whose it is, where it came from and when."""
        self._session.run(
            _SET_ORIGINAL,
            {
                "b_id": row.id,
                "state": row.state,
                "stage": row.stage,
                "cause": row.cause,
                "faults": row.faults,
                "adapter_version": row.adapter_version,
                "content": row.content,
                "data_key": row.data_key,
            },
        )
