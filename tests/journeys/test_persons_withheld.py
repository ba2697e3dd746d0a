"""Whoever was not given a person is told nothing about that person; a category fits the holder."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.flow.exchange import Exchange
from gateway.flow.notify import Notified
from tests.journeys.after import states, texts, verdicts
from tests.journeys.gateways import World
from tests.journeys.scenes import AGREEMENT, HUB, ITEMS, NL, NL_ITEMS, addressed
from tests.journeys.staff import acts
from tests.journeys.test_notices import WITHOUT_THE_REST, act, ground, hub

EST = "fiu.ee"


def nl(world: World) -> Exchange:
    return world.network.gateways[NL]


def named(name: str, category: str = "suspect") -> dict[str, Any]:
    return {"category": category, "names": [{"full": name, "kind": "legal"}]}


ANNA, BERT, CARLA = named("Anna Adam"), named("Bert Boer", "unknown"), named("Carla Claes")


def with_persons(world: World, *partners: str, ground_at: int = 0) -> str:
    """Anna and Carla; Bert stands between them and is left out of what goes to others (R-09)."""
    parts = {**WITHOUT_THE_REST, "persons": [ANNA, BERT, CARLA]}
    grounds = [ground(f"/persons/{ground_at}")]
    (outcome,) = world.push(nl(world), addressed("case", *partners, **parts, grounds=grounds))
    world.work()
    return str(outcome.record)


def names_at(exchange: Exchange, record: str) -> list[str]:
    held = texts(exchange, record)
    return [name for name in ("Anna Adam", "Bert Boer", "Carla Claes") if name in held]


def is_told(told: Notified, world: World) -> bool:
    return bool(told.holders) or bool(verdicts(nl(world), told.notice))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("recall", "wrong_person"),
        ("erase", "court_order"),
        ("category_change", "associate"),
        ("category_change", "victim"),
    ],
)
def test_a_holder_learns_nothing_of_a_person_it_was_not_given(world: World, kind, code) -> None:
    record = with_persons(world, HUB)
    assert names_at(hub(world), record) == ["Anna Adam", "Carla Claes"]
    told = act(world, kind, record, code=code, person="/persons/1")
    world.work()
    assert not is_told(told, world)
    with hub(world).store.reading() as work:
        assert list(work.notices.of_records([record])) == []
    assert names_at(hub(world), record) == ["Anna Adam", "Carla Claes"]


def added(world: World) -> Exchange:
    """A further partner, which the record goes to only now."""
    est = world.add(EST)
    world.introduce(est, nl(world))
    world.configure(nl(world), NL_ITEMS + AGREEMENT.format(name="nl-ee", partner=EST))
    own = ITEMS.format(org="fiu.ee", country="EE", client="desk", digest="E" * 42 + "A")
    world.configure(est, own + AGREEMENT.format(name="nl-ee", partner=NL))
    world.work()
    return est


def test_the_person_is_found_though_another_was_recalled_before_the_release(world: World) -> None:
    """Bert stood at 1 when he was withheld from the hub, and at 0 when from the next."""
    record = with_persons(world, HUB, EST, ground_at=2)
    act(world, "recall", record, code="wrong_person", person="/persons/0")  # Anna
    world.work()
    est = added(world)
    assert names_at(est, record) == ["Carla Claes"]

    told = act(world, "recall", record, code="wrong_person", person="/persons/0")  # Bert, now
    world.work()
    assert not is_told(told, world)
    assert names_at(nl(world), record) == ["Carla Claes"]

    told = act(world, "category_change", record, code="associate", person="/persons/0")  # Carla
    world.work()
    assert told.holders == (EST, HUB)
    for exchange in world.network.gateways.values():
        assert '"category":"associate"' in texts(exchange, record)


def test_who_was_given_the_person_once_is_told(world: World) -> None:
    """Bert had a category when the hub got the record; that he is withheld today is no matter."""
    parts = {**WITHOUT_THE_REST, "persons": [ANNA, named("Bert Boer"), CARLA]}
    (outcome,) = world.push(
        nl(world), addressed("case", HUB, **parts, grounds=[ground("/persons/0")])
    )
    world.work()
    record = str(outcome.record)
    told = act(world, "recall", record, code="wrong_person", person="/persons/1")
    world.work()
    assert told.holders == (HUB,)
    assert names_at(hub(world), record) == ["Anna Adam", "Carla Claes"]


def test_where_it_is_not_known_what_was_given_the_holder_is_told(world: World) -> None:
    record = with_persons(world, HUB)
    with nl(world).store.writing() as work:
        work.disclosures.forget(before="~", limit=99)
        work.commit()
    told = act(world, "recall", record, code="wrong_person", person="/persons/1")
    assert told.holders == (HUB,)


def test_a_category_that_the_rules_keep_from_a_holder_takes_the_person_from_it(
    world: World,
) -> None:
    """R-10: of a victim others get a part only. She would stay a suspect there."""
    record = with_persons(world, HUB)
    told = act(world, "category_change", record, code="victim", person="/persons/2")
    world.work()
    assert told.holders == (HUB,)
    assert names_at(hub(world), record) == ["Anna Adam"]
    assert '"category":"victim"' not in texts(hub(world), record)
    assert '"category":"victim"' in texts(nl(world), record)
    with nl(world).store.reading() as work:
        (instead,) = [
            one for one in work.notices.of_records([record]) if one.code == "not_releasable"
        ]
    assert (instead.kind, instead.person, instead.state) == ("recall", "/persons/2", "told")
    assert verdicts(nl(world), instead.id)[HUB][0] == "applied"
    assert verdicts(nl(world), told.notice) == {}
    assert [one["by"] for one in acts(nl(world), "notified")] == ["officer-17", "officer-17"]
    assert states(hub(world), record) == {1: "current"}


def test_what_a_holder_may_have_anyway_is_told_as_it_is(world: World) -> None:
    """The agreement has ended: that has nothing to do with the category."""
    record = with_persons(world, HUB)
    world.configure(nl(world), NL_ITEMS.partition("[agreement")[0])
    world.work()
    told = act(world, "category_change", record, code="associate", person="/persons/2")
    world.work()
    assert verdicts(nl(world), told.notice)[HUB][0] == "applied"
    assert '"category":"associate"' in texts(hub(world), record)
