"""What a rule holds back here is let in by a person of the organisation that it was sent to."""

from __future__ import annotations

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.proposal import ReasonMalformed
from gateway.flow.admit import NotToAdmit, admit
from gateway.flow.admit import held as held_here
from gateway.flow.identify import Person
from gateway.flow.notify import Wanted, notify
from tests.journeys.after import inbox
from tests.journeys.forging import texts_forged
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.staff import acts
from tests.journeys.test_several_versions import ANNA, BERT, from_hub, held, of, recalled

OFFICER = Person("officer-1", "police.nl", frozenset({"release_officer"}))
WHY = "another_person"


def test_what_brings_a_person_back_is_let_in_by_one_officer(world: World) -> None:
    nl = world.network.gateways[NL]
    record = recalled(world)
    from_hub(world, "second", BERT, {**ANNA, "dob": "1981-01-02"})
    with texts_forged({"second": (record, 2)}):
        world.work()
    (row,) = held_here(OFFICER, nl)
    assert (row["record"], row["rule"], row["client"]) == (record, "R-16", "police")

    with pytest.raises(Forbidden):
        admit(record, WHY, Person("x", "police.nl", frozenset({"auditor"})), nl)
    with pytest.raises(NotFound):
        admit(record, WHY, Person("x", "fiu.nl", frozenset({"release_officer"})), nl)
    with pytest.raises(ReasonMalformed):
        admit(record, "Because.", OFFICER, nl)

    assert admit(record, WHY, OFFICER, nl)["versions"] == [2]
    assert held(nl, record, 2) == ("waiting", None)
    assert 2 in [entry["version"] for entry in inbox(nl, "police")]
    assert held_here(OFFICER, nl) == []
    (act,) = [one for one in acts(nl) if one["act"] == "admitted"]
    assert (act["rule"], act["by"], act["reason"]) == ("R-16", "officer-1", WHY)
    with pytest.raises(NotToAdmit):
        admit(record, WHY, OFFICER, nl)


def test_what_is_restricted_is_let_in_by_nobody(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    record = str(outcome.record)
    notify(Wanted(kind="restrict", record=record, code="other"), "officer", "europol.eu", hub)
    world.work()
    assert held(nl, record, 1) == ("held", "restricted")
    with pytest.raises(NotToAdmit, match="restricted by its originator"):
        admit(record, WHY, OFFICER, nl)


def test_what_is_restricted_while_it_is_held_waits_for_that_as_well(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = recalled(world)
    from_hub(world, "second", BERT, {**ANNA, "dob": "1981-01-02"})
    with texts_forged({"second": (record, 2)}):
        world.work()
    until = nl.now_ms() + 3_600_000
    wanted = Wanted(kind="restrict", record=record, code="other", until=until)
    notify(wanted, "officer", "europol.eu", hub)
    world.work()
    assert admit(record, WHY, OFFICER, nl)["state"] == "held"
    assert held(nl, record, 2) == ("held", "restricted")


def test_what_a_record_asks_is_due_from_when_it_is_let_in(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = recalled(world)
    persons = of(BERT, {**ANNA, "dob": "1981-01-02"})
    asking = addressed("case", NL, provider_ref="asking", outcome_by="2026-03-01", **persons)
    world.push(hub, asking, client="analysts")
    with texts_forged({"asking": (record, 2)}):
        world.work()
    with nl.store.reading() as work:
        assert work.asked.of_record(record) == []
    admit(record, WHY, OFFICER, nl)
    with nl.store.reading() as work:
        (row,) = work.asked.of_record(record)
    assert (row.kind, row.org, row.partner, row.direction) == ("outcome", "police.nl", HUB, "in")
