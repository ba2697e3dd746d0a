"""The hotline community. Hotlines are told about places, never about persons."""

from __future__ import annotations

from typing import Final

from adapters.partners.profile import NO_PERSONAL_DATA, CommunityProfile

PROFILE: Final = CommunityProfile(
    name="hotline",
    title="Hotlines for illegal content",
    requires=frozenset({NO_PERSONAL_DATA}),
    usual_way="either",
    carries=(
        "hosting_report",
        "outcome",
    ),
)
