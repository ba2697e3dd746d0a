"""The state machines: the table says what the architecture page says, and nothing is stranded."""

import re

import pytest

from gateway.core.lifecycle import (
    MACHINES,
    STARTS,
    STATES,
    VERDICT_EVENT,
    IllegalStep,
    events,
    may,
    step,
)

# As the architecture tells it: "before → after", `|` for either. A step of the table that is not
# told here must be in BESIDES, with its reason.
TOLD = {
    "release": """
        held → due | refused       due → held | refused      refused → due | held
        due → sealed               sealed → due              sealed → stored
        stored → accepted | rejected | parked                parked → accepted | rejected
        sealed | stored | parked | accepted → gone           due | held | refused → withdrawn
    """,
    "envelope": "sealed → handed  handed → stored  stored → closed  sealed | handed → void",
    "arrival": "arrived → opened | refused | parked  refused | parked → arrived",
    "receipt": "made → delivered",
    "inbox": """
        held → waiting  waiting → handed | held  handed → accepted | rejected
        held | waiting | handed | accepted | rejected → withdrawn
    """,
    "record": """
        current → superseded | restricted | disputed | recalled | erased
        restricted | disputed → current
    """,
    "original": "kept → expired | erased  quarantined → replayed | discarded",
    "channel": "open → paused  paused → open  open → stalled  stalled → open",
    "partner": "introduced → confirmed  confirmed → revoked",
    "key": """
        next → active  active → retired  retired → destroyed
        next | active | retired → revoked
    """,
    "proposal": "open → approved | rejected | lapsed",
    "notice": "waiting → applied | replaced  applied → replaced | ended",
    "promotion": "standing → fallen",
    "asked": """
        open | delayed → delayed | clarifying       clarifying → open
        open | delayed | clarifying → answered | refused        answered → refused
        refused → answered
    """,
}
BESIDES = {
    # what was recalled for want of a consent, when there is one again
    ("release", "gone", "due"),
    ("notice", "told", "ended"),
    # decided again with the same answer; a later verdict repeats an earlier one
    *(("release", state, state) for state in ("due", "held", "refused")),
    *(("release", state, state) for state in ("accepted", "rejected", "parked")),
    # what is restricted or disputed can still be recalled, corrected or erased
    *(
        ("record", before, after)
        for before in ("restricted", "disputed")
        for after in ("superseded", "restricted", "disputed", "recalled", "erased")
    ),
    # erasing reaches old versions, recalled records and what was replayed
    ("record", "superseded", "erased"),
    ("record", "recalled", "erased"),
    ("original", "replayed", "expired"),
    ("original", "replayed", "erased"),
    ("channel", "stalled", "paused"),
    ("partner", "introduced", "revoked"),
    # a later answer or refusal of the same kind
    *(("asked", state, state) for state in ("answered", "refused")),
}


def told(text):
    """Read the arrows of a text."""
    states = r"\w+(?: \| \w+)*"
    for before, after in re.findall(rf"({states}) → ({states})", re.sub(r"[ \n]{2,}", "\n", text)):
        yield from ((one, two) for one in before.split(" | ") for two in after.split(" | "))


def in_table(machine):
    return {(before, after) for (before, _), after in events(machine).items()}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_table_says_what_the_architecture_says(machine):
    besides = {(before, after) for name, before, after in BESIDES if name == machine}
    assert in_table(machine) == set(told(TOLD[machine])) | besides


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached(machine):
    reached = set(STARTS[machine])
    while True:
        further = reached | {after for before, after in in_table(machine) if before in reached}
        if further == reached:
            break
        reached = further
    assert reached == STATES[machine]


@pytest.mark.parametrize("machine", MACHINES)
def test_a_step_is_possible_exactly_where_the_table_has_it(machine):
    table = events(machine)
    for state in STATES[machine]:
        for event in {event for _, event in table}:
            assert may(machine, state, event) == ((state, event) in table)
            if (state, event) in table:
                assert step(machine, state, event) == table[state, event]
            else:
                with pytest.raises(IllegalStep):
                    step(machine, state, event)


def test_what_is_gone_comes_back_by_a_new_consent_alone():
    after = {event: to for (state, event), to in events("release").items() if state == "gone"}
    assert after == {"consent": "due"}


def test_nothing_brings_back_what_is_void_or_revoked():
    for machine, state in [
        ("release", "withdrawn"),
        ("envelope", "void"),
        ("envelope", "closed"),
        ("record", "erased"),
        ("key", "revoked"),
        ("partner", "revoked"),
        ("inbox", "withdrawn"),
    ]:
        assert not [event for before, event in events(machine) if before == state]


def test_every_verdict_of_a_partner_moves_a_stored_release_or_is_only_noted():
    after = {
        verdict: event and step("release", "stored", event)
        for verdict, event in VERDICT_EVENT.items()
    }
    assert after == {
        "accepted": "accepted",
        "duplicate": "accepted",
        "applied": "accepted",
        "held": "parked",
        "rejected": "rejected",
        "cannot": "rejected",
        "erased": "gone",
        "own_basis": None,
    }
