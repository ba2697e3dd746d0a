"""Bring a database to the newest layout, and say whether it is there.

Owns how migrations run; the migrations are `migrations/versions`. Two processes may start at
once: one migrates, the other waits and finds nothing to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, inspect, select, text
from sqlalchemy.sql import column, table

from gateway.core.errors import SettingRefused
from gateway.store.engine import create_file, engines, own_errors, parse_url, sqlite_path
from gateway.store.every_table import metadata

NEWEST: Final = "0004"  # the head of migrations/versions
_MIGRATION_LOCK: Final = 0x6578_6761_7465  # any number that nobody else locks
_version: Select[Any] = select(column("version_num")).select_from(table("alembic_version"))


class SchemaNotCurrent(SettingRefused):
    """The tables are missing, older or newer than this version of the gateway."""

    code = "schema-not-current"
    advice = "Run `gateway init`, or install the version that made the database."


def upgrade(url: str) -> bool:
    """Create the tables at `url`, or migrate them; return whether their layout was an older one."""
    path = sqlite_path(parse_url(url))
    if path is not None:
        create_file(path)
    source = engines(url, threads=1)
    try:
        older = not _is_current(source.reading)
        with own_errors():
            _migrate(source.writing, postgres=source.postgres)
    finally:
        source.dispose()
    return older


def is_current(url: str) -> bool:
    """Return whether the tables at `url` have the newest layout."""
    source = engines(url, threads=1)
    try:
        return _is_current(source.reading)
    finally:
        source.dispose()


def _is_current(engine: Engine) -> bool:
    try:
        demand_current(engine)
    except SchemaNotCurrent:
        return False
    return True


def demand_current(engine: Engine) -> None:
    """Raise SchemaNotCurrent unless the tables have the newest layout."""
    with own_errors(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise SchemaNotCurrent
        if connection.scalar(_version) != NEWEST:
            raise SchemaNotCurrent


def create_all(engine: Engine) -> None:
    """Create the tables as `tables` has them; for a database that starts empty each time."""
    with own_errors(), engine.begin() as connection:
        metadata.create_all(connection)


def _migrate(engine: Engine, *, postgres: bool) -> None:
    with engine.connect() as connection:
        if not postgres:
            # Rebuilding a table drops it: references must not be looked at meanwhile. SQLite
            # hears this outside a transaction only, so it goes past SQLAlchemy's own.
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            if postgres:
                lock = text("SELECT pg_advisory_xact_lock(:number)")
                connection.execute(lock, {"number": _MIGRATION_LOCK})
            _run_migrations(connection)


def _run_migrations(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- a tenth of a second that only this needs
    from alembic.config import Config  # noqa: PLC0415 -- the same

    config = Config()
    # '%' is special in the values of this library's configuration.
    scripts = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
