"""A threat to life: one officer's word for an hour, and what follows when nobody confirms it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.limits import Limits
from gateway.core.proposal import (
    NotOverridable,
    ProposalSettled,
    ReasonMalformed,
    SecondPersonNeeded,
)
from gateway.flow import propose
from gateway.flow.again import decide_again
from gateway.flow.approvable import approval
from gateway.flow.exchange import Exchange
from gateway.flow.holders import holders
from gateway.flow.notify import Wanted, notify
from gateway.flow.override import GoneAlready, NothingToOverride
from gateway.flow.reconsider import reconsider
from gateway.flow.seal import seal
from gateway.flow.urgent import lift
from tests.journeys.after import inbox, states
from tests.journeys.gateways import World, releases
from tests.journeys.questions import ASKED, DE, listed, widened, with_a_third
from tests.journeys.scenes import AGREEMENT, HUB, NL, addressed, items, two_gateways
from tests.journeys.staff import acts, approvals, let_lapse, person, proposal, staffed, with_words

HOUR_S = 3_600
LIFE = {
    "urgency": "threat_to_life",
    "reason": "A child is about to be abused.",
    "child_at_risk_now": {"value": "yes", "basis": "Announced in a chat."},
}
WHOLE = ("",)


@pytest.fixture
def nl(world: World) -> Exchange:
    return staffed(world)


def held(world: World, nl: Exchange, **changes: Any) -> str:
    """A record under a condition in words, about a child at risk."""
    (outcome,) = world.push(nl, with_words(risk=LIFE, **changes))
    return str(outcome.record)


def lifted(record: str, nl: Exchange, by: str = "duty-1"):
    return lift(record, [HUB], "child_at_risk_now", person(by, nl), nl, fields=WHOLE)


def test_one_officer_lifts_for_an_hour_and_everybody_is_told_in_the_same_commit(world, nl):
    record = held(world, nl)
    before = len(acts(nl))
    world.clock.forward(seconds=1)

    row = lifted(record, nl)

    (given,) = approvals(nl, record)
    assert (given.rule, given.by, given.fields) == ("R-20", ("duty-1",), WHOLE)
    assert given.until == row.expires_at == nl.now_ms() + HOUR_S * 1000
    entries = [one for one in acts(nl) if one["at"] == nl.now_ms()]
    assert len(acts(nl)) - before == len(entries)
    assert sorted(one["act"] for one in entries) == ["allowed", "informed", "informed", "proposed"]
    whom = {one["whom"] for one in entries if one["act"] == "informed"}
    assert whom == {"originator:police.nl", "data_protection_officer:police.nl"}
    # Both can read what was done, and the second person is asked.
    for who in ("dpo-1", "officer-1", "auditor-1"):
        (seen,), _ = propose.page(person(who, nl), nl, open_only=True, after="", limit=9)
        assert seen.id == row.id


def test_what_is_lifted_goes_before_all_others(world, nl):
    record = held(world, nl)
    lifted(record, nl)
    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
    assert release.urgency == 0
    assert release.epoch == 0  # it is decided on again


def test_confirmed_within_the_hour_it_lasts(world, nl):
    record = held(world, nl)
    row = lifted(record, nl)
    world.clock.forward(seconds=HOUR_S - 1)

    propose.approve(row.id, row.digest, person("duty-2", nl), nl)

    first, lasting = sorted(approvals(nl, record), key=lambda one: len(one.by))
    assert (first.until, lasting.until) == (nl.now_ms(), None)
    assert lasting.by == ("duty-1", "duty-2")
    world.clock.forward(days=30)
    assert let_lapse(nl) == 0


def test_who_lifted_cannot_confirm(world, nl):
    row = lifted(held(world, nl), nl)
    with pytest.raises(SecondPersonNeeded):
        propose.approve(row.id, row.digest, person("duty-1", nl), nl)
    with pytest.raises(Forbidden):
        propose.approve(row.id, row.digest, person("dpo-1", nl), nl)
    with pytest.raises(NotFound):
        propose.approve(row.id, row.digest, person("stranger-1", nl), nl)


def test_a_minute_late_nothing_can_be_confirmed(world, nl):
    row = lifted(held(world, nl), nl)
    world.clock.forward(seconds=HOUR_S)
    with pytest.raises(ProposalSettled):
        propose.approve(row.id, row.digest, person("duty-2", nl), nl)


def test_unconfirmed_it_ends_and_is_reported(world, nl):
    record = held(world, nl)
    row = lifted(record, nl)
    world.clock.forward(seconds=HOUR_S)

    assert let_lapse(nl) == 1

    assert proposal(nl, row.id).state == "lapsed"
    assert all(one.until <= nl.now_ms() for one in approvals(nl, record))
    (report,) = acts(nl, "reported")
    assert (report["record"], report["partner"], report["code"]) == (
        record, HUB, "override_unconfirmed",
    )  # fmt: skip


def test_a_no_ends_it_at_once(world, nl):
    record = held(world, nl)
    row = lifted(record, nl)
    propose.reject(row.id, "not_necessary", person("officer-1", nl), nl)
    assert all(one.until <= nl.now_ms() for one in approvals(nl, record))
    assert len(acts(nl, "reported")) == 1


@pytest.mark.parametrize("who", ["analyst-1", "auditor-1", "admin-1", "dpo-1"])
def test_only_officers_may(world, nl, who):
    record = held(world, nl)
    with pytest.raises(Forbidden):
        lifted(record, nl, who)
    assert approvals(nl, record) == []


def test_another_organisations_record_is_not_there(world, nl):
    record = held(world, nl)
    with pytest.raises(NotFound):
        lifted(record, nl, "stranger-1")
    with pytest.raises(NotFound):
        lifted("urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057", nl)


def test_why_now_is_one_of_few_codes(world, nl):
    record = held(world, nl)
    with pytest.raises(ReasonMalformed):
        lift(record, [HUB], "busy", person("duty-1", nl), nl, fields=WHOLE)


NEVER_LIFTED = {
    "R-11": lambda: addressed("case_financial_only", HUB, risk=LIFE),
    "R-21": lambda: addressed("case", "nobody.eu", risk=LIFE),
    "R-06": lambda: with_words(
        risk=LIFE, governance={**with_words()["governance"], "crime_area": "terrorism"}
    ),
}


@pytest.mark.parametrize("rule", NEVER_LIFTED)
def test_what_no_threat_to_life_lifts(world, nl, rule):
    (outcome,) = world.push(nl, NEVER_LIFTED[rule]())
    with pytest.raises(NotOverridable, match=rule):
        lifted(str(outcome.record), nl)
    assert approvals(nl, outcome.record) == []
    assert acts(nl, "proposed") == []


def test_what_is_there_already_needs_no_override(world, nl):
    (outcome,) = world.push(nl, addressed("case", HUB, risk=LIFE))
    world.work()
    with pytest.raises(GoneAlready):
        lifted(str(outcome.record), nl)


def test_it_goes_at_once_and_whole(world, nl):
    record = held(world, nl)
    assert releases(nl, record) == {HUB: "held"}
    lifted(record, nl)
    world.work()
    assert releases(nl, record) == {HUB: "stored"}


def test_it_goes_before_what_waited() -> None:
    world = two_gateways(limits=Limits(batch_records=1))
    nl = staffed(world)
    waiting = [
        world.push(nl, addressed("case", HUB, provider_ref=f"PL-W{number}"))[0].record
        for number in range(3)
    ]
    record = held(world, nl)
    lifted(record, nl)
    world.run(reconsider, HUB, nl)
    world.run(seal, HUB, nl)
    assert releases(nl, record) == {HUB: "sealed"}
    assert [releases(nl, one) for one in waiting] == [{HUB: "due"}] * 3


def test_only_what_was_named_goes(world, nl):
    record = held(world, nl)
    named = ["/identities", "/grounds"]
    lift(record, [HUB], "abduction", person("duty-1", nl), nl, fields=named)
    world.work()
    assert releases(nl, record) == {HUB: "stored"}
    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
    gone = {str(cut["pointer"]) for cut in release.withheld}
    assert {"/persons", "/network", "/summary"} <= gone
    assert "/identities" not in gone


def test_a_record_that_does_not_speak_of_a_life_is_not_lifted(world, nl):
    (outcome,) = world.push(nl, with_words())
    with pytest.raises(NotOverridable, match="a life is at stake"):
        lifted(str(outcome.record), nl)


def test_confirmed_it_stays_where_it_is(world, nl):
    world.network.down.add(HUB)
    record = held(world, nl)
    row = lifted(record, nl)
    world.work(nl)
    propose.approve(row.id, row.digest, person("duty-2", nl), nl)
    world.clock.forward(seconds=2 * HOUR_S)
    world.network.down.clear()
    world.work()
    world.clock.forward(seconds=HOUR_S)
    world.work()
    assert releases(nl, record) == {HUB: "stored"}


def test_what_has_not_left_by_then_does_not(world, nl):
    with nl.store.reading() as work:
        assert work.notices.of_records([]) == []
    record = held(world, nl)
    lifted(record, nl)
    world.run(reconsider, HUB, nl)
    world.run(seal, HUB, nl)
    assert releases(nl, record) == {HUB: "sealed"}
    world.clock.forward(seconds=HOUR_S)
    assert let_lapse(nl) == 1
    world.work()
    assert releases(nl, record) == {HUB: "held"}
    with nl.store.reading() as work:
        assert work.notices.of_records([record]) == []


def restrictions(exchange: Exchange, record: str) -> list[tuple[str, str, str, str]]:
    """Kind, code, holder and answer of each notice about the record, as its table shows them."""
    return [
        (one["kind"], one["code"], row["holder"], row["gateway"])
        for one in holders(record, "police.nl", exchange)["notices"]
        for row in one["holders"]
    ]


@pytest.fixture
def two_holders(world: World) -> tuple[World, Exchange, str]:
    """A record that the hub got by one officer's word, and another gateway by two approvals."""
    with_a_third(world)
    nl = staffed(world, AGREEMENT.format(name="nl-de", partner=DE))
    (outcome,) = world.push(nl, with_words(HUB, DE, risk=LIFE))
    record = str(outcome.record)
    with nl.store.writing() as work:
        by_two = approval(record, 1, DE, "R-05", ("officer-1", "officer-2"), id=nl.new_id())
        work.proposals.add_approvals([by_two])
        decide_again(record, 1, work)
        nl.commit(work, "test")
    lifted(record, nl)
    world.work()
    assert releases(nl, record) == {HUB: "stored", DE: "stored"}
    return world, nl, record


def test_unconfirmed_it_is_restricted_where_it_went_by_it_alone(two_holders):
    world, nl, record = two_holders
    hub, de = world.network.gateways[HUB], world.network.gateways[DE]
    world.clock.forward(seconds=HOUR_S)
    before = len(acts(nl))

    assert let_lapse(nl) == 1

    # The originator and the data protection officer are told in the commit of the report.
    entries = acts(nl)[before:]
    assert len({one["at"] for one in entries}) == 1
    assert sorted(one["act"] for one in entries) == [
        *("informed", "informed", "lapsed", "notified", "reported"),
    ]
    (told,) = [one for one in entries if one["act"] == "notified"]
    assert (told["kind"], told["code"], told["holders"]) == ("restrict", "unconfirmed", 1)
    assert {one["whom"] for one in entries if one["act"] == "informed"} == {
        *("originator:police.nl", "data_protection_officer:police.nl"),
    }
    world.work()
    assert restrictions(nl, record) == [("restrict", "unconfirmed", HUB, "applied")]
    assert states(hub, record) == {1: "restricted"}
    assert inbox(hub, "analysts") == []
    assert states(nl, record) == states(de, record) == {1: "current"}


def test_a_no_restricts_it_at_once_and_a_lift_frees_it(two_holders):
    world, nl, record = two_holders
    hub = world.network.gateways[HUB]
    (open_one,), _ = propose.page(person("officer-1", nl), nl, open_only=True, after="", limit=9)
    propose.reject(open_one.id, "not_necessary", person("officer-1", nl), nl)
    world.work()
    assert states(hub, record) == {1: "restricted"}

    lift_it = Wanted(kind="restrict", record=record, code="unconfirmed", until=nl.now_ms())
    notify(lift_it, "officer-1", "police.nl", nl)
    world.work()

    assert states(hub, record) == {1: "current"}
    assert len(inbox(hub, "analysts")) == 1


def test_urgency_that_the_record_does_not_state_is_raised_by_the_officer(world, nl):
    (outcome,) = world.push(nl, with_words(risk=None))
    record = str(outcome.record)
    with pytest.raises(NotOverridable, match="raise its urgency"):
        lifted(record, nl)
    assert acts(nl, "raised") == []

    row = lift(record, [HUB], "imminent_abuse", person("duty-1", nl), nl, fields=WHOLE, raised=True)
    world.work()

    assert releases(nl, record) == {HUB: "stored"}
    (entry,) = inbox(world.network.gateways[HUB], "analysts")
    assert entry["urgency"] == "threat_to_life"
    assert entry["body"]["risk"]["reason"] == (
        "A duty officer of the sender judges that a life is at stake."
    )
    (raised,) = acts(nl, "raised")
    assert (raised["record"], raised["by"], raised["reason"]) == (
        record, "duty-1", "imminent_abuse",
    )  # fmt: skip
    propose.approve(row.id, row.digest, person("duty-2", nl), nl)
    rules = sorted((one.rule, one.by) for one in approvals(nl, record) if one.until is None)
    assert rules == [("R-20", ("duty-1", "duty-2")), ("risk", ("duty-1", "duty-2"))]


def test_raised_urgency_ends_with_the_hour_if_nobody_confirms(world, nl):
    (outcome,) = world.push(nl, with_words(risk=None))
    record = str(outcome.record)
    world.network.down.add(HUB)
    lift(record, [HUB], "imminent_abuse", person("duty-1", nl), nl, fields=WHOLE, raised=True)
    world.clock.forward(seconds=HOUR_S)
    let_lapse(nl)
    world.work()
    assert releases(nl, record) == {HUB: "held"}


def test_raised_urgency_lifts_nothing_that_is_never_lifted(world, nl):
    body = addressed("case_financial_only", HUB, risk=None)
    (outcome,) = world.push(nl, body)
    with pytest.raises(NotOverridable, match="R-11"):
        lift(
            str(outcome.record), [HUB], "imminent_abuse", person("duty-1", nl), nl,
            fields=WHOLE, raised=True,
        )  # fmt: skip


def unhindered(**changes: Any) -> dict[str, Any]:
    """A case that no rule holds, nor takes anything out of."""
    body = addressed("case", HUB, **changes)
    plain = [
        {name: value for name, value in one.items() if name != "category_reason"}
        for one in body["persons"]
    ]
    return {**body, "persons": plain}


def test_what_no_rule_holds_is_not_overridden(world, nl):
    (outcome,) = world.push(nl, unhindered(risk=LIFE))
    with pytest.raises(NothingToOverride, match="nothing to override; it is due and goes before"):
        lifted(str(outcome.record), nl)
    world.run(seal, HUB, nl)
    with pytest.raises(NothingToOverride, match="nothing to override; it is sealed"):
        lifted(str(outcome.record), nl)
    assert acts(nl, "proposed", "allowed") == []


def test_own_notes_never_leave_and_are_nothing_to_override(world, nl):
    noted = {"code": "victim_safeguarding", "text": "Our source in the bank says so."}
    for body, held_too in ((unhindered(risk=LIFE), False), (with_words(risk=LIFE), True)):
        governance = {**body["governance"], "necessity": noted}
        own = {**body, "provider_ref": f"PL-{held_too}", "governance": governance}
        (outcome,) = world.push(nl, own)
        record = str(outcome.record)
        if held_too:
            lifted(record, nl)
        else:
            with pytest.raises(NothingToOverride):
                lifted(record, nl)
        world.work(nl)
        with nl.store.reading() as work:
            (release,) = work.releases.of_record(record)
        assert release.state == "sealed"
        assert {"pointer": "/governance/necessity/text", "code": "R-15"} in release.withheld


def test_raised_urgency_puts_first_what_no_rule_holds_and_a_no_takes_nothing_back(world, nl):
    (outcome,) = world.push(nl, unhindered(risk=None))
    record = str(outcome.record)

    row = lift(record, [HUB], "imminent_abuse", person("duty-1", nl), nl, fields=WHOLE, raised=True)

    with nl.store.reading() as work:
        (release,) = work.releases.of_record(record)
    assert release.urgency == 0
    world.work()
    propose.reject(row.id, "not_necessary", person("officer-1", nl), nl)
    world.work()
    assert restrictions(nl, record) == []
    assert states(world.network.gateways[HUB], record) == {1: "current"}


@pytest.fixture
def third_party(world):
    """A case of ours that rests on the hub's, for a third, without the hub's consent."""
    third = with_a_third(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    both = AGREEMENT.format(name="nl-de", partner=DE)
    staffed(world, base=widened(items("police.nl", "NL", "police", "B", HUB) + both))
    ours = addressed("case", DE, provider_ref="OURS-1", derived_from=[theirs.record], risk=LIFE)
    (resting,) = world.push(nl, ours)
    world.work()
    return world, nl, hub, third, str(theirs.record), str(resting.record)


def test_whose_consent_was_not_waited_for_is_told_by_a_message_in_the_same_commit(third_party):
    world, nl, hub, _, theirs, resting = third_party
    assert releases(nl, resting) == {DE: "held", HUB: "refused"}
    world.clock.forward(seconds=1)

    lift(resting, [DE], "child_at_risk_now", person("duty-1", nl), nl, fields=WHOLE)

    at = [one for one in acts(nl) if one["at"] == nl.now_ms()]
    whom = {one["whom"] for one in at if one["act"] == "informed"}
    assert f"partner:{HUB}" in whom
    assert [one["source"] for one in at if one["act"] == "submitted"] == ["cases"]
    world.work()
    assert releases(nl, resting)[DE] == "stored"
    (told,) = [one for one in inbox(hub, "analysts") if one["type"] == "consent_request"]
    assert told["urgency"] == "urgent"
    assert told["body"]["records"] == [theirs]
    assert told["body"]["recipients"] == [DE]
    assert "article 35(2)" in told["body"]["reason"]
    assert [one["record"] for one in listed(ASKED, hub, kind="consent_request")] == [told["record"]]


def test_nobody_is_told_where_no_consent_of_theirs_was_missing(world, nl):
    lifted(held(world, nl), nl)
    assert acts(nl, "asked") == []
    whom = {one["whom"].partition(":")[0] for one in acts(nl, "informed")}
    assert whom == {"originator", "data_protection_officer"}
