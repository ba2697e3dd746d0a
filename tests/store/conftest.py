"""Stores to run one contract on: SQLite in memory, SQLite in a file, a real PostgreSQL."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from gateway.store.schema import upgrade
from gateway.store.work import SqlStore
from tests.postgres import Server

TEMPLATE = "template_gateway"
_LAYOUT = """
    SELECT tablename, (SELECT count(*) FROM pg_indexes i WHERE i.tablename = t.tablename)
    FROM pg_tables t WHERE schemaname = 'public' ORDER BY tablename
"""
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def postgres(postgres_server: Server) -> Server:
    """The server of this test process, with a migrated database to copy."""
    upgrade(postgres_server.create(TEMPLATE))
    return postgres_server


@pytest.fixture(scope="session")
def spare() -> list[str]:
    """Databases of tests that are over, emptied: making one takes twenty times as long."""
    return []


@pytest.fixture
def postgres_url(postgres: Server, spare: list[str]) -> Iterator[str]:
    if spare:
        name = spare.pop()
        yield postgres.url(name)
    else:
        name = f"t{uuid.uuid4().hex}"
        yield postgres.create(name, TEMPLATE)
    if emptied(postgres.url(name), postgres.url(TEMPLATE)):
        spare.append(name)
    else:
        postgres.drop(name)


def emptied(url: str, template: str) -> bool:
    """Empty every table; whether the layout is still that of the template."""
    with psycopg.connect(template) as connection:
        wanted = connection.execute(_LAYOUT).fetchall()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_END_OTHERS)
        if connection.execute(_LAYOUT).fetchall() != wanted:
            return False
        tables = [name for name, _ in wanted if name != "alembic_version"]
        connection.execute("SET session_replication_role = replica")  # no order among them
        for table in tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for (sequence,) in connection.execute(_SEQUENCES).fetchall():
            connection.execute(
                sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(sequence))
            )
    return True


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "gateway.db"
    SqlStore.open(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture
def file_url(empty_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "gateway.db"
    shutil.copyfile(empty_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["memory", "file", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "sqlite://"
    name = "file_url" if request.param == "file" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["file", "postgresql"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """A database that several processes can share."""
    name = "file_url" if request.param == "file" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def open_store() -> Iterator[Callable[[str], SqlStore]]:
    """Opens stores, and closes them after the test."""
    opened: list[SqlStore] = []

    def open_one(url: str) -> SqlStore:
        opened.append(SqlStore.open(url))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def store(store_url: str, open_store: Callable[[str], SqlStore]) -> SqlStore:
    return open_store(store_url)
