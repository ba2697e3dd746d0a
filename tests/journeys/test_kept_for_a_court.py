"""What a court needs is kept for whoever said so; for everybody else a recall works at once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from gateway.core.errors import Conflict, Forbidden, NotFound, StaleDecision
from gateway.core.terms import PassOn
from gateway.flow.arriving_notices import Known
from gateway.flow.exchange import Exchange
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.identify import Person
from gateway.flow.keep import keep, release
from gateway.flow.look import record_view
from gateway.flow.may import may
from gateway.flow.pass_on import NotPassedOn, pass_on
from gateway.flow.seal import seal
from tests.journeys.after import dump, inbox, states, texts, verdicts
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.test_dates import dated, let_expire
from tests.journeys.test_lifecycle import (
    CONSENT,
    EST,
    EST_ITEMS,
    OFFICER,
    PASSING,
    act,
    follow,
    take_over,
)
from tests.journeys.test_notices import bring, newest_wire

COLLEAGUE = replace(OFFICER, name="officer-4")
BORDER = Person("officer-9", "frontex.eu", frozenset({"release_officer"}))
DPO = Person("dpo-1", "europol.eu", frozenset({"data_protection_officer"}))
FRONTEX = """
[organisation."frontex.eu"]
title = "frontex.eu"
country = "PL"
org_class = "eu_authority"
[client.border]
org = "frontex.eu"
key_digests = ["{digest}"]
sources = []
scopes = ["inbox"]
""".format(digest="G" * 42 + "A")


@pytest.fixture
def given(world: World) -> tuple[World, str]:
    """A record that two organisations of the hub have, and one that the hub passed it on to."""
    est = world.add(EST)
    world.introduce(est, hub(world))
    world.introduce(est, world.network.gateways[NL])
    world.configure(hub(world), PASSING + CONSENT + FRONTEX)
    world.configure(est, EST_ITEMS)
    world.work()
    (outcome,) = world.push(world.network.gateways[NL], addressed("case", HUB))
    world.work()
    record = str(outcome.record)
    for client in ("analysts", "border"):
        take_over(world, HUB, client)
    pass_on(record, EST, OFFICER, hub(world))
    world.work()
    return world, record


def hub(world: World) -> Exchange:
    return world.network.gateways[HUB]


def told(world: World, client: str) -> list[str]:
    """The kinds of the notices that wait for this national system of the hub."""
    page = open_notices(client_named(client, hub(world)), "", 9, hub(world))
    return [entry["kind"] for entry in page.entries]


def waiting_for(world: World, client: str) -> list[tuple[str, list[int]]]:
    """The kinds of the notices that wait for it, and the versions that each is about."""
    page = open_notices(client_named(client, hub(world)), "", 9, hub(world))
    return [(entry["kind"], entry["versions"]) for entry in page.entries]


def sees(world: World, client: str, record: str) -> bool:
    """Whether this national system of the hub can still read the record."""
    known = client_named(client, hub(world))
    try:
        may(known, record, None, PassOn(EST), hub(world))
        return "Piet Proef" in str(record_view(record, known, hub(world)).get("body"))
    except NotFound:
        return False


def test_a_recall_works_at_once_for_everybody_but_who_keeps_it(given) -> None:
    world, record = given
    keep(record, OFFICER, hub(world))
    notice = act(world, "recall", record, code="unlawful").notice
    world.work()

    assert states(world.network.gateways[EST], record) == {1: "recalled"}
    assert "Piet Proef" in texts(hub(world), record)
    assert sees(world, "analysts", record)
    assert not sees(world, "border", record)
    assert (told(world, "analysts"), told(world, "border")) == ([], ["recall"])
    with pytest.raises(NotFound):
        record_view(record, client_named("border", hub(world)), hub(world))
    with pytest.raises(NotFound):
        pass_on(record, "agency.au", BORDER, hub(world))
    with pytest.raises(NotPassedOn):
        pass_on(record, "agency.au", OFFICER, hub(world))
    with pytest.raises(NotFound):
        keep(record, BORDER, hub(world))
    sender = world.network.gateways[NL]
    assert verdicts(sender, notice)[HUB] == ("own_basis", "evidence.own-system-open", "open")
    follow(world, HUB, "border")
    world.work()
    assert verdicts(sender, notice)[HUB] == ("own_basis", "evidence", "kept")


def test_the_recall_is_done_when_nobody_keeps_it_any_more(given) -> None:
    world, record = given
    keep(record, OFFICER, hub(world))
    notice = act(world, "recall", record, code="unlawful").notice
    world.work()
    assert release(record, OFFICER, hub(world)) == 1
    world.work()
    assert states(hub(world), record) == {1: "recalled"}
    assert "Piet" not in dump(hub(world))
    assert told(world, "analysts") == ["recall"]
    follow(world, HUB, "analysts")
    follow(world, HUB, "border")
    world.work()
    assert verdicts(world.network.gateways[NL], notice)[HUB] == ("erased", "", "done")


def test_several_keep_it_side_by_side_and_each_ends_its_own(given) -> None:
    world, record = given
    for person in (OFFICER, COLLEAGUE, BORDER):
        keep(record, person, hub(world))
    with pytest.raises(Conflict):
        keep(record, OFFICER, hub(world))
    act(world, "recall", record, code="unlawful")
    world.work()
    assert (told(world, "analysts"), told(world, "border")) == ([], [])

    release(record, OFFICER, hub(world))
    assert told(world, "analysts") == []  # a colleague keeps it still
    release(record, COLLEAGUE, hub(world))
    assert told(world, "analysts") == ["recall"]
    assert not sees(world, "analysts", record)
    assert sees(world, "border", record)
    assert states(hub(world), record) == {1: "restricted"}

    release(record, BORDER, hub(world))
    assert states(hub(world), record) == {1: "recalled"}
    assert "Piet" not in texts(hub(world), record)


def test_who_keeps_it_while_another_ends_has_it_still(given) -> None:
    """What the end was laid out from is looked at again in its commit."""
    world, record = given
    keep(record, OFFICER, hub(world))
    act(world, "recall", record, code="unlawful")
    world.work()
    turns = [COLLEAGUE]

    def about(*asked):
        known = Known.about(*asked)
        if turns:
            keep(record, turns.pop(), hub(world))
        return known

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gateway.flow.keep.Known", SimpleNamespace(about=about))
        with pytest.raises(StaleDecision):
            release(record, OFFICER, hub(world))
    assert "Piet Proef" in texts(hub(world), record)
    release(record, OFFICER, hub(world))
    assert "Piet Proef" in texts(hub(world), record)
    assert told(world, "analysts") == []


def test_nobody_ends_what_another_keeps_but_a_data_protection_officer(given) -> None:
    world, record = given
    keep(record, OFFICER, hub(world))
    with pytest.raises(NotFound):
        release(record, BORDER, hub(world))
    with pytest.raises(Conflict):
        release(record, COLLEAGUE, hub(world))
    with pytest.raises(NotFound):
        release(record, replace(DPO, org="frontex.eu"), hub(world))
    with pytest.raises(Forbidden):
        release(record, replace(OFFICER, roles=frozenset({"auditor"})), hub(world))
    assert states(hub(world), record) == {1: "restricted"}
    release(record, DPO, hub(world))
    assert states(hub(world), record) == {1: "current"}


def test_versions_that_nobody_keeps_are_removed(given) -> None:
    world, record = given
    sender = world.network.gateways[NL]
    keep(record, OFFICER, hub(world))
    world.push(sender, addressed("case", HUB, corrects=1, unit="Team Twee"))
    world.work()
    assert states(hub(world), record) == {1: "restricted", 2: "current"}
    assert "Piet Proef" in texts(hub(world), record)
    assert [entry["version"] for entry in inbox(hub(world), "border")] == [2]

    act(world, "recall", record, code="unlawful")
    world.work()
    assert states(hub(world), record) == {1: "restricted", 2: "recalled"}
    assert "Team Twee" not in texts(hub(world), record)
    assert inbox(hub(world), "analysts") == []

    release(record, OFFICER, hub(world))
    assert states(hub(world), record) == {1: "erased", 2: "recalled"}
    assert texts(hub(world), record) == ""


def test_a_national_system_follows_for_what_is_not_kept_and_at_the_end_for_the_rest(given) -> None:
    world, record = given
    sender = world.network.gateways[NL]
    keep(record, OFFICER, hub(world))
    world.push(sender, addressed("case", HUB, corrects=1, unit="Team Twee"))
    world.work()
    for client in ("analysts", "border"):
        take_over(world, HUB, client)
        follow(world, HUB, client)  # of the correction
    world.work()

    notice = act(world, "recall", record, code="unlawful").notice
    world.work()
    assert waiting_for(world, "analysts") == [("recall", [2])]
    assert waiting_for(world, "border") == [("recall", [2])]  # of the first it was told before
    assert verdicts(sender, notice)[HUB] == ("own_basis", "evidence.own-system-open", "open")
    follow(world, HUB, "analysts")
    follow(world, HUB, "border")
    world.work()
    assert verdicts(sender, notice)[HUB] == ("own_basis", "evidence", "kept")

    release(record, OFFICER, hub(world))
    world.work()
    assert "Piet" not in dump(hub(world))
    assert verdicts(sender, notice)[HUB][1:] == ("own-system-open", "open")
    assert ("recall", [1]) in waiting_for(world, "analysts")
    assert told(world, "border") == []
    follow(world, HUB, "analysts")
    world.work()
    assert verdicts(sender, notice)[HUB] == ("erased", "", "done")


def test_who_has_not_answered_when_the_keep_ends_answers_for_each_part(given) -> None:
    """A yes to what was said of the other versions is none to what is said of the kept one."""
    world, record = given
    sender = world.network.gateways[NL]
    keep(record, OFFICER, hub(world))
    world.push(sender, addressed("case", HUB, corrects=1, unit="Team Twee"))
    world.work()
    take_over(world, HUB, "analysts")
    notice = act(world, "recall", record, code="unlawful").notice
    world.work()
    follow(world, HUB, "border")
    release(record, OFFICER, hub(world))
    analysts = client_named("analysts", hub(world))
    settle_notice(analysts, notice, hub(world), done=True)
    world.work()
    assert verdicts(sender, notice)[HUB][1:] == ("own-system-open", "open")
    assert ("recall", [2]) not in waiting_for(world, "analysts")
    assert ("recall", [1]) in waiting_for(world, "analysts")
    follow(world, HUB, "analysts")
    world.work()
    assert verdicts(sender, notice)[HUB] == ("erased", "", "done")


def test_a_version_that_is_late_is_not_taken_in_because_an_earlier_one_is_kept(given) -> None:
    world, record = given
    sender = world.network.gateways[NL]
    keep(record, OFFICER, hub(world))
    world.push(sender, addressed("case", HUB, corrects=1, unit="Team Twee"))
    world.run(seal, HUB, sender)  # the notice that corrects goes first
    world.run(seal, HUB, sender)
    late = newest_wire(sender)
    world.network.down.add(HUB)
    world.work(sender)
    act(world, "recall", record, code="unlawful")
    world.run(seal, HUB, sender)
    world.run(seal, HUB, sender)
    bring(newest_wire(sender), world)
    bring(late, world)
    assert "Team Twee" not in texts(hub(world), record)
    assert "Piet Proef" in texts(hub(world), record)


def test_one_person_is_recalled_from_everybody_but_who_keeps_it(given) -> None:
    world, record = given
    keep(record, OFFICER, hub(world))
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    world.work()
    assert "Piet" not in texts(world.network.gateways[EST], record)
    assert sees(world, "analysts", record)
    assert not sees(world, "border", record)
    release(record, OFFICER, hub(world))
    assert "Piet" not in dump(hub(world))
    assert states(hub(world), record) == {1: "current"}


def test_the_erase_date_of_a_later_version_takes_nothing_that_is_kept(given) -> None:
    world, record = given
    keep(record, OFFICER, hub(world))
    world.push(world.network.gateways[NL], {**dated(world, erase_by=10), "corrects": 1})
    world.work()
    world.network.down.add(HUB)
    world.clock.forward(days=11)
    let_expire(world)
    assert states(hub(world), record) == {1: "restricted", 2: "erased"}
    assert "Piet Proef" in texts(hub(world), record)
