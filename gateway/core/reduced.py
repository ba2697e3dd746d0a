"""The reduced form that several reductions make together. Pure.

Owns what goes besides what the rules name: the free text that may name a person who goes, and the
references to what goes. Leaves to `policy` whether the form may leave.

Stays true:
  * A form is made once for all recipients who get the same, and kept with the look at the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.core.decision import Reduction, Rendered, RuleResult
from gateway.core.looked import Looked, look
from gateway.core.record import Record
from gateway.core.rules import RULES
from gateway.core.rules.base import OVERRIDE, Context, Reduce, Rule
from gateway.core.traced import trace
from gateway.core.withholding import free_texts, is_about_a_person, still_tells

FREE_TEXT: Final = "free-text"  # code of a text withheld with the person it may name


@dataclass(frozen=True, slots=True)
class Form:
    """A reduced form: what goes, what stands there instead, and what it is then."""

    record: Record
    cuts: Mapping[str, str]  # pointer, code
    reductions: tuple[Reduction, ...]  # the same, for many decisions
    rendered: tuple[Rendered, ...]
    alone: tuple[Reduce, tuple[RuleResult, ...]]  # verdict and trace where no rule says more
    telling: frozenset[str]  # codes under which something went that is told elsewhere still


def rendered(record: Record, values: Iterable[Rendered]) -> Record:
    """Return `record` with other values where a rule put them."""
    return record.with_members({one.pointer: one.value for one in values})


def form_of(context: Context, reducing: Mapping[str, tuple[Rule, Reduce]]) -> Form:
    """Return the form that these reductions make; made once for all who get the same."""
    made = context.looked.forms
    said = sorted(reducing.items()) if len(reducing) > 1 else reducing.items()
    key = (
        tuple([(id_, one.fields, tuple([at for at, _ in one.values])) for id_, (_, one) in said]),
        *((context.is_approved("text"), context.override()) if context.facts.approvals else ()),
    )
    form = made.get(key)
    if not isinstance(form, Form):
        form = made[key] = _made(context, reducing)
    return form


def _made(context: Context, reducing: Mapping[str, tuple[Rule, Reduce]]) -> Form:
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
    record = rendered(context.record, values.values()).without(cuts)
    by_rules = {one: code for one, code in cuts.items() if code not in (FREE_TEXT, OVERRIDE)}
    telling = {by_rules[one] for one in still_tells(context.record, record, by_rules)}
    rule, outcome = reducing[min(reducing)]
    return Form(
        record,
        cuts,
        tuple(Reduction(*pair) for pair in sorted(cuts.items())),
        tuple(one for _, one in sorted(values.items())),
        (
            Reduce(tuple(sorted(cuts)), outcome.reason, outcome.remedy),
            trace(RULES, [(rule, outcome)]),
        ),
        frozenset(telling),
    )


def look_at(form: Form, looked: Looked) -> Looked:
    """Look at a reduced form, once for all who get the same; few are decided on again."""
    key = ("looked", id(form))  # the form is kept as long as this is, in the same place
    found = looked.forms.get(key)
    if not isinstance(found, Looked):
        found = looked.forms[key] = look(form.record)
    return found


def _fallen(record: Record, cuts: Mapping[str, str]) -> dict[str, str]:
    """Name the references that go because what they name goes."""
    codes = sorted(set(cuts.values()))
    return {pointer: codes[0] for pointer in record.loses(cuts) if pointer not in cuts}


def _texts(context: Context, cuts: Mapping[str, str]) -> dict[str, str]:
    """When something of a person is withheld, free text that may name it is withheld too."""
    if not is_about_a_person(cuts) or context.is_approved("text"):
        return {}
    return {
        pointer: FREE_TEXT
        for pointer in free_texts(context.record)
        if pointer not in cuts and not context.is_overridden(pointer)
    }
