"""A record that waits for the category of a person goes by the command that the remedy names."""

from __future__ import annotations

from gateway.flow.notify import Wanted, notify
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, addressed
from tests.journeys.staff import staffed


def test_the_remedy_names_the_command_and_it_helps(world: World) -> None:
    nl = staffed(world)
    body = addressed("case", HUB)
    first = {**body["persons"][0], "category": "unknown"}
    first.pop("category_reason", None)
    (outcome,) = world.push(nl, {**body, "persons": [first, *body["persons"][1:]]})
    record = str(outcome.record)
    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
    (said,) = [one["remedy"] for one in release.trace if one["outcome"] == "hold"]
    assert "gateway records category RECORD --person /persons/0 --to CATEGORY" in said

    wanted = Wanted(kind="category_change", record=record, person="/persons/0", code="witness")
    notify(wanted, "officer-1", "police.nl", nl)
    world.work()

    assert releases(nl, record) == {HUB: "stored"}
