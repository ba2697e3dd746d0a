"""Databases in memory that begin as copies, and share what SQLAlchemy compiled.

Thousands of tests open fresh stores. Making the same tables and compiling the same statements for
each would take most of their time; the first store of a test process does both in earnest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Engine

import gateway.store.work
from gateway.store.engine import Engines
from gateway.store.work import SqlStore

_engines = gateway.store.work.engines
_create_all = gateway.store.work.create_all
_template: list[sqlite3.Connection] = []
_dialects: list[tuple[Any, Any]] = []  # of the writing and the reading engine
_compiled: dict[Any, Any] = {}


def share() -> None:
    """From now on, in this process."""
    gateway.store.work.engines = _shared_engines
    gateway.store.work.create_all = _copied


def copied(store: SqlStore) -> SqlStore:
    """A store in memory of its own, with all that is in `store`."""
    fresh = SqlStore.open("sqlite://")
    overwrite(fresh, store)
    return fresh


def overwrite(store: SqlStore, other: SqlStore) -> None:
    """Put all that is in `other` into `store`, in place of what is there."""
    with _database(other) as original, _database(store) as copy:
        original.backup(copy)


@contextmanager
def _database(store: SqlStore) -> Iterator[sqlite3.Connection]:
    source = store._source  # noqa: SLF001 - the store has no way out for its bytes
    with closing(source.writing.raw_connection()) as connection:
        database = connection.driver_connection
        assert isinstance(database, sqlite3.Connection)
        yield database


def _shared_engines(url: str, *, threads: int = 16) -> Engines:
    made = _engines(url, threads=threads)
    if made.postgres or made.path is not None:
        return made
    if not _dialects:
        for engine in (made.writing, made.reading):
            engine.connect().close()  # SQLAlchemy asks the first connection what it can do
        _dialects.append((made.writing.dialect, made.reading.dialect))
    made.writing.dialect, made.reading.dialect = _dialects[0]
    for engine in (made.writing, made.reading):
        engine.update_execution_options(compiled_cache=_compiled)
    return made


def _copied(engine: Engine) -> None:
    with closing(engine.raw_connection()) as connection:
        database = connection.driver_connection
        assert isinstance(database, sqlite3.Connection)
        if _template:
            _template[0].backup(database)
            return
    _create_all(engine)
    with closing(engine.raw_connection()) as connection:
        made = connection.driver_connection
        assert isinstance(made, sqlite3.Connection)
        template = sqlite3.connect(":memory:", check_same_thread=False)
        made.backup(template)
    _template.append(template)
