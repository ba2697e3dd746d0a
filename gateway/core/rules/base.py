"""What a release rule is, what it looks at and what it can answer.

Owns the shapes. Each rule checks one thing, has an id that partners and the ledger know, and says
in plain English what would change its answer. Reasons and remedies never repeat content: they name
members, codes and configured names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.core.facts import Agreement, Approval, Direction, Facts, Recipient, in_force
from gateway.core.lists import EndRecipient
from gateway.core.looked import Looked
from gateway.core.record import Record, split_pointer

OVERRIDE: Final = "R-20"
RAISED: Final = "risk"  # an approval that says: a life is at stake, though the record does not
# What an override for the sake of a life lifts the hold or the reduction of.
LIFTABLE: Final = frozenset(
    {"R-04", "R-05", "R-07", "R-10", "R-12", "R-13", "R-14", "R-15", "R-19"}
)


@dataclass(frozen=True, slots=True)
class Cover:
    """The agreement a record goes under, and the purposes that it shares with the record."""

    agreement: Agreement
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Abroad:
    """On what one end recipient outside the law of the Union may receive; empty: on nothing."""

    recipient: EndRecipient
    ground: str = ""  # e.g. adequacy:NAME@VERSION


@dataclass(slots=True)
class Context:
    """All that a rule may look at. For what comes in, `recipient` is the sender.

    `whole` is the context of the unreduced record while its reduced form is decided on again, and
    `cuts` what that form lacks. What several rules work out is kept after the first of them.
    """

    record: Record
    recipient: Recipient
    facts: Facts
    now_ms: int
    direction: Direction
    looked: Looked
    whole: Context | None = None
    cuts: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] | None = field(default=None, compare=False)
    covers: tuple[Cover, ...] | None = field(default=None, compare=False)
    goes: tuple[Cover, ...] | None = field(default=None, compare=False)  # one, or none at all
    purposes: tuple[str, ...] | None = field(default=None, compare=False)
    ends: tuple[EndRecipient, ...] | None = field(default=None, compare=False)
    abroad: tuple[Abroad, ...] | None = field(default=None, compare=False)

    @property
    def original(self) -> Looked:
        """What was found in the unreduced record: a condition that is withheld still binds."""
        return self.looked if self.whole is None else self.whole.looked

    @property
    def handling(self) -> frozenset[str]:
        """The codes that the record has, and those laid on it since."""
        added = self.facts.added_handling
        return self.original.handling | added if added else self.original.handling

    def approvals(self, rule: str) -> Iterator[Approval]:
        """Yield the approvals under `rule` that hold for this partner now."""
        for approval in self.facts.approvals:
            if (
                approval.rule == rule
                and approval.partner == self.recipient.partner
                and in_force(None, approval.until, self.now_ms)
            ):
                yield approval

    def is_approved(self, rule: str, *, persons: int = 1) -> bool:
        """Return whether so many persons approved, together or each alone."""
        if not self.facts.approvals:
            return False
        return len({one for given in self.approvals(rule) for one in given.by}) >= persons

    def may_keep(self, rule: str, pointer: str, *, persons: int = 1) -> bool:
        """Return whether an approval under `rule` names this member, or one that it is in."""
        if not self.facts.approvals:
            return False
        place = self.place_in_whole(pointer)
        people = {
            one
            for given in self.approvals(rule)
            if any(covers_pointer(named, place) for named in given.fields)
            for one in given.by
        }
        return len(people) >= persons

    def override(self) -> tuple[str, ...]:
        """Return the members that an override in force names; only where a life is at stake.

        The record says so, or an officer who raised its urgency.
        """
        if not self.facts.approvals or not (self.original.life or self.is_approved(RAISED)):
            return ()
        return tuple(name for given in self.approvals(OVERRIDE) for name in given.fields)

    def is_overridden(self, pointer: str) -> bool:
        """Return whether an override names this member, or one that it is in."""
        named = self.override()
        return bool(named) and any(
            covers_pointer(one, self.place_in_whole(pointer)) for one in named
        )

    def place_in_whole(self, pointer: str) -> str:
        """Return where a member of this form stood in the unreduced record."""
        if not self.cuts:
            return pointer
        gone = {split_pointer(cut) for cut in self.cuts}
        place: tuple[str, ...] = ()
        for part in split_pointer(pointer):
            place = (*place, _nth_left(part, place, gone) if part.isdigit() else part)
        return "".join(f"/{part}" for part in place)


def _nth_left(part: str, place: tuple[str, ...], gone: set[tuple[str, ...]]) -> str:
    index = -1
    for _ in range(int(part) + 1):
        index += 1
        while (*place, str(index)) in gone:
            index += 1
    return str(index)


def covers_pointer(named: str, pointer: str) -> bool:
    """Return whether `pointer` is the member named or inside it; the empty name is the whole."""
    return not named or pointer == named or pointer.startswith(named + "/")


@dataclass(frozen=True, slots=True)
class Pass:
    """Nothing stands in the way."""


@dataclass(frozen=True, slots=True)
class Reduce:
    """It may go without these members, and with these values instead of others."""

    fields: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""
    values: tuple[tuple[str, object], ...] = ()  # pointer, what stands there instead


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: something is missing that a person or time can bring."""

    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Not to this recipient."""

    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Lifted:
    """It would have held or reduced, and a person took that on for the sake of a life."""

    reason: str = ""
    remedy: str = ""
    held: bool = False


Outcome = Pass | Reduce | Hold | Refuse | Lifted
PASS = Pass()


@dataclass(frozen=True, slots=True)
class Rule:
    """One named, versioned rule with its legal source.

    `failure` says what happens where it fails, `remedy` what would change that: for the catalogue.
    """

    id: str
    version: int
    title: str
    source: str
    check: Callable[[Context], Outcome]
    failure: str = ""
    remedy: str = ""


def answers(rules: Iterable[Rule], context: Context) -> list[tuple[Rule, Outcome]]:
    """Return what each rule says; a rule that fails counts as a hold that names the fault."""
    said: list[tuple[Rule, Outcome]] = []
    approved = bool(context.facts.approvals)
    for rule in rules:  # the hottest loop there is: no call for each rule but its own
        try:
            outcome = rule.check(context)
        except Exception as fault:  # noqa: BLE001 - whatever went wrong, it must not release
            outcome = Hold(
                f"the rule itself failed ({type(fault).__name__})",
                "Tell the administrator: the rule has a fault, the record may be in order.",
            )
        else:
            if approved and outcome is not PASS and rule.id in LIFTABLE:
                outcome = _lifted(outcome, context)
        said.append((rule, outcome))
    return said


def _lifted(outcome: Outcome, context: Context) -> Outcome:
    """Return what an override in force leaves of a hold or a reduction; own notes always stay."""
    if not context.override():
        return outcome
    if isinstance(outcome, Hold):
        return Lifted(outcome.reason, outcome.remedy, held=True)
    if not isinstance(outcome, Reduce):
        return outcome
    notes = context.looked.notes  # for own use: no need of the recipient lets them go
    left = tuple(one for one in outcome.fields if one in notes or not context.is_overridden(one))
    values = tuple(pair for pair in outcome.values if not context.is_overridden(pair[0]))
    if left or values:
        return Reduce(left, outcome.reason, outcome.remedy, values)
    return Lifted(outcome.reason, outcome.remedy)


def some(pointers: Iterable[str]) -> tuple[str, ...]:
    """Return pointers once each, in order."""
    return tuple(sorted(set(pointers)))
