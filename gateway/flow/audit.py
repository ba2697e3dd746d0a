"""The journey of an auditor: the ledger compared with what was signed, entry by entry.

Owns the check of a whole ledger, from the store or from an export of it. Reads in one stream:
entries in order of position, each signed tree head after its last entry.

Stays true:
  * Nothing that the ledger says of itself is believed: leaves and tree heads are computed again,
    and signatures verified with keys that the caller brings from elsewhere.
  * The first bad position is named, with the reason.

Cannot show that the end was cut off together with its tree heads: compare the last head with one
that a partner holds, or with an earlier export.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from gateway.core import ledger
from gateway.core.errors import GatewayError, Malformed
from gateway.core.merkle import Frontier
from gateway.core.record import canonical
from gateway.flow.exchange import Exchange
from gateway.flow.rows import CheckpointRow, LedgerRow
from keys.errors import KeysError
from keys.suite import PublicKey, verify

PAGE: Final = 2_000
UNPLACED: Final = 100_000  # looked at; the worker gives places within a second
EXPORT_LINE_BYTES: Final = 64 * 1024
_EXPORT: Final = "exchange-gateway-ledger"

Line = LedgerRow | CheckpointRow


class ExportMalformed(Malformed):
    """Not the export of a ledger."""

    code: ClassVar[str] = "export-malformed"


class LedgerBroken(GatewayError):
    """The ledger is not what was signed."""

    code: ClassVar[str] = "ledger-broken"

    def __init__(self, position: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.finding = Finding(position, code, detail)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong first: at which position (the first is 0), a stable code, a sentence."""

    position: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was checked. `unsigned` entries have a place but no signed head above them yet."""

    entries: int
    checkpoints: int
    unsigned: int
    unplaced: int
    head: str  # the computed root over all entries, base64
    finding: Finding | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing wrong was found."""
        return self.finding is None


def verify_ledger(
    exchange: Exchange, keys: Sequence[PublicKey], seen: Callable[[int], None] | None = None
) -> Report:
    """Check the ledger in the store; `keys` are our own, from the key folder.

    `seen` is told how many entries were looked at, now and then.
    """
    with exchange.store.reading() as work:
        unplaced = work.ledger.unplaced(limit=UNPLACED)
    return verify_lines(ledger_lines(exchange), exchange.own.id, keys, unplaced, seen)


def verify_lines(
    lines: Iterable[Line],
    origin: str,
    keys: Sequence[PublicKey],
    unplaced: Sequence[LedgerRow] = (),
    seen: Callable[[int], None] | None = None,
) -> Report:
    """Check entries and tree heads of the gateway `origin` as they come."""
    walk = _Walk(origin, keys)
    finding = None
    try:
        for line in lines:
            walk.take(line)
            if seen is not None and walk.frontier.size % PAGE == 0:
                seen(walk.frontier.size)
        for row in unplaced:
            walk.demand_unchanged(row)
    except LedgerBroken as broken:
        finding = broken.finding
    return Report(
        entries=walk.frontier.size,
        checkpoints=walk.checkpoints,
        unsigned=walk.frontier.size - walk.signed,
        unplaced=len(unplaced),
        head=base64.b64encode(walk.frontier.root()).decode(),
        finding=finding,
    )


@dataclass
class _Walk:
    """The tree as computed so far."""

    origin: str
    keys: Sequence[PublicKey]
    frontier: Frontier = field(default_factory=Frontier)
    checkpoints: int = 0
    signed: int = 0

    def take(self, line: Line) -> None:
        if isinstance(line, LedgerRow):
            self._entry(line)
        else:
            self._head(line)

    def _entry(self, row: LedgerRow) -> None:
        place = self.frontier.size
        if row.position != place:
            detail = f"the next entry has place {row.position}"
            raise LedgerBroken(place, "position-missing", detail)
        self.demand_unchanged(row)
        self.frontier = self.frontier.grown([row.leaf])

    def demand_unchanged(self, row: LedgerRow) -> None:
        """Raise LedgerBroken unless an entry is the one of its leaf, and well formed."""
        place = self.frontier.size
        if not all(isinstance(one, bytes) for one in (row.salt, row.entry, row.leaf)):
            raise LedgerBroken(place, "row-unreadable", "a column is of another type")
        if ledger.leaf(row.salt, row.entry) != row.leaf:
            raise LedgerBroken(place, "entry-changed", "the entry is not the one of its leaf")
        why = _why_malformed(row)
        if why:
            raise LedgerBroken(place, "entry-malformed", why)

    def _head(self, row: CheckpointRow) -> None:
        size = self.frontier.size
        if row.size != size:
            detail = f"a head over {row.size} entries was signed; {size} are here before it"
            raise LedgerBroken(min(size, row.size), "entries-missing", detail)
        try:
            note = ledger.parse_note(row.note)
        except GatewayError:
            raise LedgerBroken(size, "head-malformed", "the signed head cannot be read") from None
        said = note.checkpoint
        if (said.origin, said.size) != (self.origin, size) or said.root != row.root:
            raise LedgerBroken(size, "head-changed", "the signed note is not the one of this head")
        if not self._is_ours(note):
            raise LedgerBroken(size, "head-unsigned", "no key of this gateway signed this head")
        kept = tuple(row.frontier)
        if said.root != self.frontier.root() or (kept and kept != self.frontier.roots):
            detail = f"entries from {self.signed} to {size - 1} are not those of the signed head"
            raise LedgerBroken(self.signed, "tree-differs", detail)
        self.checkpoints += 1
        self.signed = size

    def _is_ours(self, note: ledger.Note) -> bool:
        named = {ledger.note_key_id(self.origin, key.raw): key for key in self.keys}
        for one in note.signatures:
            key = named.get(one.key_id)
            if one.name == self.origin and key is not None:
                try:
                    verify(key, one.signature, note.body)
                except KeysError:
                    continue
                return True
        return False


def _why_malformed(row: LedgerRow) -> str:
    """Return what is wrong with the form of an entry; empty if nothing is."""
    try:
        said = ledger.read_entry(row.entry)
        if (said.pop("act"), said.pop("at")) != (row.act, row.at):
            return "the columns beside the entry say another act or time"
        if ledger.ACTS.get(row.act) != said.keys():
            return "not an act of the ledger, or not with its fields"
        exact = ledger.entry(row.act, row.at, **said) == row.entry
    except GatewayError as error:
        return error.detail
    return "" if exact else "the entry is not in its exact form"


def ledger_lines(exchange: Exchange) -> Iterator[Line]:
    """Yield the placed entries in order, and after each tree head's last entry the head."""
    heads = _heads(exchange)
    head = next(heads, None)
    for count, row in enumerate(_entries(exchange)):
        while head is not None and head.size <= count:
            yield head
            head = next(heads, None)
        yield row
    while head is not None:
        yield head
        head = next(heads, None)


def _entries(exchange: Exchange) -> Iterator[LedgerRow]:
    after = -1
    while True:
        with exchange.store.reading() as work, _readable(after + 1):
            rows = work.ledger.page(after=after, limit=PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].position or 0


def _heads(exchange: Exchange) -> Iterator[CheckpointRow]:
    """Yield the tree heads that were there when asked first; later ones sign later entries."""
    with exchange.store.reading() as work, _readable(0):
        last = work.ledger.latest()
    after = 0
    while last is not None and after < last.size:
        with exchange.store.reading() as work, _readable(after):
            rows = work.ledger.checkpoints(after=after, limit=PAGE)
        if not rows:
            return
        yield from (row for row in rows if row.size <= last.size)
        after = rows[-1].size


@contextmanager
def _readable(position: int) -> Iterator[None]:
    """Turn a column of another type, which SQLite would keep, into a finding."""
    try:
        yield
    except (TypeError, ValueError):
        detail = "a row from here on has a column of another type"
        raise LedgerBroken(position, "row-unreadable", detail) from None


def export(exchange: Exchange) -> Iterator[bytes]:
    """Yield the ledger as lines of JSON, each without its line end; the first names its origin."""
    yield canonical({"format": _EXPORT, "version": 1, "origin": exchange.own.id})
    for line in ledger_lines(exchange):
        if isinstance(line, LedgerRow):
            yield canonical(
                {
                    "position": line.position,
                    "entry": line.entry.decode(errors="replace"),
                    "salt": base64.b64encode(line.salt).decode(),
                    "leaf": base64.b64encode(line.leaf).decode(),
                }
            )
        else:
            yield canonical({"checkpoint": line.note, "at": line.at})


def read_export(lines: Iterable[bytes]) -> tuple[str, Iterator[Line]]:
    """Return whose ledger an export says it is, and its lines. Raises ExportMalformed."""
    rest = iter(lines)
    head = _members(next(rest, b""), 1)
    if head.get("format") != _EXPORT or head.get("version") != 1:
        raise ExportMalformed("the first line is not that of an export")
    return str(head.get("origin")), _exported(rest)


def _exported(lines: Iterator[bytes]) -> Iterator[Line]:
    for number, raw in enumerate(lines, start=2):
        members = _members(raw, number)
        try:
            yield _head_of(members) if "checkpoint" in members else _entry_of(members)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            raise ExportMalformed(f"line {number}: neither an entry nor a tree head") from None


def _members(raw: bytes, number: int) -> dict[str, Any]:
    if len(raw) > EXPORT_LINE_BYTES:
        raise ExportMalformed(f"line {number}: longer than {EXPORT_LINE_BYTES} bytes")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise ExportMalformed(f"line {number}: not JSON") from None
    if not isinstance(found, dict):
        raise ExportMalformed(f"line {number}: not a JSON object")
    return found


def _entry_of(members: dict[str, Any]) -> LedgerRow:
    entry = members["entry"].encode()
    try:
        said = json.loads(entry)
    except (ValueError, RecursionError):
        said = {}
    at = said.get("at") if isinstance(said, dict) else None
    return LedgerRow(
        id="",
        act=str(said.get("act")) if isinstance(said, dict) else "",
        entry=entry,
        salt=base64.b64decode(members["salt"], validate=True),
        leaf=base64.b64decode(members["leaf"], validate=True),
        at=at if isinstance(at, int) else 0,
        position=int(members["position"]),
    )


def _head_of(members: dict[str, Any]) -> CheckpointRow:
    note = ledger.parse_note(str(members["checkpoint"]))
    head = note.checkpoint
    at = int(members["at"])
    return CheckpointRow(
        size=head.size, root=head.root, frontier=(), note=str(members["checkpoint"]), at=at
    )
