"""Folders into which national systems drop files: the way in by files.

Owns when a file is whole, how it is picked up, and where it lies afterwards. A picked file is moved
into a folder of ours beside the others, in one step, so that whoever writes a new one under its
name writes another file.

A file is whole when its name says so (it does not begin with a dot, nor end as unfinished ones do)
and, where the writers rename nothing, when it has stayed the same for a while and nobody holds a
lock on it.

Stays true:
  * Nothing is deleted but what lies in `done` for longer than it shall.
  * Links and whatever else is no plain file are left where they are; so is a file that has another
    name as well, by which it could be changed later or is somebody else's.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from gateway.transport.folders import (
    FolderUnusable,
    demand_private,
    flush_folder,
    own_words,
    write_whole,
)

PICKED: Final = ".picked"
DONE: Final = "done"
FAILED: Final = "failed"
REPORT: Final = ".report.json"
UNFINISHED: Final = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", REPORT)
_MOST_NAME_BYTES: Final = 200  # with an ending of ours it fits every file system
_FOLDER_MODE: Final = 0o750
# Inode, size, time of the last change of the content; of the file, which nobody can set.
_Seen = tuple[int, int, int, int]


class FolderDrop:
    """`flow.ports.Drop` on a folder of this machine; remembers what it saw at its last look."""

    def __init__(self, directory: Path, *, settle_seconds: float) -> None:
        self._directory = directory
        self._settle_seconds = settle_seconds
        self._seen: dict[str, _Seen] = {}
        self._left: set[str] = set()

    def demand(self) -> None:
        """Raise FolderUnusable unless strangers cannot write here; make our own folders."""
        demand_private(self._directory)
        with own_words():
            for name in (PICKED, DONE, FAILED):
                (self._directory / name).mkdir(mode=_FOLDER_MODE, exist_ok=True)
                demand_private(self._directory / name)

    def picked(self) -> list[str]:
        """Return what was picked up and not put away, as by a process that died."""
        with own_words():
            return sorted(_plain(self._directory / PICKED))

    def whole(self) -> list[str]:
        """Return the names of whole files, the longest unchanged first."""
        with own_words():
            found = _plain(self._directory)
        before, self._seen = self._seen, {}
        self._left = set()
        ready: list[tuple[int, str]] = []
        for name, told in found.items():
            if name.startswith(".") or name.lower().endswith(UNFINISHED):
                continue
            if self._settle_seconds == 0:
                ready.append((told[2], name))
                continue
            self._seen[name] = told
            age = time.time() - told[2] / 1e9
            if before.get(name) == told and age >= self._settle_seconds:
                ready.append((told[2], name))
        return [name for _, name in sorted(ready)]

    def pick(self, name: str) -> str | None:
        """Move a whole file to ours and return its name there; None if it is not whole after all.

        A name that no report and no database can hold is replaced by its digest.
        """
        source = self._directory / name
        with own_words():
            try:
                file = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            except OSError:
                self._left.add(name)
                return None
            with os.fdopen(file, "rb") as opened:
                if os.fstat(opened.fileno()).st_nlink > 1:
                    self._left.add(name)
                    return None
                if self._settle_seconds and not self._is_settled(name, opened):
                    return None
                kept = _keepable(name)
                target = self._directory / PICKED / kept
                if target.exists():
                    return None  # the one before it comes first
                source.rename(target)
            flush_folder(self._directory / PICKED)
            flush_folder(self._directory)
        self._seen.pop(name, None)
        return kept

    def left(self) -> int:
        """Return how many files of the last look could not be read, or have another name."""
        return len(self._left)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """Open a picked file for the block."""
        with own_words():
            file = os.open(self._directory / PICKED / name, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(file, "rb") as opened:
            yield opened

    def put_away(self, name: str, *, done: bool, digest: str, report: bytes) -> None:
        """Move a picked file to `done` or `failed`, its report beside it; safe to repeat."""
        folder = self._directory / (DONE if done else FAILED)
        kept = f"{name}.{digest[:12]}"  # another file of this name may lie there
        with own_words():
            write_whole(folder / (kept + REPORT), report)
            (self._directory / PICKED / name).rename(folder / kept)
            flush_folder(folder)
            flush_folder(self._directory / PICKED)

    def sweep(self, older_than_seconds: float) -> int:
        """Delete files and reports that have lain in `done` for longer; return how many."""
        gone = 0
        with own_words():
            for path in (self._directory / DONE).iterdir():
                told = path.lstat()
                # The moment it was moved here: that is a change of the file's place.
                if time.time() - told.st_ctime > older_than_seconds and stat.S_ISREG(told.st_mode):
                    path.unlink()
                    gone += 1
        return gone

    def _is_settled(self, name: str, opened: BinaryIO) -> bool:
        if _told(os.fstat(opened.fileno())) != self._seen.get(name):
            return False
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False  # its writer holds it
        return True


def _plain(folder: Path) -> dict[str, _Seen]:
    """Return the plain files in a folder."""
    found: dict[str, _Seen] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                told = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # renamed meanwhile
            if stat.S_ISREG(told.st_mode):
                found[entry.name] = _told(told)
    return found


def _told(told: os.stat_result) -> _Seen:
    return told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def _keepable(name: str) -> str:
    raw = os.fsencode(name)
    if len(raw) <= _MOST_NAME_BYTES and name.isprintable():
        return name
    return f"named-{hashlib.sha256(raw).hexdigest()[:32]}"


__all__ = ["FolderDrop", "FolderUnusable"]
