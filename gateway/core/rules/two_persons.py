"""R-19: what takes two people.

Per record: a derogation, a condition in words that nobody made codes of; for data of victims and
for sources R-10 asks for the two, since without them it leaves out what it protects. Per
partner, type and year: transfers on adequacy or an instrument. Per recipient, purpose and submitter
over 24 hours: more than a number of records, in however many pieces they come.
"""

from __future__ import annotations

from gateway.core.lists import TWO
from gateway.core.rules.abroad import abroad, has_two_persons
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Rule
from gateway.core.rules.leave import condition, cover


def _two_persons(context: Context) -> Outcome:
    return _words(context) or _transfers(context) or _bulk(context) or PASS


def _words(context: Context) -> Hold | None:
    if "H3" not in context.handling and not context.original.condition:
        return None
    added = "H3" in context.facts.added_handling
    if (condition(context) is not None and not added) or context.is_approved("R-05", persons=TWO):
        return None
    return Hold(
        "a handling condition in words takes two people",
        "A second person approves it (`gateway proposals approve`), or two people say once in an "
        "item `condition` what it means in codes.",
    )


def _transfers(context: Context) -> Hold | None:
    for one in abroad(context):
        if not one.ground or has_two_persons(one.ground, context):
            continue  # without a ground it is R-08's to hold
        if one.ground.startswith("derogation"):
            return Hold(
                "a derogation takes two people",
                "A second person approves the derogation for this record and recipient: "
                "`gateway proposals approve`.",
            )
        return Hold(
            "transfers of this type to this partner were not approved by two people for this year",
            "Two people approve them in an item `transfer`: partner, types, a year at most.",
        )
    return None


def _bulk(context: Context) -> Hold | None:
    limit = context.facts.bulk_limit
    if limit is None or not context.facts.left:
        return None
    goes = cover(context)
    if goes is None or context.facts.left.get(goes.purposes[0], 0) < limit:
        return None
    if context.is_approved("R-19", persons=TWO):
        return None
    return Hold(
        f"{limit} records left for this recipient and purpose from this submitter within 24 hours",
        "Two people approve what goes beyond that, as a set (`gateway holds approve`); else it "
        "goes when they are older.",
    )


RULES = (
    Rule(
        "R-19",
        1,
        "What takes two people",
        "audit practice",
        _two_persons,
        "Hold.",
        "A second person: for a derogation, for a condition in words without codes, for data of "
        "victims (R-10 leaves them out without), for more records than one submitter may send one "
        "recipient for one purpose in 24 hours; for transfers on adequacy or an instrument an "
        "item `transfer` of two people, per partner, type and year.",
    ),
)
