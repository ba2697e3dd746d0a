"""The vgt community. Members on several continents fetch from each other's mailboxes."""

from __future__ import annotations

from typing import Final

from adapters.partners.profile import ENGLISH_SUMMARY, CommunityProfile

PROFILE: Final = CommunityProfile(
    name="vgt",
    title="Virtual Global Taskforce",
    requires=frozenset({ENGLISH_SUMMARY}),
    usual_way="pull",
    carries=(
        "case",
        "hosting_report",
        "outcome",
    ),
)
