"""What rests on a partner's material waits for its consent, goes by it, and is recalled with it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from gateway.core.errors import GatewayError
from gateway.flow.audit import verify_ledger
from gateway.flow.consents import ask, give, in_force, withdraw
from gateway.flow.hand_on import settle
from gateway.flow.holders import holders
from gateway.flow.look import explain, status
from gateway.flow.notify import Wanted, notify
from gateway.flow.take_in import take_in
from tests.journeys.after import dump, inbox, states, texts
from tests.journeys.gateways import World, client_named, record, releases
from tests.journeys.questions import ASKED, ASKING, DE, pen, with_a_third
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed
from tests.journeys.staff import acts
from tests.journeys.test_dates import let_expire

UNTIL = "2026-06-01T00:00:00Z"
WHY = {"partner": DE, "reason": "The account holder travels there next week."}


@pytest.fixture
def held(world: World) -> tuple[World, str, str]:
    """A case of ours that rests on the hub's and is held for want of its consent."""
    with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    ours = addressed("case", DE, HUB, provider_ref="OURS-1", derived_from=[theirs.record])
    (resting,) = world.push(nl, ours)
    world.work()
    return world, str(theirs.record), str(resting.record)


def consented(world, resting):
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (asked,) = ask(resting, WHY, pen(ASKING), nl)
    world.work()
    given = give(str(asked.record), {"until": UNTIL}, pen(ASKED), hub)
    return nl, hub, str(given.record)


def test_a_hold_for_want_of_consent_ends_with_the_consent(held) -> None:
    world, _, resting = held
    nl = world.network.gateways[NL]
    why = explain(resting, DE, None, nl)
    assert (why["outcome"], why["deciding"], why["ask"]) == ("hold", "R-07", [HUB])
    assert releases(nl, resting)[DE] == "held"

    consented(world, resting)
    world.work()

    assert releases(nl, resting)[DE] == "stored"
    with nl.store.reading() as work:
        (row,) = [one for one in work.releases.of_record(resting) if one.partner == DE]
    assert "/derived_from/0" in {cut["pointer"] for cut in row.withheld}


def test_the_consent_it_went_by_is_named_with_what_was_disclosed(held) -> None:
    world, theirs, resting = held
    deeper = addressed("case", DE, provider_ref="OURS-3", derived_from=[resting])
    nl = world.network.gateways[NL]
    (above,) = world.push(nl, deeper)
    consented(world, resting)
    world.work()
    with nl.store.reading() as work:
        (consent,) = work.config.active("consent")
        rows = work.disclosures.page("police.nl", partner=DE, limit=9)
    assert theirs in consent.body["records"]
    by = {row.record: row.consents for row in rows}
    assert by == dict.fromkeys((resting, above.record), (f"{consent.name}@1",))


def told(exchange, record: str) -> list[tuple[str, str, str, str]]:
    """Kind, code, holder and answer of each notice about the record, as its table shows them."""
    table = holders(record, "police.nl", exchange)["notices"]
    return [
        (one["kind"], one["code"], row["holder"], row["gateway"])
        for one in table
        for row in one["holders"]
    ]


def test_a_withdrawn_consent_recalls_what_went_by_it_and_nothing_else(held) -> None:
    world, theirs, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    (second,) = world.push(nl, addressed("case", DE, provider_ref="OURS-2"))  # needs no consent
    world.work()
    de = world.network.gateways[DE]
    assert "Piet Proef" in texts(de, resting)

    withdraw(consent, {}, pen(ASKED), hub)
    world.work()

    assert told(nl, resting) == [("recall", "consent_withdrawn", DE, "erased")]
    assert states(de, resting) == {1: "recalled"}
    assert "Piet Proef" not in texts(de, resting)
    assert releases(nl, resting) == {DE: "gone", HUB: "stored"}
    # Here it stays, and with whoever needed no consent, and what never needed one stays there.
    assert states(nl, resting) == states(hub, resting) == states(nl, theirs) == {1: "current"}
    assert states(de, str(second.record)) == {1: "current"}
    (act,) = acts(nl, "notified")
    assert (act["record"], act["by"], act["holders"]) == (resting, "gateway", 1)
    world.sign(de)
    assert verify_ledger(de, [one.key for one in de.agent.public_keys()]).is_whole


@pytest.mark.parametrize(
    ("kind", "code"), [("recall", "sent_in_error"), ("restrict", "accuracy_contested")]
)
def test_a_consent_record_that_is_taken_back_ends_the_consent_too(held, kind, code) -> None:
    world, _, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    assert releases(nl, resting)[DE] == "stored"

    notify(Wanted(kind=kind, record=consent, code=code), "spoc-7", None, hub)
    world.work()

    assert told(nl, resting) == [("recall", "consent_withdrawn", DE, "erased")]
    with nl.store.reading() as work:
        assert list(work.config.active("consent")) == []


def test_a_new_consent_lets_the_same_version_go_again(held) -> None:
    world, _, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    de = world.network.gateways[DE]
    withdraw(consent, {}, pen(ASKED), hub)
    world.work()
    assert (states(de, resting), releases(nl, resting)[DE]) == ({1: "recalled"}, "gone")
    assert inbox(de, "fahnder") == []
    world.clock.forward(seconds=90)

    _, _, later = consented(world, resting)
    world.work()

    assert releases(nl, resting)[DE] == "stored"
    assert states(de, resting) == {1: "current"}
    (entry,) = inbox(de, "fahnder")
    assert (entry["record"], entry["version"]) == (resting, 1)
    assert "Piet Proef" in texts(de, resting)
    settle(client_named("fahnder", de), resting, 1, de, accepted=True)
    world.work()
    assert releases(nl, resting)[DE] == "accepted"

    withdraw(later, {}, pen(ASKED), hub)  # and it can be taken back once more
    world.work()
    assert (states(de, resting), releases(nl, resting)[DE]) == ({1: "recalled"}, "gone")
    assert "Piet Proef" not in texts(de, resting)
    counts = {(one["partner"], one["state"]): one["count"] for one in status(nl)["releases"]}
    assert counts[DE, "gone"] == 1
    for exchange in (nl, de):
        world.sign(exchange)
        keys = [one.key for one in exchange.agent.public_keys()]
        assert verify_ledger(exchange, keys).is_whole


def test_what_was_recalled_for_another_reason_too_does_not_come_back(held) -> None:
    world, theirs, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    de = world.network.gateways[DE]
    withdraw(consent, {}, pen(ASKED), hub)
    world.work()
    wrong = Wanted(kind="recall", record=resting, code="wrong_person")
    notify(wrong, "officer-1", None, nl)
    world.work()
    world.clock.forward(seconds=90)

    to_us = {"recipients": [{"partner": NL}]}
    unasked = {"records": [theirs], "recipients": [DE], "until": UNTIL, "addressees": to_us}
    body = {**record("consent"), **unasked}
    del body["request"], body["conditions"]
    world.push(hub, body, client="analysts")
    world.work()
    assert len(in_force(ASKING, nl)) == 1

    assert states(de, resting) == {1: "recalled"}
    assert releases(nl, resting)[DE] == "gone"
    assert inbox(de, "fahnder") == []


def test_a_late_copy_from_before_the_recall_brings_nothing_back(held) -> None:
    world, _, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    de = world.network.gateways[DE]
    withdraw(consent, {}, pen(ASKED), hub)
    world.work()
    world.clock.forward(seconds=90)

    for envelope in list(world.network.delivered):
        for sender in (NL, HUB):
            with suppress(GatewayError):
                take_in(envelope, sender, de)
    world.work()

    assert states(de, resting) == {1: "recalled"}
    assert releases(nl, resting)[DE] == "gone"


def test_a_record_that_rests_on_it_through_another_is_recalled_too(held) -> None:
    world, _, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    further = addressed("case", DE, provider_ref="OURS-3", derived_from=[resting])
    (third,) = world.push(nl, further)
    world.work()
    assert releases(nl, third.record)[DE] == "stored"

    withdraw(consent, {}, pen(ASKED), hub)
    world.work()

    assert told(nl, str(third.record)) == [("recall", "consent_withdrawn", DE, "erased")]


def test_a_consent_that_ran_out_recalls_what_went_by_it_once(held) -> None:
    world, _, resting = held
    nl, *_ = consented(world, resting)
    world.work()
    world.clock.forward(days=160)
    let_expire(world)
    world.work()
    let_expire(world)
    world.work()

    assert told(nl, resting) == [("recall", "consent_withdrawn", DE, "erased")]
    assert [one["change"] for one in acts(nl, "configured")][-1] == "ended"


def test_a_holder_that_was_down_is_told_when_it_is_back(held) -> None:
    world, _, resting = held
    nl, hub, consent = consented(world, resting)
    world.work()
    world.network.down.add(DE)
    withdraw(consent, {}, pen(ASKED), hub)
    world.work()
    assert told(nl, resting) == [("recall", "consent_withdrawn", DE, "sent")]
    world.network.down.clear()
    world.clock.forward(days=7)
    world.work()
    de = world.network.gateways[DE]
    assert states(de, resting) == {1: "recalled"}
    assert "OURS-1" not in dump(de)


def test_what_was_not_fetched_when_the_consent_ended_does_not_leave(held) -> None:
    world, _, resting = held
    nl, hub, consent = consented(world, resting)
    world.network.down.add(DE)
    world.work()
    assert releases(nl, resting)[DE] == "sealed"

    withdraw(consent, {}, pen(ASKED), hub)
    world.work()
    world.network.down.clear()
    world.clock.forward(seconds=3600)
    world.work()

    assert releases(nl, resting)[DE] == "held"
    with world.network.gateways[DE].store.reading() as work:
        assert work.records.newest([resting]) == {}
    # It was on its way: that it arrived, and only its receipt was lost, cannot be ruled out.
    assert told(nl, resting) == [("recall", "consent_withdrawn", DE, "erased")]


def test_what_is_held_when_a_consent_runs_out_stays_held(held) -> None:
    world, _, resting = held
    nl, *_ = consented(world, resting)
    world.network.down.add(DE)
    world.work()
    world.clock.forward(days=160)
    world.network.down.clear()
    world.work()
    assert releases(nl, resting)[DE] == "held"


CONSENT_ITEM = """
[consent.ours]
valid_until = 1900000000000
originator = "police.nl"
recipients = ["{partner}"]
types = [{types}]
records = [{records}]
purposes = ["operational_analysis", "cross_check"]
"""


OTHER_CONSENT = CONSENT_ITEM.replace("consent.ours", "consent.other").format(
    partner="agency.au", types='"case"', records=""
)


@pytest.mark.parametrize("named", [{"types": '"case"'}, {"records": '"OURS-4"'}])
def test_an_item_taken_out_of_the_files_is_a_consent_that_ended(world: World, named) -> None:
    nl = world.network.gateways[NL]
    scope = {"partner": HUB, "types": "", "records": "", **named}
    world.configure(nl, NL_ITEMS + CONSENT_ITEM.format(**scope))
    governance = {**record("case")["governance"], "handling": ["H0", "H2"]}
    (outcome,) = world.push(
        nl, addressed("case", HUB, provider_ref="OURS-4", governance=governance)
    )
    world.work()
    ours = str(outcome.record)
    assert releases(nl, ours) == {HUB: "stored"}
    world.configure(nl, NL_ITEMS + CONSENT_ITEM.format(**scope) + OTHER_CONSENT)
    world.work()
    assert told(nl, ours) == []

    world.configure(nl, NL_ITEMS + OTHER_CONSENT)
    world.work()

    assert told(nl, ours) == [("recall", "consent_withdrawn", HUB, "erased")]
    assert states(nl, ours) == {1: "current"}
