"""What the journeys need of the ways to national systems, and of the store for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from gateway.flow.ports.outside import Answer
from gateway.flow.rows import InboxRow
from gateway.flow.rows_after import InboxNoticeRow
from gateway.flow.rows_national import HandoverRow, PickedRow, PullRow


class Endpoint(Protocol):
    """A national system that takes what it gets over HTTPS."""

    @property
    def url(self) -> str:
        """Where it takes them."""

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST once. Raises Unavailable for anything but a whole answer."""


class Tray(Protocol):
    """A folder out of which a national system takes files."""

    def demand(self, *, in_use: bool) -> None:
        """Raises Unavailable unless this is the folder that was used before.

        `in_use`: files of ours may lie there, so that their absence would mean something.
        """

    def lay_aside(self, files: Mapping[str, bytes]) -> None:
        """Write files durably, by name, where the system does not look."""

    def put_out(self, names: Sequence[str]) -> None:
        """Give each file that lies aside its name, in one step and durably."""

    def place(self, name: str) -> str:
        """``aside``, ``out`` or ``gone``."""

    def receipt(self, name: str) -> bytes | None:
        """What the system wrote beside a file of ours, if it did."""

    def clear(self, name: str) -> None:
        """Remove the file and its receipt, wherever they lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalSystem:
    """How one client gets what is for it, if it does not fetch it: one of the two ways is given."""

    client: str
    rendering: str = "native"
    endpoint: Endpoint | None = None
    tray: Tray | None = None
    receipt_only: bool = False  # a file that is gone says nothing: only a receipt does
    receipt_wait_ms: int = 0  # a file that is gone is a yes only then: its receipt may follow
    most_files: int = 1_000
    answer_ms: int = 86_400_000  # a system that owes an answer is asked again after that


class HandoverStore(Protocol):
    """How far we are in bringing what is for a client."""

    def due_records(self, client: str, *, now_ms: int, limit: int) -> Sequence[InboxRow]:
        """Open numbered entries that may be brought now, in order of position."""

    def due_notices(self, client: str, *, now_ms: int, limit: int) -> Sequence[InboxNoticeRow]:
        """Waiting notices that may be brought now, in order."""

    def get(self, client: str, about: str, version: int, partner: str = "") -> HandoverRow | None:
        """One."""

    def put(self, rows: Sequence[HandoverRow]) -> None:
        """Insert, or write over."""

    def laid_out(self, client: str, *, limit: int) -> Sequence[HandoverRow]:
        """Those with a file, the oldest first."""

    def forget(self, client: str, about: str, version: int, partner: str = "") -> None:
        """Delete, unless a file is still to be cleared away."""

    def cleared(self, row: HandoverRow) -> None:
        """Delete: no file of it is left."""

    def standing(self) -> Sequence[HandoverRow]:
        """Rows of ways that fail now, by client."""

    def counts(self) -> Sequence[tuple[str, str, int, int]]:
        """(client, stage, how many, the earliest `at`) of what is under way."""


class Origin(Protocol):
    """An address at which a source offers a document."""

    @property
    def url(self) -> str:
        """Where."""

    def get(self, etag: str | None, modified: str | None) -> Answer:
        """GET it, if it differs from that version. Raises Unavailable without a whole answer."""


class Drop(Protocol):
    """A folder into which a source drops files."""

    def demand(self) -> None:
        """Raises Unavailable unless it can be used, and only by whom it should."""

    def picked(self) -> Sequence[str]:
        """What was picked up and not put away."""

    def whole(self) -> Sequence[str]:
        """Files that are whole, the longest unchanged first."""

    def pick(self, name: str) -> str | None:
        """Pick a file up in one step; its name from now on, None if it is not whole after all."""

    def left(self) -> int:
        """How many files of the last look can never be picked up: unreadable, or linked twice."""

    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a picked file."""

    def put_away(self, name: str, *, done: bool, digest: str, report: bytes) -> None:
        """Move a picked file to where the finished or the failed ones lie, with its report."""

    def sweep(self, older_than_seconds: float) -> int:
        """Delete finished files that old. Returns how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledSource:
    """A source that the gateway looks at itself: one of the two ways is given."""

    name: str
    client: str  # in whose name it is submitted
    media_type: str = "application/json"
    origin: Origin | None = None
    drop: Drop | None = None
    interval_seconds: float = 10.0
    quiet_ms: int = 86_400_000
    keep_seconds: float = 604_800


class PullStore(Protocol):
    """How sources stand that are looked at, and what became of their documents."""

    def get(self, source: str) -> PullRow | None:
        """One."""

    def put(self, row: PullRow) -> None:
        """Insert, or write over."""

    def all(self) -> Sequence[PullRow]:
        """Every one, by name."""

    def keep_only(self, sources: Sequence[str]) -> int:
        """Delete the rows of all others. Returns how many."""

    def picked(self, source: str, digest: str, name: str) -> PickedRow | None:
        """What became of a document, if it was taken before."""

    def pick(self, row: PickedRow) -> None:
        """Insert, or write over."""

    def page(self, source: str, *, before: int, limit: int) -> Sequence[PickedRow]:
        """Documents taken before that moment, the newest first."""
