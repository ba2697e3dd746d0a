"""Those to whom a record was passed on: what they answer reaches the originator, hop by hop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.cli.after import _table as show_holders
from gateway.cli.status import _show as show_status
from gateway.core import bodies, statement
from gateway.core.bodies import FurtherItem, OtherBody
from gateway.flow.arriving_notices import repeat
from gateway.flow.audit import verify_ledger
from gateway.flow.further_heard import MOST_HEARD, hear_further
from gateway.flow.holders import holders
from gateway.flow.identify import Person
from gateway.flow.look import status
from gateway.flow.notify import Wanted, notify
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.pass_on import pass_on
from gateway.flow.rows import ArrivalRow
from tests.journeys.after import states
from tests.journeys.gateways import World
from tests.journeys.scenes import AGREEMENT, HUB, ITEMS, NL
from tests.journeys.test_lifecycle import (
    EST,
    EST_ITEMS,
    PASSING,
    follow,
    released_and_passed_on,
    take_over,
    world_of_four,
)

__all__ = ["world_of_four"]

LAT = "fiu.lv"
FIRST, SECOND = "estonians", "latvians"
LAT_ITEMS = ITEMS.format(
    org=LAT, country="LV", client="lv-desk", digest="L" * 42 + "A"
) + AGREEMENT.format(name="ee-lv", partner=EST)
CONSENTS = f"""
[consent.nl-onward]
valid_until = 1900000000000
originator = "{NL}"
recipients = ["{EST}", "{LAT}"]
types = ["case"]
purposes = ["operational_analysis"]
"""


def recalled(world: World, record: str) -> str:
    nl = world.network.gateways[NL]
    wanted = Wanted(kind="recall", record=record, code="unlawful")
    return notify(wanted, "officer-17", "police.nl", nl).notice


def table(world: World, record: str) -> dict[str, dict[str, Any]]:
    """What the originator's table says of further holders of the only notice, by their names."""
    nl = world.network.gateways[NL]
    (notice,) = holders(record, "police.nl", nl)["notices"]
    return {row["holder"]: row for row in notice["further"]}


@pytest.fixture
def world_of_five(world_of_four: World) -> World:
    """One more, to whom the one that the hub passed it on to passes it on."""
    world = world_of_four
    est, hub = world.network.gateways[EST], world.network.gateways[HUB]
    lat = world.add(LAT)
    world.introduce(lat, est)
    world.introduce(lat, world.network.gateways[NL])
    world.configure(hub, PASSING + CONSENTS)
    world.configure(est, EST_ITEMS + AGREEMENT.format(name="ee-lv", partner=LAT) + CONSENTS)
    world.configure(lat, LAT_ITEMS)
    world.work()
    return world


def passed_on_twice(world: World) -> str:
    record = released_and_passed_on(world)
    officer = Person("officer-5", EST, frozenset({"release_officer"}))
    pass_on(record, LAT, officer, world.network.gateways[EST])
    world.work()
    take_over(world, LAT, "lv-desk")
    world.work()
    return record


def test_all_holders_are_empty_and_the_originators_table_is_complete(world_of_four: World) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    recalled(world, record)
    world.work()
    assert (table(world, record)[EST]["gateway"], table(world, record)[EST]["own_system"]) == (
        *("erased", "open"),
    )
    follow(world, HUB, "analysts")
    follow(world, EST, "desk")
    world.work()

    row = table(world, record)[EST]
    assert (row["by"], row["told_by"], row["hops"]) == (HUB, HUB, 1)
    assert (row["gateway"], row["own_system"], row["passed_on"]) == ("erased", "done", None)
    for exchange in world.network.gateways.values():
        assert states(exchange, record) == {1: "recalled"}
        world.sign(exchange)
        assert verify_ledger(exchange, [one.key for one in exchange.agent.public_keys()]).is_whole


def test_an_answer_goes_up_over_every_hop(
    world_of_five: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = world_of_five
    record = passed_on_twice(world)
    recalled(world, record)
    for _ in range(3):
        world.work()
    follow(world, LAT, "lv-desk", done=False, reason="court-order")
    for _ in range(3):
        world.work()
    found = table(world, record)
    assert (found[EST]["hops"], found[EST]["by"], found[EST]["passed_on"]) == (1, HUB, "kept")
    assert (found[LAT]["hops"], found[LAT]["by"], found[LAT]["told_by"]) == (2, EST, HUB)
    assert (found[LAT]["gateway"], found[LAT]["own_system"]) == ("erased", "kept")
    assert found[EST]["own_system"] == "open"

    nl = world.network.gateways[NL]
    show_holders(holders(record, "police.nl", nl))
    shown = " ".join(capsys.readouterr().out.split())
    assert f"{LAT} (by {EST}) erased kept" in shown


def test_who_may_not_be_named_is_told_apart_by_a_tag(world_of_five: World) -> None:
    world = world_of_five
    hidden = f"""
[community.quiet]
members = [{{partner = "{EST}", hidden = true}}]
"""
    hub = world.network.gateways[HUB]
    world.configure(hub, PASSING + CONSENTS + hidden)
    record = passed_on_twice(world)
    recalled(world, record)
    for _ in range(4):
        world.work()
    found = table(world, record)
    assert set(found) == {"a further holder", LAT}
    assert found[LAT]["by"] == "a further holder"
    assert found["a further holder"]["gateway"] == "erased"
    assert len(found["a further holder"]["tag"]) == 43
    with world.network.gateways[NL].store.reading() as work:
        rows = work.further.of_record(record, "in")
    assert EST not in str(rows)


def test_a_partner_that_does_not_know_the_kind_is_not_disturbed(
    world_of_four: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    as_before = bodies.parse_body

    def old(kind: str, value: object) -> bodies.Body:
        return OtherBody(dict(value)) if kind == "holders" else as_before(kind, value)  # type: ignore[call-overload]

    monkeypatch.setattr(statement, "parse_body", old)
    recalled(world, record)
    world.work()
    follow(world, HUB, "analysts")
    follow(world, EST, "desk")
    world.work()
    nl = world.network.gateways[NL]
    (notice,) = holders(record, "police.nl", nl)["notices"]
    (row,) = [one for one in notice["holders"] if one["holder"] == HUB]
    assert (row["gateway"], row["own_system"], row["passed_on"]) == ("erased", "done", None)
    assert notice["further"] == []
    with world.network.gateways[HUB].store.reading() as work:
        assert work.further.unsaid(NL, limit=9) == []
        assert work.envelopes.unreceipted(NL) == 0


def test_a_further_holder_that_does_not_answer_is_an_alarm_at_the_originator(
    world_of_four: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    nl = world.network.gateways[NL]
    world.network.down.add(EST)
    recalled(world, record)
    world.work()
    assert table(world, record)[EST]["gateway"] == "open"
    assert status(nl)["further_overdue"] == []
    world.clock.forward(days=1, seconds=60)
    assert table(world, record)[EST]["overdue"] is True
    (alarm,) = status(nl)["further_overdue"]
    assert (alarm["partner"], alarm["count"]) == (HUB, 1)
    show_status(status(nl))
    shown = " ".join(capsys.readouterr().out.split())
    assert f"ALARM: 1 answers are missing of those to whom {HUB} passed records on" in shown
    world.network.down.clear()
    world.work(rounds=20)
    assert status(nl)["further_overdue"] == []


def item(notice: str, record: str, **members: Any) -> FurtherItem:
    row = FurtherItem(
        notice=notice, record=record, tag="t" * 43, by=None, name=EST, hops=1, state="erased",
        own_system="done", passed_on=None, at=5,
    )  # fmt: skip
    return replace(row, **members)


def said(world: World, partner: str, seq: int, *items: FurtherItem) -> int:
    """Let the originator hear this from a partner at one place; return how many acts it was."""
    nl = world.network.gateways[NL]
    arrival = ArrivalRow(
        id=nl.new_id(), partner=partner, digest="d", ep=1 << 40, seq=seq, state="opened",
        arrived_at=1, size=1, wire=None,
    )  # fmt: skip
    with nl.store.writing() as work:
        acts = hear_further(items, arrival, work, nl)
        work.commit()
    return len(acts)


def test_what_is_told_late_or_twice_or_by_somebody_else_changes_nothing(
    world_of_four: World,
) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    notice = recalled(world, record)
    assert said(world, HUB, 5, item(notice, record)) == 1
    assert said(world, HUB, 5, item(notice, record)) == 0
    assert said(world, HUB, 4, item(notice, record, state="open", own_system=None)) == 0
    assert said(world, EST, 9, item(notice, record, state="open")) == 0  # it was not told by us
    assert said(world, HUB, 9, item(notice, record, name=NL, tag="u" * 43)) == 0
    assert said(world, HUB, 9, item("urn:uuid:other", record)) == 0
    assert table(world, record)[EST]["gateway"] == "erased"
    many = [item(notice, record, tag=f"{n:043}", name=None) for n in range(MOST_HEARD + 5)]
    assert said(world, HUB, 10, *many) == MOST_HEARD - 1


def test_what_a_voided_envelope_said_is_said_again(world_of_four: World) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    nl, hub, est = (world.network.gateways[name] for name in (NL, HUB, EST))
    recalled(world, record)
    world.work(nl)
    world.run(open_arrivals, NL, hub)
    world.network.down.add(NL)
    world.work(hub)
    world.work(est)
    world.work(hub)
    with hub.store.writing() as work:
        rows = [
            row
            for state in ("sealed", "handed")
            for row in work.envelopes.page(partner=NL, state=state, after="", limit=99)
            if row.kind == "holders"
        ]
        assert rows
        marked = [replace(row, marked="refused", wire=None) for row in rows]
        work.envelopes.replace(marked, expect=["sealed", "handed"])
        work.commit()
    world.network.down.clear()
    world.clock.forward(seconds=3_600)
    world.work(rounds=20)
    assert table(world, record)[EST]["gateway"] == "erased"


def test_who_brings_a_notice_and_gave_no_record_is_told_of_nobody(world_of_five: World) -> None:
    world = world_of_five
    record = passed_on_twice(world)
    notice = recalled(world, record)
    for _ in range(3):
        world.work()
    est = world.network.gateways[EST]
    for partner, told in ((NL, 1), (HUB, 1), ("curious.gw", 0)):
        arrival = ArrivalRow(
            id=est.new_id(), partner=partner, digest="d", ep=1 << 40, seq=9, state="opened",
            arrived_at=1, size=1, wire=None,
        )  # fmt: skip
        with est.store.writing() as work:
            (known,) = work.notices.of_id(notice)
            repeat(known, arrival, work, est)
            rows = work.further.of_record(record, "out")
        assert sum(row.partner == partner for row in rows) == told
