"""Engines and what keeps them safe: pragmas, the two ways to begin, and errors in our own words.

Owns everything that differs between SQLite (a file, or private memory) and PostgreSQL before a
statement runs. Leaves statements to the mappers and units of work to `work`.

Stays true:
  * A writing transaction on SQLite begins with BEGIN IMMEDIATE: a deferred one that reads and
    then writes fails at once, whatever the busy timeout. A reading one begins plainly.
  * A commit is on the disk when it returns (synchronous FULL, PostgreSQL's default).
  * No error of SQLAlchemy or of a driver leaves the package, and no parameter is shown in one.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.core.errors import Conflict, Malformed, SettingRefused, Unavailable

BUSY_SECONDS: Final = 5
_WRITER_LOOKS_MS: Final = 1  # how long SQLite itself waits for another process's writer
_BUSY_NAMES: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "gfs2",
     "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb2",
     "smb3", "smbfs", "vboxsf", "vmhgfs"}
)  # fmt: skip
# Classes of SQLSTATE: https://www.postgresql.org/docs/16/errcodes-appendix.html
_BUSY_STATES: Final = frozenset({"40001", "40P01", "53300", "55P03", "57014"})
_FULL_STATES: Final = frozenset({"53100", "53400"})
_COUNTED: Final = {"preserve_rowcount": True}  # of inserts too
_UNSTORABLE_CLASS: Final = "22"


class StoreUnavailable(Unavailable):
    """The database did not do what was asked; nothing of the unit was kept."""

    code = "store-unavailable"


class StoreBusy(StoreUnavailable):
    """Others hold the database for longer than we wait."""

    code = "store-busy"
    retry_after_seconds = 1


class StoreFull(StoreUnavailable):
    """The disk of the database is full; nothing of the unit was kept."""

    code = "store-full"
    advice = "Free space on the disk of the database; work goes on by itself."
    retry_after_seconds = 60


class StoreGone(StoreUnavailable):
    """The database cannot be reached or read. If it went during a commit, it may have been made."""

    code = "store-gone"


class Unstorable(Malformed):
    """A value that no column takes: NUL or half a surrogate pair in text, or too large a number."""

    code = "unstorable"


class NetworkFileSystem(SettingRefused):
    """An SQLite database on a network file system loses what it promised to keep."""

    code = "network-file-system"
    advice = "Put the data folder on a local disk, or use PostgreSQL."


class DatabaseUrlRefused(SettingRefused):
    """Not a database URL that the gateway can use: sqlite:///FILE or postgresql://…."""

    code = "database-url-refused"


@dataclass(frozen=True, slots=True)
class Engines:
    """The two ways into one database. `path` is None on PostgreSQL and in memory."""

    writing: Engine
    reading: Engine
    postgres: bool
    path: Path | None
    connect: Callable[[], sqlite3.Connection] | None  # a bare connection, on SQLite

    def dispose(self) -> None:
        """Close all connections."""
        self.writing.dispose()
        self.reading.dispose()


def engines(url: str, *, threads: int = 16) -> Engines:
    """Return the engines of `url`, for `threads` units at a time. Call it after a fork."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgres(parsed, threads)
    path = sqlite_path(parsed)
    if path is None:
        # A named database of the memdb VFS: private to the process, shared by its connections,
        # each with a transaction of its own. It goes with its last connection.
        name = f"file:/gateway-{secrets.token_hex(8)}?vfs=memdb"
        return _sqlite(lambda: _connect(name), threads, None)
    if is_on_network(path):
        raise NetworkFileSystem
    return _sqlite(lambda: _connect(path.as_uri() + "?mode=rw"), threads, path)


def parse_url(url: str) -> URL:
    """Return `url` with the driver that we use. Raises DatabaseUrlRefused."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise DatabaseUrlRefused from None  # the message would show a password
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed
    raise DatabaseUrlRefused


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite URL; None for one in memory, and for another engine's."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database)).absolute()


def create_file(path: Path) -> None:
    """Create an empty database file that only we can read; SQLite gives its siblings that mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreGone("the file of the database cannot be made") from error


def is_on_network(path: Path, mounts: str | None = None) -> bool:
    """Return whether `path` lies on a network file system, by the mounts the kernel lists.

    `mounts` has the form of /proc/self/mountinfo; where the system has none, the answer is False.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
    where = path.resolve()
    best, kind = 0, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:  # noqa: PLR2004 -- proc(5): the fifth field is the mount point
            continue
        point = fields[4].replace("\\040", " ")
        if where.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind in _NETWORK_FILE_SYSTEMS


@contextmanager
def own_errors() -> Iterator[None]:  # noqa: C901 - one branch for each family of errors
    """Turn whatever the database raises inside into an error of ours."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict("what is to be stored collides with what is there") from error
    except PoolTimeout as error:
        raise StoreBusy from error
    except DBAPIError as error:
        raise _of_driver(error) from error
    except StatementError as error:
        if isinstance(error.orig, (ValueError, TypeError, OverflowError)):
            raise Unstorable from None  # the message would show the value
        raise StoreUnavailable from error
    except SQLAlchemyError as error:
        raise StoreUnavailable from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _of_original(error) from error
    except (UnicodeEncodeError, OverflowError):
        raise Unstorable from None  # the message would show the value


def _of_driver(error: DBAPIError) -> StoreUnavailable | Unstorable:
    if error.connection_invalidated:
        return StoreGone()
    return _of_original(error.orig)


def _of_original(error: BaseException | None) -> StoreUnavailable | Unstorable:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, psycopg.Error):
        return _of_postgres(error)
    return StoreUnavailable()


def _of_sqlite(error: sqlite3.Error) -> StoreUnavailable | Unstorable:
    name: str = getattr(error, "sqlite_errorname", "")
    if name.startswith(_BUSY_NAMES):
        return StoreBusy()
    if name.startswith("SQLITE_FULL"):
        return StoreFull()
    if name.startswith("SQLITE_TOOBIG"):
        return Unstorable()
    if name.startswith(
        ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY")
    ):
        return StoreGone()
    return StoreUnavailable()


def _of_postgres(error: psycopg.Error) -> StoreUnavailable | Unstorable:
    state = error.sqlstate or ""
    if isinstance(error, psycopg.DataError) or state.startswith(_UNSTORABLE_CLASS):
        return Unstorable()
    if state in _BUSY_STATES:
        return StoreBusy()
    if state in _FULL_STATES:
        return StoreFull()
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return StoreGone()
    return StoreUnavailable()


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
    )
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON",
                   "foreign_keys = ON", "temp_store = MEMORY", "trusted_schema = OFF"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}").close()
    return connection


def _sqlite(connect: Callable[[], sqlite3.Connection], threads: int, path: Path | None) -> Engines:
    def connect_writing() -> sqlite3.Connection:
        connection = connect()
        if path is not None:  # in memory no other process writes, and a COMMIT waits for readers
            connection.execute(f"PRAGMA busy_timeout = {_WRITER_LOOKS_MS}").close()
        return connection

    def connect_reading() -> sqlite3.Connection:
        connection = connect()
        connection.execute("PRAGMA query_only = ON").close()
        return connection

    # One writer at a time is all that SQLite has. Letting threads queue for one connection is
    # fair and wakes them at once, where SQLite's own waiting sleeps up to 100 ms.
    writing = create_engine(
        "sqlite://", creator=connect_writing, poolclass=QueuePool, hide_parameters=True,
        execution_options=_COUNTED, pool_size=1, max_overflow=0, pool_timeout=BUSY_SECONDS * 2,
    )  # fmt: skip
    reading = create_engine(
        "sqlite://", creator=connect_reading, poolclass=QueuePool, hide_parameters=True,
        execution_options=_COUNTED, pool_size=threads, max_overflow=threads,
        pool_timeout=BUSY_SECONDS,
    )  # fmt: skip

    @event.listens_for(writing, "begin")
    def _begin(connection: Connection) -> None:
        _begin_immediate(connection)

    @event.listens_for(reading, "begin")
    def _begin_reading(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return Engines(writing, reading, postgres=False, path=path, connect=connect)


def _begin_immediate(connection: Connection) -> None:
    """Begin to write, waiting for the writers of other processes.

    Left to itself SQLite sleeps longer and longer between its looks, up to 100 ms, while whoever
    has just committed begins again: another process would rarely get its turn.
    """
    driver: Any = connection.connection.driver_connection
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE").close()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() >= deadline:
                raise
        else:
            return


def _is_busy(error: sqlite3.Error) -> bool:
    name: str = getattr(error, "sqlite_errorname", "")
    return name.startswith(_BUSY_NAMES)


def _postgres(url: URL, threads: int) -> Engines:
    engine = create_engine(
        url, hide_parameters=True, execution_options=_COUNTED,
        pool_size=threads, max_overflow=threads, pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True, isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": BUSY_SECONDS,
            "application_name": "exchange-gateway",
            "options": f"-c lock_timeout={BUSY_SECONDS * 1000}",
        },
    )  # fmt: skip
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(engine, reading, postgres=True, path=None, connect=None)
