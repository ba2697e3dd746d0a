"""A national system asks what it may do with a record: before it took it over, and after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.terms import Evidence, KeepUntil, PassOn
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import settle, waiting
from gateway.flow.identify import Client, client_of
from gateway.flow.may import may
from gateway.flow.rows_after import NoticeRow
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed


@pytest.fixture
def hub(world: World) -> Exchange:
    world.push(world.network.gateways[NL], addressed("case", HUB))
    world.work()
    return world.network.gateways[HUB]


@pytest.fixture
def entry(hub: Exchange) -> dict[str, Any]:
    return waiting(client_of("analysts", hub), 0, 9, hub).entries[0]


def notice(record: str, **members: Any) -> NoticeRow:
    given = {
        "id": "n-1", "record": record, "version": 1, "kind": "change_restrictions",
        "person": None, "code": "evidential", "from_partner": NL, "until": None, "at": 1,
        "state": "applied", **members,
    }  # fmt: skip
    return NoticeRow(**given)


def test_the_terms_stand_first_in_what_waits(entry: dict[str, Any]) -> None:
    assert next(iter(entry)) == "terms_in_words"
    assert next(clause["id"] for clause in entry["terms_in_words"]) == "T-purpose"
    assert entry["terms"] == entry["body"]["terms"]


def test_the_answer_comes_from_the_signed_terms(hub: Exchange, entry: dict[str, Any]) -> None:
    analysts = client_of("analysts", hub)
    record, version = entry["record"], entry["version"]
    last = date.fromisoformat(entry["terms"]["keep_until"])

    asked = {
        question: may(analysts, record, version, question, hub)
        for question in (PassOn("afp.au"), Evidence(), KeepUntil(last))
    }

    assert [one["answer"] for one in asked.values()] == ["ask", "ask", "yes"]
    assert asked[Evidence()]["contact"] == {"name": "Duty desk", "phone": "+31700000000"}
    assert asked[Evidence()]["from"] == NL


def test_it_can_be_asked_after_the_record_was_taken_over(
    hub: Exchange, entry: dict[str, Any]
) -> None:
    analysts = client_of("analysts", hub)
    settle(analysts, entry["record"], entry["version"], hub, accepted=True)

    assert may(analysts, entry["record"], None, Evidence(), hub)["answer"] == "ask"


def test_what_the_sender_added_since_takes_a_yes_away(
    world: World, hub: Exchange, entry: dict[str, Any]
) -> None:
    analysts, record = client_of("analysts", hub), entry["record"]
    ended = notice(record, id="n-2", code="transfer", until=world.clock.ms)
    waits = notice(record, id="n-3", code="transfer", state="waiting")
    with hub.store.writing() as work:
        work.notices.add([notice(record), ended, waits])
        work.commit()

    said = may(analysts, record, None, Evidence(), hub)
    assert (said["answer"], said["clause"]["id"]) == ("no", "T-since")
    assert may(analysts, record, None, PassOn("afp.au"), hub)["answer"] == "ask"


def test_nothing_may_be_done_with_what_was_erased(hub: Exchange, entry: dict[str, Any]) -> None:
    with hub.store.writing() as work:
        row = work.records.newest([entry["record"]])[entry["record"]]
        work.records.set_state(row.id, row.version, "erased")
        work.records.erase_data_keys([str(row.data_key)])
        work.commit()

    said = may(client_of("analysts", hub), row.id, None, KeepUntil(date(2026, 1, 1)), hub)
    assert (said["answer"], said["clause"]["id"]) == ("no", "T-state")


def test_only_whoever_was_given_the_record_may_ask(hub: Exchange, entry: dict[str, Any]) -> None:
    record = entry["record"]
    stranger = Client("others", "europol.eu", frozenset({"inbox"}), ())
    with pytest.raises(NotFound):
        may(stranger, record, 1, Evidence(), hub)
    with pytest.raises(Forbidden):
        may(Client("analysts", "europol.eu", frozenset({"read"}), ()), record, 1, Evidence(), hub)
    with pytest.raises(NotFound):
        may(client_of("analysts", hub), record, 2, Evidence(), hub)


def test_there_is_nothing_to_ask_about_a_record_of_our_own(world: World, hub: Exchange) -> None:
    nl = world.network.gateways[NL]
    with nl.store.reading() as work:
        own = work.records.page("police.nl", after="", limit=1)[0].id
    with pytest.raises(NotFound):
        may(client_of("police", nl), own, None, Evidence(), nl)
