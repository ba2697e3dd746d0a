"""What people propose and approve, as frozen rows. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One act that takes two people, from the proposal to the second person's yes or no.

    `body` is what is executed, in ids and codes; `digest` is over it, and is what the second
    person approves: another body is another proposal.
    """

    id: str
    org: str
    act: str
    body: Mapping[str, Any]
    digest: str
    proposer: str
    approver: str | None
    state: str  # open | approved | rejected | lapsed
    reason: str  # a code
    proposed_at: int
    expires_at: int
    settled_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """A yes that a release rule looks for, for one record version and one partner.

    `rule` is the rule it answers, or ``text``: the free text was read and may go.
    """

    id: str
    record: str
    version: int
    partner: str
    rule: str
    by: Sequence[str]  # the persons, one or two
    until: int | None = None
    fields: Sequence[str] = ()  # pointers, where it is for these members only
    proposal: str | None = None
    ground: str | None = None  # of a derogation, as a code
    necessity: str | None = None  # why a derogation is needed, as a code


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroup:
    """Held releases of one organisation that wait for the same: one rule, source and partner."""

    rule: str
    source: str
    partner: str
    count: int
    urgency: int  # of the most urgent one
    since: int  # when the record of the oldest came in; deciding again does not move it


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentRow:
    """One urgent release that is not receipted yet. `sealed_at`: None while it is due."""

    release: str
    org: str
    partner: str
    record: str
    version: int
    urgency: int
    state: str  # due | sealed
    since: int  # when it was last decided that it may go: its clock runs from here
    sealed_at: int | None = None
    handed_at: int | None = None
