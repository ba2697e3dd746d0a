"""What was disclosed to whom, and the sealed blocks that say about whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Executable, Table, bindparam, delete, func, insert, select

from gateway.flow.rows_after import DisclosureRow, SubjectsRow
from gateway.store.session import Session, chunks, shape, values_of
from gateway.store.tables_after import disclosures, subjects

_DISCLOSURE: Final = shape(DisclosureRow, disclosures)
_SUBJECTS: Final = shape(SubjectsRow, subjects)

_BY_IDS: Final = (
    select(*_DISCLOSURE.columns)
    .where(disclosures.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(disclosures.c.id)
)
_PAGE: Final = (
    select(*_DISCLOSURE.columns)
    .where(disclosures.c.id > bindparam("after"), disclosures.c.id < bindparam("before"))
    .order_by(disclosures.c.id)
    .limit(bindparam("limit"))
)
_WHERE: Final[Mapping[str, ColumnElement[bool]]] = {
    "org": disclosures.c.org.in_((bindparam("org"), "")),
    "record": disclosures.c.record == bindparam("record"),
    "partner": disclosures.c.partner == bindparam("partner"),
}
_BLOCKS: Final = (
    select(*_SUBJECTS.columns)
    .where(subjects.c.id > bindparam("after"))
    .order_by(subjects.c.id)
    .limit(bindparam("limit"))
)
_COUNT: Final = select(func.count()).select_from(subjects)
_OLDEST: Final[Mapping[Table, Executable]] = {
    table: select(table.c.id)
    .where(table.c.id < bindparam("before"))
    .order_by(table.c.id)
    .limit(bindparam("limit"))
    for table in (disclosures, subjects)
}
_NO_END: Final = "~"  # after every id


class SqlDisclosureStore:
    """`flow.ports.DisclosureStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, rows: Sequence[DisclosureRow], subjects_row: SubjectsRow | None) -> None:
        """Insert all of one envelope, and its block."""
        self._session.run(insert(disclosures), [values_of(disclosures, row) for row in rows])
        if subjects_row is not None:
            self._session.run(insert(subjects), [values_of(subjects, subjects_row)])

    def get(self, ids: Sequence[str]) -> Sequence[DisclosureRow]:
        """Return those that exist, oldest first within 500; uses the primary key."""
        return [
            row
            for some in chunks(ids)
            for row in _DISCLOSURE.of(self._session.rows(_BY_IDS, {"ids": some}))
        ]

    def page(
        self,
        org: str | None,
        *,
        record: str | None = None,
        partner: str | None = None,
        after: str = "",
        before: str = "",
        limit: int,
    ) -> Sequence[DisclosureRow]:
        """Return a page; uses ix_disclosures_record, ix_disclosures_partner or the primary key."""
        asked = {"org": org, "record": record, "partner": partner}
        named = {name: value for name, value in asked.items() if value is not None}
        wanted = {**named, "after": after, "before": before or _NO_END, "limit": limit}
        statement = _PAGE.where(*(_WHERE[name] for name in named))
        return _DISCLOSURE.of(self._session.rows(statement, wanted))

    def subjects(self, *, after: str, limit: int) -> Sequence[SubjectsRow]:
        """Return blocks, oldest first; uses the primary key."""
        return _SUBJECTS.of(self._session.rows(_BLOCKS, {"after": after, "limit": limit}))

    def count_subjects(self) -> int:
        """Return how many blocks there are."""
        return self._session.number(_COUNT)

    def forget(self, *, before: str, limit: int) -> int:
        """Delete the oldest; uses the primary keys."""
        gone = 0
        for table, oldest in _OLDEST.items():
            ids = [row[0] for row in self._session.rows(oldest, {"before": before, "limit": limit})]
            drop = delete(table).where(table.c.id == bindparam("b_id"))
            gone += self._session.run(drop, [{"b_id": id_} for id_ in ids])
        return gone
