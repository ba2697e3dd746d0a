"""A working day: a wrongly named person is recalled, and the record was passed on twice.

The officer recalls once. Each gateway takes the person out and tells the next; one person at each
holder says that their own system has done the same; then the officer reads the table.
"""

from __future__ import annotations

from typing import Any

from gateway.flow.audit import verify_ledger
from gateway.flow.exchange import Exchange
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.hand_on import settle
from gateway.flow.holders import holders
from gateway.flow.identify import Person
from gateway.flow.notify import Wanted, notify
from gateway.flow.pass_on import pass_on
from tests.days.acts import Acts
from tests.journeys.after import dump, inbox, states, texts, verdicts
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import AGREEMENT, HUB, HUB_ITEMS, ITEMS, NL, addressed

EE, FI = "fiu.ee", "fiu.fi"
CLIENTS = {HUB: "analysts", EE: "desk", FI: "tiski"}
CONSENT = f"""
[consent.of-the-originator]
valid_until = 1900000000000
originator = "{NL}"
recipients = ["{EE}", "{FI}"]
types = ["case"]
purposes = ["operational_analysis"]
"""
PASSING = {
    HUB: Person("officer-3", "europol.eu", frozenset({"release_officer"})),
    EE: Person("officer-5", EE, frozenset({"release_officer"})),
}
TRACES = ("Piet", "proef_88", "88001234", "proef88@mail.example")


def chain(world: World) -> dict[str, Exchange]:
    """The originator and three holders in a row; all know the originator's keys."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    ee, fi = world.add(EE), world.add(FI)
    for one, other in ((ee, hub), (ee, nl), (fi, ee), (fi, nl)):
        world.introduce(one, other)
    to_ee, to_fi = (AGREEMENT.format(name=n, partner=p) for n, p in (("h-e", EE), ("e-f", FI)))
    from_hub, from_ee = (
        AGREEMENT.format(name=n, partner=p) for n, p in (("h-e", HUB), ("e-f", EE))
    )
    world.configure(hub, HUB_ITEMS + to_ee + CONSENT)
    world.configure(ee, own(EE, "EE", "E") + from_hub + to_fi + CONSENT)
    world.configure(fi, own(FI, "FI", "F") + from_ee)
    world.work()
    return {NL: nl, HUB: hub, EE: ee, FI: fi}


def own(org: str, country: str, letter: str) -> str:
    return ITEMS.format(org=org, country=country, client=CLIENTS[org], digest=letter * 42 + "A")


def passed_on_twice(world: World, everybody: dict[str, Exchange]) -> str:
    """Weeks ago: released to the hub, passed on by it, and passed on again."""
    (outcome,) = world.push(everybody[NL], addressed("case", HUB))
    record = str(outcome.record)
    world.work()
    for holder, onward in ((HUB, EE), (EE, FI), (FI, None)):
        take_over(everybody[holder], CLIENTS[holder])
        if onward is not None:
            pass_on(record, onward, PASSING[holder], everybody[holder])
        world.work()
    world.clock.forward(days=21)
    return record


def take_over(exchange: Exchange, client: str) -> None:
    national = client_named(client, exchange)
    for entry in inbox(exchange, client):
        settle(national, entry["record"], entry["version"], exchange, accepted=True)


def say_it_is_done(exchange: Exchange, client: str) -> list[tuple[str, str | None]]:
    """See what is to be followed and answer it: `inbox notices`, then `inbox follow`."""
    national = client_named(client, exchange)
    entries = open_notices(national, "", 9, exchange).entries
    for entry in entries:
        settle_notice(national, entry["notice"], exchange, done=True)
    return [(entry["kind"], entry["code"]) for entry in entries]


def column(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["holder"], row["gateway"], row["own_system"], row["passed_on"], row["overdue"]


def test_a_person_wrongly_named_is_recalled_from_three_holders_in_a_row(
    world: World, acts: Acts
) -> None:
    """Two acts of the officer who recalls, and one at each holder."""
    everybody = chain(world)
    nl = everybody[NL]
    record = passed_on_twice(world, everybody)
    for exchange in everybody.values():
        assert all(trace in texts(exchange, record) for trace in TRACES)

    # The officer recalls the person, and knows only whom it was released to.
    wanted = Wanted(kind="recall", record=record, code="wrong_person", person="/persons/0")
    told = acts.by(
        "officer-17", "recalls the person", notify, wanted, "officer-17", "police.nl", nl
    )
    assert told.holders == (HUB,)
    world.work(rounds=40)

    # Nobody else has done anything yet, and the person is gone from every database.
    for name, exchange in everybody.items():
        everything = texts(exchange, record) + dump(exchange)
        assert [trace for trace in TRACES if trace in everything] == [], name
        assert states(exchange, record) == {1: "current"}
        assert "2026-000731" in texts(exchange, record), name  # the rest of the case stays
    (row,) = holders(record, "police.nl", nl)["notices"][0]["holders"]
    assert column(row) == (HUB, "applied", "open", "open", False)

    # At each holder one person says that their own system has followed.
    for holder, client in CLIENTS.items():
        followed = acts.by(
            f"an officer at {holder}",
            "says that their own system has followed",
            say_it_is_done,
            everybody[holder],
            client,
        )
        assert followed == [("recall", "wrong_person")]
        world.work()

    # The officer reads the table: both columns are complete, and so is what was passed on.
    table = acts.by("officer-17", "reads the holder table", holders, record, "police.nl", nl)
    (notice,) = table["notices"]
    assert (notice["kind"], notice["code"], notice["person"]) == (
        *("recall", "wrong_person", "/persons/0"),
    )
    (row,) = notice["holders"]
    assert column(row) == (HUB, "applied", "done", None, False)
    assert verdicts(everybody[HUB], told.notice) == {EE: ("applied", "", "done")}
    assert verdicts(everybody[EE], told.notice) == {FI: ("applied", "", "done")}

    # What happened can be proven at each of them, without the person.
    for exchange in everybody.values():
        world.sign(exchange)
        assert verify_ledger(exchange, [one.key for one in exchange.agent.public_keys()]).is_whole
    assert acts.told() == 5
