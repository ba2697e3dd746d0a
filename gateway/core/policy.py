"""Whether one record may go to one partner, in which form, and the proof of it. Pure.

Owns how the answers of the rules become one decision: refuse before hold before reduce before
release; reductions unite; what is reduced is decided on again as a new candidate, and only a clean
pass leaves. Leaves to others: the rules (`core.rules`), the facts (`flow`), rendering.

Ruled by docs/explanation/release-rules.md.

Stays true:
  * The order of the rules changes nothing but the order of the explanation.
  * A rule that fails counts as a hold with the fault named, never as a release.
  * What the recipient does not get can never be the reason for a hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from gateway.core.facts import Facts, Needs, Recipient, Route, in_force
from gateway.core.ids import RecordId
from gateway.core.record import Record
from gateway.core.rules import RULES, RULES_IN, reach
from gateway.core.rules.base import Context, Hold, Outcome, Pass, Reduce, Refuse, Rule
from gateway.core.rules.basis import consented_purposes, handling_codes, is_approved
from gateway.core.rules.standing import moment
from gateway.core.withholding import free_texts, is_about_a_person, still_names, takes_a_person

FREE_TEXT: Final = "free-text"  # code of a text withheld with the person it may name


@dataclass(frozen=True, slots=True)
class Release:
    """It may go whole."""


Verdict = Release | Reduce | Hold | Refuse


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said: its part of the proof."""

    rule: str
    version: int
    outcome: str  # pass | reduce | hold | refuse
    reason: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class Reduction:
    """One member that does not go, and the rule (or `free-text`) that took it out."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the recipient may do with the record, as codes; wording is for the renderings."""

    purposes: tuple[str, ...]
    evidence: str  # no | ask
    pass_on: str  # nobody | ask
    keep_until: str | None
    assurances: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        """Return the `terms` member of a record text, without the contact."""
        return {
            "purposes": list(self.purposes),
            "evidence": self.evidence,
            "pass_on": self.pass_on,
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
    ground: str | None = None
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


def needs(record: Record) -> Needs:
    """Return what must be loaded before `decide` can be asked about this record."""
    named = (record.body.get("addressees") or {}).get("recipients") or ()
    roots = {
        RecordId(root["record"])
        for ground in record.body.get("grounds") or ()
        for root in ground.get("roots") or ()
        if root.get("record")
    }
    chain = record.governance.get("originator_chain") or ()
    return Needs(
        record=record.id,
        version=record.version,
        type=record.type,
        org=record.org,
        recipients=tuple(str(entry["partner"]) for entry in named),
        derived_from=tuple(map(RecordId, record.body.get("derived_from") or ())),
        roots=tuple(sorted(roots)),
        consents=tuple(str(link["consent_id"]) for link in chain if link.get("consent_id")),
        operational_action=record.governance.get("operational_action_ref"),
    )


def decide(
    record: Record,
    recipient: Recipient,
    facts: Facts,
    now_ms: int,
    *,
    rules: Sequence[Rule] = RULES,
) -> Decision:
    """Decide whether, and in which form, `record` may go to `recipient`.

    Says nothing about how it is sent. `now_ms` in milliseconds since 1970.
    """
    context = Context(record, recipient, facts, now_ms, "out")
    outcomes = _ask(rules, context)
    reducing = {
        rule.id: (rule, outcome) for rule, outcome in outcomes if isinstance(outcome, Reduce)
    }
    if not reducing or any(isinstance(outcome, Refuse) for _, outcome in outcomes):
        return _decision(outcomes, {}, {}, context)
    cuts = _cuts(context, reducing)
    candidate = record.without(cuts)
    again = _ask(rules, Context(candidate, recipient, facts, now_ms, "out"))
    settled = [(rule, _settled(outcome)) for rule, outcome in again]
    return _decision(_demand_absence(settled, record, candidate, cuts), reducing, cuts, context)


def _cuts(context: Context, reducing: Mapping[str, tuple[Rule, Reduce]]) -> dict[str, str]:
    """Unite the reductions: what goes, and the rule (the first by id) that takes it out."""
    cuts: dict[str, str] = {}
    for id_, (_, outcome) in sorted(reducing.items()):
        for pointer in outcome.fields:
            cuts.setdefault(pointer, id_)
    cuts |= _texts(context, cuts)
    return cuts | _fallen(context.record, cuts)


def _settled(outcome: Outcome) -> Outcome:
    """Only a clean pass leaves: a reduced text that would have to be reduced again is held."""
    if not isinstance(outcome, Reduce):
        return outcome
    return Hold(
        "what is left would have to be reduced again",
        "Tell the administrator: the rule does not accept its own reduction.",
    )


def decide_in(record: Record, sender: Recipient, facts: Facts, now_ms: int) -> Decision:
    """Decide what becomes of a record that `sender` sent us: waiting, held or rejected."""
    context = Context(record, sender, facts, now_ms, "in")
    return _decision(_ask(RULES_IN, context), {}, {}, context)


def selects(route: Route, record: Record) -> bool:
    """Return whether a route for received records chooses this one."""
    return reach.matches(route.when, record)


def _ask(rules: Iterable[Rule], context: Context) -> list[tuple[Rule, Outcome]]:
    return [(rule, _answer(rule, context)) for rule in rules]


def _answer(rule: Rule, context: Context) -> Outcome:
    try:
        return rule.check(context)
    except Exception as fault:  # noqa: BLE001 - whatever went wrong, it must not release
        return Hold(
            f"the rule itself failed ({type(fault).__name__})",
            "Tell the administrator: the rule has a fault, the record may be in order.",
        )


def _fallen(record: Record, cuts: Mapping[str, str]) -> dict[str, str]:
    """Name the references that go because what they name goes."""
    codes = sorted(set(cuts.values()))
    return {pointer: codes[0] for pointer in record.loses(cuts) if pointer not in cuts}


def _demand_absence(
    outcomes: list[tuple[Rule, Outcome]],
    record: Record,
    candidate: Record,
    cuts: Mapping[str, str],
) -> list[tuple[Rule, Outcome]]:
    """Hold when what is left still says who the withheld persons are."""
    taking = {code for pointer, code in cuts.items() if takes_a_person(pointer)}
    if not taking or not still_names(record, candidate, cuts):
        return outcomes
    hold = Hold(
        "a person is left out, but a name or number of that person still stands elsewhere",
        "Take it out there, or set the category of that person so that nobody is left out.",
    )
    return [
        (rule, hold if rule.id in taking and isinstance(outcome, Pass) else outcome)
        for rule, outcome in outcomes
    ]


def _texts(context: Context, cuts: Mapping[str, str]) -> dict[str, str]:
    """When something of a person is withheld, free text that may name it is withheld too."""
    if not is_about_a_person(cuts) or is_approved(context, "text"):
        return {}
    return {pointer: FREE_TEXT for pointer in free_texts(context.record) if pointer not in cuts}


_OUTCOME_WORDS: Final[Mapping[type, str]] = {
    Reduce: "reduce",
    Hold: "hold",
    Refuse: "refuse",
}


def _decision(
    outcomes: Sequence[tuple[Rule, Outcome]],
    reduced: Mapping[str, tuple[Rule, Reduce]],
    cuts: Mapping[str, str],
    context: Context,
) -> Decision:
    final = sorted(
        (
            reduced.get(rule.id, (rule, outcome)) if isinstance(outcome, Pass) else (rule, outcome)
            for rule, outcome in outcomes
        ),
        key=lambda pair: pair[0].id,
    )
    deciding, verdict = _deciding(final, cuts)
    leaves = not isinstance(verdict, (Hold, Refuse))
    cover = _cover(context) if leaves else None
    return Decision(
        verdict=verdict,
        trace=tuple(_result(rule, outcome) for rule, outcome in final),
        rule=deciding,
        epoch=context.facts.epoch,
        until=_until(context),
        agreement=cover.agreement.name if cover else None,
        agreement_version=cover.agreement.version if cover else None,
        purpose=cover.purposes[0] if cover and cover.purposes else None,
        reductions=tuple(Reduction(pointer, code) for pointer, code in sorted(cuts.items()))
        if leaves
        else (),
        terms=_terms(context, cover) if cover else None,
    )


def _deciding(
    final: Sequence[tuple[Rule, Outcome]], cuts: Mapping[str, str]
) -> tuple[str, Verdict]:
    for kind in (Refuse, Hold):
        for rule, outcome in final:
            if isinstance(outcome, kind):
                return rule.id, outcome
    for rule, outcome in final:
        if isinstance(outcome, Reduce):
            return rule.id, Reduce(tuple(sorted(cuts)), outcome.reason, outcome.remedy)
    return "", Release()


def _result(rule: Rule, outcome: Outcome) -> RuleResult:
    if isinstance(outcome, Pass):
        return _passed(rule.id, rule.version, rule.source)
    word = _OUTCOME_WORDS[type(outcome)]
    return RuleResult(rule.id, rule.version, word, outcome.reason, outcome.remedy, rule.source)


@cache
def _passed(id_: str, version: int, source: str) -> RuleResult:
    """Nearly every answer is a pass, and all passes of a rule are the same."""
    return RuleResult(id_, version, "pass", "", "", source)


def _cover(context: Context) -> reach.Cover | None:
    """Return the agreement and purposes it goes under, the consented ones where H2 asks for it."""
    consent_needed = "H2" in handling_codes(context)
    for cover in reach.covers(context):
        purposes = cover.purposes
        if consent_needed:
            purposes = consented_purposes(context, purposes)
        if purposes:
            return reach.Cover(cover.agreement, purposes)
    return None


def _until(context: Context) -> int | None:
    """Return the first moment after now at which time alone could change the decision."""
    facts, now = context.facts, context.now_ms
    governance = context.record.governance
    bounds = [moment(governance.get("review_by")), moment(governance.get("erase_by"))]
    bounds += [moment(one.get("until")) for one in governance.get("restrictions") or ()]
    for agreement in facts.agreements:
        bounds += [agreement.valid_from, agreement.valid_until]
    for route in facts.routes:
        bounds += [route.valid_from, route.valid_until]
    for consent in facts.consents:
        bounds += [consent.valid_from, consent.valid_until]
    bounds += [approval.until for approval in facts.approvals]
    bounds += [restriction.until for restriction in facts.restrictions]
    return min((bound for bound in bounds if bound is not None and bound > now), default=None)


def _terms(context: Context, cover: reach.Cover) -> Terms:
    governance = context.record.governance
    codes = handling_codes(context)
    limits = {
        *(
            str(one["kind"])
            for one in governance.get("restrictions") or ()
            if in_force(None, moment(one.get("until")), context.now_ms)
        ),
        *(
            one.kind
            for one in context.facts.restrictions
            if in_force(None, one.until, context.now_ms)
        ),
    }
    dates = [governance[name] for name in ("review_by", "erase_by") if governance.get(name)]
    return Terms(
        purposes=cover.purposes,
        evidence="no" if "H1" in codes or "evidential" in limits else "ask",
        pass_on="nobody" if codes & {"H2", "H3"} or "transfer" in limits else "ask",
        keep_until=min(dates, default=None),
        assurances=tuple(sorted(limits & {"no_death_penalty"})),
    )
