"""One open transaction: run statements, map rows, take locks.

Owns how a mapper reaches the database: every statement goes through `Session`, so that errors
come out in our own words and a unit in which something failed cannot be committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, Generic, NoReturn, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    Table,
    TextClause,
    func,
    null,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from gateway.core.errors import GatewayError
from gateway.store.engine import StoreUnavailable, own_errors

R = TypeVar("R")
T = TypeVar("T")
Values = Mapping[str, Any]
AnyRow = Row[*tuple[Any, ...]]

MOST_AT_ONCE: Final = 500  # values in one IN list


class UnitBroken(StoreUnavailable):
    """Something in this unit of work failed; it can only be left, not committed."""

    code = "unit-broken"


class Session:
    """What the mappers of one unit of work share."""

    def __init__(self, connection: Connection, *, postgres: bool, writing: bool) -> None:
        self.postgres = postgres
        self.writing = writing
        self.broken = False
        self._connection = connection

    def rows(self, statement: Executable, values: Values | None = None) -> Sequence[AnyRow]:
        """Return all rows."""
        with self.watched():
            return self._connection.execute(statement, values).all()

    def first(self, statement: Executable, values: Values | None = None) -> AnyRow | None:
        """Return the first row, if any."""
        with self.watched():
            return self._connection.execute(statement, values).first()

    def held(self, statement: Select[Any], values: Values, of: Table) -> Sequence[AnyRow]:
        """Return all rows; a writing unit holds those of table `of` until its end.

        So what is written back rests on what was read. SQLite's writer is alone anyway.
        """
        return self.rows(_held(statement, of) if self.writing else statement, values)

    def number(self, statement: Executable, values: Values | None = None) -> int:
        """Return the one number that the statement yields; none and NULL are 0."""
        found = self.first(statement, values)
        return 0 if found is None or found[0] is None else int(found[0])

    def run(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> int:
        """Run once, or once per mapping of a list (empty: not at all). How many rows it met."""
        if isinstance(values, Sequence) and not values:
            return 0
        with self.watched():
            return self._connection.execute(statement, values).rowcount

    def lock(self, name: str, *, shared: bool = False) -> None:
        """Hold the lock of this name until the unit ends. SQLite's writer is alone anyway."""
        if self.postgres:
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
            take = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
            self.rows(select(take(number)))

    def refuse(self, error: GatewayError) -> NoReturn:
        """Raise `error`; the unit cannot be committed any more."""
        self.broken = True
        raise error

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Translate errors, and remember that there was one."""
        if self.broken:
            raise UnitBroken
        try:
            with own_errors():
                yield
        except GatewayError:
            self.broken = True
            raise


@dataclass(frozen=True, slots=True)
class Shape(Generic[R]):
    """Which columns make a row of one kind, in the order of its members."""

    kind: type[R]
    columns: tuple[ColumnElement[Any], ...]

    def of(self, rows: Iterable[AnyRow]) -> list[R]:
        """Return the database's rows as rows of this kind."""
        return [self.kind(**row._asdict()) for row in rows]

    def one(self, row: AnyRow | None) -> R | None:
        """Return one row, or None where there is none."""
        return None if row is None else self.kind(**row._asdict())


def shape(kind: type[R], *tables: Table, absent: Iterable[str] = ()) -> Shape[R]:
    """Return the shape of `kind` over joined tables, the first that has a column giving it.

    Members in `absent` are read as None: what a list should not carry.
    """
    left_out = frozenset(absent)
    columns: list[ColumnElement[Any]] = []
    for each in fields(kind):  # type: ignore[arg-type]  # rows are dataclasses; R has no bound
        if each.name in left_out:
            columns.append(null().label(each.name))
        else:
            columns.append(next(t.c[each.name] for t in tables if each.name in t.c))
    return Shape(kind, tuple(columns))


def triples(rows: Iterable[AnyRow]) -> list[tuple[str, str, int]]:
    """Return rows of two words and a number as plain tuples."""
    return [(str(first), str(second), int(number)) for first, second, number in rows]


def values_of(table: Table, row: object, leave: Iterable[str] = ()) -> dict[str, Any]:
    """Return the members of `row` that `table` has columns for."""
    left_out = frozenset(leave)
    return {name: getattr(row, name) for name in table.c.keys() if name not in left_out}  # noqa: SIM118 -- iterating `c` gives columns


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield distinct values in lists short enough for one statement."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), MOST_AT_ONCE):
        yield distinct[start : start + MOST_AT_ONCE]


@cache
def _held(statement: Select[Any], of: Table) -> Select[Any]:
    return statement.with_for_update(of=of)


@cache
def insert_or_replace(table: Table, *, postgres: bool) -> Executable:
    """Return an insert that writes over the row with the same primary key."""
    key = [column.name for column in table.primary_key]
    names = [column.name for column in table.c if column.name not in key]
    if postgres:
        on_postgres = postgresql.insert(table)
        return on_postgres.on_conflict_do_update(
            index_elements=key, set_={name: on_postgres.excluded[name] for name in names}
        )
    on_sqlite = sqlite.insert(table)
    return on_sqlite.on_conflict_do_update(
        index_elements=key, set_={name: on_sqlite.excluded[name] for name in names}
    )


@cache
def insert_or_leave(table: Table, *columns: str, postgres: bool) -> Executable:
    """Return an insert that does nothing where a row with the same `columns` is there."""
    if postgres:
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=columns)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=columns)


def distinct_of(column: Column[str], where: TextClause) -> Executable:
    """Return a select of a column's distinct values that steps through an index on it.

    A plain DISTINCT reads every row; this looks one value up after the other.
    """
    steps = select(func.min(column).label("found")).where(where).cte("steps", recursive=True)
    after = select(func.min(column)).where(where, column > steps.c.found).scalar_subquery()
    steps = steps.union_all(select(after).where(steps.c.found.is_not(None)))
    return select(steps.c.found).where(steps.c.found.is_not(None)).order_by(steps.c.found)
