"""A database is made and changed by migrations, and never used while it is behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import gateway.store.migrations
from gateway.core.errors import GatewayError
from gateway.store.engine import StoreGone, engines
from gateway.store.every_table import metadata
from gateway.store.schema import NEWEST, SchemaNotCurrent, create_all, is_current, upgrade
from gateway.store.work import SqlStore

SCRIPTS = Path(gateway.store.migrations.__file__).parent


@pytest.fixture(params=["file", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "file":
        yield f"sqlite:///{tmp_path}/gateway.db"
        return
    postgres = request.getfixturevalue("postgres")
    postgres.create("empty")
    yield postgres.url("empty")
    postgres.drop("empty")


def alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def test_the_migrations_make_exactly_the_tables_of_the_page(empty_url: str) -> None:
    upgrade(empty_url)
    source = engines(empty_url)
    with source.writing.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    source.dispose()


def layout(connection: Connection) -> dict[str, object]:
    """What the database itself says of each table: columns, keys, and indexes with their rows."""
    if connection.dialect.name == "sqlite":
        told = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        )
    else:
        told = connection.execute(
            text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        )
    indexes = {name: " ".join(sql.split()) for name, sql in told if "alembic" not in name}
    seen = inspect(connection)
    tables = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(name)],
            seen.get_pk_constraint(name),
            sorted(map(str, seen.get_unique_constraints(name))),
            sorted(map(str, seen.get_foreign_keys(name))),
        )
        for name in seen.get_table_names()
        if name != "alembic_version"
    }
    return {**indexes, **tables}


def test_created_and_migrated_databases_cannot_be_told_apart(
    empty_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Partial indexes too, which the comparison of the library leaves out."""
    other = engines(empty_url) if empty_url.startswith("postgresql") else engines("sqlite://")
    create_all(other.writing)
    with other.reading.connect() as connection:
        created = layout(connection)
    if other.postgres:
        with other.writing.begin() as connection:
            metadata.drop_all(connection)
    other.dispose()
    upgrade(empty_url)
    source = engines(empty_url)
    with source.reading.connect() as connection:
        assert layout(connection) == created
    source.dispose()


def test_migrations_go_down_and_up_again(empty_url: str) -> None:
    upgrade(empty_url)
    source = engines(empty_url)
    with source.writing.begin() as connection:
        command.downgrade(alembic(connection), "base")
    with source.reading.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    source.dispose()
    assert is_current(empty_url) is False
    upgrade(empty_url)
    assert is_current(empty_url) is True


def test_the_newest_layout_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_several_processes_may_upgrade_at_once(empty_url: str) -> None:
    failures: list[GatewayError] = []

    def start() -> None:
        try:
            upgrade(empty_url)
        except GatewayError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert is_current(empty_url)


def test_a_database_of_another_version_is_not_opened(
    shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqlStore.open(shared_url).close()
    monkeypatch.setattr("gateway.store.schema.NEWEST", "9999")
    assert is_current(shared_url) is False
    with pytest.raises(SchemaNotCurrent):
        SqlStore.open(shared_url)


def test_an_empty_database_is_not_opened(empty_url: str, tmp_path: Path) -> None:
    if empty_url.startswith("sqlite"):
        with pytest.raises(StoreGone):  # opening never makes a file
            SqlStore.open(empty_url)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "gateway.db").touch()
    with pytest.raises(SchemaNotCurrent):
        SqlStore.open(empty_url)
    SqlStore.open(empty_url, create=True).close()


def test_a_server_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(StoreGone) as gone:
        SqlStore.open(f"postgresql://gateway:hidden-word@/x?host={tmp_path}")
    assert "hidden-word" not in str(gone.value)
    assert isinstance(gone.value.__cause__.orig, psycopg.OperationalError)  # type: ignore[union-attr]


def test_a_server_s_database_leaves_no_file_in_the_current_folder(
    postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    postgres.create("nowhere")
    upgrade(postgres.url("nowhere"))
    assert list(tmp_path.iterdir()) == []
