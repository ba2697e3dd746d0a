"""The hotline community. Hotlines are told about places, never about persons.

The exact address of a page goes to nobody but the addressee of a notice about it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from adapters.partners.profile import (
    NO_PERSONAL_DATA,
    REGIME,
    URL_TO_ADDRESSEE,
    CommunityProfile,
)

PROFILE: Final = CommunityProfile(
    name="hotline",
    title="Hotlines for illegal content",
    requires=frozenset({NO_PERSONAL_DATA, URL_TO_ADDRESSEE}),
    usual_way="either",
    carries=("hosting_report", "outcome"),  # notices and observations are parts of a report
    clocks_by=REGIME,
    clocks=MappingProxyType({}),
)
