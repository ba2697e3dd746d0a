"""R-15: no more than is needed.

Notes for own use never leave. What else is left out is configured, by type and recipient; some
communities take no personal data at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.core.facts import in_force
from gateway.core.lists import NO_PERSONAL_DATA, URL_TO_ADDRESSEE, Reduction, found
from gateway.core.rules.abroad import end_recipients
from gateway.core.rules.base import PASS, Context, Outcome, Reduce, Rule, some
from gateway.core.rules.reach import communities, demanded, demands
from gateway.core.withholding import PERSONAL, free_texts


def _minimal(context: Context) -> Outcome:
    notes = context.looked.notes
    lists = context.facts.lists.reductions
    more: tuple[str, ...] = ()
    if lists or demands(context):
        more = some((*_profiled(context), *_demanded(context)))
    if not notes and not more:
        return PASS
    left = some((*notes, *more)) if more else notes
    if left == notes:
        return Reduce(notes, "notes for own use are left out")
    return Reduce(
        left,
        "what this recipient does not need is left out",
        "Set governance.necessity to a code for which the reduction profile lets more go, or have "
        "the profile changed.",
    )


def _profiled(context: Context) -> Iterator[str]:
    body, necessity = context.record.body, context.looked.necessity
    for one in context.facts.lists.reductions:
        if not _is_for(one, context):
            continue
        for way in one.withhold:
            yield from found(body, way)
        for codes, ways in one.needed:
            if necessity not in codes:
                for way in ways:
                    yield from found(body, way)


def _is_for(one: Reduction, context: Context) -> bool:
    return (
        context.record.type in one.types
        and in_force(one.valid_from, one.valid_until, context.now_ms)
        and (
            context.recipient.partner in one.partners
            or not one.communities.isdisjoint(communities(context))
            or any(end.org_class in one.classes for end in end_recipients(context))
        )
    )


def _demanded(context: Context) -> Iterator[str]:
    body = context.record.body
    if demanded(context, NO_PERSONAL_DATA):
        yield from (f"/{name}" for name in PERSONAL if body.get(name))
        if not context.is_approved("text"):
            yield from free_texts(context.record)  # nobody can tell whom sentences name
    if demanded(context, URL_TO_ADDRESSEE) and "url" in (body.get("location") or {}):
        known = {context.recipient.partner, *context.recipient.orgs}
        told = {str(notice.get("target")) for notice in body.get("notices") or ()}
        if known.isdisjoint(told):
            yield "/location/url"


_CODES: Final = "Directive (EU) 2016/680 art. 4(1)(c)"

RULES = (
    Rule(
        "R-15",
        2,
        "No more than is needed",
        _CODES,
        _minimal,
        "Reduce: notes for own use, what the reduction profile of this type and recipient lists, "
        "and for a community without personal data everything about persons and the exact address "
        "of a page, unless the recipient is the addressee of a notice about it.",
        "A necessity code for which the profile lets the member go.",
    ),
)
