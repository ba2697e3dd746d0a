"""R-04 and R-05: legal basis, purpose and handling codes.

What comes neither from the record nor from its source profile is missing, and the record is held
with the sentence that says what to add. Nothing is assumed.
"""

from __future__ import annotations

from typing import Final

from gateway.core.rules.abroad import end_recipients
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Rule
from gateway.core.rules.leave import condition, consented_purposes, wanted_purposes
from gateway.core.rules.reach import agreements, covers, shared_purposes

_CODES: Final = frozenset({"H0", "H1", "H2", "H3"})
_STOPPING: Final = frozenset({"access", "use", "transfer"})
H2_WITHOUT_CONSENT: Final = (
    "handling code H2, and no consent in force covers this recipient and purpose"
)


def _basis(context: Context) -> Outcome:
    governance = context.looked.governance
    if not (governance.get("legal_basis") or {}).get("instrument"):
        return Hold(
            "no legal basis is set",
            "Set governance.legal_basis.instrument and article in the record or the source "
            "profile.",
        )
    if not context.looked.purposes:
        return Hold(
            "no purpose is set",
            "Set governance.purposes in the record or the source profile.",
        )
    if covers(context):  # each of them shares a purpose with the record
        return PASS
    theirs = agreements(context)
    if theirs and not any(shared_purposes(context, agreement) for agreement in theirs):
        return Hold(
            "the purposes agreed with this recipient are not among those of the record",
            "Add the recipient's purpose to governance.purposes if the material may serve it.",
        )
    return PASS


def _handling(context: Context) -> Outcome:
    codes = context.handling
    if not context.looked.handling or not codes <= _CODES:
        return Hold(
            "no handling code is set, or one that is not known",
            "Set governance.handling to H0, H1, H2 or H3 in the record or the source profile.",
        )
    if "H2" in codes and not consented_purposes(
        context, wanted_purposes(context), context.record.org
    ):
        return Hold(H2_WITHOUT_CONSENT, _whose_consent(context))
    if "H3" in codes or context.original.condition:
        return _in_words(context)
    return PASS


def _whose_consent(context: Context) -> str:
    """Return who gives it: for a record of ours two people do, as an item."""
    names = (
        "that names the recipient or its community, this record or its type, a purpose of the "
        "record and an end"
    )
    if context.direction == "in" or context.facts.theirs:
        return f"Have the originator give a consent {names}."
    return (
        f"Your organisation is the originator: two people make an item of kind `consent` {names} "
        "(`gateway proposals make configure`)."
    )


def _in_words(context: Context) -> Outcome:
    if context.is_approved("R-05"):
        return PASS
    mapped = condition(context)
    # Codes made of the words of the record say nothing of an H3 that was added later.
    if mapped is None or "H3" in context.facts.added_handling:
        return Hold(
            "a handling condition in words, which only a person can judge",
            "Two people read governance.handling_text and approve this recipient "
            "(`gateway holds approve`), or say once in an item `condition` what it means in codes.",
        )
    if mapped.restrictions & _STOPPING:
        return Hold(
            f"the condition in words means no {min(mapped.restrictions & _STOPPING)}",
            "Ask the originator, then two people approve this recipient: `gateway holds approve`.",
        )
    classes = {one.org_class for one in end_recipients(context)}
    if mapped.classes and not classes <= mapped.classes:
        return Hold(
            "the condition in words is for recipients of another class",
            "Ask the originator, then two people approve this recipient: `gateway holds approve`.",
        )
    if mapped.purposes and not mapped.purposes.intersection(wanted_purposes(context)):
        return Hold(
            "the condition in words is for another purpose",
            "Ask the originator, then two people approve this recipient: `gateway holds approve`.",
        )
    return PASS


RULES = (
    Rule(
        "R-04",
        1,
        "Legal basis and purpose",
        "Regulation (EU) 2016/794 art. 18, 19; Directive (EU) 2016/680 art. 4, 9",
        _basis,
        "Hold.",
        "A legal basis and a purpose from the record or its source profile; the recipient's "
        "purpose among them.",
    ),
    Rule(
        "R-05",
        2,
        "Handling codes",
        "Europol handling codes H0 to H3",
        _handling,
        "Hold.",
        "H0: a purpose list. H1: no evidential export. H2: a consent of the originator that names "
        "recipient or community, scope, purpose and end. H3, or a condition in words: an approval, "
        "or two people once made codes of these words.",
    ),
)
