"""R-21 and R-06: is it addressed to this recipient, and does an agreement cover it.

Default deny: an empty list in an agreement or a route covers nothing, and nobody receives a
record for its type alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

from gateway.core.facts import Agreement, Consent, Route, When, in_force
from gateway.core.lists import ENGLISH_SUMMARY, OPERATIONAL_ACTION, Demands
from gateway.core.record import Record
from gateway.core.rules.base import PASS, Context, Cover, Hold, Outcome, Refuse, Rule

_SELECTING_JURISDICTIONS: Final = ("host", "suspect", "victim")  # who reports does not select
_BY_NAME: Final = attrgetter("name")
_ENDLESS: Final = 2**62


def _by_end(agreement: Agreement) -> tuple[bool, int, str]:
    """Order agreements: what could still be in force last, then by their end."""
    end = _ENDLESS if agreement.valid_until is None else agreement.valid_until
    return agreement.state == "active", end, agreement.name


def covers(context: Context) -> tuple[Cover, ...]:
    """Return what covers the record in this direction, by name of the agreement."""
    if context.covers is None:
        context.covers = tuple(
            Cover(agreement, shared_purposes(context, agreement))
            for agreement in agreements(context)
            if all(is_met(context, agreement) for is_met in _DIMENSIONS.values())
        )
    return context.covers


def agreements(context: Context) -> tuple[Agreement, ...]:
    """Return the agreements with this partner that are in force, whatever they cover, by name."""
    if context.agreements is None:
        facts, now = context.facts, context.now_ms
        held = [
            one
            for one in facts.agreements
            if one.partner == context.recipient.partner
            and one.state == "active"
            and one.direction in (context.direction, "both")
            and in_force(one.valid_from, one.valid_until, now)
            and facts.agreement in (None, one.name)
        ]
        context.agreements = tuple(sorted(held, key=_BY_NAME) if len(held) > 1 else held)
    return context.agreements


def communities(context: Context) -> tuple[str, ...]:
    """Return the communities the recipient belongs to now; our own lists outrank its card."""
    recipient = context.recipient
    if not recipient.memberships:
        return (recipient.community,) if recipient.community else ()
    return tuple(
        one.community
        for one in recipient.memberships
        if in_force(one.since, one.until, context.now_ms)
    )


def demands(context: Context) -> Sequence[Demands]:
    """Return what the recipient's communities demand; nothing of what comes in."""
    known = context.facts.demands
    if not known or context.direction == "in":
        return ()
    return [known[name] for name in communities(context) if name in known]


def demanded(context: Context, code: str) -> bool:
    """Return whether a community of the recipient demands this."""
    return any(code in one.requires for one in demands(context))


def purposes(context: Context) -> tuple[str, ...]:
    """Return the record's purposes, and those for which its originator gave this recipient leave.

    What is set on the record comes first; a record without any gets none by a consent.
    """
    own = context.looked.purposes
    if not own or not context.facts.consents:
        return own
    if context.purposes is None:
        more = [
            purpose
            for consent in context.facts.consents
            if consent.org == context.record.org and reaches(consent, context, "other_purpose")
            for purpose in consent.purposes
        ]
        context.purposes = tuple(dict.fromkeys((*own, *more)))
    return context.purposes


def reaches(
    consent: Consent, context: Context, use: str, records: Sequence[str] = (), *, to: str = ""
) -> bool:
    """Return whether a consent to `use` holds now, for this record and this recipient.

    `records` are others of the originator that this one rests on: a consent for all of them will
    do. `to`: somebody else than the recipient, by name.
    """
    record, recipient = context.record, context.recipient
    return (
        consent.use == use
        and consent.state == "granted"
        and in_force(consent.valid_from, consent.valid_until, context.now_ms)
        and consent.valid_until is not None  # a consent without an end is none
        and (
            (to or recipient.partner) in consent.recipients
            or (not to and any(one in consent.communities for one in communities(context)))
        )
        and (
            record.id in consent.records
            or record.body.get("provider_ref") in consent.records
            or record.type in consent.types
            or (bool(records) and set(records) <= set(consent.records))
        )
    )


def shared_purposes(context: Context, agreement: Agreement) -> tuple[str, ...]:
    """Return the record's purposes that the agreement has too, in the record's order."""
    named = context.facts.purpose
    shared = tuple(
        purpose
        for purpose in purposes(context)
        if purpose in agreement.purposes and named in (None, purpose)
    )
    if not shared and _returns(context):
        return (named or agreement.purposes[0],) if agreement.purposes else ()
    return shared


def _returns(context: Context) -> bool:
    """Return whether this is an outcome on its way back to whom the record came from."""
    if context.record.type != "outcome":
        return False
    home = context.recipient.partner if context.direction == "out" else ""
    origins = context.facts.origins
    return any(origins.get(id_) == home for id_ in context.record.body.get("derived_from") or ())


def _has_type(context: Context, agreement: Agreement) -> bool:
    return context.record.type in agreement.types or _returns(context)


def _has_crime_area(context: Context, agreement: Agreement) -> bool:
    area = context.record.governance.get("crime_area")
    # A record without one is held by this rule, not refused: see `_agreement`.
    agreed = area in agreement.crime_areas if area else bool(agreement.crime_areas)
    return agreed or _returns(context)


def _has_purpose(context: Context, agreement: Agreement) -> bool:
    if not context.looked.purposes:
        return bool(agreement.purposes)  # that none is set is for R-04 to say
    return bool(shared_purposes(context, agreement))


def _has_action(context: Context, agreement: Agreement) -> bool:
    action = agreement.operational_action
    return action is None or context.record.governance.get("operational_action_ref") == action


def _has_member(context: Context, agreement: Agreement) -> bool:
    if agreement.members is None:
        return True
    addressed = [
        entry["org_id"]
        for entry in context.looked.named
        if entry.get("partner") == context.recipient.partner and entry.get("org_id")
    ]
    if addressed:
        return all(org in agreement.members for org in addressed)
    behind = (context.recipient.partner, *context.recipient.orgs)
    return any(org in agreement.members for org in behind)


_MEMBER: Final = "the recipient among its members"
_ACTION: Final = "the operational action"
_MAKE_ONE: Final = (
    "An administrator applies an agreement with this partner, valid today, that lists the record's "
    "type, crime area and purpose: `gateway agreements apply`."
)
# In the order in which an explanation names the first one missing.
_DIMENSIONS: Final[dict[str, Callable[[Context, Agreement], bool]]] = {
    _MEMBER: _has_member,
    "this type of record": _has_type,
    "this crime area": _has_crime_area,
    "a purpose of this record": _has_purpose,
    _ACTION: _has_action,
}


def _agreement(context: Context) -> Outcome:
    if context.recipient.state != "confirmed":
        return Refuse(
            f"the partner is {context.recipient.state}",
            "An administrator confirms the partner first: `gateway partners confirm`.",
        )
    if not covers(context):
        return _uncovered(context)
    if not context.record.governance.get("crime_area") and not _returns(context):
        return Hold(
            "no crime area is set, so no agreement can be said to cover the record",
            "Set governance.crime_area in the record or in the source profile.",
        )
    for community in demands(context):
        outcome = _suits(context, community)
        if outcome is not PASS:
            return outcome
    return PASS


def _suits(context: Context, community: Demands) -> Outcome:
    """Return whether the record has what the recipient's community works with."""
    whole = context.whole or context  # a summary that is withheld was there
    if context.record.type not in community.carries and not _returns(context):
        return Refuse(
            f"the community {community.name} does not exchange this type of record",
            "Send it as a type that the community exchanges, or by another way.",
        )
    if OPERATIONAL_ACTION in community.requires and not (
        context.record.governance.get("operational_action_ref") or _returns(context)
    ):
        return Hold(
            f"the community {community.name} works under operational actions, and none is named",
            "Set governance.operational_action_ref in the record or in the source profile.",
        )
    if ENGLISH_SUMMARY in community.requires and not (whole.looked.english or _returns(context)):
        return Hold(
            f"the community {community.name} needs a summary in English",
            "Add one to summaries, with lang en.",
        )
    return PASS


def _uncovered(context: Context) -> Outcome:
    nearest: tuple[int, str, Agreement] | None = None
    for agreement in agreements(context):
        unmet = [name for name, is_met in _DIMENSIONS.items() if not is_met(context, agreement)]
        if nearest is None or len(unmet) < nearest[0]:
            nearest = (len(unmet), unmet[0], agreement)
    if nearest is None:
        return _nothing_in_force(context)
    _, missing, agreement = nearest
    called = f"agreement {agreement.name}@{agreement.version}"
    if missing == _ACTION:
        return _other_action(called, context)
    if missing == _MEMBER:
        return Refuse(
            f"{called} is for members of a group, and the recipient is none of them",
            "An administrator adds the recipient to the members of the agreement, or the record "
            "names an organisation that is one of them.",
        )
    return Refuse(
        f"{called} does not cover {missing}",
        f"Have {missing} added to the agreement, or correct the record if that is wrong there.",
    )


def _other_action(called: str, context: Context) -> Refuse:
    if not context.record.governance.get("operational_action_ref"):
        return Refuse(
            f"{called} is for one operational action, and the record names none",
            "Set governance.operational_action_ref in the record or in the source profile.",
        )
    return Refuse(
        f"{called} is for another operational action than that of the record",
        "Correct governance.operational_action_ref if it is wrong, or have an agreement made for "
        "that operational action.",
    )


def _nothing_in_force(context: Context) -> Refuse:
    """Say what became of the agreements that there are: ended, not begun, or the other way."""
    facts, now = context.facts, context.now_ms
    held = [one for one in facts.agreements if one.partner == context.recipient.partner]
    ways = [one for one in held if one.direction in (context.direction, "both")]
    wanted = [one for one in ways if facts.agreement in (None, one.name)]
    if not wanted:
        return Refuse(_none_at_all(held, ways, context), _MAKE_ONE)
    latest = max(wanted, key=_by_end)
    called = f"agreement {latest.name}@{latest.version}"
    if latest.state == "active" and not in_force(latest.valid_from, None, now):
        return Refuse(
            f"{called} with this partner is not in force yet",
            "It goes on the day the agreement begins, or an administrator brings valid_from "
            "forward.",
        )
    return Refuse(
        f"{called} with this partner has ended",
        "An administrator extends the agreement (valid_until), or applies a new one that lists the "
        "record's type, crime area and purpose.",
    )


def _none_at_all(held: Sequence[Agreement], ways: Sequence[Agreement], context: Context) -> str:
    if ways:
        return "there is no agreement with this partner of the name that the statement gives"
    way = {"out": "for what we send", "in": "for what it sends"}[context.direction]
    other = ", only for the other direction" if held else ""
    return f"there is no agreement with this partner {way}{other}"


def _addressee(context: Context) -> Outcome:
    if context.looked.named:
        return _addressed(context)
    if any(_selects(route, context) for route in context.facts.routes):
        return PASS
    return Refuse(
        "the submitter named no recipient and no routing rule selects this partner",
        "Name the partner in addressees.recipients, or have a routing rule made that selects it by "
        "jurisdiction or operational action.",
    )


def _addressed(context: Context) -> Outcome:
    partner = context.recipient.partner
    orgs = context.looked.named_at.get(partner)
    if not orgs:
        return Refuse(
            "the submitter named other recipients",
            "Submit a correction that names this partner in addressees.recipients as well.",
        )
    if any(org is None or org == partner or org in context.recipient.orgs for org in orgs):
        return PASS
    return Refuse(
        "the organisation named is not known behind this partner",
        "Correct org_id in addressees.recipients, or have the organisation entered as one that "
        "this partner speaks for.",
    )


def _selects(route: Route, context: Context) -> bool:
    return (
        context.recipient.partner in route.partners
        and route.state == "active"
        and in_force(route.valid_from, route.valid_until, context.now_ms)
        and matches(route.when, context.record)
    )


def matches(when: When, record: Record) -> bool:
    """Return whether a record is what a route waits for; a type alone matches nothing."""
    if not when.jurisdictions and when.operational_action is None:
        return False  # nothing but narrowing members: nobody is reached by type alone
    governance = record.governance
    return (
        _meets(when.jurisdictions, jurisdictions(record))
        and when.operational_action in (None, governance.get("operational_action_ref"))
        and _meets(when.types, {record.type})
        and _meets(when.crime_areas, {str(governance.get("crime_area"))})
        and _meets(when.phenomenon, set(governance.get("phenomenon") or ()))
        and _meets(when.orgs, {record.org})
    )


def _meets(wanted: tuple[str, ...], found: set[str]) -> bool:
    return not wanted or not found.isdisjoint(wanted)


def jurisdictions(record: Record) -> set[str]:
    """Return the countries of host, suspect and victim; what is unknown is not among them."""
    stated = record.body.get("jurisdictions") or {}
    found = {country for role in _SELECTING_JURISDICTIONS for country in stated.get(role) or ()}
    found.add(record.body.get("host_country") or "unknown")
    return found - {"unknown"}


RULES = (
    Rule(
        "R-06",
        2,
        "An active agreement covers it",
        "default deny; Directive (EU) 2016/680 art. 4(1)(b)",
        _agreement,
        "Refuse. Hold, where only the crime area or what the community works with is missing.",
        "An agreement that lists the record's type, crime area and purpose, for this recipient, "
        "today. An empty list is nobody. An outcome may always go back to its originator.",
    ),
    Rule(
        "R-21",
        1,
        "Addressed to this recipient",
        "need to know",
        _addressee,
        "Refuse.",
        "The submitter names the recipient, or a routing rule selects it by jurisdiction or "
        "operational action; never by type alone.",
    ),
)
