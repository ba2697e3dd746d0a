"""Beyond a hold: a derogation for one transfer, and members that would be left out."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.proposal import ActUnknown, BasisChanged, NotApprovable, SecondPersonNeeded
from gateway.flow import propose
from gateway.flow.approving import approve_set
from gateway.flow.exchange import Exchange
from gateway.flow.holds import Group
from gateway.flow.withdraw import withdraw
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, addressed
from tests.journeys.staff import acts, approvals, person, staffed, with_words

ABROAD = f'[recipient."{HUB}"]\norg_class = "third_country"\ncountry = "BR"\n'
DEROGATION = {"partner": HUB, "ground": "vital_interest", "necessity": "victim_safeguarding"}
VICTIM = {
    "category": "victim",
    "minor": "yes",
    "names": [{"full": "Anna Voorbeeld"}],
    "nationalities": ["NL"],
}


def proposed(act: str, asked: dict[str, Any], nl: Exchange, by: str = "officer-1"):
    return propose.propose(act, asked, person(by, nl), nl, reason="necessary")


def approve(row, nl: Exchange, by: str = "officer-2"):
    return propose.approve(row.id, row.digest, person(by, nl), nl)


def pushed(world: World, nl: Exchange, **changes: Any) -> str:
    (outcome,) = world.push(nl, addressed("case", HUB, **changes))
    return str(outcome.record)


@pytest.fixture
def abroad(world: World) -> Exchange:
    return staffed(world, ABROAD)


@pytest.fixture
def nl(world: World) -> Exchange:
    return staffed(world)


def test_a_derogation_of_two_people_lets_one_record_go_abroad(world, abroad):
    record, other = (pushed(world, abroad, provider_ref=f"PL-{n}") for n in (1, 2))
    assert releases(abroad, record) == {HUB: "held"}

    row = proposed("derogation", {"record": record, **DEROGATION}, abroad)
    world.work()
    assert releases(abroad, record) == {HUB: "held"}
    approve(row, abroad)
    world.work()

    assert releases(abroad, record) == {HUB: "stored"}
    assert releases(abroad, other) == {HUB: "held"}
    with abroad.store.reading() as work:
        (release,) = work.releases.of_record(record)
    assert release.ground == "derogation:vital_interest"
    (entry,) = acts(abroad, "allowed")
    assert (entry["rule"], entry["by"], entry["second"]) == ("R-08", "officer-1", "officer-2")


def test_the_data_protection_officer_may_be_the_second_person(world, abroad):
    record = pushed(world, abroad)
    row = proposed("derogation", {"record": record, **DEROGATION}, abroad)
    with pytest.raises(SecondPersonNeeded):
        approve(row, abroad, "officer-1")
    with pytest.raises(Forbidden):
        approve(row, abroad, "duty-1")
    approve(row, abroad, "dpo-1")


WRONG = {
    "no ground": ({"ground": None}, ActUnknown),
    "a ground of no law": ({"ground": "convenience"}, NotApprovable),
    "an unknown necessity": ({"necessity": "because"}, ActUnknown),
    "a member unknown": ({"why": "x"}, ActUnknown),
    "another partner": ({"partner": "nobody.eu"}, NotApprovable),
    "no such record": ({"record": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"}, NotFound),
}


@pytest.mark.parametrize(("change", "error"), WRONG.values(), ids=WRONG)
def test_a_derogation_says_on_what_ground_and_why(world, abroad, change, error):
    record = pushed(world, abroad)
    with pytest.raises(error):
        proposed("derogation", {"record": record, **DEROGATION, **change}, abroad)


def test_where_no_derogation_is_needed_none_is_given(world, nl):
    (outcome,) = world.push(nl, with_words())
    with pytest.raises(NotApprovable, match="no derogation is needed"):
        proposed("derogation", {"record": str(outcome.record), **DEROGATION}, nl)


def test_a_record_withdrawn_meanwhile_is_not_derogated_for(world, abroad):
    record = pushed(world, abroad)
    row = proposed("derogation", {"record": record, **DEROGATION}, abroad)
    withdraw(record, "officer-1", "unlawful", abroad)
    with pytest.raises(BasisChanged):
        approve(row, abroad)


def test_two_people_let_a_victims_name_go_to_whom_it_is_needed(world, nl):
    body = addressed("case", HUB)
    world.network.down.add(HUB)
    record = pushed(world, nl, persons=[body["persons"][0], VICTIM])
    asked = {"record": record, "partner": HUB, "rule": "R-10", "fields": ["/persons/1/names"]}

    approve(proposed("disclose", asked, nl, "duty-1"), nl)

    (given,) = approvals(nl, record)
    assert (given.fields, given.by) == (("/persons/1/names",), ("duty-1", "officer-2"))
    world.network.down.clear()
    world.work()
    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
    cut = {str(one["pointer"]) for one in release.withheld}
    assert "/persons/1/nationalities" in cut
    assert "/persons/1/names" not in cut


def test_two_people_let_the_free_text_go(world, nl):
    body = addressed("case", HUB)
    world.network.down.add(HUB)
    record = pushed(world, nl, persons=[body["persons"][0], VICTIM])
    approve(
        proposed("disclose", {"record": record, "partner": HUB, "rule": "text", "fields": []}, nl),
        nl,
    )
    world.network.down.clear()
    world.work()
    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
    assert "/summary" not in {str(one["pointer"]) for one in release.withheld}


USELESS = {
    "what goes anyway": ({"rule": "R-10", "fields": ["/network"]}, NotApprovable),
    "no member": ({"rule": "R-10", "fields": []}, ActUnknown),
    "members of a text": ({"rule": "text", "fields": ["/summary"]}, ActUnknown),
    "another rule": ({"rule": "R-11", "fields": ["/summary"]}, ActUnknown),
    "no list": ({"rule": "R-10", "fields": "/summary"}, ActUnknown),
    "no texts": ({"rule": "R-10", "fields": [1]}, ActUnknown),
}


@pytest.mark.parametrize(("change", "error"), USELESS.values(), ids=USELESS)
def test_what_would_change_nothing_is_not_asked_for(world, nl, change, error):
    record = pushed(world, nl)
    with pytest.raises(error):
        proposed("disclose", {"record": record, "partner": HUB, **change}, nl)


def test_words_that_were_made_codes_of_take_one_person(world):
    condition = (
        '[condition.fiu-only]\nwords = "Not to be used before the arrests."\n'
        'classes = ["fiu"]\nby = ["officer-1", "officer-2"]\n'
    )
    nl = staffed(world, condition)
    (outcome,) = world.push(nl, with_words())
    assert releases(nl, outcome.record) == {HUB: "held"}

    group = Group("R-05", "cases", HUB)
    done = approve_set(group, None, "necessary", person("officer-1", nl), nl)

    assert (done.count, done.proposal) == (1, None)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}
