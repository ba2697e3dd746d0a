"""Files → what fits into one request each, always cut at the same places.

Owns when a file may be sent at all: it is whole, and stays as it is while it is read. A file of
lines is cut at lines, a payment message by its adapter at its transfers; anything else is one
piece. One piece is held in memory, whatever the length of the file.

Ruled by docs/adr/0011-large-files-go-in-pieces.md.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from adapters.base import SourceUnreadable
from gateway.core.errors import Fault, Malformed

LINES_PER_PIECE: Final = 1_000
PIECE_BYTES: Final = 4 * 1024 * 1024
NDJSON: Final = "application/x-ndjson"
_CSV: Final = "text/csv"
_XML: Final = ("application/xml", "text/xml", "application/iso20022+xml")
_BLOCK_BYTES: Final = 1024 * 1024
_HEAD_BYTES: Final = 64 * 1024
_TAIL_BYTES: Final = 4 * 1024
_LINE_BYTES: Final = 8 * 1024 * 1024


class FileUnfinished(Malformed):
    """The file ends in the midst of something: whoever writes it has not finished."""

    code: ClassVar[str] = "file-unfinished"
    advice: ClassVar[str] = "Push it once it is whole; give it its name only when it is."


class FileChanged(Malformed):
    """The file changed while it was read."""

    code: ClassVar[str] = "file-changed"
    advice: ClassVar[str] = "Push it again once it stays as it is: nothing is stored twice."


class FileUndivided(Malformed):
    """The file cannot be divided; nothing of what follows was sent."""

    code: ClassVar[str] = "file-undivided"


@dataclass(frozen=True, slots=True)
class Piece:
    """What goes in one request: its bytes, and where it stands in the file.

    `number` is that of its first line, or its own among the pieces; `upto` counts the bytes of the
    file that are read with it.
    """

    raw: bytes
    number: int
    upto: int

    def key(self, source: str, media_type: str, urgent: str | None = None) -> str:
        """Return the Idempotency-Key: the same bytes, asked for the same, have the same one."""
        said = (source, media_type) if urgent is None else (source, media_type, f"urgent={urgent}")
        about = "".join(f"{part}\x1f" for part in said).encode()
        return hashlib.sha256(about + self.raw).hexdigest()


def is_open_ended(path: Path, media_type: str) -> bool:
    """Return whether a table ends within a line: it may be cut off in its last cell."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2))
        last = file.read().replace(b"\x00", b"")  # of UTF-16
    return media_type == _CSV and bool(last) and not last.endswith((b"\n", b"\r"))


def pieces(path: Path, media_type: str) -> Iterator[Piece]:
    """Yield the pieces of a file. Raises FileUnfinished before the first one, FileChanged."""
    with path.open("rb") as file:
        before = _identity(file)
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, before[0] - _TAIL_BYTES))
        tail = file.read()
        file.seek(0)
        if media_type == NDJSON:
            _demand(tail.endswith(b"\n") or tail.rstrip().endswith(b"}") or not tail.strip())
            found = _lines(file)
        else:
            divided = _transfers(file, head, tail) if media_type in _XML else None
            found = divided or iter([Piece(file.read(), 1, before[0])])
        for piece in found:
            yield piece
            if _identity(file) != before:
                raise FileChanged


def _identity(file: BinaryIO) -> tuple[int, ...]:
    """Return what differs once the file is written to, also by who sets its time back."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _demand(whole: bool) -> None:  # noqa: FBT001 - the one thing it asks
    if not whole:
        raise FileUnfinished


def _lines(file: BinaryIO) -> Iterator[Piece]:
    lines: list[bytes] = []
    size, first, upto = 0, 1, 0
    for number, line in enumerate(iter(lambda: file.readline(_LINE_BYTES + 1), b""), start=1):
        if lines and (len(lines) == LINES_PER_PIECE or size + len(line) > PIECE_BYTES):
            upto += size
            yield Piece(b"".join(lines), first, upto)
            lines, size, first = [], 0, number
        if len(line) > _LINE_BYTES:
            detail = f"The line has more than {_LINE_BYTES} bytes, the most that a request holds."
            fault = Fault(f"/{number}", "too-large", detail, "Write one record on each line.")
            raise FileUndivided(faults=(fault,))
        lines.append(line)
        size += len(line)
    if lines:
        yield Piece(b"".join(lines), first, upto + size)


def _transfers(file: BinaryIO, head: bytes, tail: bytes) -> Iterator[Piece] | None:
    """Return the pieces of a payment message, None if it is none."""
    from adapters.base import Caps  # noqa: PLC0415 - help must be quick
    from adapters.sources.iso20022 import Iso20022Adapter  # noqa: PLC0415

    blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
    try:
        found = Iso20022Adapter().divided(head, tail, blocks, Caps())
    except SourceUnreadable:
        raise FileUnfinished from None
    return None if found is None else _numbered(found, file)


def _numbered(found: Iterator[bytes], file: BinaryIO) -> Iterator[Piece]:
    try:
        for number, raw in enumerate(found, start=1):
            yield Piece(raw, number, file.tell())
    except SourceUnreadable as refused:
        faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in refused.faults)
        raise FileUndivided(faults=faults) from None
