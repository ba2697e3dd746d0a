"""The vgt community. Members on several continents fetch from each other's mailboxes.

Most are outside the European Union: R-08 is asked of each, and terms and summary are in English.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from adapters.partners.profile import ENGLISH_SUMMARY, PARTNER, CommunityProfile

PROFILE: Final = CommunityProfile(
    name="vgt",
    title="Virtual Global Taskforce",
    requires=frozenset({ENGLISH_SUMMARY}),
    usual_way="pull",
    carries=(
        "case",
        "financial_signal",
        "hosting_report",
        "request",
        "answer",
        "refusal",
        "consent_request",
        "consent",
        "outcome",
        "knowledge_product",
        "operation",
    ),
    clocks_by=PARTNER,
    clocks=MappingProxyType({}),
)
