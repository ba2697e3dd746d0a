"""R-19: what takes two people.

Per record: a derogation, data of victims, a condition in words that nobody made codes of. Per
partner, type and year: transfers on adequacy or an instrument. Per recipient, purpose and submitter
over 24 hours: more than a number of records, in however many pieces they come.
"""

from __future__ import annotations

from typing import Final

from gateway.core.facts import in_force
from gateway.core.lists import TWO
from gateway.core.moments import DAY_MS
from gateway.core.rules.abroad import abroad
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Rule
from gateway.core.rules.leave import condition, cover
from gateway.core.rules.persons import protected_members

LONGEST_YEAR_MS: Final = 366 * DAY_MS


def _two_persons(context: Context) -> Outcome:
    return _words(context) or _transfers(context) or _victims(context) or _bulk(context) or PASS


def _words(context: Context) -> Hold | None:
    if "H3" not in context.handling and not context.looked.condition:
        return None
    added = "H3" in context.facts.added_handling
    if (condition(context) is not None and not added) or context.is_approved("R-05", persons=TWO):
        return None
    return Hold(
        "a handling condition in words takes two people",
        "A second person approves it, or two people say once in an item `condition` what it means "
        "in codes.",
    )


def _transfers(context: Context) -> Hold | None:
    kinds = {one.ground.partition(":")[0] for one in abroad(context)}
    if "derogation" in kinds and not context.is_approved("R-08", persons=TWO):
        return Hold(
            "a derogation takes two people",
            "A second person approves the derogation for this record and recipient.",
        )
    if not kinds.isdisjoint({"adequacy", "instrument"}) and not _is_cleared(context):
        return Hold(
            "transfers of this type to this partner were not approved by two people for this year",
            "Two people approve them in an item `transfer`: partner, types, a year at most.",
        )
    return None


def _is_cleared(context: Context) -> bool:
    return any(
        one.partner == context.recipient.partner
        and context.record.type in one.types
        and len(one.by) >= TWO
        and one.valid_from is not None
        and one.valid_until is not None
        and one.valid_until - one.valid_from <= LONGEST_YEAR_MS
        and in_force(one.valid_from, one.valid_until, context.now_ms)
        for one in context.facts.lists.transfers
    )


def _victims(context: Context) -> Hold | None:
    if not context.looked.protected or not context.facts.approvals:
        return None  # what nobody approved is reduced by R-10
    for pointer in protected_members(context):
        if context.may_keep("R-10", pointer) and not context.may_keep("R-10", pointer, persons=TWO):
            return Hold(
                "data of a victim, a witness or a person under 18 take two people",
                "A second person approves these members for this recipient.",
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
        "Two people approve what goes beyond that, as a set; else it goes when they are older.",
    )


RULES = (
    Rule(
        "R-19",
        1,
        "What takes two people",
        "audit practice",
        _two_persons,
        "Hold.",
        "A second person: for a derogation, for data of victims, for a condition in words without "
        "codes, for more records than one submitter may send one recipient for one purpose in 24 "
        "hours; for transfers on adequacy or an instrument an item `transfer` of two people, per "
        "partner, type and year.",
    ),
)
