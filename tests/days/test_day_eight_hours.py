"""A working day: an urgent request of another state, answered within eight hours.

Directive (EU) 2023/977: the clock starts by itself when the request is received; what is held in
common has been found before anybody looks; the answer says whether Europol gets a copy, or why not.
"""

from __future__ import annotations

from gateway.flow.compose import newest_of
from gateway.flow.hand_on import waiting
from gateway.flow.identify import Person
from gateway.flow.requests import answer, show
from tests.days.acts import Acts
from tests.journeys.gateways import World, client_named, record, releases
from tests.journeys.questions import ASKED, ASKING, a_request, asking_each_other, listed, pen
from tests.journeys.scenes import HUB, NL
from tests.journeys.staff import acts as entries

HOUR_MS = 3_600_000
ANALYST = Person("analyst-4", "europol.eu", frozenset({"analyst"}))


def held(handle: str, reference: str, *handling: str) -> dict[str, object]:
    """A case of the asked side about one account, addressed to nobody."""
    governance = {**record("case")["governance"], "handling": list(handling)}
    return record(
        "case",
        provider_ref=reference,
        governance=governance,
        addressees={"recipients": []},
        identities=[{"platform": "chat.example", "handle": handle}],
        relations=[],
    )


def test_an_eight_hour_request_is_answered_in_time(world: World, acts: Acts) -> None:
    """One act of whoever asks, three of whoever answers, one to read what came."""
    nl, hub = asking_each_other(world)
    bodies = (
        held("SunnyDay77", "OURS-1", "H0"),
        held("SunnyDay77", "OURS-2", "H2"),
        held("SomebodyElse", "OURS-3", "H0"),
    )
    same, bound, _ = world.push(hub, *bodies, client="analysts")

    # Half past nine in the evening: the asking officer sends it, with the ground of its urgency.
    (sent,) = acts.by("officer-17", "asks", world.push, nl, a_request(HUB))
    world.work()
    request = str(sent.record)

    # It is night at the other end; the clock has started, the cross-check is done.
    world.clock.forward(seconds=6.5 * 3600)
    (row,) = acts.by("spoc-7", "sees what is asked, the soonest due first", listed, ASKED, hub)
    assert (row["record"], row["partner"], row["urgent"], row["clock"]) == (
        *(request, NL, True, "8h"),
    )
    assert row["due_at"] - row["asked_at"] == 8 * HOUR_MS
    assert (row["over"], row["matches"]) == (False, 2)

    # Beside each match stands what the rules say for this requester. Nothing has been told yet.
    seen = acts.by("spoc-7", "reads it and what is held in common", show, request, ASKED, hub)
    assert seen["body"]["europol"] == {"sent": True}
    found = {match["record"]: match for match in seen["found"]}
    assert set(found) == {same.record, bound.record}
    assert all(match["in_common"] == ["handle"] for match in found.values())
    assert found[same.record]["decision"]["outcome"] == "release"
    decision = found[bound.record]["decision"]
    assert (decision["outcome"], decision["deciding"]) == ("hold", "R-05")
    assert "consent" in decision["remedy"].lower()
    assert waiting(client_named("police", nl), 0, 9, nl).entries == []

    # One answer, drawn from what may go; Europol gets no copy of its own, and the reason stays.
    said = {
        "state": "complete",
        "directly_accessible": True,
        "use": [same.record],
        "europol": {"sent": False, "why_not": "already_there"},
    }
    given = acts.by(
        "spoc-7",
        "answers, and says why Europol gets no copy",
        answer,
        request,
        said,
        pen(ASKED),
        hub,
    )
    world.work()
    assert releases(hub, given.record) == {NL: "stored"}
    assert listed(ASKED, hub) == []

    # The asking officer has it an hour and a half before the time is over.
    (done,) = acts.by("officer-17", "sees the answer", listed, ASKING, nl, open_only=False)
    assert (done["state"], done["reply"], done["over"]) == ("answered", given.record, False)
    assert done["due_at"] - done["replied_at"] == 1.5 * HOUR_MS
    came = newest_of(str(given.record), nl)[0].body
    assert came["request"] == request
    assert came["identities"][0]["handle"] == "SunnyDay77"
    assert came["derived_from"] == [same.record]
    assert came["europol"] == {"sent": False, "why_not": "already_there"}
    assert bound.record not in str(came)

    # Who looked is in the ledger of the asked side, and only there.
    assert [one["by"] for one in entries(hub, "cross_checked") if one.get("by")] == ["spoc-7"]
    assert entries(nl, "cross_checked") == []
    assert acts.told() == 5


def test_after_eight_hours_everybody_sees_that_it_is_over(world: World, acts: Acts) -> None:
    """Nobody answered; both sides see it without asking each other."""
    nl, hub = asking_each_other(world)
    world.push(nl, a_request(HUB))
    world.work()
    world.clock.forward(seconds=8 * 3600)

    for who, person, exchange in (("officer-17", ASKING, nl), ("spoc-7", ASKED, hub)):
        (row,) = acts.by(who, "sees that the time is over", listed, person, exchange)
        assert (row["state"], row["over"]) == ("open", True)
    assert acts.told() == 2
