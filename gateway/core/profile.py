"""Source profiles: what fills the governance that a source never gives.

Owns which values a profile gives for one record. Leaves to `normalise` putting them in, and to
`schemas.source_profile` what a profile may say.

Stays true:
  * A profile fills only what is missing, and never names a recipient.
  * The narrower case wins: type and indicator, then indicator, then type, then the top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from gateway.core.errors import Fault, GatewayError
from schemas.source_profile import load_source_profile


class ProfileInvalid(GatewayError):
    """The source profile does not follow its schema."""

    code: ClassVar[str] = "profile-invalid"
    advice: ClassVar[str] = "Mend each of the faults named."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Values for members that are missing; None or empty: this profile says nothing of it."""

    handling: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    legal_basis: Mapping[str, str] | None = None
    crime_area: str | None = None
    phenomenon: tuple[str, ...] = ()
    operational_action_ref: str | None = None
    review_days: int | None = None
    person_category: str | None = None
    source_code: str | None = None
    info_code: str | None = None

    def over(self, wider: Fill) -> Fill:
        """Return this fill, and for what it does not say the wider one's."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        return replace(wider, **said)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCase:
    """A fill for one record type, one indicator, or one of both. None: any."""

    type: str | None
    indicator: str | None
    fill: Fill

    def covers(self, type_: str, indicators: Iterable[str]) -> bool:
        """Return whether the case speaks of such a record."""
        return self.type in (None, type_) and (
            self.indicator is None or self.indicator in indicators
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProfile:
    """One version of one source's profile."""

    name: str
    version: int
    base: Fill
    cases: tuple[ProfileCase, ...] = ()

    @property
    def ref(self) -> str:
        """Name and version, as the mapping trail has them."""
        return f"{self.name}@{self.version}"

    def fill_for(self, type_: str, indicators: Iterable[str]) -> Fill:
        """Return what the profile gives to a record of `type_` with these indicators."""
        indicators = frozenset(indicators)
        covering = [case for case in self.cases if case.covers(type_, indicators)]
        fill = self.base
        for case in sorted(covering, key=_narrowness):
            fill = case.fill.over(fill)
        return fill


def _narrowness(case: ProfileCase) -> tuple[bool, bool]:
    return case.indicator is not None, case.type is not None


def read_profile(name: str, version: int, body: Mapping[str, Any]) -> SourceProfile:
    """Return the profile in an item's body. Raises ProfileInvalid with all its faults."""
    normal, faults = load_source_profile(body)
    if faults:
        raise ProfileInvalid(
            faults=tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in faults)
        )
    cases = tuple(
        ProfileCase(type=case.get("type"), indicator=case.get("indicator"), fill=_fill(case))
        for case in normal.get("cases", ())
    )
    return SourceProfile(name=name, version=version, base=_fill(normal), cases=cases)


def _fill(members: Mapping[str, Any]) -> Fill:
    said = {f.name: members[f.name] for f in fields(Fill) if f.name in members}
    for name in ("handling", "purposes", "phenomenon"):
        if name in said:
            said[name] = tuple(said[name])
    return Fill(**said)
