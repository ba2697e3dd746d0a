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

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from gateway.core.decision import (
    Decision,
    Reduction,
    Release,
    Rendered,
    RuleResult,
    Terms,
    Verdict,
)
from gateway.core.facts import Facts, Needs, Recipient, Route, in_force
from gateway.core.ids import RecordId
from gateway.core.looked import Looked, look
from gateway.core.record import Record
from gateway.core.rules import RULES, RULES_IN, reach
from gateway.core.rules.abroad import end_recipients, needs_assurance, transfer_ground
from gateway.core.rules.base import (
    OVERRIDE,
    PASS,
    Context,
    Cover,
    Hold,
    Lifted,
    Outcome,
    Pass,
    Reduce,
    Refuse,
    Rule,
    answer,
)
from gateway.core.rules.leave import condition, cover
from gateway.core.rules.statements import stale_at
from gateway.core.withholding import free_texts, is_about_a_person, still_tells

__all__ = [
    "FREE_TEXT", "Decision", "Hold", "Reduce", "Reduction", "Refuse", "Release", "Rendered",
    "Terms", "Verdict", "decide", "decide_in", "look", "needs", "selects",
]  # fmt: skip

FREE_TEXT: Final = "free-text"  # code of a text withheld with the person it may name
_RULE_FAULT: Final = "Tell the administrator: the record could not be looked at."


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


@dataclass(frozen=True, slots=True)
class _Form:
    """What makes a reduced form: what goes, what stands there instead, and which rules say so."""

    cuts: Mapping[str, str] = field(default_factory=dict)  # pointer, code
    values: Mapping[str, Rendered] = field(default_factory=dict)
    reducing: Mapping[str, tuple[Rule, Reduce]] = field(default_factory=dict)


_WHOLE: Final = _Form()


def decide(
    record: Record,
    recipient: Recipient,
    facts: Facts,
    now_ms: int,
    *,
    rules: Sequence[Rule] = RULES,
    looked: Looked | None = None,
) -> Decision:
    """Decide whether, and in which form, `record` may go to `recipient`.

    Says nothing about how it is sent. `now_ms` in milliseconds since 1970. `looked` is what `look`
    says of the record, where it is decided on for many.
    """
    try:
        context = Context(record, recipient, facts, now_ms, "out", looked or look(record))
    except Exception as fault:  # noqa: BLE001 - whatever went wrong, it must not release
        return _unlooked(rules, facts.epoch, fault)
    outcomes = _ask(rules, context)
    if all(outcome is PASS for _, outcome in outcomes):
        return _decision(outcomes, _WHOLE, context)
    reducing = {
        rule.id: (rule, outcome) for rule, outcome in outcomes if isinstance(outcome, Reduce)
    }
    if not reducing or any(isinstance(outcome, Refuse) for _, outcome in outcomes):
        return _decision(outcomes, _WHOLE, context)
    form = _form(context, reducing)
    candidate = rendered(record, form.values.values()).without(form.cuts)
    again = Context(
        candidate,
        recipient,
        facts,
        now_ms,
        "out",
        look(candidate),
        whole=context,
        cuts=tuple(form.cuts),
    )
    settled = [(rule, _settled(outcome)) for rule, outcome in _ask(rules, again)]
    lifted = {rule.id: outcome for rule, outcome in outcomes if isinstance(outcome, Lifted)}
    settled = [
        (rule, lifted.get(rule.id, outcome) if isinstance(outcome, Pass) else outcome)
        for rule, outcome in settled
    ]
    return _decision(_demand_absence(settled, record, candidate, form.cuts), form, context)


def _unlooked(rules: Sequence[Rule], epoch: int, fault: Exception) -> Decision:
    """Hold what could not even be looked at, in the name of every rule."""
    hold = Hold(f"the record could not be looked at ({type(fault).__name__})", _RULE_FAULT)
    return Decision(
        verdict=hold,
        trace=tuple(_result(rule, hold) for rule in rules),
        rule=min((rule.id for rule in rules), default=""),
        epoch=epoch,
    )


def rendered(record: Record, values: Iterable[Rendered]) -> Record:
    """Return `record` with other values where a rule put them."""
    return record.with_members({one.pointer: one.value for one in values})


def _form(context: Context, reducing: Mapping[str, tuple[Rule, Reduce]]) -> _Form:
    """Unite the reductions: what goes, and the rule (the first by id) that takes it out."""
    cuts: dict[str, str] = {}
    values: dict[str, Rendered] = {}
    for id_, (_, outcome) in sorted(reducing.items()):
        for pointer in outcome.fields:
            cuts.setdefault(pointer, id_)
        for pointer, value in outcome.values:
            values.setdefault(pointer, Rendered(pointer, value, id_))
    cuts |= _texts(context, cuts)
    cuts |= _fallen(context.record, cuts)
    return _Form(cuts, values, reducing)


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
    try:
        context = Context(record, sender, facts, now_ms, "in", look(record))
    except Exception as fault:  # noqa: BLE001 - whatever went wrong, it must not come in unheld
        return _unlooked(RULES_IN, facts.epoch, fault)
    return _decision(_ask(RULES_IN, context), _WHOLE, context)


def selects(route: Route, record: Record) -> bool:
    """Return whether a route for received records chooses this one."""
    return reach.matches(route.when, record)


def _ask(rules: Iterable[Rule], context: Context) -> list[tuple[Rule, Outcome]]:
    return [(rule, answer(rule, context)) for rule in rules]


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
    """Hold when what is left still tells what was withheld, by name or number."""
    cut_by_rules = {
        pointer: code for pointer, code in cuts.items() if code not in (FREE_TEXT, OVERRIDE)
    }
    taking = {cut_by_rules[pointer] for pointer in still_tells(record, candidate, cut_by_rules)}
    if not taking:
        return outcomes
    hold = Hold(
        "something is left out, but a name or number of it still stands elsewhere",
        "Take it out there, or have it approved for this recipient, so that nothing is left out.",
    )
    return [
        (rule, hold if rule.id in taking and isinstance(outcome, (Pass, Lifted)) else outcome)
        for rule, outcome in outcomes
    ]


def _texts(context: Context, cuts: Mapping[str, str]) -> dict[str, str]:
    """When something of a person is withheld, free text that may name it is withheld too."""
    if not is_about_a_person(cuts) or context.is_approved("text"):
        return {}
    return {
        pointer: FREE_TEXT
        for pointer in free_texts(context.record)
        if pointer not in cuts and not context.is_overridden(pointer)
    }


_OUTCOME_WORDS: Final[Mapping[type, str]] = {
    Reduce: "reduce",
    Hold: "hold",
    Refuse: "refuse",
    Lifted: "lifted",
}


def _decision(outcomes: Sequence[tuple[Rule, Outcome]], form: _Form, context: Context) -> Decision:
    final = [
        form.reducing.get(rule.id, (rule, outcome))
        if isinstance(outcome, (Pass, Lifted))
        else (rule, outcome)
        for rule, outcome in outcomes
    ]
    final.sort(key=_by_id)
    deciding, verdict = _deciding(final, form)
    leaves = not isinstance(verdict, (Hold, Refuse))
    goes = cover(context) if leaves else None
    return Decision(
        verdict=verdict,
        trace=tuple([_result(rule, outcome) for rule, outcome in final]),
        rule=deciding,
        epoch=context.facts.epoch,
        until=_until(context),
        agreement=goes.agreement.name if goes else None,
        agreement_version=goes.agreement.version if goes else None,
        purpose=goes.purposes[0] if goes and goes.purposes else None,
        reductions=tuple(Reduction(*pair) for pair in sorted(form.cuts.items())) if leaves else (),
        rendered=tuple(one for _, one in sorted(form.values.items())) if leaves else (),
        ground=transfer_ground(context) if leaves else None,
        approvers=_approvers(context) if leaves and context.facts.approvals else (),
        terms=_terms(context, goes) if goes else None,
    )


def _by_id(pair: tuple[Rule, Outcome]) -> str:
    return pair[0].id


def _deciding(final: Sequence[tuple[Rule, Outcome]], form: _Form) -> tuple[str, Verdict]:
    for kind in (Refuse, Hold):
        for rule, outcome in final:
            if isinstance(outcome, kind):
                return rule.id, outcome
    for rule, outcome in final:
        if isinstance(outcome, Reduce):
            return rule.id, Reduce(tuple(sorted(form.cuts)), outcome.reason, outcome.remedy)
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


def _approvers(context: Context) -> tuple[str, ...]:
    """Return whose approvals are in force for this recipient."""
    partner, now = context.recipient.partner, context.now_ms
    return tuple(
        sorted(
            {
                person
                for one in context.facts.approvals
                if one.partner == partner and in_force(None, one.until, now)
                for person in one.by
            }
        )
    )


def _until(context: Context) -> int | None:
    """Return the first moment after now at which time alone could change the decision."""
    facts, now, looked = context.facts, context.now_ms, context.looked
    bounds: list[int | None] = [*looked.moments, stale_at(context.record.type, looked)]
    for agreement in facts.agreements:
        bounds += (agreement.valid_from, agreement.valid_until)
    for route in facts.routes:
        bounds += (route.valid_from, route.valid_until)
    for consent in facts.consents:
        bounds += (consent.valid_from, consent.valid_until)
    for membership in context.recipient.memberships:
        bounds += (membership.since, membership.until)
    bounds += [approval.until for approval in facts.approvals]
    bounds += [restriction.until for restriction in facts.restrictions]
    if facts.bulk_limit is not None and max(facts.left.values(), default=0) >= facts.bulk_limit:
        bounds.append(facts.left_until)
    moments = facts.lists.moments
    place = bisect_right(moments, now)
    bounds += moments[place : place + 1]
    return min([bound for bound in bounds if bound is not None and bound > now], default=None)


def _terms(context: Context, goes: Cover) -> Terms:
    looked, now = context.looked, context.now_ms
    codes = context.handling
    mapped = condition(context)
    limits = {kind for kind, until in looked.restrictions if in_force(None, until, now)}
    limits |= {one.kind for one in context.facts.restrictions if in_force(None, one.until, now)}
    if mapped is not None:
        limits |= mapped.restrictions
    dates = [looked.governance[name] for name in _KEPT_UNTIL if looked.governance.get(name)]
    if any(needs_assurance(one, context) for one in end_recipients(context)):
        limits |= _ASSURANCES
    return Terms(
        purposes=goes.purposes,
        evidence="no" if "H1" in codes or "evidential" in limits else "ask",
        pass_on="nobody" if codes & _NOT_ON or "transfer" in limits else "ask",
        keep_until=min(dates, default=None),
        assurances=tuple(sorted(limits & _ASSURANCES)),
    )


_KEPT_UNTIL: Final = ("review_by", "erase_by")
_NOT_ON: Final = frozenset({"H2", "H3"})
_ASSURANCES: Final = frozenset({"no_death_penalty"})
