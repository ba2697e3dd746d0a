"""Whose leave a record needs, and for which purposes it was given.

Shared by R-05 (the originator's, under H2), R-07 (a third party's) and whatever chooses the
purpose a record goes under: a purpose that somebody did not allow is not chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.core.facts import ThirdParty, in_force
from gateway.core.lists import TWO, Condition
from gateway.core.rules.base import Context, Cover
from gateway.core.rules.reach import covers, reaches


def consented_purposes(
    context: Context, purposes: Sequence[str], org: str, records: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return those of `purposes` for which a consent of `org` reaches this recipient.

    `records` are records of `org` that this one rests on: a consent for all of them will do.
    """
    allowed = {
        purpose
        for consent in context.facts.consents
        if consent.org == org and reaches(consent, context, "pass_on", records)
        for purpose in consent.purposes
    }
    return tuple(purpose for purpose in purposes if purpose in allowed)


def evidence_consented(context: Context) -> bool:
    """Return whether everybody whose material it is lets it serve this recipient as evidence."""
    return bool(context.facts.consents) and all(
        any(
            consent.org == org and reaches(consent, context, "evidence", records)
            for consent in context.facts.consents
        )
        for org, records in _owners(context)
    )


def may_go_on_to(context: Context, purposes: Sequence[str]) -> frozenset[str]:
    """Return to whom, by name, everybody whose material it is lets it go on for such a purpose."""
    if not context.facts.consents:
        return frozenset()
    found: frozenset[str] | None = None
    for org, records in _owners(context):
        named = frozenset(
            to
            for consent in context.facts.consents
            if consent.org == org and not set(purposes).isdisjoint(consent.purposes)
            for to in consent.recipients
            if reaches(consent, context, "pass_on", records, to=to)
        )
        found = named if found is None else found & named
    return (found or frozenset()) - {context.recipient.partner}


def _owners(context: Context) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield whose material it is: the originator's, and that of third parties with its ids."""
    yield context.record.org, ()
    for party in others(context):
        yield party.org, party.records


def others(context: Context) -> Sequence[ThirdParty]:
    """Return the third parties whose leave is needed: all but the recipient itself."""
    chain = context.original.governance.get("originator_chain") or ()
    if not chain and not context.facts.third_parties:
        return ()
    home = {context.record.org, context.recipient.partner, *context.recipient.orgs}
    known = {party.org: party for party in context.facts.third_parties}
    for link in chain:
        known.setdefault(link["org_id"], ThirdParty(link["org_id"]))
    return [party for org, party in sorted(known.items()) if org not in home]


def condition(context: Context) -> Condition | None:
    """Return what two people once made of the record's condition in words, if they did."""
    digest = context.original.condition
    found = context.facts.lists.conditions.get(digest) if digest else None
    if (
        found is None
        or len(found.by) < TWO
        or not in_force(found.valid_from, found.valid_until, context.now_ms)
    ):
        return None
    return found


def allowed_purposes(context: Context, purposes: Sequence[str]) -> tuple[str, ...]:
    """Return those of `purposes` that everybody allowed whose leave the record needs."""
    left = tuple(purposes)
    if "H2" in context.handling:
        left = consented_purposes(context, left, context.record.org)
    for party in others(context):
        left = consented_purposes(context, left, party.org, party.records)
    mapped = condition(context)
    if mapped is not None and mapped.purposes:
        left = tuple(purpose for purpose in left if purpose in mapped.purposes)
    return left


def cover(context: Context) -> Cover | None:
    """Return the agreement and the purposes that a record goes under.

    Where a life is at stake and no purpose is allowed, for want of a consent that nobody waits
    for, it goes under those that cover it.
    """
    if context.goes is None:
        found = next(_covers(context), None)
        if found is None and context.override():
            found = next(iter(covers(context)), None)
        context.goes = (found,) if found else ()
    return context.goes[0] if context.goes else None


def _covers(context: Context) -> Iterator[Cover]:
    for one in covers(context):
        purposes = allowed_purposes(context, one.purposes)
        if purposes:
            yield one if purposes == one.purposes else Cover(one.agreement, purposes)


def wanted_purposes(context: Context) -> Sequence[str]:
    """Return the purposes for which leave would be needed."""
    purposes = [purpose for one in covers(context) for purpose in one.purposes]
    # Where nothing covers it, which R-06 says: what could it be for?
    return purposes or context.looked.purposes
