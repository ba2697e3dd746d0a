"""How long a decision stands, and what its recipient may do with the record. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from gateway.core.decision import Terms
from gateway.core.facts import in_force
from gateway.core.rules.abroad import end_recipients, needs_assurance
from gateway.core.rules.base import Context, Cover
from gateway.core.rules.leave import condition, evidence_consented, may_go_on_to
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
    bounds.append(facts.disputed_until)
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
    pass_on, to = _pass_on(context, goes, limits)
    return Terms(
        purposes=goes.purposes,
        evidence=_evidence(context, limits),
        pass_on=pass_on,
        pass_on_to=to,
        keep_until=looked.kept_until,
        assurances=tuple(sorted(limits & _ASSURANCES)),
    )


def _evidence(context: Context, limits: set[str]) -> str:
    """Return no, ask or yes: H1 yields to a consent, a restriction of evidence does not."""
    if "evidential" in limits:
        return "no"
    if evidence_consented(context):
        return "yes"
    return "no" if "H1" in context.handling else "ask"


def _pass_on(context: Context, goes: Cover, limits: set[str]) -> tuple[str, tuple[str, ...]]:
    """Return nobody, ask or list, and the names of the list.

    Named are those of consents; without H2 also the members of the group that the agreement is
    for, or those of them that the record is addressed to.
    """
    codes = context.handling
    if "H3" in codes or "transfer" in limits:
        return "nobody", ()
    named = may_go_on_to(context, goes.purposes)
    if "H2" not in codes and goes.agreement.members:
        addressed = context.looked.named_at.get(context.recipient.partner, ())
        members = frozenset(goes.agreement.members) - {context.recipient.partner}
        named |= members.intersection(filter(None, addressed)) if any(addressed) else members
    if named:
        return "list", tuple(sorted(named))
    return ("nobody" if "H2" in codes else "ask"), ()


_ASSURANCES: Final = frozenset({"no_death_penalty"})
