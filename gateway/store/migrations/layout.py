"""The words in which migrations say a table: plain columns, keys and indexes with their names.

Migrations that were released use these: add to them, but never change what one means.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def words(*names: str) -> list[sa.Column[str]]:
    """Return columns of text that compares bytewise."""
    return [sa.Column(name, _WORD, nullable=False) for name in names]


def maybe_words(*names: str) -> list[sa.Column[str]]:
    """Return columns of text that may be absent."""
    return [sa.Column(name, _WORD, nullable=True) for name in names]


def numbers(*names: str) -> list[sa.Column[int]]:
    """Return columns of whole numbers up to 63 bits."""
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def maybe_numbers(*names: str) -> list[sa.Column[int]]:
    """Return columns of whole numbers that may be absent."""
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in names]


def flags(*names: str) -> list[sa.Column[bool]]:
    """Return columns of yes or no."""
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def json(*names: str) -> list[sa.Column[str]]:
    """Return columns of JSON as text."""
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def bytes_(*names: str) -> list[sa.Column[bytes]]:
    """Return columns of bytes."""
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def maybe_bytes(*names: str) -> list[sa.Column[bytes]]:
    """Return columns of bytes that may be absent."""
    return [sa.Column(name, sa.LargeBinary(), nullable=True) for name in names]


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    """Return the primary key."""
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    """Return another key."""
    return sa.UniqueConstraint(*columns, name="_".join(("uq", table, *columns)))


def of_record(table: str) -> sa.ForeignKeyConstraint:
    """Return a reference to one version of a record, checked at the commit."""
    return sa.ForeignKeyConstraint(
        ["record", "version"],
        ["records.id", "records.version"],
        name=f"fk_{table}_records",
        deferrable=True,
        initially="DEFERRED",
    )


def of_envelope(table: str) -> sa.ForeignKeyConstraint:
    """Return a reference to an envelope, checked at the commit."""
    return sa.ForeignKeyConstraint(
        ["envelope"],
        ["envelopes.id"],
        name=f"fk_{table}_envelopes",
        deferrable=True,
        initially="DEFERRED",
    )


def index(
    name: str, table: str, *columns: str, where: str | None = None, unique: bool = False
) -> None:
    """Create an index, on both engines of those rows only that `where` names."""
    partial = None if where is None else sa.text(where)
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=partial, postgresql_where=partial
    )
