"""R-04 and R-05: legal basis, purpose and handling codes.

What comes neither from the record nor from its source profile is missing, and the record is held
with the sentence that says what to add. Nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.core.facts import Consent, in_force
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Rule
from gateway.core.rules.reach import agreements, covers, shared_purposes

_CODES: Final = frozenset({"H0", "H1", "H2", "H3"})


def _basis(context: Context) -> Outcome:
    governance = context.record.governance
    if not (governance.get("legal_basis") or {}).get("instrument"):
        return Hold(
            "no legal basis is set",
            "Set governance.legal_basis.instrument and article in the record or the source "
            "profile.",
        )
    if not governance.get("purposes"):
        return Hold(
            "no purpose is set",
            "Set governance.purposes in the record or the source profile.",
        )
    theirs = list(agreements(context))
    if theirs and not any(shared_purposes(context, agreement) for agreement in theirs):
        return Hold(
            "the purposes agreed with this recipient are not among those of the record",
            "Add the recipient's purpose to governance.purposes if the material may serve it.",
        )
    return PASS


def _handling(context: Context) -> Outcome:
    governance = context.record.governance
    codes = handling_codes(context)
    if not governance.get("handling") or not codes <= _CODES:
        return Hold(
            "no handling code is set, or one that is not known",
            "Set governance.handling to H0, H1, H2 or H3 in the record or the source profile.",
        )
    if "H2" in codes and not _consented(context):
        return Hold(
            "handling code H2, and no consent in force covers this recipient and purpose",
            "Have the originator give a consent that names the recipient or its community, this "
            "record or its type, a purpose of the record and an end.",
        )
    if ("H3" in codes or governance.get("handling_text")) and not is_approved(context, "R-05"):
        return Hold(
            "a handling condition in words, which only a person can judge",
            "A release officer reads governance.handling_text and approves or refuses this "
            "recipient.",
        )
    return PASS


def _consented(context: Context) -> bool:
    purposes = [purpose for cover in covers(context) for purpose in cover.purposes]
    if not purposes:  # nothing covers it, which R-06 says; what could it be for?
        purposes = list(context.record.governance.get("purposes") or ())
    return bool(consented_purposes(context, purposes))


def consented_purposes(context: Context, purposes: Sequence[str]) -> tuple[str, ...]:
    """Return those of `purposes` for which the originator's consent reaches this recipient."""
    allowed = {
        purpose
        for consent in context.facts.consents
        if _reaches(consent, context)
        for purpose in consent.purposes
    }
    return tuple(purpose for purpose in purposes if purpose in allowed)


def _reaches(consent: Consent, context: Context) -> bool:
    record, recipient = context.record, context.recipient
    return (
        consent.state == "granted"
        and consent.org == record.org
        and in_force(consent.valid_from, consent.valid_until, context.now_ms)
        and consent.valid_until is not None  # a consent without an end is none
        and (
            recipient.partner in consent.recipients
            or (bool(recipient.community) and recipient.community in consent.communities)
        )
        and (
            record.id in consent.records
            or record.body.get("provider_ref") in consent.records
            or record.type in consent.types
        )
    )


def handling_codes(context: Context) -> frozenset[str]:
    """Return the codes that the record has, and those laid on it since."""
    stated = context.record.governance.get("handling") or ()
    return context.facts.added_handling.union(stated)


def is_approved(context: Context, rule: str) -> bool:
    """Return whether a person's approval under `rule` holds for this partner now."""
    return any(
        approval.rule == rule
        and approval.partner == context.recipient.partner
        and in_force(None, approval.until, context.now_ms)
        for approval in context.facts.approvals
    )


RULES = (
    Rule(
        "R-04",
        1,
        "Legal basis and purpose",
        "Regulation (EU) 2016/794 art. 18, 19; Directive (EU) 2016/680 art. 4, 9",
        _basis,
    ),
    Rule("R-05", 1, "Handling codes", "Europol handling codes H0 to H3", _handling),
)
