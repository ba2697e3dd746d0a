"""A working day: a consent is asked for, given with an end, and withdrawn.

A case of ours rests on one of a partner's, and the police of another state should have it. The hold
says whom to ask; the consent that comes lets it go by itself, and its end calls it back by itself.
"""

from __future__ import annotations

from gateway.flow.consents import ask, give, in_force, withdraw
from gateway.flow.holders import holders
from gateway.flow.look import explain
from tests.days.acts import Acts
from tests.journeys.after import dump, states, texts
from tests.journeys.gateways import World, releases
from tests.journeys.questions import ASKED, ASKING, DE, listed, pen, with_a_third
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.subjects import body_at

UNTIL = "2026-06-01T00:00:00Z"


def test_a_consent_is_asked_given_used_and_withdrawn(world: World, acts: Acts) -> None:
    """Two acts of whoever asks, three of whoever gives; the releases need none."""
    with_a_third(world)
    nl, hub, de = (world.network.gateways[name] for name in (NL, HUB, DE))
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()

    def resting(reference: str) -> str:
        body = addressed("case", DE, provider_ref=reference, derived_from=[theirs.record])
        (outcome,) = world.push(nl, body)
        world.work()
        return str(outcome.record)

    # Our case rests on theirs, and may not go on: the rule says why, and whom to ask.
    first = resting("OURS-1")
    assert releases(nl, first)[DE] == "held"
    why = acts.by("officer-17", "sees why it is held", explain, first, DE, None, nl)
    assert (why["deciding"], why["ask"]) == ("R-07", [HUB])
    assert "consent" in why["remedy"]

    # Asking is one act; the question finds its way, and its clock starts there.
    said = {"partner": DE, "reason": "The account holder travels there next week."}
    (asked,) = acts.by("officer-17", "asks for the consent", ask, first, said, pen(ASKING), nl)
    world.work()
    (row,) = acts.by(
        "spoc-7", "sees what is asked of them", listed, ASKED, hub, kind="consent_request"
    )
    assert (row["record"], row["partner"], row["clock"]) == (asked.record, NL, "7d")

    # Given with an end; it is in force where it arrives, and the case goes without another act.
    given = acts.by(
        "spoc-7",
        "gives it, with an end",
        give,
        str(asked.record),
        {"until": UNTIL},
        pen(ASKED),
        hub,
    )
    world.work()
    (consent,) = in_force(ASKING, nl)
    assert (consent["originator"], consent["recipients"]) == (HUB, [DE])
    assert consent["records"] == [theirs.record]
    assert releases(nl, first)[DE] == "stored"
    # Whose material it rests on is not told to whoever receives it.
    assert str(theirs.record) not in str(body_at(de, first))
    assert "Piet Proef" in texts(de, first)

    # The matter changes, and the originator withdraws. What went by it is called back by itself.
    world.clock.forward(days=10)
    acts.by(
        "spoc-7",
        "withdraws it",
        withdraw,
        str(given.record),
        {"reason": "It changed."},
        pen(ASKED),
        hub,
    )
    world.work()
    assert in_force(ASKING, nl) == []
    (notice,) = holders(first, "police.nl", nl)["notices"]
    (row,) = notice["holders"]
    assert (notice["kind"], notice["code"]) == ("recall", "consent_withdrawn")
    assert (row["holder"], row["gateway"]) == (DE, "erased")
    assert states(de, first) == {1: "recalled"}
    assert "Piet Proef" not in dump(de)

    # What rests on it and comes now waits, as at the beginning.
    second = resting("OURS-2")
    assert releases(nl, second)[DE] == "held"
    assert explain(second, DE, None, nl)["ask"] == [HUB]
    (row,) = listed(ASKING, nl, kind="consent_request", open_only=False)
    assert (row["state"], row["code"]) == ("answered", "withdrawn")
    assert acts.told() == 5
