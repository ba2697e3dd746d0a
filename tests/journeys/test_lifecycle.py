"""A record released, passed on, restricted, and one person recalled: every holder is reached."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from gateway.cli.status import _show as show_status
from gateway.core.errors import Forbidden, NotFound
from gateway.flow.audit import verify_ledger
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.hand_on import settle
from gateway.flow.holders import holders
from gateway.flow.identify import Person
from gateway.flow.keep import keep, release
from gateway.flow.look import status
from gateway.flow.notify import Notified, Wanted, notify
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.pass_on import NotPassedOn, pass_on
from gateway.jobs import Worker
from gateway.web.counts import exposition
from tests.journeys.after import dump, inbox, states, texts, verdicts, versions
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import AGREEMENT, HUB, HUB_ITEMS, ITEMS, NL, addressed, with_puller

EST = "fiu.ee"
EST_ITEMS = ITEMS.format(
    org="fiu.ee", country="EE", client="desk", digest="E" * 42 + "A"
) + AGREEMENT.format(name="hub-ee", partner=HUB)
CONSENT = f"""
[consent.nl-to-ee]
valid_until = 1900000000000
originator = "{NL}"
recipients = ["{EST}"]
types = ["case"]
purposes = ["operational_analysis"]
"""
PASSING = HUB_ITEMS + AGREEMENT.format(name="hub-ee", partner=EST)
OFFICER = Person("officer-3", "europol.eu", frozenset({"release_officer"}))


@pytest.fixture
def world_of_four(world: World) -> World:
    """The national gateway; the hub and a puller that it releases to; one the hub passes on to."""
    with_puller(world)
    est = world.add(EST)
    world.introduce(est, world.network.gateways[HUB])
    world.introduce(est, world.network.gateways[NL])
    world.configure(world.network.gateways[HUB], PASSING + CONSENT)
    world.configure(est, EST_ITEMS)
    world.work()
    return world


def act(world: World, kind: str, record: str, **more: Any) -> Notified:
    nl = world.network.gateways[NL]
    return notify(Wanted(kind=kind, record=record, **more), "officer-17", "police.nl", nl)


def released_and_passed_on(world: World, **changes: Any) -> str:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB, "agency.au", **changes))
    world.work()
    take_over(world, HUB, "analysts")
    pass_on(str(outcome.record), EST, OFFICER, hub)
    world.work()
    take_over(world, EST, "desk")
    world.work()
    return str(outcome.record)


def take_over(world: World, gateway: str, client: str) -> None:
    exchange = world.network.gateways[gateway]
    for entry in inbox(exchange, client):
        national = client_named(client, exchange)
        settle(national, entry["record"], entry["version"], exchange, accepted=True)


def follow(world: World, gateway: str, client: str, **answer: Any) -> list[str]:
    """Answer every notice that waits for this national system; return their kinds."""
    exchange = world.network.gateways[gateway]
    national = client_named(client, exchange)
    kinds = []
    for entry in open_notices(national, "", 99, exchange).entries:
        settle_notice(national, entry["notice"], exchange, **{"done": True, **answer})
        kinds.append(entry["kind"])
    return kinds


def test_what_is_passed_on_is_the_originators_text_and_provably_so(world_of_four: World) -> None:
    record = released_and_passed_on(world_of_four)
    hub, est = (world_of_four.network.gateways[name] for name in (HUB, EST))
    (ours,), (theirs,) = versions(hub, record), versions(est, record)
    assert texts(hub, record) == texts(est, record)
    assert ours.sha256 == theirs.sha256
    assert theirs.from_partner == NL
    assert inbox(est, "desk") == []  # taken over
    assert releases(hub, record) == {EST: "accepted"}


def test_one_person_is_recalled_from_everybody_though_one_was_down_for_a_week(
    world_of_four: World,
) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    everybody = world.network.gateways
    assert all("Piet Proef" in texts(exchange, record) for exchange in everybody.values())

    world.network.down.add(EST)
    restricted = act(world, "change_restrictions", record, code="H2")
    recalled = act(world, "recall", record, code="wrong_person", person="/persons/0")
    assert recalled.holders == ("agency.au", HUB)
    for _ in range(7):
        world.work()
        world.clock.forward(days=1)
    assert "passed-on-open" in str(verdicts(everybody[NL], recalled.notice)[HUB][1])
    world.network.down.clear()
    world.work(rounds=40)

    for name, exchange in everybody.items():
        assert "Piet" not in texts(exchange, record), name
        assert "Piet" not in dump(exchange), name
        assert states(exchange, record) == {1: "current"}
    assert sorted(follow(world, HUB, "analysts")) == ["change_restrictions", "recall"]
    world.work()
    assert verdicts(everybody[NL], recalled.notice)[HUB] == ("applied", "passed-on-open", "done")
    assert sorted(follow(world, EST, "desk")) == ["change_restrictions", "recall"]
    world.work()
    for told in (restricted, recalled):
        assert verdicts(everybody[NL], told.notice) == {
            HUB: ("applied", "", "done"),
            "agency.au": ("applied", "", "done"),
        }
        assert verdicts(everybody[HUB], told.notice) == {EST: ("applied", "", "done")}
    for exchange in everybody.values():
        world.sign(exchange)
        assert verify_ledger(exchange, [one.key for one in exchange.agent.public_keys()]).is_whole


def test_the_holder_table_says_who_has_it_where_and_what_they_answered(
    world_of_four: World,
) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    nl = world.network.gateways[NL]
    before = {row["holder"]: row for row in holders(record, "police.nl", nl)["holders"]}
    assert {name: row["gateway"] for name, row in before.items()} == {
        HUB: "accepted",
        "agency.au": "stored",
    }
    act(world, "recall", record, code="unlawful")
    world.work()
    follow(world, HUB, "analysts")
    follow(world, EST, "desk", done=False, reason="court_order")
    world.work()

    (notice,) = holders(record, "police.nl", nl)["notices"]
    rows = {row["holder"]: row for row in notice["holders"]}
    assert (rows[HUB]["gateway"], rows[HUB]["own_system"], rows[HUB]["passed_on"]) == (
        *("erased", "done", "kept"),
    )
    assert (rows["agency.au"]["gateway"], rows["agency.au"]["own_system"]) == ("erased", "done")
    assert not any(row["overdue"] for row in rows.values())
    for exchange in world.network.gateways.values():
        (row,) = versions(exchange, record)
        assert (row.state, row.text, row.wrapped) == ("recalled", None, None)
        assert "Piet" not in dump(exchange)


def test_an_unanswered_notice_is_overdue_after_a_day(world_of_four: World) -> None:
    world = world_of_four
    record = released_and_passed_on(world)
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    act(world, "recall", record, code="unlawful")
    world.work()
    world.clock.forward(days=1.1)
    (notice,) = holders(record, "police.nl", nl)["notices"]
    assert {row["holder"]: row["overdue"] for row in notice["holders"]} == {
        HUB: True,
        "agency.au": False,
    }


def test_unanswered_notices_are_an_alarm_until_the_answer_is_there(
    world_of_four: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = world_of_four
    one, other = released_and_passed_on(world), released_and_passed_on(world, provider_ref="second")
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    act(world, "recall", one, code="unlawful")
    world.work()
    world.clock.forward(seconds=3_600)
    act(world, "recall", other, code="unlawful")
    world.work()
    world.clock.forward(days=1, seconds=-3_600)
    assert status(nl)["notices_overdue"] == []
    world.clock.forward(seconds=1)
    assert [row["count"] for row in status(nl)["notices_overdue"]] == [1]
    world.clock.forward(seconds=3_600)

    (alarm,) = status(nl)["notices_overdue"]
    assert (alarm["partner"], alarm["count"], alarm["oldest_seconds"]) == (HUB, 2, 90_001)
    shown = exposition(status(nl)).decode()
    assert f'gateway_notices_overdue_count{{partner="{HUB}"}} 2.0' in shown
    with structlog.testing.capture_logs() as logs:
        Worker(nl)._alarm(None)  # noqa: SLF001 - one look, without its clock
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("notices.overdue", "warning")
    assert (line["partner"], line["count"], line["call"]) == (HUB, 2, "+31700000000")

    show_status(status(nl))
    assert " ".join(capsys.readouterr().out.split()).startswith(
        f"ALARM: {HUB} has not answered 2 notices, the oldest for 25 hours; "
        "call Duty desk, +31700000000"
    )

    world.network.down.clear()
    world.clock.forward(seconds=3_600)
    world.work()
    assert status(nl)["notices_overdue"] == []


def test_what_is_bound_by_a_notice_or_without_consent_is_not_passed_on(
    world_of_four: World,
) -> None:
    world = world_of_four
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    record = str(outcome.record)
    take_over(world, HUB, "analysts")
    world.configure(hub, PASSING)
    with pytest.raises(NotPassedOn, match="consent"):
        pass_on(record, EST, OFFICER, hub)
    world.configure(hub, PASSING + CONSENT)
    with pytest.raises(Forbidden):
        pass_on(record, EST, Person("x", "europol.eu", frozenset({"auditor"})), hub)
    with pytest.raises(NotFound):
        pass_on(record, EST, Person("x", "other.eu", frozenset({"release_officer"})), hub)
    with pytest.raises(NotPassedOn):
        pass_on(record, NL, OFFICER, hub)
    act(world, "change_restrictions", record, code="transfer")
    world.work()
    with pytest.raises(NotPassedOn, match="R-16"):
        pass_on(record, EST, OFFICER, hub)
    act(world, "change_restrictions", record, code="transfer", until=nl.now_ms())
    world.work()
    pass_on(record, EST, OFFICER, hub)
    with pytest.raises(NotPassedOn, match="before"):
        pass_on(record, EST, OFFICER, hub)


def test_what_a_court_needs_is_kept_and_goes_when_it_no_longer_does(world_of_four: World) -> None:
    world = world_of_four
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = released_and_passed_on(world)
    keep(record, OFFICER, hub)
    assert states(hub, record) == {1: "restricted"}
    told = act(world, "recall", record, code="unlawful")
    world.work()
    assert verdicts(nl, told.notice)[HUB] == ("own_basis", "evidence.passed-on-open", "kept")
    assert "Piet Proef" in texts(hub, record)
    with pytest.raises(NotPassedOn):
        pass_on(record, "agency.au", OFFICER, hub)

    assert release(record, OFFICER, hub) == 1
    world.work()
    assert states(hub, record) == {1: "recalled"}
    assert "Piet" not in dump(hub)
    assert verdicts(nl, told.notice)[HUB][0] == "erased"
    assert states(world.network.gateways[EST], record) == {1: "recalled"}
    with pytest.raises(NotFound):
        keep(record, OFFICER, hub)


def test_evidence_of_somebody_unknown_is_no_evidence(world: World) -> None:
    with_puller(world)
    est = world.add(EST)
    hub, nl = world.network.gateways[HUB], world.network.gateways[NL]
    world.introduce(est, hub)  # and not to the originator
    world.configure(hub, PASSING + CONSENT)
    world.configure(est, EST_ITEMS)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    take_over(world, HUB, "analysts")
    pass_on(str(outcome.record), EST, OFFICER, hub)
    world.work()
    assert versions(est, str(outcome.record)) == []
    assert releases(hub, outcome.record) == {EST: "rejected"}


def test_what_is_due_to_be_passed_on_stops_when_it_was_changed(world_of_four: World) -> None:
    world = world_of_four
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    record = str(outcome.record)
    take_over(world, HUB, "analysts")
    pass_on(record, EST, OFFICER, hub)
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    world.work(nl)  # the notice arrives at the hub before anything leaves there
    world.run(open_arrivals, NL, hub)
    world.work()
    assert versions(world.network.gateways[EST], record) == []
    assert releases(hub, record) == {EST: "withdrawn"}
