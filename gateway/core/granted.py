"""How long a decision stands, and what its recipient may do with the record. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from gateway.core.decision import Terms
from gateway.core.facts import in_force
from gateway.core.rules.abroad import end_recipients, needs_assurance
from gateway.core.rules.base import Context, Cover
from gateway.core.rules.leave import condition
from gateway.core.rules.statements import stale_at


def until(context: Context) -> int | None:
    """Return the first moment after now at which time alone could change the decision."""
    facts, now, looked = context.facts, context.now_ms, context.looked
    bounds: list[int | None] = [*looked.moments, stale_at(context.record.type, looked)]
    for agreement in facts.agreements:
        bounds += (agreement.valid_from, agreement.valid_until)
    for route in facts.routes:
        bounds += (route.valid_from, route.valid_until)
    for consent in facts.consents:
        bounds += (consent.valid_from, consent.valid_until)
    for membership in context.recipient.memberships:
        bounds += (membership.since, membership.until)
    bounds += [approval.until for approval in facts.approvals]
    bounds += [restriction.until for restriction in facts.restrictions]
    if facts.bulk_limit is not None and max(facts.left.values(), default=0) >= facts.bulk_limit:
        bounds.append(facts.left_until)
    moments = facts.lists.moments
    place = bisect_right(moments, now)
    bounds += moments[place : place + 1]
    return min([bound for bound in bounds if bound is not None and bound > now], default=None)


def terms(context: Context, goes: Cover) -> Terms:
    """Return what the recipient may do with a record that goes under `goes`."""
    looked, now = context.looked, context.now_ms
    codes = context.handling
    mapped = condition(context)
    limits: set[str] = set()
    if looked.restrictions:
        limits = {kind for kind, until in looked.restrictions if in_force(None, until, now)}
    if context.facts.restrictions:
        limits |= {one.kind for one in context.facts.restrictions if in_force(None, one.until, now)}
    if mapped is not None:
        limits |= mapped.restrictions
    if any(needs_assurance(one, context) for one in end_recipients(context)):
        limits |= _ASSURANCES
    return Terms(
        purposes=goes.purposes,
        evidence="no" if "H1" in codes or "evidential" in limits else "ask",
        pass_on="nobody" if codes & _NOT_ON or "transfer" in limits else "ask",
        keep_until=looked.kept_until,
        assurances=tuple(sorted(limits & _ASSURANCES)),
    )


_NOT_ON: Final = frozenset({"H2", "H3"})
_ASSURANCES: Final = frozenset({"no_death_penalty"})
