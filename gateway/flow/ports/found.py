"""The port through which people find records and sources again: lists, filters, counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.flow.rows import RecordRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which own records of one organisation; None: any. `state` None: those that are current."""

    org: str
    type: str | None = None
    source: str | None = None
    state: str | None = None
    since: str = ""  # an id: only that one and newer ones
    before: str = ""  # an id: only older ones


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCount:
    """How many documents of a source are in one state, and when the newest of them came."""

    source: str
    state: str
    count: int
    newest: int


class FoundStore(Protocol):
    """Lists of records and documents, as people look for them."""

    def records(self, wanted: Wanted, *, limit: int) -> Sequence[RecordRow]:
        """Versions that are wanted, the newest first."""

    def documents(self, org: str) -> Sequence[DocumentCount]:
        """How many documents of each source of an organisation are in which state."""

    def arrivals(self, org: str, source: str, *, limit: int) -> Sequence[int]:
        """When the newest documents of a source came, the newest first."""
