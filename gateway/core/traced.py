"""What every rule said of one decision: the trace, from answers. Pure.

Owns the wording of outcomes. Leaves to `decision` what a trace is, and to `policy` who is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.core.decision import RuleResult
from gateway.core.rules import RULES
from gateway.core.rules.base import PASS, Hold, Lifted, Outcome, Pass, Reduce, Refuse, Rule

_OUTCOME_WORDS: Final[Mapping[type, str]] = {
    Reduce: "reduce",
    Hold: "hold",
    Refuse: "refuse",
    Lifted: "lifted",
}


def result(rule: Rule, outcome: Outcome) -> RuleResult:
    """Return what one rule said, as a part of the proof."""
    if isinstance(outcome, Pass):
        return RuleResult(rule.id, rule.version, "pass", "", "", rule.source)
    word = _OUTCOME_WORDS[type(outcome)]
    return RuleResult(rule.id, rule.version, word, outcome.reason, outcome.remedy, rule.source)


# Nearly every answer is a pass, and all passes of a rule are the same.
_PASSED: Final = {rule.id: result(rule, PASS) for rule in RULES}
ALL_PASSED: Final = tuple(_PASSED.values())


def trace(rules: Sequence[Rule], said: Iterable[tuple[Rule, Outcome]]) -> tuple[RuleResult, ...]:
    """Return what every rule said, by id; `said` are those that did not simply pass."""
    results = _PASSED if rules is RULES else {rule.id: result(rule, PASS) for rule in rules}
    results = {**results, **{rule.id: result(rule, outcome) for rule, outcome in said}}
    if rules is not RULES:
        results = {id_: results[id_] for id_ in sorted(results)}
    return tuple(results.values())
