"""Acts that take two people: which there are, who may do what, and what exactly is agreed to. Pure.

Owns the closed list of such acts, the roles that may propose and settle each, how long a proposal
waits, and the bytes that are executed: the second person approves their digest, nothing less.
Leaves to others: what an act does (`flow.proposable`), and keeping it (`flow.propose`).

Ruled by docs/explanation/release-rules.md, R-19 and R-20.

Stays true:
  * Nobody is the second person of an own proposal, whatever roles that person has.
  * Another body is another digest, and so another proposal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict, Forbidden, GatewayError, Malformed
from gateway.core.record import canonical
from keys.suite import digest

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
OVERRIDE_MS: Final = _HOUR_MS  # how long one officer's word alone lasts
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class SecondPersonNeeded(Forbidden):
    """Whoever proposed an act cannot be the one who settles it."""

    code: ClassVar[str] = "second-person-needed"
    advice: ClassVar[str] = "Another person of your organisation with the right role settles it."


class DigestDiffers(Conflict):
    """What was approved is not what would be executed."""

    code: ClassVar[str] = "digest-differs"
    advice: ClassVar[str] = "Read the proposal again and approve the digest that it has now."


class ProposalSettled(Conflict):
    """The proposal was approved, rejected or has lapsed: nothing is left to decide."""

    code: ClassVar[str] = "proposal-settled"
    advice: ClassVar[str] = "If the act is still wanted, propose it again."


class BasisChanged(Conflict):
    """What the proposal rested on has changed since; nothing was done."""

    code: ClassVar[str] = "basis-changed"
    advice: ClassVar[str] = "Look at it as it is now, and propose it again if it still fits."


class ActUnknown(Malformed):
    """There is no such act, or its body is not one."""

    code: ClassVar[str] = "act-unknown"


class ReasonMalformed(Malformed):
    """A reason is a code, never a sentence: it stands in the ledger."""

    code: ClassVar[str] = "reason-malformed"
    advice: ClassVar[str] = (
        "1 to 64 of a-z, 0-9 and underscore, a letter first: court_order, not court-order."
    )


class NotOverridable(GatewayError):
    """Not even a threat to life lifts this rule; the reason says which."""

    code: ClassVar[str] = "not-overridable"


class NotApprovable(GatewayError):
    """A person's approval does not change this hold; the reason says what would."""

    code: ClassVar[str] = "not-approvable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKind:
    """One act that takes two people. Roles are those of `person` items."""

    name: str
    title: str
    proposers: tuple[str, ...]
    approvers: tuple[str, ...]
    lasts_ms: int  # after that an open proposal lapses
    alone: bool = True  # False: it is never proposed by itself, it comes with another act


_KINDS: Final = (
    ActKind(
        name="approve-holds",
        title="Let held releases go",
        proposers=("release_officer", "duty_officer"),
        approvers=("release_officer",),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="derogation",
        title="Transfer to a third country by derogation",
        proposers=("release_officer",),
        approvers=("release_officer", "data_protection_officer"),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="disclose",
        title="Let members go that would be left out",
        proposers=("release_officer", "duty_officer"),
        approvers=("release_officer", "data_protection_officer"),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="override-confirm",
        title="Confirm an override of release rules for a threat to life",
        proposers=("duty_officer", "release_officer"),
        approvers=("duty_officer", "release_officer"),
        lasts_ms=OVERRIDE_MS,
        alone=False,
    ),
    ActKind(
        name="confirm-link",
        title="Confirm that two records speak of the same subject",
        proposers=("analyst", "release_officer", "duty_officer"),
        approvers=("release_officer",),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="promote",
        title="Let financial information stand as a case, on a ground of another kind",
        proposers=("analyst", "release_officer", "duty_officer"),
        approvers=("release_officer",),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="configure",
        title="Change or end an item of the configuration",
        proposers=("administrator",),
        approvers=("administrator", "data_protection_officer"),
        lasts_ms=14 * _DAY_MS,
    ),
    ActKind(
        name="confirm-partner",
        title="Believe a partner's card, whose words were heard spoken",
        proposers=("administrator",),
        approvers=("administrator", "data_protection_officer"),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="revoke-partner",
        title="Trust a partner no more, and recall what it has",
        proposers=("administrator",),
        approvers=("administrator", "data_protection_officer", "release_officer"),
        lasts_ms=7 * _DAY_MS,
    ),
    ActKind(
        name="discard-original",
        title="Erase a document in quarantine for good",
        proposers=("administrator",),
        approvers=("administrator", "data_protection_officer"),
        lasts_ms=14 * _DAY_MS,
    ),
)
ACT_KINDS: Final[Mapping[str, ActKind]] = {kind.name: kind for kind in _KINDS}

# why a life is at stake.
OVERRIDE_REASONS: Final = ("child_at_risk_now", "threat_to_life", "abduction", "imminent_abuse")

# Who may read what is proposed: whoever may take part, and those who watch over it.
READERS: Final = (
    "analyst",
    "release_officer",
    "duty_officer",
    "administrator",
    "data_protection_officer",
    "auditor",
)


def act_kind(name: str) -> ActKind:
    """Return the act of this name. Raises ActUnknown."""
    kind = ACT_KINDS.get(name)
    if kind is None:
        raise ActUnknown(f"acts that take two people: {', '.join(sorted(ACT_KINDS))}")
    return kind


def executed_bytes(act: str, org: str, body: Mapping[str, Any]) -> bytes:
    """Return exactly what is executed, as canonical JSON: what a person reads and approves."""
    return canonical({"act": act, "body": dict(body), "org": org})


def executed_digest(act: str, org: str, body: Mapping[str, Any]) -> str:
    """Return the digest that the second person gives back: b64 of SHA-256 of the bytes."""
    return digest(executed_bytes(act, org, body))


def demand_proposer(kind: ActKind, roles: AbstractSet[str]) -> None:
    """Raise Forbidden unless one of `roles` may propose this act."""
    if roles.isdisjoint(kind.proposers):
        raise Forbidden(f"to propose this takes the role {' or '.join(kind.proposers)}")


def demand_second(kind: ActKind, proposer: str, person: str, roles: AbstractSet[str]) -> None:
    """Raise Forbidden unless `person` may settle what `proposer` proposed."""
    if roles.isdisjoint(kind.approvers):
        raise Forbidden(f"to settle this takes the role {' or '.join(kind.approvers)}")
    if person == proposer:
        raise SecondPersonNeeded


def parse_reason(text: str) -> str:
    """Return `text` as a reason code. Raises ReasonMalformed."""
    if not _CODE.fullmatch(text):
        raise ReasonMalformed
    return text


def override_reason(text: str) -> str:
    """Return `text` if it says why a life is at stake. Raises ReasonMalformed."""
    if text not in OVERRIDE_REASONS:
        raise ReasonMalformed(f"one of {', '.join(OVERRIDE_REASONS)}")
    return text
