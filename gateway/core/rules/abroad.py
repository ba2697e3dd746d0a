"""R-08: the class and country of every end recipient, and on what it may receive abroad.

Class and country are those that we set when the partner was confirmed, or later; a claim of the
partner's own is nothing. Looked at for each end recipient, also behind a hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway.core.facts import in_force
from gateway.core.lists import TWO, EndRecipient, Instrument, Transfer
from gateway.core.moments import DAY_MS
from gateway.core.rules.base import PASS, Abroad, Context, Hold, Outcome, Rule
from gateway.core.rules.reach import covers

# The states that apply Directive (EU) 2016/680: the members of the Union, and by the Schengen
# acquis (its recitals 101 to 103) Iceland, Liechtenstein, Norway and Switzerland.
LED_STATES: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
        "CH", "IS", "LI", "NO",
    }
)  # fmt: skip
_AT_HOME: Final = frozenset(
    {"eu_authority", "eu_agency", "schengen", "fiu", "hotline", "regulator", "private"}
)
_ONLY_AT_HOME: Final = frozenset({"eu_authority", "eu_agency", "schengen"})
# Directive (EU) 2016/680, article 38(1)(a) to (e).
DEROGATIONS: Final = frozenset(
    {
        "vital_interest",
        "legitimate_interest",
        "public_security_threat",
        "individual_case",
        "legal_claim",
    }
)
_DEROGATION: Final = "derogation"
LONGEST_YEAR_MS: Final = 366 * DAY_MS
_NO_DEATH_PENALTY: Final = "no_death_penalty"


def end_recipients(context: Context) -> Sequence[EndRecipient]:
    """Return who receives in the end: whom the record names, else all that an agreement reaches."""
    if context.ends is None:
        context.ends = tuple(_reached(context))
    return context.ends


def _reached(context: Context) -> Iterable[EndRecipient]:
    recipient = context.recipient
    if len(recipient.ends) == 1:
        return recipient.ends.values()
    named = context.looked.named_at.get(recipient.partner, ())
    if named and all(named):
        return [recipient.ends.get(str(org), EndRecipient(org=str(org))) for org in named]
    groups = [cover.agreement.members for cover in covers(context)]
    if groups and None not in groups:
        members = {org for group in groups for org in group or ()}
        reached = [one for org, one in recipient.ends.items() if org in members]
        return reached or recipient.ends.values()
    return recipient.ends.values()


def abroad(context: Context) -> tuple[Abroad, ...]:
    """Return each end recipient outside the states of the Directive, and on what it receives."""
    if context.abroad is None:
        context.abroad = tuple(
            [
                Abroad(one, _ground(one, context))
                for one in end_recipients(context)
                if not is_at_home(one)
            ]
        )
    return context.abroad


def is_at_home(one: EndRecipient) -> bool:
    """Return whether the Directive, or the Union's own law, applies to this recipient."""
    if one.org_class == "eu_agency" and not one.country:
        return True
    return one.org_class in _AT_HOME and one.country in LED_STATES


def is_unknown(one: EndRecipient) -> bool:
    """Return whether its class is not set, or does not go with its country."""
    if one.org_class == "international_organisation":
        return False
    if not one.org_class or (not one.country and one.org_class != "eu_agency"):
        return True
    if one.org_class == "third_country":
        return one.country in LED_STATES
    return one.org_class in _ONLY_AT_HOME and not is_at_home(one)


def _ground(one: EndRecipient, context: Context) -> str:
    """Return the ground that two people stand behind, else the first there is, else nothing."""
    if is_unknown(one):
        return ""
    grounds = list(_grounds(one, context))
    stood_for = (ground for ground in grounds if has_two_persons(ground, context))
    return next(stood_for, grounds[0] if grounds else "")


def _grounds(one: EndRecipient, context: Context) -> Iterator[str]:
    for decision in context.facts.lists.adequacy:
        if (
            one.country in decision.countries
            and decision.valid_until is not None
            and in_force(decision.valid_from, decision.valid_until, context.now_ms)
        ):
            yield f"adequacy:{decision.name}@{decision.version}"
    for instrument in _instruments(one, context):
        yield f"instrument:{instrument.name}@{instrument.version}"
    for given in context.approvals("R-08"):
        if given.ground in DEROGATIONS and given.necessity:
            yield f"{_DEROGATION}:{given.ground}"


def has_two_persons(ground: str, context: Context) -> bool:
    """Return whether two people stand behind a ground: for this record, or for the year."""
    if is_derogation(ground):
        return context.is_approved("R-08", persons=TWO)
    partner, type_ = context.recipient.partner, context.record.type
    return any(allows(one, partner, type_, context.now_ms) for one in context.facts.lists.transfers)


def allows(transfer: Transfer, partner: str, type_: str, now_ms: int) -> bool:
    """Return whether this item of two people lets records of the type go to the partner now."""
    return (
        transfer.partner == partner
        and type_ in transfer.types
        and len(transfer.by) >= TWO
        and transfer.valid_from is not None
        and transfer.valid_until is not None
        and transfer.valid_until - transfer.valid_from <= LONGEST_YEAR_MS
        and in_force(transfer.valid_from, transfer.valid_until, now_ms)
    )


def is_derogation(ground: str) -> bool:
    """Return whether a ground is a derogation: it stands for one record, not for a year."""
    return ground.startswith(_DEROGATION)


def _instruments(one: EndRecipient, context: Context) -> Iterator[Instrument]:
    """Yield the instruments in force for this recipient and type."""
    for instrument in context.facts.lists.instruments:
        if (
            (
                one.org in instrument.recipients
                or context.recipient.partner in instrument.recipients
                or one.country in instrument.countries
            )
            and context.record.type in instrument.types
            and in_force(instrument.valid_from, instrument.valid_until, context.now_ms)
        ):
            yield instrument


def transfer_ground(context: Context) -> str | None:
    """Return on what it goes abroad, each ground once; None: it does not leave these states."""
    grounds = sorted({one.ground for one in abroad(context) if one.ground})
    return ",".join(grounds) or None


def _recipients(context: Context) -> Outcome:
    for found in abroad(context):
        one = found.recipient
        if is_unknown(one):
            return Hold(
                "class or country of an end recipient is not set, or they contradict each other",
                "An administrator sets org_class and country in the item `recipient`, for the "
                "partner and each organisation behind it, or the record names one organisation.",
            )
        if not found.ground:
            return Hold(
                "an end recipient outside the European Union, and neither an adequacy decision, "
                "nor an instrument, nor a derogation covers it today",
                "Have an item `adequacy` or `instrument` made that covers the country and type, or "
                "two people approve a derogation with its ground and necessity: "
                "`gateway proposals make derogation`.",
            )
        if _lacks_assurance(one, context):
            return Hold(
                "an assurance against the death penalty is needed and was not given",
                "Obtain it and list it under assurances of an item `instrument` for the recipient.",
            )
    return PASS


def _lacks_assurance(one: EndRecipient, context: Context) -> bool:
    if not needs_assurance(one, context):
        return False
    return not any(_NO_DEATH_PENALTY in given.assurances for given in _instruments(one, context))


def needs_assurance(one: EndRecipient, context: Context) -> bool:
    """Return whether an assurance against the death penalty is a condition for this recipient."""
    if is_at_home(one):
        return False
    laid = [(given.kind, given.until) for given in context.facts.restrictions]
    return _NO_DEATH_PENALTY in one.assurances_needed or any(
        kind == _NO_DEATH_PENALTY and in_force(None, until, context.now_ms)
        for kind, until in (*context.looked.restrictions, *laid)
    )


RULES = (
    Rule(
        "R-08",
        1,
        "Class and country of every end recipient",
        "Directive (EU) 2016/680 art. 35 to 39, recital 71",
        _recipients,
        "Hold.",
        "Class and country set by us. Outside the Union and the Schengen states: an adequacy "
        "decision with its end, an instrument for the type, or a derogation with ground, "
        "necessity and who authorised it; where configured or asked for by the originator an "
        "assurance against the death penalty.",
    ),
)
