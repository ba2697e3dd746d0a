"""Stores to run one contract on: SQLite in memory, SQLite in a file, a real PostgreSQL."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.schema import upgrade
from gateway.store.work import SqlStore
from tests.postgres import Server

TEMPLATE = "template_gateway"


@pytest.fixture(scope="session")
def postgres(postgres_server: Server) -> Server:
    """The server of this test process, with a migrated database to copy."""
    upgrade(postgres_server.create(TEMPLATE))
    return postgres_server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    yield postgres.create(name, TEMPLATE)
    postgres.drop(name)


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
