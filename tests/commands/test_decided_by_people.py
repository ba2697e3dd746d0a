"""The commands of people, over their API and the journeys behind: read, say yes or no, confirm."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import House, case, put_items
from tests.commands.in_process import Act, acting_on
from tests.commands_items import ITEMS
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, two_gateways
from tests.journeys.staff import staffed, with_words

GROUP = f"R-05:cases:{HUB}"


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def acting(world: World, house: House, monkeypatch: pytest.MonkeyPatch) -> Act:
    return acting_on(staffed(world), house, monkeypatch)


def test_a_held_record_is_read_approved_by_two_and_delivered(world, acting):
    nl = world.network.gateways["police.nl.gw"]
    (outcome,) = world.push(nl, with_words())

    listed = acting("officer-1", "holds", "list", plain=True).stdout
    assert GROUP in listed
    assert "a handling condition in words" in listed
    read = acting("officer-1", "holds", "sample", GROUP, "--reason", "approve_release", plain=True)
    assert "Not to be used before the arrests." in read.stdout
    made = acting("officer-1", "holds", "approve", GROUP, "--reason", "necessary")
    assert made["count"] == 1
    id_ = made["proposal"]["id"]
    assert [one["id"] for one in acting("officer-2", "proposals", "list")] == [id_]
    shown = acting("officer-2", "proposals", "show", id_, plain=True).stdout
    digest = made["proposal"]["digest"]
    assert f"gateway proposals approve {id_} --digest {digest}" in shown
    assert str(outcome.record) in shown
    done = acting("officer-2", "proposals", "approve", id_, "--digest", digest, plain=True)
    assert done.exit_code == 0
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}
    assert acting("officer-2", "holds", "list") == []
    assert acting("officer-2", "proposals", "list", "--all")[0]["state"] == "approved"


def test_the_first_person_cannot_be_the_second(world, acting):
    world.push(world.network.gateways["police.nl.gw"], with_words())
    made = acting("officer-1", "holds", "approve", GROUP, "--reason", "necessary")["proposal"]

    refused = acting(
        "officer-1", "proposals", "approve", made["id"], "--digest", made["digest"], plain=True
    )

    assert refused.exit_code == 1
    assert refused.stderr.startswith("second-person-needed: ")


def test_a_no_is_a_no(world, acting):
    nl = world.network.gateways["police.nl.gw"]
    one, other = (world.push(nl, with_words(provider_ref=f"PL-{n}"))[0] for n in (1, 2))

    done = acting(
        "officer-1", "holds", "refuse", GROUP, "--reason", "not_ours", "--record", str(one.record)
    )
    assert done == {"count": 1, "proposal": None}
    made = acting("officer-1", "holds", "approve", GROUP, "--reason", "necessary")["proposal"]
    rejected = acting("officer-2", "proposals", "reject", made["id"], "--reason", "not_necessary")

    assert rejected["state"] == "rejected"
    world.work()
    assert releases(nl, one.record) == {HUB: "withdrawn"}
    assert releases(nl, other.record) == {HUB: "held"}


def test_an_agreement_is_proposed_from_a_file(acting, house):
    body = {
        "change": "apply",
        "kind": "agreement",
        "name": "nl-hub-2",
        "body": {
            "partner": HUB, "direction": "out", "types": ["case"], "purposes": ["cross_check"],
            "crime_areas": ["sexual_abuse_and_exploitation"],
        },
    }  # fmt: skip
    words = ("proposals", "make", "configure", str(house.file("a.json", body)), "--reason", "ok")
    made = acting("admin-1", *words)
    assert made["act"] == "configure"
    done = acting("admin-2", "proposals", "approve", made["id"], "--digest", made["digest"])
    assert done["state"] == "approved"
    bad = acting("admin-1", *words[:3], str(house.file("b.json", [])), *words[4:], plain=True)
    assert (bad.exit_code, bad.stderr.partition(":")[0]) == (1, "body-malformed")


def test_what_is_urgent_is_listed_with_whom_to_call(world, acting):
    nl = world.network.gateways["police.nl.gw"]
    world.network.down.add(HUB)
    body = case(HUB, risk={"urgency": "urgent", "reason": "A child is at risk."})
    (outcome,) = world.push(nl, body)
    world.work(nl)

    (row,) = acting("duty-1", "urgent")
    assert (row["record"], row["overdue"]) == (outcome.record, False)
    world.clock.forward(seconds=901)
    shown = acting("duty-1", "urgent", plain=True).stdout
    assert "OVERDUE" in shown
    assert "+31700000000" in shown


@pytest.mark.parametrize("words", [("urgent", "ID"), ("urgent", "ID", "--partner", HUB)])
def test_an_override_names_its_recipient_and_its_reason(acting, words):
    assert acting("duty-1", *words, plain=True).exit_code == 2


def test_a_folder_is_previewed_before_it_is_applied(house):
    house.asked("push", "--local", house.file("a.json", case("hub.eu")), "--source", "cases")
    items = put_items(house.folder / "next", ITEMS)
    agreement = items / "agreement" / "ep-cse.toml"
    agreement.write_text(agreement.read_text().replace('"case", ', ""))

    found = house.asked("agreements", "preview", items)

    assert found["changed"] == ["agreement/ep-cse"]
    assert (found["added"], found["ended"]) == ([], [])
    assert "nothing was changed" in house.done("agreements", "preview", items).stdout
    (row,) = house.asked("agreements", "list")
    assert "case" in row["types"]
    assert json.dumps(found)
