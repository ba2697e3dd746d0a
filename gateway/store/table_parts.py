"""What the pages of tables are written with: columns, keys and indexes by short names.

Owns the names of constraints and what each kind of column is on both engines. Leaves which table
has which to `tables` and `tables_after`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
)

from gateway.flow.rows import Sealed
from gateway.store.columns import WORD, JsonColumn, SealedColumn

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def word(name: str) -> Column[str]:
    """Return a column of a word: an id, a name, a code or a digest."""
    return Column(name, WORD, nullable=False)


def word_or_none(name: str) -> Column[str]:
    """Return a column of a word that may be missing."""
    return Column(name, WORD, nullable=True)


def number(name: str) -> Column[int]:
    """Return a column of a whole number; times are milliseconds since 1970."""
    return Column(name, BigInteger, nullable=False)


def number_or_none(name: str) -> Column[int]:
    """Return a column of a whole number that may be missing."""
    return Column(name, BigInteger, nullable=True)


def flag(name: str) -> Column[bool]:
    """Return a column that is true or false."""
    return Column(name, Boolean, nullable=False)


def json_text(name: str) -> Column[Mapping[str, Any] | Sequence[Any]]:
    """Return a column of JSON as ASCII text."""
    return Column(name, JsonColumn, nullable=False)


def binary(name: str) -> Column[bytes]:
    """Return a column of bytes."""
    return Column(name, LargeBinary, nullable=False)


def binary_or_none(name: str) -> Column[bytes]:
    """Return a column of bytes that may be missing."""
    return Column(name, LargeBinary, nullable=True)


def sealed(name: str) -> Column[Sealed]:
    """Return a column of ciphertext of the vault, empty once it is erased."""
    return Column(name, SealedColumn, nullable=True)


def words(names: str) -> list[Column[str]]:
    """Return columns of words, by their names with spaces between."""
    return [word(name) for name in names.split()]


def words_or_none(names: str) -> list[Column[str]]:
    """Return columns of words that may be missing, by their names with spaces between."""
    return [word_or_none(name) for name in names.split()]


def key(*names: str) -> PrimaryKeyConstraint:
    """Return the primary key over these columns."""
    return PrimaryKeyConstraint(*names)


def index(name: str, *columns: str, where: Any = None, unique: bool = False) -> Index:
    """Return an index, partial on both engines where `where` says which rows it holds."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def of_record() -> ForeignKeyConstraint:
    """Return a reference that is checked at the commit: a unit may insert in any order."""
    return ForeignKeyConstraint(
        ["record", "version"],
        ["records.id", "records.version"],
        deferrable=True,
        initially="DEFERRED",
    )
