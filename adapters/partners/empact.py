"""The empact community. Members work under an operational action and read English."""

from __future__ import annotations

from typing import Final

from adapters.partners.profile import ENGLISH_SUMMARY, OPERATIONAL_ACTION, CommunityProfile

PROFILE: Final = CommunityProfile(
    name="empact",
    title="European Multidisciplinary Platform Against Criminal Threats",
    requires=frozenset({OPERATIONAL_ACTION, ENGLISH_SUMMARY}),
    usual_way="push",
    carries=(
        "case",
        "financial_signal",
        "hosting_report",
        "outcome",
    ),
)
