"""Refuse to report where a commit might not be on the disk when it returns.

A figure of commits that wait in a cache says nothing. Read back from the engines that the gateway
itself opens: `synchronous`, `fsync` of PostgreSQL. Looked at outside of them: whether the file
system keeps anything at all, and whether something makes fsync do nothing.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.store.engine import Engines, engines

FULL: Final = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_SWALLOWS_FSYNC: Final = "eatmydata"
_PROBES: Final = 32


class NotDurableError(Exception):
    """Commits would not be durable here: nothing is measured and nothing reported."""


def demand_durable(database_url: str, folder: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what was found, for the report. Raises NotDurableError."""
    kind = file_system(folder)
    if kind in _IN_MEMORY:
        raise NotDurableError(f"{folder} lies in memory ({kind}): name another with --output")
    if _SWALLOWS_FSYNC in environ.get("LD_PRELOAD", ""):
        raise NotDurableError("LD_PRELOAD makes fsync do nothing")
    source = engines(database_url, threads=1)
    try:
        found = _settings(source)
    finally:
        source.dispose()
    return {**found, "file_system": kind, "fsync_milliseconds": round(_fsync_ms(folder), 3)}


def _settings(source: Engines) -> dict[str, Any]:
    with source.writing.connect() as connection:
        if source.postgres:
            names = ("fsync", "synchronous_commit", "full_page_writes")
            found = {n: str(connection.exec_driver_sql(f"SHOW {n}").scalar()) for n in names}
            if set(found.values()) != {"on"}:
                raise NotDurableError(f"PostgreSQL: {found}")
            return found
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    if level != FULL:
        raise NotDurableError(f"PRAGMA synchronous is {level}, not FULL ({FULL})")
    return {"journal_mode": mode, "synchronous": "FULL"}


def demand_full(connection: sqlite3.Connection) -> None:
    """Demand the same of a raw loop's connection. Raises NotDurableError."""
    (level,) = connection.execute("PRAGMA synchronous").fetchone()
    if level != FULL:
        raise NotDurableError(f"the raw loop's PRAGMA synchronous is {level}")


def file_system(folder: Path, mounts: str | None = None) -> str:
    """Return the kind of file system `folder` lies on, ``unknown`` where the system does not tell.

    `mounts` has the form of /proc/self/mounts.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "unknown"
    where, best, kind = folder.resolve(), 0, "unknown"
    for line in mounts.splitlines():
        _, point, found, *_ = line.split()
        point = point.replace("\\040", " ")
        if where.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), found
    return kind


def _fsync_ms(folder: Path) -> float:
    """Return the median time of one small write and its fsync."""
    path = folder / "fsync-probe"
    times = []
    with path.open("wb") as file:
        for _ in range(_PROBES):
            start = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    path.unlink()
    return sorted(times)[_PROBES // 2]
