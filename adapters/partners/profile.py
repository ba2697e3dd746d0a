"""The shape of a community's demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# What a community may demand; the release rules that see to it know these codes.
HANDLING_CODES: Final = "handling_codes"
PURPOSES: Final = "purposes"
EVALUATION: Final = "evaluation"  # 4x4 on every statement
OPERATIONAL_ACTION: Final = "operational_action"
ENGLISH_SUMMARY: Final = "english_summary"
NO_PERSONAL_DATA: Final = "no_personal_data"
URL_TO_ADDRESSEE: Final = "url_to_addressee"  # the exact address of a page, to nobody else

# Who says how long an answer may take.
DIRECTIVE: Final = "directive"  # Directive (EU) 2023/977, article 5
PARTNER: Final = "partner"  # agreed with each partner
REGIME: Final = "regime"  # the legal regime of the notice


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityProfile:
    """What a record must have to travel in a community, and how it usually travels.

    `requires` holds codes of this module; `carries` the record types the community exchanges;
    `usual_way` is push, pull or either, seen from the sender. `clocks` are ISO 8601 durations by
    what they are for, where the community has its own; else `clocks_by` says whose they are.
    """

    name: str
    title: str
    requires: frozenset[str]
    usual_way: str
    carries: tuple[str, ...]
    clocks_by: str
    clocks: Mapping[str, str]
