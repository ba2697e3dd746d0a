"""R-14, R-16, R-17: is it still reviewed, standing and within clearance."""

from __future__ import annotations

from typing import Final

from gateway.core.facts import in_force
from gateway.core.moments import years_later
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Reduce, Refuse, Rule
from gateway.core.tlp import LABELLED, label_for

_LONGEST_REVIEW_YEARS: Final = 3
_MARKING_DISPUTES: Final = frozenset({"data_subject", "other"})  # noted, and holders are warned
_NONE: Final = "unmarked"  # said, so that nobody need ask; it takes no clearance
_STOPPING_RESTRICTIONS: Final = frozenset({"access", "use", "transfer"})


def _review(context: Context) -> Outcome:
    review_by = context.looked.review_by
    if review_by is None:
        return Hold(
            "no review date is set",
            "Set governance.review_by, at most three years after the oldest material was received.",
        )
    erase_by = context.looked.erase_by
    if erase_by is not None and erase_by <= context.now_ms:
        return Hold(
            "the erase date has passed",
            "It is about to be erased; submit a correction with a later governance.erase_by if the "
            "law still allows to keep it.",
        )
    if review_by <= context.now_ms:
        return Hold(
            "the review date has passed",
            "Review whether the record is still needed; submit a correction with a new "
            "governance.review_by and the reason, or withdraw it.",
        )
    oldest = context.facts.first_received
    if oldest is None:
        oldest = context.looked.created
    if oldest is None:
        oldest = context.now_ms
    if review_by > years_later(oldest, _LONGEST_REVIEW_YEARS):
        return Hold(
            "the review date is more than three years after the oldest material was received",
            "Bring governance.review_by forward to at most three years after first receipt.",
        )
    return PASS


def _standing(context: Context) -> Outcome:
    facts = context.facts
    if facts.state == "disputed":
        if facts.disputed_by in _MARKING_DISPUTES:
            return PASS
        return Refuse(
            f"disputed by the {(facts.disputed_by or 'unknown').replace('_', ' ')}",
            "Nothing new goes out until the dispute is settled and lifted.",
        )
    if facts.state != "current":
        return Refuse(
            f"this version is {facts.state}",
            "Submit the newest version, or lift the restriction if it no longer holds: "
            "`gateway records restrict --lift`.",
        )
    for restriction in facts.restrictions:
        if restriction.kind in _STOPPING_RESTRICTIONS and in_force(
            None, restriction.until, context.now_ms
        ):
            return Refuse(
                f"a restriction of {restriction.kind} has been laid on it",
                "Ask who laid the restriction to lift it; it cannot be overridden here.",
            )
    return _taken_back(context)


def _taken_back(context: Context) -> Outcome:
    facts = context.facts
    if facts.returning and not context.is_approved("R-16"):
        return Hold(
            "a person stands in it whom a notice took out of a record of the same originator",
            "See whether it is the same person: then submit a correction without them (`gateway "
            "records correct`). If it is another, or known to be right now, a person can release "
            "it (`gateway holds list`, then `gateway holds approve`).",
        )
    if facts.struck and context.whole is None:
        return Reduce(facts.struck, "persons that a notice took back are left out")
    return PASS


def _marking(context: Context) -> Outcome:
    outcome = _clearance(context)
    if outcome is PASS and context.direction == "out" and context.record.type in LABELLED:
        return _label(context)
    return outcome


def _label(context: Context) -> Outcome:
    """Return a label as strict as all that is laid on the record by now."""
    kinds = [kind for kind, end in context.original.restrictions if _holds(end, context)]
    kinds += [one.kind for one in context.facts.restrictions if _holds(one.until, context)]
    own = context.record.body.get("tlp")
    label = label_for(context.handling, kinds, label=own)
    if label == own:
        return PASS
    return Reduce(
        reason="the label says what its handling codes and restrictions say",
        values=(("/tlp", label),),
    )


def _holds(end: int | None, context: Context) -> bool:
    return in_force(None, end, context.now_ms)


def _clearance(context: Context) -> Outcome:
    marking = context.looked.governance.get("marking")
    if not marking or marking == _NONE:
        return PASS
    incoming = context.direction == "in"
    clearance = context.facts.clearance if incoming else context.recipient.clearance
    if marking in clearance:
        return PASS
    return Refuse(
        "its marking is above the clearance of who would receive it",
        "Send it by a channel that is cleared for the marking; classified material is out of scope "
        "here.",
    )


RULES = (
    Rule(
        "R-14",
        1,
        "Reviewed within three years",
        "Regulation (EU) 2016/794 art. 31; Directive (EU) 2016/680 art. 5",
        _review,
        "Hold.",
        "A review date in the future, at most three years after the oldest material was received; "
        "an erase date that has not passed.",
    ),
    Rule(
        "R-16",
        3,
        "Not recalled, restricted or in a stopping dispute",
        "Regulation (EU) 2016/794 art. 37; Directive (EU) 2016/680 art. 16",
        _standing,
        "Refuse. A person that a notice took back is left out; a record that names them again is "
        "held.",
        "Whoever laid it lifts it. A dispute raised by others than the originator, a supervisory "
        "authority or a court is a mark and stops nothing.",
    ),
    Rule(
        "R-17",
        2,
        "Marking within clearance",
        "security of information; Traffic Light Protocol 2.0",
        _marking,
        "Refuse. The label of a knowledge product is made as strict as what was laid on it since.",
        "A channel and a recipient cleared for the marking; classified material is out of scope.",
    ),
)
