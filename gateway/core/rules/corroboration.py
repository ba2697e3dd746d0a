"""R-11: financial information alone starts no investigation.

An assertion (a case) that rests on financial grounds alone does not leave as one. As a financial
signal the same material may go: then its persons are not called suspects, and what is inferred is
never evaluated better than it can be known.

Stays true:
  * What cannot be resolved counts as financial: an unknown root never promotes anything.
  * A ground counts only when it is shown to concern the same subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.core.facts import Ground, Root
from gateway.core.ids import RecordId
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Rule

_SIGNAL_CATEGORIES: Final = frozenset(
    {"person_of_interest_not_suspect", "victim", "witness", "contact", "associate"}
)
_UNSET: Final = frozenset({None, "", "unknown"})  # R-09 asks for these
_NOBODY: Final[frozenset[RecordId]] = frozenset()
_LEANING: Final = frozenset({"", "financial", "partner_report"})  # nothing by themselves


def _corroboration(context: Context) -> Outcome:
    if context.record.type == "case":
        return _assertion(context)
    if context.record.type == "financial_signal":
        return _signal(context)
    return PASS


def _assertion(context: Context) -> Outcome:
    known = context.facts.grounds
    shown = context.looked.grounds
    # The unreduced record is judged as well: a root that is withheld could hide what it rests on.
    whole = context.whole.looked.grounds if context.whole else shown
    for ground, unreduced in zip(shown, whole, strict=False):
        if _stands(ground, known, _NOBODY) and (
            ground is unreduced or _stands(unreduced, known, _NOBODY)
        ):
            return PASS
    return Hold(
        "it rests on financial grounds alone, or on grounds that cannot be traced",
        "Submit it as a financial_signal, or add a ground of another kind with a subject_link: a "
        "shared identifier, or a link confirmed by a person other than the submitter.",
    )


def _stands(
    ground: Ground, known: Mapping[RecordId, tuple[Ground, ...]], seen: frozenset[RecordId]
) -> bool:
    """Return whether a ground is linked to its subject and more than financial at its roots."""
    if not ground.linked:
        return False
    if any(_root_stands(root, known, seen) for root in ground.roots):
        return True
    # A ground of its own kind stands without roots; if it names any, those decide.
    return ground.kind not in _LEANING and not ground.roots


def _root_stands(
    root: Root, known: Mapping[RecordId, tuple[Ground, ...]], seen: frozenset[RecordId]
) -> bool:
    if root.record is None:
        return root.kind not in _LEANING
    if root.record in seen:  # a circle proves nothing
        return False
    below = known.get(root.record)
    if below is None:
        return False
    return any(_stands(ground, known, seen | {root.record}) for ground in below)


def _signal(context: Context) -> Outcome:
    body = context.record.body
    for index, person in enumerate(body.get("persons") or ()):
        category = person.get("category")
        if category not in _SIGNAL_CATEGORIES and category not in _UNSET:
            return Hold(
                f"/persons/{index} has a category that financial information alone cannot carry",
                "Set the category to person_of_interest_not_suspect, victim, witness, contact or "
                "associate; give a past conviction as a dated fact in convictions.",
            )
    if context.looked.too_sure is not None:
        return Hold(
            f"the inference at {context.looked.too_sure} is evaluated better than 3",
            "Set meta.info_code to 3 or 4, or meta.kind to fact if it was observed.",
        )
    return PASS


RULES = (
    Rule(
        "R-11",
        1,
        "Financial information alone is not an assertion",
        "mission of the exchange; EDPS opinion on FIU.net, December 2019",
        _corroboration,
        "Hold, offering the financial_signal.",
        "A ground of another kind, down to its roots, about the same subject by a shared "
        "identifier or a link that another person confirmed. In a signal: persons of interest at "
        "most, inferences at 3 or 4.",
    ),
)
