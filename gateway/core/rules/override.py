"""R-20: somebody's life is at stake, and one named officer takes it on.

The override lifts holds and reductions of the rules in `LIFTABLE` for the recipient and the members
that it names (`base.answers`). Where it lifts a hold, nothing goes but what it names; where it
lifts a reduction, the members that it names go too. Notes for own use go to nobody, named or not.

Never lifted: R-01 to R-03, R-06, R-08, R-11, R-16 to R-18, R-21, and what R-10 refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.core.lists import found, way
from gateway.core.record import GATEWAY_MEMBERS
from gateway.core.rules.base import (
    LIFTABLE,
    OVERRIDE,
    PASS,
    Context,
    Lifted,
    Outcome,
    Reduce,
    Rule,
    answers,
    covers_pointer,
)

# Without these nobody could read, judge or obey what comes.
_ALWAYS: Final = frozenset(
    {*GATEWAY_MEMBERS, "type", "provider_ref", "as_of", "corrects", "addressees", "governance"}
)
_WHY: Final = ("/risk/reason", "/risk/child_at_risk_now/basis")  # sentences; the codes always go
_OFFICER: Final = "A duty officer of the sender judges that a life is at stake."
_OF_A_PART: Final = frozenset({"category", "meta", "kind", "type"})


def rule(others: Iterable[Rule]) -> Rule:
    """Return R-20; `others` are the rules that it may lift."""
    liftable = tuple(one for one in others if one.id in LIFTABLE)

    def check(context: Context) -> Outcome:
        named = context.override()
        if not named or context.whole is not None:  # the reduced form has been cut already
            return PASS
        if not any(_has_lifted(outcome) for _, outcome in answers(liftable, context)):
            return PASS
        left = tuple(_beside(context.record.body, named))
        values = () if context.original.life else (("/risk", _raised(context)),)
        if not left and not values:
            return PASS
        return Reduce(left, "in an emergency only what the officer named goes", values=values)

    return Rule(
        OVERRIDE,
        2,
        "Threat to life",
        "Directive (EU) 2016/680 art. 35(2), 38",
        check,
        "Lifts Hold and Reduce of "
        + ", ".join(sorted(LIFTABLE))
        + ", and R-09 as person of interest, for the recipient and the members it names; what it "
        "does not name stays behind where a hold was lifted. Notes for own use never go.",
        "An approval of one officer under R-20, confirmed by a second within 60 minutes, on a "
        "record whose risk says threat_to_life or that a child is at risk now, or whose urgency "
        "that officer raised.",
    )


def _raised(context: Context) -> dict[str, Any]:
    """Return the risk as the recipient reads it: an officer raised it, and what else is said."""
    risk = context.record.body.get("risk") or {}
    kept = {name: risk[name] for name in ("child_at_risk_now", "deadline") if name in risk}
    return {"urgency": "threat_to_life", "reason": _OFFICER, **kept}


def _has_lifted(outcome: Outcome) -> bool:
    return isinstance(outcome, Lifted) and outcome.held


def _beside(body: Mapping[str, Any], named: Sequence[str]) -> Iterator[str]:
    """Yield every member that is neither named, nor in one that is, nor above one, nor needed."""
    for name, value in body.items():
        if name == "risk":
            for pointer in _WHY:
                if not any(covers_pointer(one, pointer) for one in named):
                    yield from found(body, way(pointer))
        elif name not in _ALWAYS:
            yield from _beside_at(f"/{name}", value, named)


def _beside_at(place: str, node: object, named: Sequence[str]) -> Iterator[str]:
    if any(covers_pointer(one, place) for one in named):
        return
    if not any(one.startswith(place + "/") for one in named):
        yield place
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if name not in _OF_A_PART:
                yield from _beside_at(f"{place}/{name}", value, named)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _beside_at(f"{place}/{index}", value, named)
