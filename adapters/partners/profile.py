"""The shape of a community's demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OPERATIONAL_ACTION: Final = "operational_action"
ENGLISH_SUMMARY: Final = "english_summary"
NO_PERSONAL_DATA: Final = "no_personal_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityProfile:
    """What a record must have to travel in a community, and how it usually travels.

    `requires` holds codes of this module; `carries` the record types the community exchanges;
    `usual_way` is push, pull or either, seen from the sender.
    """

    name: str
    title: str
    requires: frozenset[str]
    usual_way: str
    carries: tuple[str, ...]
