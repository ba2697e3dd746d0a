"""What a source profile gives to records, and what would be held with and without it. Pure reading.

Owns the comparison for one document: each record is made twice, without a profile and with it, and
asked of the rules that look at the record alone. Whether a recipient may have it is for other
rules: here it is supposed that one is agreed with for all that the record says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from gateway.core import policy
from gateway.core.errors import Fault
from gateway.core.facts import Agreement, Facts, Recipient
from gateway.core.normalise import Normalised
from gateway.core.profile import SourceProfile
from gateway.core.rules import RULES
from gateway.flow.intake import Bench, Candidate, Failed, Feed, take_apart
from schemas import vocab

# The rules that a source profile can answer: they ask what the record says of itself.
ASKED: Final = ("R-04", "R-05", "R-06", "R-09", "R-12", "R-13", "R-14", "R-15", "R-18")
_RULES: Final = tuple(rule for rule in RULES if rule.id in ASKED)
_SOMEBODY: Final = Recipient(
    partner="somebody", org_class="eu_authority", country="NL", clearance=frozenset(vocab.MARKINGS)
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One record made in one way: what holds it, or why it could not be made."""

    state: str  # free | held | quarantined | refused
    holds: tuple[Json, ...] = ()  # rule, reason, remedy
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """One record without a profile and with it. `given`: the places that the profile filled."""

    original: str | None
    provider_ref: str | None
    given: tuple[str, ...]
    without: Made
    with_it: Made

    def json(self) -> Json:
        """Return it as plain values."""
        return {
            "original": self.original,
            "provider_ref": self.provider_ref,
            "given": list(self.given),
            "without": asdict(self.without),
            "with": asdict(self.with_it),
        }


@dataclass(slots=True)
class Summary:
    """Counts over records, told before any of them."""

    records: int = 0
    free_without: int = 0
    free_with: int = 0
    held_without: Counter[str] = field(default_factory=Counter)  # by rule
    held_with: Counter[str] = field(default_factory=Counter)

    def count(self, one: Profiled) -> None:
        """Count one more."""
        self.records += 1
        self.free_without += one.without.state == "free"
        self.free_with += one.with_it.state == "free"
        self.held_without.update(hold["rule"] for hold in one.without.holds)
        self.held_with.update(hold["rule"] for hold in one.with_it.holds)

    def json(self) -> Json:
        """Return it as plain values."""
        return {
            "records": self.records,
            "free_without": self.free_without,
            "free_with": self.free_with,
            "held_without": dict(sorted(self.held_without.items())),
            "held_with": dict(sorted(self.held_with.items())),
        }


def profiled(
    raw: bytes, feed: Feed, profile: SourceProfile, bench: Bench, *, original: str | None = None
) -> Iterator[Profiled]:
    """Yield each record of a document without any profile and with this one, in order."""
    without = take_apart(raw, replace(feed, profile=None), bench)
    with_it = take_apart(raw, replace(feed, profile=profile), bench)
    for one, other in zip(without, with_it, strict=True):
        yield Profiled(
            original=original,
            provider_ref=_reference(other),
            given=_given(other),
            without=_made(one, bench.now_ms()),
            with_it=_made(other, bench.now_ms()),
        )


def summed(found: Iterable[Profiled]) -> tuple[Summary, list[Profiled]]:
    """Return the counts and the records they count."""
    summary, kept = Summary(), []
    for one in found:
        summary.count(one)
        kept.append(one)
    return summary, kept


def _reference(one: Candidate | Failed) -> str | None:
    if isinstance(one, Failed):
        return one.provider_ref
    return one.normalised.record.provider_ref


def _given(one: Candidate | Failed) -> tuple[str, ...]:
    if isinstance(one, Failed):
        return ()
    return tuple(step.target for step in one.normalised.trail if step.rule == "source-profile")


def _made(one: Candidate | Failed, now_ms: int) -> Made:
    if isinstance(one, Failed):
        return Made(state=one.state, faults=one.faults)
    holds = tuple(_holds(one.normalised, now_ms))
    return Made(state="held" if holds else "free", holds=holds)


def _holds(made: Normalised, now_ms: int) -> Sequence[Json]:
    record = made.record
    area = record.governance.get("crime_area")
    agreed = Agreement(
        name="supposed",
        version=1,
        partner=_SOMEBODY.partner,
        direction="out",
        types=(record.type,),
        crime_areas=(str(area),) if area else tuple(vocab.CRIME_AREAS),
        purposes=tuple(vocab.PURPOSES),
    )
    facts = Facts(epoch=0, provider_known=True, schema_faults=(), imagery=(), agreements=(agreed,))
    decision = policy.decide(record, _SOMEBODY, facts, now_ms, rules=_RULES)
    return [
        {"rule": one.rule, "reason": one.reason, "remedy": one.remedy}
        for one in decision.trace
        if one.outcome in {"hold", "refuse"}
    ]
