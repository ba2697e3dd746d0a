"""Every state machine of the gateway as one table: machine, state, event → state. Pure.

The same words stand in the API, the console and the metrics. Who causes which event is written in
docs/architecture.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from gateway.core.errors import Conflict

STARTS: Final[Mapping[str, frozenset[str]]] = {
    "release": frozenset({"due", "held", "refused"}),
    "envelope": frozenset({"sealed"}),
    "arrival": frozenset({"arrived"}),
    "receipt": frozenset({"made"}),
    "inbox": frozenset({"held", "waiting"}),
    "record": frozenset({"current"}),
    "original": frozenset({"kept", "quarantined"}),
    "channel": frozenset({"open"}),
    "partner": frozenset({"introduced"}),
    "key": frozenset({"next", "active"}),
    "proposal": frozenset({"open"}),
    "notice": frozenset({"waiting", "applied", "told"}),  # told: some holders, nothing here
    "promotion": frozenset({"standing"}),
    "asked": frozenset({"open"}),
}

_STEPS: Final[Mapping[str, Mapping[tuple[str, str], str]]] = {
    "release": {
        # decided again: by seal, by reconsider, or by a person
        **{(state, "release"): "due" for state in ("due", "held", "refused")},
        **{(state, "hold"): "held" for state in ("due", "held", "refused")},
        **{(state, "refuse"): "refused" for state in ("due", "held", "refused")},
        **{(state, "withdraw"): "withdrawn" for state in ("due", "held", "refused")},
        ("due", "seal"): "sealed",
        ("sealed", "void"): "due",
        ("sealed", "receipt"): "stored",
        # the partner's verdicts; a later one replaces an earlier
        **{(state, "accepted"): "accepted" for state in ("stored", "parked", "accepted")},
        **{(state, "rejected"): "rejected" for state in ("stored", "parked", "rejected")},
        **{(state, "parked"): "parked" for state in ("stored", "parked")},
        **{(state, "gone"): "gone" for state in ("sealed", "stored", "parked", "accepted")},
        ("gone", "consent"): "due",  # it was recalled for want of one, and there is one again
    },
    "envelope": {
        ("sealed", "hand"): "handed",
        ("handed", "receipt"): "stored",
        ("stored", "close"): "closed",
        ("sealed", "void"): "void",
        ("handed", "void"): "void",
    },
    "arrival": {
        ("arrived", "open"): "opened",
        ("arrived", "refuse"): "refused",
        ("arrived", "park"): "parked",  # it cannot be opened, and nobody knows why
        ("parked", "arrive"): "arrived",  # a person has it tried again
        ("refused", "arrive"): "arrived",
    },
    "receipt": {("made", "deliver"): "delivered"},
    "inbox": {
        ("held", "admit"): "waiting",
        ("waiting", "hand"): "handed",
        ("waiting", "hold"): "held",
        ("handed", "accept"): "accepted",
        ("handed", "reject"): "rejected",
        **{(state, "withdraw"): "withdrawn" for state in ("held", "waiting", "handed")},
        **{(state, "withdraw"): "withdrawn" for state in ("accepted", "rejected")},
    },
    "record": {
        **{
            (state, event): result
            for event, result in (
                ("supersede", "superseded"),
                ("restrict", "restricted"),
                ("dispute", "disputed"),
                ("recall", "recalled"),
                ("erase", "erased"),
            )
            for state in ("current", "restricted", "disputed")
        },
        ("superseded", "erase"): "erased",
        ("recalled", "erase"): "erased",
        ("restricted", "lift"): "current",
        ("disputed", "lift"): "current",
    },
    "original": {
        ("kept", "expire"): "expired",
        ("kept", "erase"): "erased",
        ("quarantined", "replay"): "replayed",
        ("quarantined", "discard"): "discarded",
        ("replayed", "expire"): "expired",
        ("replayed", "erase"): "erased",
    },
    "channel": {
        ("open", "pause"): "paused",
        ("stalled", "pause"): "paused",
        ("paused", "resume"): "open",
        ("stalled", "resume"): "open",
        ("open", "stall"): "stalled",
    },
    "partner": {
        ("introduced", "confirm"): "confirmed",
        ("introduced", "revoke"): "revoked",
        ("confirmed", "revoke"): "revoked",
    },
    "key": {
        ("next", "activate"): "active",
        ("active", "retire"): "retired",
        ("retired", "destroy"): "destroyed",
        **{(state, "revoke"): "revoked" for state in ("next", "active", "retired")},
    },
    "proposal": {
        ("open", "approve"): "approved",
        ("open", "reject"): "rejected",
        ("open", "lapse"): "lapsed",
    },
    "promotion": {("standing", "fall"): "fallen"},
    "asked": {
        # a reply that left, or came; the clock stands still while something is made clearer
        **{(state, "answer"): "answered" for state in ("open", "delayed", "clarifying")},
        **{(state, "refuse"): "refused" for state in ("open", "delayed", "clarifying")},
        **{(state, "delay"): "delayed" for state in ("open", "delayed")},
        **{(state, "question"): "clarifying" for state in ("open", "delayed")},
        ("clarifying", "clarified"): "open",
        # a later reply replaces an earlier one; partial answers leave the question open
        **{(state, "answer"): "answered" for state in ("answered", "refused")},
        ("refused", "refuse"): "refused",
        ("answered", "refuse"): "refused",
    },
    "notice": {
        ("waiting", "apply"): "applied",
        ("waiting", "replace"): "replaced",
        ("applied", "replace"): "replaced",
        ("applied", "end"): "ended",
        ("told", "end"): "ended",
    },
}

MACHINES: Final = tuple(_STEPS)
STATES: Final[Mapping[str, frozenset[str]]] = {
    machine: STARTS[machine] | {state for state, _ in steps} | frozenset(steps.values())
    for machine, steps in _STEPS.items()
}

# What a partner's verdict does to our release; None: it is noted and changes nothing.
VERDICT_EVENT: Final[Mapping[str, str | None]] = {
    "accepted": "accepted",
    "duplicate": "accepted",
    "applied": "accepted",
    "held": "parked",
    "rejected": "rejected",
    "cannot": "rejected",
    "erased": "gone",
    "own_basis": None,
}


class IllegalStep(Conflict):
    """That does not follow from the state it is in."""

    code: ClassVar[str] = "illegal-step"


def step(machine: str, state: str, event: str) -> str:
    """Return the state after `event`. Raises IllegalStep."""
    after = _STEPS[machine].get((state, event))
    if after is None:
        raise IllegalStep(f"a {machine} that is {state} has no step {event!r}")
    return after


def may(machine: str, state: str, event: str) -> bool:
    """Return whether `event` is possible in `state`."""
    return (state, event) in _STEPS[machine]


def events(machine: str) -> Mapping[tuple[str, str], str]:
    """Return the whole table of one machine, for documentation and tests."""
    return dict(_STEPS[machine])
