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

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from gateway.core.facts import Facts, Needs, Recipient, in_force
from gateway.core.granted import terms, until
from gateway.core.ids import RecordId
from gateway.core.looked import Looked, look
from gateway.core.record import Record
from gateway.core.reduced import FREE_TEXT, Form, form_of, look_at, rendered
from gateway.core.rules import RULES, RULES_IN
from gateway.core.rules.abroad import transfer_ground
from gateway.core.rules.base import (
    PASS,
    Context,
    Hold,
    Lifted,
    Outcome,
    Pass,
    Reduce,
    Refuse,
    Rule,
    answers,
)
from gateway.core.rules.leave import cover
from gateway.core.traced import ALL_PASSED, result, trace

__all__ = [
    "FREE_TEXT", "Decision", "Hold", "Reduce", "Reduction", "Refuse", "Release", "Rendered",
    "Terms", "Verdict", "decide", "decide_in", "look", "needs", "rendered",
]  # fmt: skip

_OWN_USE: Final = "R-15"  # the rule that takes notes for own use
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
    outcomes = answers(rules, context)
    said = [pair for pair in outcomes if pair[1] is not PASS]
    if rules is RULES and not said:
        return _composed("", Release(), ALL_PASSED, None, context)
    reducing = {rule.id: (rule, outcome) for rule, outcome in said if isinstance(outcome, Reduce)}
    if not reducing or any(isinstance(outcome, Refuse) for _, outcome in said):
        return _decision(rules, outcomes, {}, None, context)
    form = form_of(context, reducing)
    if rules is RULES and _is_own_use(reducing, context):
        if len(said) == 1 and not form.telling:
            return _composed(_OWN_USE, *form.alone, form, context)
        settled = [(rule, PASS if rule.id in reducing else outcome) for rule, outcome in outcomes]
    else:
        settled = _decided_again(rules, outcomes, form, context)
    return _decision(rules, _demand_absence(settled, form), reducing, form, context)


def _is_own_use(reducing: Mapping[str, tuple[Rule, Reduce]], context: Context) -> bool:
    """Return whether nothing but notes for own use goes, at which no rule but R-15 looks.

    Then the second answers are known: those of the first, and R-15 content. A test compares.
    """
    notes = context.looked.notes
    if not notes or len(reducing) > 1 or _OWN_USE not in reducing:
        return False
    return reducing[_OWN_USE][1].fields == notes


def _decided_again(
    rules: Sequence[Rule],
    outcomes: Sequence[tuple[Rule, Outcome]],
    form: Form,
    context: Context,
) -> list[tuple[Rule, Outcome]]:
    """Ask the rules of the reduced form, as a new candidate; what was lifted stays lifted."""
    again = replace(
        context,
        record=form.record,
        looked=look_at(form, context.looked),
        whole=context,
        cuts=tuple(form.cuts),
        agreements=None,
        covers=None,
        goes=None,
        ends=None,
        abroad=None,
    )
    settled = [(rule, _settled(outcome)) for rule, outcome in answers(rules, again)]
    lifted = {rule.id: outcome for rule, outcome in outcomes if isinstance(outcome, Lifted)}
    if not lifted:
        return settled
    return [
        (rule, lifted.get(rule.id, outcome) if isinstance(outcome, Pass) else outcome)
        for rule, outcome in settled
    ]


def _unlooked(rules: Sequence[Rule], epoch: int, fault: Exception) -> Decision:
    """Hold what could not even be looked at, in the name of every rule."""
    hold = Hold(f"the record could not be looked at ({type(fault).__name__})", _RULE_FAULT)
    return Decision(
        verdict=hold,
        trace=tuple(result(rule, hold) for rule in rules),
        rule=min((rule.id for rule in rules), default=""),
        epoch=epoch,
    )


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
    return _decision(RULES_IN, answers(RULES_IN, context), {}, None, context)


def _demand_absence(outcomes: list[tuple[Rule, Outcome]], form: Form) -> list[tuple[Rule, Outcome]]:
    """Hold when what is left still tells what was withheld, by name or number."""
    if not form.telling:
        return outcomes
    hold = Hold(
        "something is left out, but a name or number of it still stands elsewhere",
        "Take it out there, or have it approved for this recipient, so that nothing is left out.",
    )
    return [
        (rule, hold if rule.id in form.telling and isinstance(outcome, (Pass, Lifted)) else outcome)
        for rule, outcome in outcomes
    ]


def _decision(
    rules: Sequence[Rule],
    outcomes: Sequence[tuple[Rule, Outcome]],
    reducing: Mapping[str, tuple[Rule, Reduce]],
    form: Form | None,
    context: Context,
) -> Decision:
    """Put together what was said; `reducing` made the form that `outcomes` are about."""
    final = {rule.id: (rule, outcome) for rule, outcome in outcomes if outcome is not PASS}
    for id_, pair in reducing.items():
        if id_ not in final or isinstance(final[id_][1], (Pass, Lifted)):
            final[id_] = pair
    said = [final[id_] for id_ in sorted(final)]
    deciding, verdict = _deciding(said, form)
    return _composed(deciding, verdict, trace(rules, said), form, context)


def _composed(
    deciding: str,
    verdict: Verdict,
    trace: tuple[RuleResult, ...],
    form: Form | None,
    context: Context,
) -> Decision:
    leaves = not isinstance(verdict, (Hold, Refuse))
    goes = cover(context) if leaves else None
    gone = form if leaves else None
    return Decision(
        verdict=verdict,
        trace=trace,
        rule=deciding,
        epoch=context.facts.epoch,
        until=until(context),
        agreement=goes.agreement.name if goes else None,
        agreement_version=goes.agreement.version if goes else None,
        purpose=goes.purposes[0] if goes and goes.purposes else None,
        reductions=gone.reductions if gone else (),
        rendered=gone.rendered if gone else (),
        ground=transfer_ground(context) if leaves else None,
        approvers=_approvers(context) if leaves and context.facts.approvals else (),
        terms=terms(context, goes) if goes else None,
    )


def _deciding(final: Sequence[tuple[Rule, Outcome]], form: Form | None) -> tuple[str, Verdict]:
    for kind in (Refuse, Hold):
        for rule, outcome in final:
            if isinstance(outcome, kind):
                return rule.id, outcome
    for rule, outcome in final:
        if isinstance(outcome, Reduce):
            cuts = tuple([cut.pointer for cut in form.reductions]) if form else ()
            return rule.id, Reduce(cuts, outcome.reason, outcome.remedy)
    return "", Release()


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
