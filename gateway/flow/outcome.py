"""What a submitter is told: one outcome per record, the same in API, command and replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from gateway.core.errors import Fault

GOOD: Final = ("stored", "duplicate")  # states of a record that is here


@dataclass(frozen=True, slots=True)
class PartnerDecision:
    """What was decided for one partner: the release state, the deciding rule, the reason."""

    partner: str
    state: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one record: stored, duplicate, conflict, quarantined or refused."""

    state: str
    record: str | None = None
    version: int | None = None
    original: str | None = None
    provider_ref: str | None = None
    type: str | None = None
    faults: tuple[Fault, ...] = ()
    losses: tuple[Mapping[str, str], ...] = ()
    releases: tuple[PartnerDecision, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return it as plain JSON; `outcome_of` reads it back."""
        return asdict(self)


def outcome_of(answer: Mapping[str, Any]) -> Outcome:
    """Read back an outcome that was remembered as JSON."""
    return Outcome(
        **{
            **answer,
            "faults": tuple(Fault(**fault) for fault in answer["faults"]),
            "losses": tuple(answer["losses"]),
            "releases": tuple(PartnerDecision(**row) for row in answer["releases"]),
        }
    )
