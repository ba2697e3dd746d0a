"""What was decided about one record and one recipient, with the proof of it. Pure shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.core.rules.base import Hold, Reduce, Refuse


@dataclass(frozen=True, slots=True)
class Release:
    """It may go whole."""


Verdict = Release | Reduce | Hold | Refuse


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said: its part of the proof."""

    rule: str
    version: int
    outcome: str  # pass | reduce | hold | refuse | lifted
    reason: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class Reduction:
    """One member that does not go, and the rule (or `free-text`) that took it out."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """One member that goes with another value, and the rule that put it there."""

    pointer: str
    value: object
    code: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the recipient may do with the record, as codes; wording is for the renderings."""

    purposes: tuple[str, ...]
    evidence: str  # no | ask | yes
    pass_on: str  # nobody | ask | list
    keep_until: str | None
    assurances: tuple[str, ...]
    pass_on_to: tuple[str, ...] = ()  # of a list

    def json(self) -> dict[str, Any]:
        """Return the `terms` member of a record text, without the contact."""
        return {
            "purposes": list(self.purposes),
            "evidence": self.evidence,
            "pass_on": self.pass_on,
            **({"pass_on_to": list(self.pass_on_to)} if self.pass_on_to else {}),
            "keep_until": self.keep_until,
            "assurances": list(self.assurances),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision with everything it rested on.

    `until`: the first moment, in ms, at which time alone could change it; None: never.
    """

    verdict: Verdict
    trace: tuple[RuleResult, ...]
    rule: str  # the deciding one; empty when it goes whole
    epoch: int
    until: int | None = None
    agreement: str | None = None
    agreement_version: int | None = None
    purpose: str | None = None
    reductions: tuple[Reduction, ...] = ()
    rendered: tuple[Rendered, ...] = ()
    ground: str | None = None  # on which it goes abroad; None: it stays under Union law
    approvers: tuple[str, ...] = ()  # whose approvals were in force for it
    terms: Terms | None = None

    @property
    def state(self) -> str:
        """The state of a release row: due, held or refused."""
        match self.verdict:
            case Refuse():
                return "refused"
            case Hold():
                return "held"
            case _:
                return "due"

    @property
    def inbox(self) -> str:
        """The same for what comes in: waiting, held or rejected."""
        return {"refused": "rejected", "held": "held", "due": "waiting"}[self.state]

    @property
    def withheld(self) -> tuple[str, ...]:
        """Pointers of what does not go, into the unreduced record."""
        return tuple(cut.pointer for cut in self.reductions)

    def withheld_json(self) -> list[dict[str, str]]:
        """Return for keeping what this form lacks, and where it has other values; no content."""
        cut = [{"pointer": one.pointer, "code": one.code} for one in self.reductions]
        other = [
            {"pointer": one.pointer, "code": one.code, "rendered": "yes"} for one in self.rendered
        ]
        return cut + other

    def holds(self, epoch: int, now_ms: int) -> bool:
        """Return whether it would be decided the same at this epoch and moment."""
        return epoch == self.epoch and (self.until is None or now_ms < self.until)

    @property
    def basis(self) -> str | None:
        """The agreement it goes under, as ``name@version``."""
        return f"{self.agreement}@{self.agreement_version}" if self.agreement else None

    @property
    def reason(self) -> str:
        """Why, in words; empty when it goes whole."""
        return "" if isinstance(self.verdict, Release) else self.verdict.reason

    @property
    def remedy(self) -> str:
        """What would change it, in words."""
        return "" if isinstance(self.verdict, Release) else self.verdict.remedy

    def trace_json(self) -> list[dict[str, Any]]:
        """Return the trace for keeping: rule, version, outcome, reason, remedy; no content."""
        return [
            {
                "rule": one.rule,
                "version": one.version,
                "outcome": one.outcome,
                "reason": one.reason,
                "remedy": one.remedy,
            }
            for one in self.trace
        ]
