"""R-09 and R-10: every person has a category, and whom the law protects is shown in part only.

A person whom the recipient does not need can never be the reason for a hold: somebody of unknown
category to whom nothing in the record refers is left out, as long as somebody else remains.
"""

from __future__ import annotations

from typing import Final

from gateway.core.facts import in_force
from gateway.core.lists import TWO
from gateway.core.looked import beyond_reduced
from gateway.core.naming import WITHOUT_PERSONS
from gateway.core.rules.abroad import end_recipients
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Reduce, Refuse, Rule, some

_AT_MOST: Final = "person_of_interest_not_suspect"  # what an emergency makes of somebody unknown
_SHOWN: Final = 3  # places named in one reason
_RENDERED: Final = "other_non_financial"  # the ground that an undercover operation gave


def _category(context: Context) -> Outcome:
    if context.record.type in WITHOUT_PERSONS:
        return _nobody(context)
    unknown = context.looked.unknown
    if not unknown:
        return PASS
    named = [index for index in unknown if context.is_overridden(f"/persons/{index}")]
    bystanders = context.looked.bystanders
    persons = context.record.body["persons"]
    if context.direction == "out" and len(bystanders) == len(unknown) < len(persons) and not named:
        return Reduce(
            tuple(f"/persons/{index}" for index in bystanders),
            f"{len(bystanders)} person(s) of unknown category to whom nothing refers are left out",
            "Set the category of these persons if the recipient needs them.",
        )
    if len(named) == len(unknown):
        return Reduce(
            reason="in an emergency a person of unknown category goes as a person of interest",
            values=tuple((f"/persons/{index}/category", _AT_MOST) for index in named),
        )
    left = [index for index in unknown if index not in named]
    needed = next((index for index in left if index not in bystanders), left[0])
    return Hold(
        f"the category of /persons/{needed} is unknown",
        "Set its category: suspect, convicted, victim, witness, contact, associate or "
        f"person_of_interest_not_suspect{_by(needed, context)}.",
    )


def _by(place: int, context: Context) -> str:
    """Return the command for a record of ours; what a partner sent is for the partner to set."""
    if context.direction == "in" or context.facts.theirs:
        return ""
    person = context.place_in_whole(f"/persons/{place}")
    return f" (`gateway records category RECORD --person {person} --to CATEGORY`)"


def _nobody(context: Context) -> Outcome:
    """Return whether a record that shall speak of nobody does, and a person has read that."""
    told = (*context.looked.tells, *context.facts.told_of)
    if told:
        stop = Refuse if context.direction == "out" else Hold
        return stop(
            f"it shall speak of nobody, and there is {'; '.join(told[:_SHOWN])}",
            "Take it out and submit a correction; a sign-off does not allow it.",
        )
    if context.direction == "in" or context.facts.theirs or _is_signed_off(context):
        return PASS
    return Hold(
        "nobody has signed off yet that it speaks of nobody",
        "A release officer reads it and approves it (`gateway holds approve`); once is enough "
        "for all who get this version.",
    )


def _is_signed_off(context: Context) -> bool:
    """Return whether a person approved this text, for whichever recipient: all get the same."""
    return any(
        one.rule == "R-09" and in_force(None, one.until, context.now_ms)
        for one in context.facts.approvals
    )


def _protected(context: Context) -> Outcome:
    looked = context.looked
    protects = looked.protected or looked.growing or looked.sources
    hides = looked.undercover or looked.nameless or "reporting_entity" in context.record.body
    if not protects and not hides:
        return PASS
    for index in looked.sources:
        if not context.may_keep("R-10", f"/persons/{index}", persons=TWO):
            return Refuse(
                f"/persons/{index} is a source",
                "Take the person out, or two people approve this very person for this recipient: "
                "`gateway proposals make disclose`.",
            )
    left = some(
        pointer
        for pointer in _protected_members(context)
        if not context.may_keep("R-10", pointer, persons=TWO)
    )
    kinds = tuple(
        f"/grounds/{index}/kind"
        for index in looked.undercover
        if not context.may_keep("R-10", f"/grounds/{index}", persons=TWO)
    )
    providers = tuple(
        f"/grounds/{index}/provider"
        for index in looked.nameless
        if not context.may_keep("R-10", f"/grounds/{index}", persons=TWO)
    )
    entity = _entity(context)
    if not (left or kinds or providers or entity):
        return PASS
    return Reduce(
        (*left, *providers, *entity),
        "victims, witnesses and persons under 18 are shown in part, sources and reporting entities "
        "are not told",
        "Two people approve these members for this recipient, if it needs them: "
        "`gateway proposals make disclose`.",
        tuple((pointer, _RENDERED) for pointer in kinds),
    )


def _protected_members(context: Context) -> tuple[str, ...]:
    """Return what the record says of protected persons beyond their reduced form."""
    now = context.now_ms
    young = [index for index, adult in context.looked.growing if adult > now]
    if not young:
        return context.looked.protected
    return (*context.looked.protected, *beyond_reduced(context.record, young))


def _entity(context: Context) -> tuple[str, ...]:
    """Return the reporting entity, unless all who receive are FIUs or it was approved."""
    if "reporting_entity" not in context.record.body:
        return ()
    if all(one.org_class == "fiu" for one in end_recipients(context)):
        return ()
    return () if context.may_keep("R-10", "/reporting_entity") else ("/reporting_entity",)


RULES = (
    Rule(
        "R-09",
        3,
        "Every person has a category",
        "Directive (EU) 2016/680 art. 6; EDPS decision of 3 January 2022 on Europol",
        _category,
        "Hold. A person of unknown category to whom nothing refers is left out instead. Refuse, "
        "where a knowledge product has an identifier in it.",
        "The category of the person. In an emergency (R-20) a named person goes as "
        "person_of_interest_not_suspect. For a knowledge product: no identifier, and the sign-off "
        "of a person who read it.",
    ),
    Rule(
        "R-10",
        1,
        "Victims, witnesses, minors and sources",
        "Regulation (EU) 2016/794 art. 30; Directive (EU) 2016/680 art. 10",
        _protected,
        "Reduce: category, sex and whether under 18 stay. Grounds of an undercover operation go "
        "as other_non_financial. Refuse, where an informant is among the persons.",
        "An approval of two people that names the member and the recipient; of one for the "
        "reporting entity.",
    ),
)
