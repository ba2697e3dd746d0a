"""Divide an ISO 20022 message at its transfers, by its bytes, without reading it whole.

Owns where such a document may be cut. A piece is again a document of the same message: what stood
before the first transfer, some transfers, and the tags that close what is open. What holds one
transfer alone is a piece too: it is the original of one record. Leaves what a transfer says to
`iso20022`.

A tag can only stand where tags may stand once comments, CDATA and processing instructions are
passed over; a document type, which could change that, is refused before anything is cut.

Stays true:
  * Cut at the same bounds, the same bytes give the same pieces, however they arrive.
  * Every transfer is in exactly one piece and knows its number in the whole document.
  * What is held in memory is one piece and one entry, whatever the length of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from adapters.base import AdapterFault, SourceUnreadable

# What is not closed reaches to the end of what was read so far: more has to come first.
_PASSED_OVER: Final = (
    rb"<!--(?:.*?-->|.*\Z)|<!\[CDATA\[(?:.*?\]\]>|.*\Z)|<\?(?:.*?\?>|.*\Z)|<!(?P<type>DOCTYPE)|"
)
_TAG: Final = rb"<(?P<close>/?)(?P<name>(?:[\w.-]+:)?(?:%s))(?=[\s/>])[^>]*?(?P<empty>/?)>"
_UNFINISHED: Final = rb"|<[^>]*\Z"


def _pattern(names: bytes) -> re.Pattern[bytes]:
    return re.compile(_PASSED_OVER + _TAG % names + _UNFINISHED, re.DOTALL)


_ANY: Final = _pattern(rb"[\w.-]+")
_MARKS: Final = _pattern(rb"Rpt|Stmt|Ntfctn|PmtInf|Ntry|CdtTrfTxInf")
_DETAILS: Final = _pattern(rb"TxDtls")
_HOLDERS: Final = frozenset({b"Rpt", b"Stmt", b"Ntfctn", b"PmtInf"})
# Where a piece begins stands in its first tag: a comment would make the guard look twice.
_PLACE: Final = re.compile(rb' transfers-from="([0-9]{1,9})\.([0-9]{1,9})"')
_CLOSED: Final = re.compile(rb"</[\w.:-]+\s*>(?:\s|<!--[^>]*-->)*\Z")
_TAGS_OF_ONE: Final = 2
MOST_ENTRY_BYTES: Final = 16 * 1024 * 1024  # one entry with all its details, or one head


def demand_end(tail: bytes) -> None:
    """Refuse a document whose last bytes close nothing: who writes it has not finished."""
    if _CLOSED.search(tail) is None:
        _refuse("file-unfinished", "The document ends in the midst of something.", _WHOLE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one piece may hold; a single transfer is a piece even if it is more."""

    transfers: int = 500
    bytes: int = 4 * 1024 * 1024
    marks: int = 90_000  # of ``<``; an element has one or two


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """A report, statement, notification or payment group: its bytes up to its first transfer."""

    head: bytes
    closing: bytes
    number: int  # among all of the document, from 0; -1: the message has none


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer as it stands in its document.

    `before` and `after` are the rest of its entry, where an entry has several. `entry` counts
    within the holder and `detail` within the entry, both from 1; 0: it is all of its entry.
    """

    holder: Holder
    before: bytes
    own: bytes
    after: bytes
    entry: int
    detail: int

    @property
    def place(self) -> str:
        """Its number in its holder, e.g. ``17`` or ``17.3``."""
        return f"{self.entry}.{self.detail}" if self.detail else str(self.entry)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A tag; offsets count from the first byte not taken yet."""

    name: bytes
    start: int
    end: int
    closes: bool
    empty: bool


class _Load:
    """How much of a piece is taken up."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._transfers = self._bytes = self._marks = 0

    def takes(self, more: Sequence[Transfer]) -> bool:
        """Return whether so many fit in as well."""
        return (
            self._transfers + len(more) <= self._bounds.transfers
            and self._bytes + sum(len(one.own) for one in more) <= self._bounds.bytes
            and self._marks + sum(one.own.count(b"<") for one in more) <= self._bounds.marks
        )

    def add(self, one: Transfer) -> None:
        """Count a transfer."""
        self._transfers += 1
        self._bytes += len(one.own)
        self._marks += one.own.count(b"<")


_NO_HOLDER: Final = Holder(b"", b"", -1)


class Cutter:
    """One document being divided, as its bytes arrive."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._held = b""
        self._taken = 0  # bytes of `_held` that were taken
        self._ended = False
        self._holders = 0
        self._first = (1, 0)  # numbers of the first entry and of its first detail
        self._has_begun = False
        self._start = b""  # up to the name of the first tag
        self._head = b""  # from there to the first holder or transfer
        self._closing = b""  # the tags that close what is open there

    def transfers(self) -> Iterator[Transfer]:
        """Yield every transfer in order. Raises SourceUnreadable."""
        for entry in self.entries():
            yield from entry

    def entries(self) -> Iterator[list[Transfer]]:
        """Yield the transfers of each entry in order. Raises SourceUnreadable."""
        holder, number, at = _NO_HOLDER, 0, 0
        while (mark := self._next(_MARKS, at)) is not None:
            if mark.closes:
                if mark.name in _HOLDERS:
                    holder, number = _NO_HOLDER, 0
                at = mark.end
                continue
            at = 0
            if not self._has_begun:
                self._begin(self._take(mark.start))
                number = self._first[0] - 1
                continue
            self._take(mark.start)
            if mark.name in _HOLDERS:
                holder = self._holder(mark)
            else:
                number += 1
                entry = self._take(self._end_of(mark))
                yield list(_details(entry, holder, number, self._detail(number)))

    def pieces(self, bounds: Bounds) -> Iterator[bytes]:
        """Yield documents that hold all transfers between them. Raises SourceUnreadable.

        An entry is in one of them, unless it is too large for any. Only the first entry of a piece
        can be the rest of one.
        """
        waiting: list[Transfer] = []
        load = _Load(bounds)
        for entry in self.entries():
            if waiting and not load.takes(entry):
                yield self.document(waiting)
                waiting, load = [], _Load(bounds)
            for one in entry:
                if waiting and not load.takes([one]):
                    yield self.document(waiting)
                    waiting, load = [], _Load(bounds)
                load.add(one)
                waiting.append(one)
        if waiting:
            yield self.document(waiting)

    def document(self, transfers: Sequence[Transfer]) -> bytes:
        """Return a document of these transfers, which follow one another in this one."""
        first = transfers[0]
        place = b' transfers-from="%d.%d"' % (first.entry, first.detail)
        out = [self._start, place, self._head, first.holder.head, first.before, first.own]
        last = first
        for one in transfers[1:]:
            if one.holder is not last.holder:
                out += (last.after, last.holder.closing, one.holder.head, one.before)
            elif one.entry != last.entry:
                out += (last.after, one.before)
            out.append(one.own)
            last = one
        out += (last.after, last.holder.closing, self._closing)
        return b"".join(out)

    def _begin(self, head: bytes) -> None:
        """Keep what stands before the first transfer; a piece says there where it was cut."""
        tag = next((one for one in _ANY.finditer(head) if one["name"] is not None), None)
        if tag is None:
            _refuse("malformed", "The document begins with a transfer.", _WHOLE)
        place = _PLACE.match(head, tag.end("name"))
        if place is not None:
            self._first = (int(place[1]), int(place[2]))
            head = head[: place.start()] + head[place.end() :]
        self._start, self._head = head[: tag.end("name")], head[tag.end("name") :]
        self._closing = _closing(head)
        self._has_begun = True

    def _holder(self, mark: _Mark) -> Holder:
        inside = self._next(_MARKS, mark.end - mark.start)
        if inside is None:
            _refuse("malformed", "The document ends in the midst of a statement.", _WHOLE)
        head = self._take(inside.start)
        self._holders += 1
        return Holder(head, _closing(head), self._holders - 1)

    def _detail(self, number: int) -> int:
        """Return the number of the first detail of an entry, 0 where it was not told."""
        first, self._first = self._first, (0, 0)
        return first[1] if number == first[0] else 0

    def _end_of(self, opening: _Mark) -> int:
        """Return where a transfer that starts at the first byte not taken ends."""
        at = opening.end - opening.start
        if opening.empty:
            return at
        mark = self._next(_MARKS, at)
        if mark is None or not mark.closes or mark.name != opening.name:
            _refuse("malformed", "A transfer is not closed where it ends.", _WHOLE)
        return mark.end

    def _take(self, count: int) -> bytes:
        start, self._taken = self._taken, self._taken + count
        return self._held[start : self._taken]

    def _next(self, pattern: re.Pattern[bytes], at: int) -> _Mark | None:
        """Return the next tag of `pattern`, from offset `at` on; None: there is none."""
        while True:
            found = pattern.search(self._held, self._taken + at)
            if found is None or (found.end() == len(self._held) and not self._ended):
                behind = len(self._held) if found is None else found.start()
                at = behind - self._taken
                if not self._more() and found is None:
                    return None
                continue
            if found["type"]:
                _refuse("document-type", "The document declares a document type.", _NO_TYPE)
            at = found.end() - self._taken
            if found["name"] is not None:
                start = found.start() - self._taken
                name = found["name"].rpartition(b":")[2]
                return _Mark(name, start, at, bool(found["close"]), bool(found["empty"]))

    def _more(self) -> bool:
        """Read on; return whether anything came."""
        if len(self._held) - self._taken > MOST_ENTRY_BYTES:
            _refuse("too-large", "One entry is too large to be taken in.", "Divide its details.")
        block = next(self._blocks, b"")
        self._held = self._held[self._taken :] + block
        self._taken = 0
        self._ended = not block
        return bool(block)


def _details(entry: bytes, holder: Holder, number: int, first: int) -> Iterator[Transfer]:
    """Yield each detail of an entry, or the entry where it has one or none."""
    if entry.count(b"TxDtls") <= _TAGS_OF_ONE:
        yield Transfer(holder, b"", entry, b"", number, first)
        return
    spans, start = [], -1
    for found in _DETAILS.finditer(entry):
        if found["name"] is None:
            continue
        if not found["close"]:
            start = found.start()
        if start >= 0 and (found["close"] or found["empty"]):
            spans.append((start, found.end()))
            start = -1
    if len(spans) <= 1:
        yield Transfer(holder, b"", entry, b"", number, first)
        return
    before, after = entry[: spans[0][0]], entry[spans[-1][1] :]
    for detail, (begin, end) in enumerate(spans, start=first or 1):
        yield Transfer(holder, before, entry[begin:end], after, number, detail)


def _closing(head: bytes) -> bytes:
    """Return the tags that close what is open at the end of `head`."""
    names: list[bytes] = []
    for found in _ANY.finditer(head):
        if found["type"]:
            _refuse("document-type", "The document declares a document type.", _NO_TYPE)
        if found["name"] is None or found["empty"]:
            continue
        if not found["close"]:
            names.append(found["name"])
        elif names:
            names.pop()
    return b"".join(b"</" + name + b">" for name in reversed(names))


_WHOLE: Final = "Send the whole document."
_NO_TYPE: Final = "Leave <!DOCTYPE …> out."


def _refuse(code: str, detail: str, hint: str) -> NoReturn:
    raise SourceUnreadable(AdapterFault("", code, detail, hint))
