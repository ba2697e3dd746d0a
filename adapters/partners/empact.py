"""The empact community. Members work under an operational action, with codes and evaluations.

Third countries, agencies and private partners of an operational action belong to it too: what
may go to whom is asked of each end recipient (R-08), also behind a hub.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from adapters.partners.profile import (
    DIRECTIVE,
    EVALUATION,
    HANDLING_CODES,
    OPERATIONAL_ACTION,
    PURPOSES,
    CommunityProfile,
)

PROFILE: Final = CommunityProfile(
    name="empact",
    title="European Multidisciplinary Platform Against Criminal Threats",
    requires=frozenset({OPERATIONAL_ACTION, HANDLING_CODES, EVALUATION, PURPOSES}),
    usual_way="push",
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
    ),
    clocks_by=DIRECTIVE,
    clocks=MappingProxyType(
        {
            "request_urgent_accessible": "PT8H",
            "request_urgent": "P3D",
            "request": "P7D",
        }
    ),
)
