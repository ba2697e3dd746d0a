"""R-12, R-13 and R-18: what a statement is worth, how old it is, and whether a machine made it."""

from __future__ import annotations

from typing import Final

from gateway.core.looked import Looked
from gateway.core.moments import DAY_MS
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Reduce, Rule

# How long an assessment may stand, by record type; an event has no age. Own list: a case lives
# with its investigation, what a payment or an address suggests fades sooner.
LONGEST_DAYS: Final = {"case": 1_095, "financial_signal": 730, "hosting_report": 730}


def _marked(context: Context) -> Outcome:
    unmarked = context.looked.unmarked
    if not unmarked:
        return PASS
    return Reduce(
        reason=f"{len(unmarked)} statement(s) without an evaluation go as assessments of X/4",
        remedy="Set meta.kind, meta.source_code and meta.info_code of each.",
        values=tuple(unmarked),
    )


def stale_at(type_: str, looked: Looked) -> int | None:
    """Return when the oldest assessment is too old; None: it never is."""
    days = LONGEST_DAYS.get(type_)
    if days is None or looked.oldest is None:
        return None
    return looked.oldest + days * DAY_MS


def _fresh(context: Context) -> Outcome:
    end = stale_at(context.record.type, context.looked)
    if end is None or context.now_ms < end:
        return PASS
    return Hold(
        "an assessment is older than a record of this type allows",
        "Evaluate it again and submit a correction with a new as_of, or leave it out.",
    )


def _labelled(context: Context) -> Outcome:
    looked = context.looked
    if looked.adverse is not None:
        return Hold(
            f"{looked.adverse} is called a suspect by an automated finding alone",
            "A person looks at it and sets meta.kind to assessment, or the category to "
            "person_of_interest_not_suspect.",
        )
    if looked.ruleless is not None:
        return Hold(
            f"the automated finding at {looked.ruleless} does not say which rule made it",
            "Set meta.rule_ref to the rule and its version.",
        )
    if not looked.unlabelled:
        return PASS
    return Reduce(
        reason=f"{len(looked.unlabelled)} finding(s) of rules are labelled as automated",
        values=looked.unlabelled,
    )


RULES = (
    Rule(
        "R-12",
        1,
        "Facts and assessments marked, 4x4 on every statement",
        "Directive (EU) 2016/680 art. 7(1); Regulation (EU) 2016/794 art. 29",
        _marked,
        "Completed: what nobody evaluated goes as an assessment of X/4.",
        "An evaluation of the statement.",
    ),
    Rule(
        "R-13",
        1,
        "Assessments are not out of date",
        "Directive (EU) 2016/680 art. 7(2)",
        _fresh,
        "Hold for re-evaluation. Longest age in days: "
        + ", ".join(f"{name} {days:,}" for name, days in LONGEST_DAYS.items())
        + ". An event has no age.",
        "A correction with a new as_of.",
    ),
    Rule(
        "R-18",
        1,
        "Automated findings labelled",
        "Directive (EU) 2016/680 art. 11",
        _labelled,
        "Labelled with rule and version. Hold, where no rule is named, or where a person is called "
        "a suspect by a machine alone.",
        "The rule and its version; a person's own assessment.",
    ),
)
