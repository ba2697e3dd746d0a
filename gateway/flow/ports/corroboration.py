"""What the journeys need of the store for records about one subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.flow.rows_corroboration import PromotionRow, SubjectLinkRow


class CorroborationStore(Protocol):
    """Links that persons confirmed, and what was promoted on them."""

    def add_link(self, row: SubjectLinkRow) -> None:
        """Insert."""

    def links(self, records: Sequence[str]) -> Sequence[SubjectLinkRow]:
        """Those that stand, of which one end is one of these records; by id, each once."""

    def end_link(self, id_: str, *, by: str, now_ms: int) -> bool:
        """Let a link end; whether it still stood."""

    def changed_links(self, since: int) -> Sequence[SubjectLinkRow]:
        """Those that were confirmed or ended at `since` or later; by id."""

    def add_promotion(self, row: PromotionRow) -> None:
        """Insert."""

    def promotions(self, records: Sequence[str]) -> Sequence[PromotionRow]:
        """All of these promoted records, standing or fallen, oldest first."""

    def promoted_from(self, origins: Sequence[str]) -> Sequence[PromotionRow]:
        """All that was promoted from one of these records, oldest first."""

    def leaning_on(self, ground: str) -> Sequence[PromotionRow]:
        """Standing ones that have this record as their ground, oldest first."""

    def standing(self, *, after: str, limit: int) -> Sequence[PromotionRow]:
        """Standing ones with id > `after`, oldest first."""

    def fall(self, ids: Sequence[str], code: str, *, now_ms: int) -> int:
        """Let these fall back that still stand. Returns how many did."""
