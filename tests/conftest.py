"""What every test may ask for: databases of both kinds, and how generated cases are tried."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import quick_stores
from tests.postgres import Server

# Two cores are shared by many: how long one case takes says nothing.
hypothesis.settings.register_profile("gateway", deadline=None, print_blob=True)
hypothesis.settings.load_profile("gateway")
quick_stores.share()


def pytest_collection_finish() -> None:
    """Let the collector leave alone what stays: modules, tests and compiled statements."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A real PostgreSQL, one per test process, started by the first test that needs it."""
    server = Server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """An empty PostgreSQL database of this test alone."""
    name = f"t{uuid.uuid4().hex}"
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an SQLite file of this test alone; there is no file yet."""
    return f"sqlite:///{tmp_path / 'gateway.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url
