"""Folders shared with national systems: the way out by files.

Owns how a file gets there whole: written under a name that begins with a dot, flushed to disk,
renamed. The other side is believed only as far as names go: what lies there is never followed
through a link, and of a receipt only the first bytes are read.

Stays true:
  * A name that does not begin with a dot is a whole file, at any moment.
  * A folder without our mark is not the one we used: nothing in it, or missing, means anything.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from gateway.core.errors import Unavailable

MARK: Final = ".exchange-gateway"
ASIDE: Final = ".aside-"
RECEIPT: Final = ".receipt"
_MOST_RECEIPT_BYTES: Final = 64 * 1024
_FILE_MODE: Final = 0o640
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderUnusable(Unavailable):
    """The folder shared with a national system cannot be used now."""

    code: ClassVar[str] = "folder-unusable"
    advice: ClassVar[str] = (
        "Is it there, mounted, and writable for the gateway alone or its group? If it was emptied "
        f"on purpose, with {MARK} in it, put that file back: it holds the client's name."
    )


class FolderTray:
    """`flow.ports.Tray` on a folder of this machine."""

    def __init__(self, directory: Path, client: str) -> None:
        self._directory = directory
        self._mark = f"{client}\n".encode()

    def demand(self, *, in_use: bool) -> None:
        """Raise FolderUnusable unless this is the folder that was used before."""
        demand_private(self._directory)
        with own_words():
            if _read(self._directory / MARK, len(self._mark) + 1) == self._mark:
                return
            if in_use:
                raise FolderUnusable("the folder is not the one we used: our mark is not there")
            write_file(self._directory / MARK, self._mark)
            flush_folder(self._directory)

    def lay_aside(self, files: Mapping[str, bytes]) -> None:
        """Write files durably, by name, where the system does not look."""
        with own_words():
            for name, body in files.items():
                write_file(self._directory / (ASIDE + name), body)
            flush_folder(self._directory)

    def put_out(self, names: Sequence[str]) -> None:
        """Give each file that lies aside its name, in one step and durably."""
        with own_words():
            for name in names:
                (self._directory / (ASIDE + name)).replace(self._directory / name)
            flush_folder(self._directory)

    def place(self, name: str) -> str:
        """Return ``aside``, ``out`` or ``gone``. Raises FolderUnusable if nobody can tell."""
        with own_words():
            for place, path in (("aside", ASIDE + name), ("out", name)):
                if is_there(self._directory / path):
                    return place
            if not is_there(self._directory / MARK):
                raise FolderUnusable
        return "gone"

    def receipt(self, name: str) -> bytes | None:
        """Return what the system wrote beside a file of ours, if it did."""
        with own_words():
            return _read(self._directory / (name + RECEIPT), _MOST_RECEIPT_BYTES)

    def clear(self, name: str) -> None:
        """Remove the file and its receipt, wherever they lie."""
        with own_words():
            for path in (ASIDE + name, name, name + RECEIPT):
                (self._directory / path).unlink(missing_ok=True)


def demand_private(directory: Path) -> None:
    """Raise FolderUnusable unless this is a folder into which strangers cannot write."""
    with own_words():
        found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise FolderUnusable("not a folder")
    if found.st_mode & stat.S_IWOTH:
        raise FolderUnusable("others can write into the folder")


def write_file(path: Path, body: bytes) -> None:
    """Write a file in place of one of that name, and flush it; its folder is still to be flushed.

    What lay there is unlinked, never written over: it could be another file of ours, linked there
    by whoever shares the folder.
    """
    path.unlink(missing_ok=True)
    file = os.open(path, _NEW_FILE, _FILE_MODE)
    with os.fdopen(file, "wb") as opened:
        opened.write(body)
        opened.flush()
        os.fsync(opened.fileno())


def write_whole(path: Path, body: bytes) -> None:
    """Write a file so that under its name it is whole; its folder is still to be flushed."""
    aside = path.with_name(ASIDE + path.name)
    write_file(aside, body)
    aside.replace(path)


def is_there(path: Path) -> bool:
    """Return whether there is anything of that name; a link counts as itself."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def flush_folder(directory: Path) -> None:
    """Make what was renamed in a folder durable."""
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _read(path: Path, most: int) -> bytes | None:
    """Return the first bytes of a plain file, None if there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link: nothing of ours
            return None
        raise
    with os.fdopen(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            return None
        return opened.read(most)


@contextmanager
def own_words() -> Iterator[None]:
    """Turn a refusal of the system into FolderUnusable."""
    try:
        yield
    except OSError as error:
        raise FolderUnusable(f"the folder cannot be used: {error.strerror}") from error
