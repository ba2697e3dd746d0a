"""Turns at the one writing connection that SQLite has, and one COMMIT for units that wait together.

Owns who of this process's threads writes, and when what they wrote becomes durable. A unit that is
done while others wait hands the open transaction on and waits; the last one commits for all. Each
unit stands between savepoints of its own, so that one which fails undoes only itself. PostgreSQL
needs none of this: there each unit has a connection, and the server groups commits itself.

Stays true:
  * `commit` returns when what the unit wrote is on the disk, and raises if that failed.
  * A unit may read what an earlier one of its group wrote; it ends, however it ends, only after
    that is on the disk too. So nobody tells anything that is not kept.
  * Once begun, a group is committed by whoever is the last in it, also if that one failed.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.core.errors import GatewayError
from gateway.store import engine as engines
from gateway.store.engine import StoreBusy, StoreUnavailable, own_errors

# A group is not kept open for longer, so that one who waits for the disk waits for little else.
OPEN_SECONDS: Final = 0.025
_LOOK_SECONDS: Final = 0.05


class Turn(Protocol):
    """One unit's time at a connection, from its beginning to `commit` or `leave`."""

    @property
    def connection(self) -> Connection:
        """Where its statements run."""

    def commit(self) -> None:
        """Make it durable. Raises StoreUnavailable if it is not."""

    def leave(self, error: BaseException | None = None) -> None:
        """Undo what was not committed; `error` is what ended the unit. Nothing may follow."""


class OwnTurn:
    """A unit with a connection of its own: for reading, and on PostgreSQL."""

    def __init__(self, source: Engine) -> None:
        with own_errors():
            self.connection = source.connect()
            try:
                self.connection.begin()
            except BaseException:
                self.connection.close()
                raise

    def commit(self) -> None:
        """Make it durable."""
        try:
            with own_errors():
                self.connection.commit()
        except GatewayError:
            undo(self.connection)
            raise

    def leave(self, error: BaseException | None = None) -> None:  # noqa: ARG002 - as in Turn
        """Undo what was not committed."""
        with own_errors():
            self.connection.close()


@dataclass(slots=True)
class _Group:
    """Units that one COMMIT makes durable. `fault` is set before `done`.

    `broken`: why SQLite has undone the whole transaction, as it does when the disk is full.
    """

    connection: Connection
    until: float
    broken: StoreUnavailable | None = None
    done: threading.Event = field(default_factory=threading.Event)
    fault: GatewayError | None = None


class Writers:
    """The turns at one writing engine of SQLite."""

    def __init__(self, source: Engine) -> None:
        self._source = source
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    def take(self) -> SharedTurn:
        """Return a turn, once those before are done. Raises StoreBusy, StoreUnavailable."""
        self._wait()
        try:
            group = self._group or self._open()
            with own_errors():
                group.connection.exec_driver_sql("SAVEPOINT unit")
        except BaseException:
            self._pass_on(wait=False)
            raise
        return SharedTurn(self, group)

    def end(self, group: _Group) -> None:
        """Take part in the end of the group: commit it, or wait for who does. Raises its fault."""
        self._pass_on(wait=True)
        if group.fault is not None:
            raise type(group.fault) from group.fault

    def _wait(self) -> None:
        with self._counting:
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=engines.BUSY_SECONDS * 2):
                raise StoreBusy
        finally:
            with self._counting:
                self._waiting -= 1

    def _open(self) -> _Group:
        with own_errors():
            connection = self._source.connect()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        self._group = _Group(connection, until=time.monotonic() + OPEN_SECONDS)
        return self._group

    def _pass_on(self, *, wait: bool) -> None:
        """Give the turn away: to who waits with the group left open, or after committing it."""
        group = self._group
        if group is not None and not (wait and self._may_stay_open(group)):
            self._commit(group)
        self._turn.release()
        while wait and group is not None and not group.done.wait(_LOOK_SECONDS):
            if self._turn.acquire(blocking=False):  # who waited has given up
                if self._group is group:
                    self._commit(group)
                self._turn.release()

    def _may_stay_open(self, group: _Group) -> bool:
        return self._waiting > 0 and group.broken is None and time.monotonic() < group.until

    def _commit(self, group: _Group) -> None:
        """End the group; whatever happens, everyone in it learns of it. Holds the turn."""
        self._group = None
        # Unless the next lines get to their end:
        group.fault = group.broken or StoreUnavailable()
        try:
            if group.broken is None:
                with own_errors():
                    group.connection.commit()
                group.fault = None
        except GatewayError as fault:
            group.fault = fault
        finally:
            if group.fault is not None:
                undo(group.connection)
            with suppress(SQLAlchemyError, sqlite3.Error):
                group.connection.close()
            group.done.set()


class SharedTurn:
    """One unit in a group."""

    def __init__(self, writers: Writers, group: _Group) -> None:
        self._writers = writers
        self._group = group
        self._left = False

    @property
    def connection(self) -> Connection:
        """Where its statements run."""
        return self._group.connection

    def commit(self) -> None:
        """Make it durable, together with the others of its group."""
        try:
            with own_errors():
                self.connection.exec_driver_sql("RELEASE unit")
        except GatewayError as fault:
            self.leave(fault)
            raise
        self._left = True
        self._writers.end(self._group)

    def leave(self, error: BaseException | None = None) -> None:
        """Undo what was not committed, and wait until what it may have read is on the disk."""
        if self._left:
            return
        self._left = True
        try:
            with own_errors():
                self.connection.exec_driver_sql("ROLLBACK TO unit")
                self.connection.exec_driver_sql("RELEASE unit")
        except GatewayError:
            # There is no transaction any more: all in it are told, and why if we know.
            said = error if isinstance(error, StoreUnavailable) else None
            self._group.broken = said or StoreUnavailable()
        self._writers.end(self._group)


def undo(connection: Connection) -> None:
    """End what a refused COMMIT left open.

    SQLite keeps the transaction then, while SQLAlchemy takes it for ended and would give the
    connection to the next unit as it is.
    """
    if not connection.invalidated:
        with suppress(SQLAlchemyError, sqlite3.Error, psycopg.Error):
            connection.connection.rollback()
