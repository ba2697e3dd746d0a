"""R-11: financial information alone starts no investigation.

An assertion (a case) that rests on financial grounds alone does not leave as one. As a financial
signal the same material may go: then its persons are not called suspects, and what is inferred is
never evaluated better than it can be known.

Stays true:
  * What cannot be resolved counts as financial: an unknown root never promotes anything.
  * A ground counts only when it is shown to concern the same subject.
  * Who pays and may be a victim is no suspect, whatever the grounds are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from gateway.core.facts import Facts, Ground, Root
from gateway.core.ids import RecordId
from gateway.core.looked import SUSPECTING
from gateway.core.payers import payers
from gateway.core.places import here
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Rule

SIGNAL_CATEGORIES: Final = frozenset(
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
    facts = context.facts
    if facts.demoted:
        return Hold(
            "its originator told that what made an assertion of it is no longer there",
            "Use it as financial information; wait until the originator promotes it again.",
        )
    if not any(_counts(*pair, facts) for pair in _grounds(context)):
        return Hold(
            "it rests on financial grounds alone, or on grounds that cannot be traced",
            "Submit it as a financial_signal, or add a ground of another kind with a "
            "subject_link: a shared identifier, or a link confirmed by a person other than the "
            "submitter. Two persons can promote it on such a ground: `gateway links list`, "
            "`gateway links promote`.",
        )
    if any(signal.payer_may_be_victim for signal in facts.signals):
        return _payers(context)
    return PASS


def _grounds(context: Context) -> list[tuple[Ground, Ground]]:
    """Return each ground that is shown, beside what it is in the unreduced record.

    That is judged as well: a root that is withheld could hide what it rests on.
    """
    shown = context.looked.grounds
    if context.whole is None:
        return list(zip(shown, shown, strict=True))
    pairs = []
    for index, ground in enumerate(context.whole.looked.grounds):
        place = here(f"/grounds/{index}", context.cuts)
        if place is not None:  # one that is withheld before it moves it
            pairs.append((shown[int(place.rpartition("/")[2])], ground))
    return pairs


def _payers(context: Context) -> Outcome:
    persons = context.record.body.get("persons") or ()
    for index in payers(context.record.body):
        if persons[index].get("category") in SUSPECTING:
            return Hold(
                f"/persons/{index} paid and may be a victim, but is presented as a suspect",
                "Set the category to victim or person_of_interest_not_suspect, or correct "
                "payer_possible_victim in the financial_signal it rests on.",
            )
    return PASS


def _counts(shown: Ground, whole: Ground, facts: Facts) -> bool:
    """Return whether a ground, as shown and unreduced, carries more than financial information."""
    roots = {root.record for root in whole.roots if root.record is not None}
    if roots & facts.fallen:
        return False
    borne = [
        borne_out(one, facts.shared, facts.confirmed)
        for one in {id(shown): shown, id(whole): whole}.values()
    ]
    return all(one is not None and stands(one, facts.grounds) for one in borne)


def borne_out(
    ground: Ground, shared: frozenset[RecordId], confirmed: frozenset[RecordId]
) -> Ground | None:
    """Return a ground with those of its roots that are shown to concern the same subject.

    A record counts by an exact identifier that both have, or by a link that two persons confirmed,
    whatever the submitter says of it. None if no root is left.
    """
    named = frozenset(root.record for root in ground.roots if root.record is not None)
    if not named:
        return ground
    proven = named & (confirmed | (shared if ground.linked else _NOBODY))
    roots = tuple(root for root in ground.roots if root.record is None or root.record in proven)
    if not roots:
        return None
    return replace(ground, roots=roots, linked=ground.linked or bool(proven & confirmed))


def kind_below(record: RecordId, known: Mapping[RecordId, tuple[Ground, ...]]) -> str | None:
    """Return of which kind, other than financial, `record` is as a ground at its roots."""
    for ground in known.get(record, ()):
        if stands(ground, known, frozenset({record})):
            if ground.kind not in _LEANING:
                return ground.kind
            for root in ground.roots:
                below = root.kind if root.record is None else kind_below(root.record, known)
                if below and below not in _LEANING:
                    return below
    return None


def stands(
    ground: Ground,
    known: Mapping[RecordId, tuple[Ground, ...]],
    seen: frozenset[RecordId] = _NOBODY,
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
    return any(stands(ground, known, seen | {root.record}) for ground in below)


def _signal(context: Context) -> Outcome:
    body = context.record.body
    for index, person in enumerate(body.get("persons") or ()):
        category = person.get("category")
        if category not in SIGNAL_CATEGORIES and category not in _UNSET:
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
        2,
        "Financial information alone is not an assertion",
        "mission of the exchange; EDPS opinion on FIU.net, December 2019",
        _corroboration,
        "Hold, offering the financial_signal.",
        "A ground of another kind, down to its roots, about the same subject by a shared "
        "identifier or a link that another person confirmed; where the ground is a record here, "
        "the identifier is looked up and the link is one of `gateway links confirm`. In a signal: "
        "persons of interest at most, inferences at 3 or 4. A payer who may be a victim is never "
        "called a suspect.",
    ),
)
