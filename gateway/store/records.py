"""Originals, data keys, records and links.

Plaintext never comes here. Reading a record joins its wrapped data key: where that row was
deleted, `kek` and `wrapped` are None and the text is gone for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Select, bindparam, delete, exists, func, insert, select, update

from gateway.flow.rows import DataKey, LinkRow, OriginalRow, RecordRow
from gateway.store.originals import OriginalsInSql
from gateway.store.session import Session, chunks, shape, values_of
from gateway.store.tables import (
    CURRENT,
    TO_ERASE,
    TO_REVIEW,
    data_keys,
    links,
    originals,
    records,
    releases,
)

K = TypeVar("K")
AFTER_ALL: Final = "~"  # above every id: they begin with a letter or digit

_RECORD: Final = shape(RecordRow, records, data_keys)
_DATA_KEY: Final = shape(DataKey, data_keys)
_LINK: Final = shape(LinkRow, links)

_joined = records.outerjoin(data_keys, data_keys.c.id == records.c.data_key)
_records: Select[Any] = select(*_RECORD.columns).select_from(_joined)
_other = records.alias("other")

_VERSIONS: Final = _records.where(
    records.c.id.in_(bindparam("ids", expanding=True)), records.c.version == bindparam("version")
)
_NEWEST: Final = _records.where(
    records.c.id.in_(bindparam("ids", expanding=True)),
    records.c.version
    == select(func.max(_other.c.version)).where(_other.c.id == records.c.id).scalar_subquery(),
)
_BY_REF: Final = _records.where(
    records.c.org == bindparam("org"),
    records.c.source == bindparam("source"),
    records.c.ref_tag.in_(bindparam("ref_tags", expanding=True)),
    records.c.version
    == select(func.max(_other.c.version))
    .where(
        _other.c.org == records.c.org,
        _other.c.source == records.c.source,
        _other.c.ref_tag == records.c.ref_tag,
    )
    .scalar_subquery(),
)
_PAGE: Final = (
    _records.where(records.c.org == bindparam("org"), CURRENT, records.c.id > bindparam("after"))
    .order_by(records.c.id)
    .limit(bindparam("limit"))
)
_HOLDING: Final = (
    _records.where(CURRENT, records.c.data_key.is_not(None), records.c.id > bindparam("after"))
    .order_by(records.c.id)
    .limit(bindparam("limit"))
)
_UNRELEASED: Final = (
    _records.where(
        CURRENT,
        records.c.from_partner.is_(None),
        records.c.id > bindparam("after"),
        ~exists().where(
            releases.c.partner == bindparam("partner"),
            releases.c.record == records.c.id,
            releases.c.version == records.c.version,
            releases.c.notice == "",
        ),
    )
    .order_by(records.c.id)
    .limit(bindparam("limit"))
)
_LATEST: Final = (
    _records.where(CURRENT, records.c.from_partner.is_(None), records.c.id < bindparam("before"))
    .order_by(records.c.id.desc())
    .limit(bindparam("limit"))
)
_LATEST_OF: Final = _LATEST.where(records.c.org == bindparam("org"))
_SET_STATE: Final = (
    update(records)
    .where(records.c.id == bindparam("b_id"), records.c.version == bindparam("b_version"))
    .values(state=bindparam("b_state"))
)
_ALL_VERSIONS: Final = _records.where(records.c.id == bindparam("id")).order_by(records.c.version)
_REWRITE: Final = (
    update(records)
    .where(records.c.id == bindparam("b_id"), records.c.version == bindparam("b_version"))
    .values(
        state=bindparam("b_state"),
        text=bindparam("b_text"),
        trail=bindparam("b_trail"),
        data_key=bindparam("b_key"),
        sha256=bindparam("b_sha256"),
        statement=bindparam("b_statement"),
        via=bindparam("b_via"),
        brought_by=bindparam("b_brought_by"),
        received_at=bindparam("b_received_at"),
        review_by=bindparam("b_review_by"),
        erase_by=bindparam("b_erase_by"),
    )
)
_DROP_LINKS: Final = delete(links).where(
    links.c.record == bindparam("b_id"), links.c.version == bindparam("b_version")
)
_LINKS_OF: Final = (
    select(*_LINK.columns)
    .where(links.c.record == bindparam("record"))
    .order_by(links.c.version, links.c.field, links.c.tag)
)
# What is only restricted is not erased by a date: it is kept for whoever it is restricted for.
_TO_ERASE: Final = (
    _records.where(
        TO_ERASE,
        records.c.state != "restricted",
        records.c.data_key.is_not(None),
        records.c.erase_by <= bindparam("now"),
    )
    .order_by(records.c.erase_by)
    .limit(bindparam("limit"))
)
_TO_REVIEW: Final = (
    _records.where(
        TO_REVIEW,
        records.c.org == bindparam("org"),
        records.c.review_by <= bindparam("before"),
    )
    .order_by(records.c.review_by, records.c.id)
    .limit(bindparam("limit"))
)
_DATA_KEYS: Final = select(*_DATA_KEY.columns).where(
    data_keys.c.id.in_(bindparam("ids", expanding=True))
)
_ERASE_DATA_KEYS: Final = delete(data_keys).where(
    data_keys.c.id.in_(bindparam("ids", expanding=True))
)
_LINKED: Final = (
    select(*_LINK.columns)
    .where(links.c.field == bindparam("field"), links.c.tag.in_(bindparam("tags", expanding=True)))
    .order_by(links.c.tag, links.c.record, links.c.version)
    .limit(bindparam("limit"))
)

_HAND_OVER: Final = (
    update(records)
    .where(records.c.id == bindparam("b_id"), records.c.from_partner.is_not(None))
    .values(org=bindparam("b_partner"), from_partner=bindparam("b_partner"))
)


class SqlRecordStore(OriginalsInSql):
    """`flow.ports.RecordStore` in SQL."""

    def add(
        self,
        *,
        data_keys: Sequence[DataKey] = (),
        originals: Sequence[OriginalRow] = (),
        records: Sequence[RecordRow] = (),
        links: Sequence[LinkRow] = (),
    ) -> None:
        """Insert all, in bulk. Raises Conflict on a taken (org, source, ref_tag, version)."""
        _insert_all(self._session, data_keys, originals, records, links)

    def get(self, keys: Sequence[tuple[str, int]]) -> Sequence[RecordRow]:
        """Return the versions asked for that exist, in the order asked for."""
        ids_of: dict[int, list[str]] = {}
        for id_, version in keys:
            ids_of.setdefault(version, []).append(id_)
        found: dict[tuple[str, int], RecordRow] = {}
        for version, ids in ids_of.items():
            for some in chunks(ids):
                rows = self._session.held(_VERSIONS, {"ids": some, "version": version}, records)
                found |= {(row.id, row.version): row for row in _RECORD.of(rows)}
        return [found[key] for key in dict.fromkeys(keys) if key in found]

    def newest(self, ids: Sequence[str]) -> Mapping[str, RecordRow]:
        """Return the highest version of each id that exists."""
        found: dict[str, RecordRow] = {}
        for some in chunks(ids):
            rows = self._session.held(_NEWEST, {"ids": some}, records)
            found |= {row.id: row for row in _RECORD.of(rows)}
        return found

    def by_ref(
        self, refs: Sequence[tuple[str, str, str]]
    ) -> Mapping[tuple[str, str, str], RecordRow]:
        """Return the newest version by (org, source, ref_tag)."""
        found: dict[tuple[str, str, str], RecordRow] = {}
        for (org, source), tags in _grouped(((org, source), tag) for org, source, tag in refs):
            for some in chunks(tags):
                rows = self._session.rows(_BY_REF, {"org": org, "source": source, "ref_tags": some})
                found |= {(row.org, row.source, row.ref_tag): row for row in _RECORD.of(rows)}
        return found

    def page(self, org: str, *, after: str, limit: int) -> Sequence[RecordRow]:
        """Return current records of one organisation, in id order; uses index ix_records_org."""
        values = {"org": org, "after": after, "limit": limit}
        return _RECORD.of(self._session.rows(_PAGE, values))

    def holding(self, *, after: str, limit: int) -> Sequence[RecordRow]:
        """Return current records with content, in id order; uses the primary key."""
        return _RECORD.of(self._session.rows(_HOLDING, {"after": after, "limit": limit}))

    def latest(self, org: str | None, *, before: str, limit: int) -> Sequence[RecordRow]:
        """Return own current ones, newest first; uses the primary key or ix_records_org."""
        wanted = {"before": before or AFTER_ALL, "limit": limit}
        if org is None:
            return _RECORD.of(self._session.rows(_LATEST, wanted))
        return _RECORD.of(self._session.rows(_LATEST_OF, {**wanted, "org": org}))

    def unreleased(self, partner: str, *, after: str, limit: int) -> Sequence[RecordRow]:
        """Return own current records without a release for `partner`, in id order."""
        values = {"partner": partner, "after": after, "limit": limit}
        return _RECORD.of(self._session.rows(_UNRELEASED, values))

    def set_state(self, record: str, version: int, state: str) -> None:
        """Move one version."""
        values = {"b_id": record, "b_version": version, "b_state": state}
        self._session.run(_SET_STATE, values)

    def versions(self, record: str) -> Sequence[RecordRow]:
        """Return all versions of one record, oldest first; uses the primary key."""
        return _RECORD.of(self._session.rows(_ALL_VERSIONS, {"id": record}))

    def rewrite(self, rows: Sequence[RecordRow]) -> None:
        """Write state, text and what goes with it over the rows of these versions."""
        self._session.run(
            _REWRITE,
            [
                {
                    "b_id": row.id,
                    "b_version": row.version,
                    "b_state": row.state,
                    "b_text": row.text,
                    "b_trail": row.trail,
                    "b_key": row.data_key,
                    "b_sha256": row.sha256,
                    "b_statement": row.statement,
                    "b_via": row.via,
                    "b_brought_by": row.brought_by,
                    "b_received_at": row.received_at,
                    "b_review_by": row.review_by,
                    "b_erase_by": row.erase_by,
                }
                for row in rows
            ],
        )

    def hand_over(self, record: str, partner: str) -> None:
        """Let all versions of a received record be that partner's; uses the primary key."""
        self._session.run(_HAND_OVER, {"b_id": record, "b_partner": partner})

    def drop_links(self, keys: Sequence[tuple[str, int]]) -> None:
        """Delete the links of these versions; uses index ix_links_record."""
        self._session.run(
            _DROP_LINKS, [{"b_id": record, "b_version": version} for record, version in keys]
        )

    def links_of(self, record: str) -> Sequence[LinkRow]:
        """Return the links of all versions of one record; uses index ix_links_record."""
        return _LINK.of(self._session.rows(_LINKS_OF, {"record": record}))

    def to_erase(self, *, now_ms: int, limit: int) -> Sequence[RecordRow]:
        """Return versions whose `erase_by` has passed; uses index ix_records_erase."""
        return _RECORD.of(self._session.rows(_TO_ERASE, {"now": now_ms, "limit": limit}))

    def to_review(self, org: str, *, before_ms: int, limit: int) -> Sequence[RecordRow]:
        """Return current records whose review is due; uses index ix_records_review."""
        wanted = {"org": org, "before": before_ms, "limit": limit}
        return _RECORD.of(self._session.rows(_TO_REVIEW, wanted))

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, DataKey]:
        """Return data keys by id."""
        found: dict[str, DataKey] = {}
        for some in chunks(ids):
            rows = self._session.rows(_DATA_KEYS, {"ids": some})
            found |= {row.id: row for row in _DATA_KEY.of(rows)}
        return found

    def erase_data_keys(self, ids: Sequence[str]) -> None:
        """Delete: what they seal is gone."""
        for some in chunks(ids):
            self._session.run(_ERASE_DATA_KEYS, {"ids": some})

    def linked(self, tags: Sequence[tuple[str, str]], *, limit: int) -> Sequence[LinkRow]:
        """Return links with one of these (field, tag), at most `limit`; uses the primary key."""
        found: list[LinkRow] = []
        for field, values in _grouped(tags):
            for some in chunks(values):
                wanted = {"field": field, "tags": some, "limit": limit - len(found)}
                found += _LINK.of(self._session.rows(_LINKED, wanted))
                if len(found) >= limit:
                    return found
        return found


def _insert_all(
    session: Session,
    new_keys: Sequence[DataKey],
    new_originals: Sequence[OriginalRow],
    new_records: Sequence[RecordRow],
    new_links: Sequence[LinkRow],
) -> None:
    session.run(insert(data_keys), [values_of(data_keys, row) for row in new_keys])
    session.run(insert(originals), [values_of(originals, row) for row in new_originals])
    session.run(insert(records), [values_of(records, row) for row in new_records])
    session.run(insert(links), [values_of(links, row) for row in new_links])


def _grouped(pairs: Iterable[tuple[K, str]]) -> Iterable[tuple[K, list[str]]]:
    groups: dict[K, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups.items()
