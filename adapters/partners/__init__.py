"""What a community of partners demands, as data; deciding with it is the gateway's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.partners import empact, hotline, vgt
from adapters.partners.profile import CommunityProfile

__all__ = ["PROFILES", "CommunityProfile"]

PROFILES: Final[Mapping[str, CommunityProfile]] = MappingProxyType(
    {profile.name: profile for profile in (empact.PROFILE, vgt.PROFILE, hotline.PROFILE)}
)
