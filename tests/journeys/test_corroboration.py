"""What makes an assertion of financial information, and what takes that away again (R-11)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.proposal import ActUnknown, BasisChanged, ReasonMalformed, SecondPersonNeeded
from gateway.flow import propose
from gateway.flow.candidates import of_record, page
from gateway.flow.exchange import Exchange
from gateway.flow.lease import leased
from gateway.flow.look import explain
from gateway.flow.notify import Wanted, notify
from gateway.flow.promoting import NotPromotable
from gateway.flow.promotion import end_link, review
from gateway.flow.reconsider import reconsider
from gateway.flow.rows_people import ProposalRow
from gateway.flow.seal import seal
from gateway.flow.withdraw import withdraw
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.staff import acts, let_lapse, person
from tests.journeys.subjects import (
    EMAIL,
    alert,
    at_hub,
    body_at,
    candidates,
    consent,
    desked,
    only,
    promote,
    promotions,
    propose_promotion,
    report,
    told_at,
    with_hotline,
)

HELD_CASE = {"identities": [{**EMAIL, "holder_ref": "/persons/0"}]}


@pytest.fixture
def nl(world: World) -> Exchange:
    return desked(world)


def desk(world: World, **changes: Any) -> str:
    """What the hotline desk of the same organisation reports; it goes to nobody."""
    nl = world.network.gateways[NL]
    return only(world.push(nl, report(partner="nobody.eu", **changes), source="desk"))


def held_case(world: World, **changes: Any) -> str:
    nl = world.network.gateways[NL]
    found = only(world.push(nl, addressed("case_financial_only", HUB, **{**HELD_CASE, **changes})))
    assert at_hub(found, nl) == "held"
    return found


def reviewed(nl: Exchange) -> int:
    with leased("corroboration", 60, nl) as lease:
        assert lease
        return review(lease, nl)


def rule_holding(record: str, nl: Exchange) -> str | None:
    found = explain(record, HUB, client_named("police", nl), nl)
    return found["deciding"] if found["outcome"] == "hold" else None


def test_a_held_case_goes_when_two_persons_promoted_it(world: World, nl: Exchange) -> None:
    case, ground = held_case(world), desk(world)
    promotion = promote(case, ground, world)
    world.work()
    assert (promotion.record, promotion.version, promotion.link) == (case, 2, "email")
    assert at_hub(case, nl) == "stored"
    grounds = body_at(world.network.gateways[HUB], case)["grounds"]
    assert [one["kind"] for one in grounds] == ["financial", "partner_report", "hotline_report"]
    (told,) = acts(nl, "promoted")
    assert (told["by"], told["second"], told["ground"]) == ("officer-1", "officer-2", ground)


def test_what_the_submitter_sends_again_is_known_still(world: World, nl: Exchange) -> None:
    case, ground = held_case(world), desk(world)
    promote(case, ground, world)
    (again,) = world.push(nl, addressed("case_financial_only", HUB, **HELD_CASE))
    assert (again.state, again.record, again.version) == ("duplicate", case, 2)


def test_a_promoted_signal_stays_the_signal_it_is(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    promotion = promote(signal, ground, world)
    world.work()
    assert promotion.record != signal
    assert at_hub(signal, nl) == at_hub(promotion.record, nl) == "stored"
    assert body_at(nl, promotion.record)["derived_from"] == sorted([signal, ground])
    (again,) = world.push(nl, alert())
    assert (again.state, again.record) == ("duplicate", signal)


def test_nobody_promotes_alone(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    row = propose_promotion(signal, ground, "officer-1", nl)
    with pytest.raises(SecondPersonNeeded):
        propose.approve(row.id, row.digest, person("officer-1", nl), nl)
    for who, error in (("analyst-1", Forbidden), ("admin-1", Forbidden), ("stranger-1", NotFound)):
        with pytest.raises(error):
            propose.approve(row.id, row.digest, person(who, nl), nl)
    assert promotions(signal, nl) == []


@pytest.mark.parametrize("who", ["admin-1", "auditor-1", "dpo-1"])
def test_who_has_no_part_in_it_proposes_nothing_and_sees_nothing(
    world: World, nl: Exchange, who: str
) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    with pytest.raises(Forbidden):
        propose_promotion(signal, ground, who, nl)
    with pytest.raises(Forbidden):
        of_record(signal, person(who, nl), "corroboration", nl)


def test_another_organisation_finds_nothing_to_promote(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    with pytest.raises(NotFound):
        propose_promotion(signal, ground, "stranger-1", nl)
    with pytest.raises(NotFound):
        of_record(signal, person("stranger-1", nl), "corroboration", nl)
    assert page(person("stranger-1", nl), "corroboration", "", 50, nl) == ([], None)
    assert acts(nl, "looked") == []


def test_two_banks_are_one_financial_ground(world: World, nl: Exchange) -> None:
    one, other = (only(world.push(nl, alert(ref))) for ref in ("BANK-1", "BANK-2"))
    with pytest.raises(NotPromotable, match="financial at its roots"):
        propose_promotion(one, other, "officer-1", nl)


PAYERS_AND_PAYEES = [
    {"kind": "bank", "iban": "NL91ABNA0417164300"},
    {"kind": "bank", "iban": "FI2112345600000785"},
]


def booked(day: str, **more: str) -> dict[str, str]:
    ends = {"sender": "/accounts/0", "receiver": "/accounts/1"}
    return {"day": day, "amount": "40.00", "currency": "EUR", **ends, **more}


def test_one_transfer_that_two_banks_report_counts_once_and_is_no_second_ground(
    world: World, nl: Exchange
) -> None:
    by_sender = [booked("2026-01-09", ref="E2E-1"), booked("2026-01-10", ref="E2E-2")]
    by_receiver = [booked("2026-01-12", ref="E2E-1", beneficiary_ref="BK-7")]
    one, other = (
        only(
            world.push(
                nl, alert(ref, accounts=PAYERS_AND_PAYEES, transactions=found, indicator_hits=[])
            )
        )
        for ref, found in (("BANK-1", by_sender), ("BANK-2", by_receiver))
    )

    seen = of_record(one, person("analyst-1", nl), "corroboration", nl)
    (link,) = seen["links"]
    assert "transaction" in link["identifiers"]
    assert (link["record"], link["same_transfers"]) == (other, 1)
    assert seen["transfers"] == {"reported": 3, "once": 2}
    assert not link["may_promote"]
    grounds = [{"kind": "financial", "roots": [{"kind": "financial", "record": one}]}]
    grounds += [{"kind": "financial", "roots": [{"kind": "financial", "record": other}]}]
    case = held_case(world, grounds=grounds, derived_from=[one, other])
    assert rule_holding(case, nl) == "R-11"


def test_what_rests_on_the_signal_is_no_ground_for_it(world: World, nl: Exchange) -> None:
    signal = only(world.push(nl, alert()))
    ground = desk(world, derived_from=[signal])
    assert not candidates(signal, "analyst-1", nl)[ground]["may_promote"]
    with pytest.raises(NotPromotable, match="rests on the financial information itself"):
        propose_promotion(signal, ground, "officer-1", nl)


def test_a_ground_of_another_subject_carries_nothing(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world, identities=[])
    assert candidates(signal, "analyst-1", nl) == {}
    with pytest.raises(NotPromotable, match="same subject"):
        propose_promotion(signal, ground, "officer-1", nl)


def test_what_was_read_is_what_is_promoted(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    row = propose_promotion(signal, ground, "officer-1", nl)
    world.push(nl, report(partner="nobody.eu", item_count=15, corrects=1), source="desk")
    with pytest.raises(BasisChanged):
        propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    assert promotions(signal, nl) == []
    world.clock.forward(days=7)
    assert let_lapse(nl) == 1


def test_the_same_ground_promotes_once(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    promote(signal, ground, world)
    with pytest.raises(NotPromotable, match="names this ground already"):
        propose_promotion(signal, ground, "officer-1", nl)


def test_a_second_ground_keeps_the_case_when_the_first_goes(world: World, nl: Exchange) -> None:
    signal, first, second = (
        only(world.push(nl, alert())),
        desk(world),
        desk(world, provider_ref="2"),
    )
    case = promote(signal, first, world).record
    assert promote(signal, second, world).record == case
    withdraw(first, "officer-1", "unlawful", nl)
    world.work()
    assert at_hub(case, nl) == "stored"
    assert body_at(nl, case)["version"] == 2


def test_the_case_of_a_corrected_signal_is_not_promoted_further(world: World, nl: Exchange) -> None:
    signal, first, second = (
        only(world.push(nl, alert())),
        desk(world),
        desk(world, provider_ref="2"),
    )
    case = promote(signal, first, world).record
    promote(signal, second, world)
    world.push(nl, alert(corrects=1, corroboration="partial"))
    assert [one.code for one in promotions(signal, nl)] == ["corrected", "corrected"]
    world.work()
    assert at_hub(case, nl) == "held"
    with pytest.raises(NotPromotable, match="corrected"):
        propose_promotion(case, first, "officer-1", nl)


# Links


def test_a_look_is_in_the_ledger_and_shows_no_value(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    found, following = page(person("analyst-1", nl), "corroboration", "", 50, nl)
    assert [one["record"] for one in found] == [signal]
    assert following is None
    assert EMAIL["email"] not in json.dumps(found)
    looks = [(one["record"], one["by"], one["reason"]) for one in acts(nl, "looked")]
    assert sorted(looks) == sorted((one, "analyst-1", "corroboration") for one in (signal, ground))


def test_without_a_justification_no_link_is_shown(world: World, nl: Exchange) -> None:
    signal = only(world.push(nl, alert()))
    with pytest.raises(ReasonMalformed):
        of_record(signal, person("analyst-1", nl), "just looking", nl)


def test_links_are_looked_through_page_by_page(world: World, nl: Exchange) -> None:
    signals = []
    for number in range(3):
        world.clock.forward(seconds=1)
        signals.append(only(world.push(nl, alert(f"BANK-{number}"))))
    seen, before = [], ""
    while True:
        found, following = page(person("analyst-1", nl), "corroboration", before, 1, nl)
        seen += [one["record"] for one in found]
        if following is None:
            break
        before = following
    assert seen == signals[::-1]


def test_what_waits_to_be_admitted_is_in_no_link(world: World, nl: Exchange) -> None:
    signal = only(world.push(nl, alert()))
    hotline = with_hotline(world)
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()
    assert set(candidates(signal, "analyst-1", nl)) == {theirs}
    with nl.store.writing() as work:
        entry = work.arrivals.inbox_of("police", theirs, 1)
        assert entry
        work.arrivals.replace_inbox([replace(entry, state="held")], expect=[entry.state])
        work.commit()
    assert candidates(signal, "analyst-1", nl) == {}


def weakly_linked(world: World) -> tuple[str, str]:
    """A signal and a report that share an address on a street: a household."""
    nl = world.network.gateways[NL]
    home = alert()["persons"][0]["addresses"]
    witness = [{"category": "witness", "names": [{"full": "A B"}], "addresses": home}]
    return only(world.push(nl, alert())), desk(world, identities=[], persons=witness)


def propose_link(record: str, other: str, nl: Exchange) -> ProposalRow:
    asked = {"record": record, "other": other, "part": "/persons/0"}
    return propose.propose("confirm-link", asked, person("analyst-1", nl), nl, reason="same_person")


def confirm(record: str, other: str, nl: Exchange) -> None:
    row = propose_link(record, other, nl)
    propose.approve(row.id, row.digest, person("officer-2", nl), nl)


@pytest.mark.parametrize("end", [0, 1], ids=["the signal", "the other record"])
def test_no_link_is_confirmed_with_what_was_withdrawn_meanwhile(
    world: World, nl: Exchange, end: int
) -> None:
    ends = weakly_linked(world)
    row = propose_link(*ends, nl)
    withdraw(ends[end], "officer-1", "unlawful", nl)
    with pytest.raises(BasisChanged):
        propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    assert acts(nl, "linked") == []


def test_a_household_is_the_same_subject_when_two_persons_say_so(
    world: World, nl: Exchange
) -> None:
    signal, ground = weakly_linked(world)
    seen = candidates(signal, "analyst-1", nl)[ground]
    assert (seen["identifiers"], seen["same_subject"]) == (["address"], None)
    with pytest.raises(NotPromotable, match="no exact identifier"):
        propose_promotion(signal, ground, "officer-1", nl)

    confirm(signal, ground, nl)
    assert candidates(signal, "analyst-1", nl)[ground]["same_subject"] == "confirmed_link"
    promotion = promote(signal, ground, world)
    world.work()
    assert promotion.link == "confirmed_link"
    assert at_hub(promotion.record, nl) == "stored"
    there = body_at(world.network.gateways[HUB], promotion.record)["grounds"][1]["subject_link"]
    assert there["confirmed_by"] == "release_officer"  # a role: no name leaves


def test_a_confirmed_link_taken_back_takes_its_promotion_with_it(
    world: World, nl: Exchange
) -> None:
    signal, ground = weakly_linked(world)
    confirm(signal, ground, nl)
    promotion = promote(signal, ground, world)
    end_link(signal, ground, "mistaken", person("analyst-1", nl), nl)
    world.work()
    (promotion,) = promotions(signal, nl)
    assert (promotion.state, promotion.code) == ("fallen", "no_longer_linked")
    assert at_hub(promotion.record, nl) == "held"
    with pytest.raises(NotFound):
        end_link(signal, ground, "mistaken", person("analyst-1", nl), nl)


def test_a_link_that_another_confirmed_makes_a_submitters_ground_count(
    world: World, nl: Exchange
) -> None:
    ground = desk(world, identities=[])
    named = [{"kind": "hotline_report", "roots": [{"kind": "hotline_report", "record": ground}]}]
    case = held_case(world, grounds=named)
    assert rule_holding(case, nl) == "R-11"
    confirm(case, ground, nl)
    world.work()
    assert at_hub(case, nl) == "stored"


@pytest.mark.parametrize("part", ["", "/persons/7", "/grounds/0", "persons/0", "/persons/x"])
def test_a_link_names_a_part_that_is_there(world: World, nl: Exchange, part: str) -> None:
    signal, ground = weakly_linked(world)
    asked = {"record": signal, "other": ground, "part": part}
    with pytest.raises((NotPromotable, ActUnknown)):
        propose.propose("confirm-link", asked, person("analyst-1", nl), nl, reason="same_person")


# Falling back


def test_what_is_sealed_and_not_received_is_voided_when_the_ground_is_withdrawn(
    world: World, nl: Exchange
) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    world.work()
    case = promote(signal, ground, world).record
    assert world.run(seal, HUB, nl) == 1
    assert at_hub(case, nl) == "sealed"
    withdraw(ground, "officer-1", "unlawful", nl)
    world.work()
    assert at_hub(case, nl) == "held"
    assert rule_holding(case, nl) == "R-11"
    with pytest.raises(NotFound):
        body_at(world.network.gateways[HUB], case)
    assert at_hub(signal, nl) == "stored"


def demand_never_arrived(case: str, world: World) -> None:
    nl = world.network.gateways[NL]
    world.work()
    assert at_hub(case, nl) == "held"
    with pytest.raises(NotFound):
        body_at(world.network.gateways[HUB], case)


def test_what_is_sealed_and_not_received_is_voided_when_the_link_is_taken_back(
    world: World, nl: Exchange
) -> None:
    signal, ground = weakly_linked(world)
    world.work()
    confirm(signal, ground, nl)
    case = promote(signal, ground, world).record
    world.run(reconsider, HUB, nl)
    assert world.run(seal, HUB, nl) == 1
    end_link(signal, ground, "mistaken", person("analyst-1", nl), nl)
    demand_never_arrived(case, world)


def test_what_is_sealed_and_not_received_is_voided_when_the_ground_is_of_another_subject(
    world: World, nl: Exchange
) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    world.work()
    case = promote(signal, ground, world).record
    assert world.run(seal, HUB, nl) == 1
    world.push(nl, report(partner="nobody.eu", corrects=1, identities=[]), source="desk")
    demand_never_arrived(case, world)


def test_what_was_received_is_booked_for_those_who_have_it(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    case = promote(signal, ground, world).record
    world.work()
    withdraw(ground, "officer-1", "unlawful", nl)
    (fell,) = acts(nl, "fell_back")
    assert (fell["record"], fell["code"], fell["holders"]) == (case, "recall", 1)
    assert reviewed(nl) == 0  # it fell in the commit of the withdrawal


def test_what_was_received_falls_back_when_the_hotlines_leave_ends(world: World) -> None:
    nl = desked(world, consent(days=60))
    hotline = with_hotline(world)
    signal = only(world.push(nl, alert()))
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()
    case = promote(signal, theirs, world).record
    world.work()
    assert reviewed(nl) == 0
    world.clock.forward(days=61)
    assert reviewed(nl) == 1
    assert reviewed(nl) == 0
    world.work()
    assert [one.code for one in promotions(signal, nl)] == ["consent_ended"]
    assert told_at(world.network.gateways[HUB], case) == ["demote"]


def test_whoever_has_the_case_does_not_pass_it_on_as_one_until_it_is_promoted_again(
    world: World,
) -> None:
    nl, hub = desked(world, consent(days=60)), world.network.gateways[HUB]
    hotline = with_hotline(world)
    signal = only(world.push(nl, alert()))
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()
    case = promote(signal, theirs, world).record
    world.work()
    named = [{"kind": "partner_report", "roots": [{"kind": "hotline_report", "record": case}]}]
    link = {"by": "shared_identifier", "pointer": "/identities/0"}
    resting = addressed(
        "case_financial_only", NL, **HELD_CASE, grounds=[{**named[0], "subject_link": link}]
    )
    made = only(world.push(hub, resting, client="analysts"))
    seen = {}
    for moment in ("promoted", "fallen", "promoted again"):
        if moment == "fallen":
            world.clock.forward(days=61)
            assert reviewed(nl) == 1
        if moment == "promoted again":
            desked(world, consent(days=120))
            world.work()
            promote(signal, theirs, world)
        world.work()
        found = explain(made, NL, client_named("analysts", hub), hub)
        seen[moment] = {one["rule"]: one["outcome"] for one in found["trace"]}["R-11"]
    assert seen == {"promoted": "pass", "fallen": "hold", "promoted again": "pass"}
    assert told_at(hub, case) == ["demote", "promote"]


def test_a_person_taken_out_of_the_signal_takes_the_case_made_of_it_back(
    world: World, nl: Exchange
) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    case = promote(signal, ground, world).record
    world.work()
    notify(
        Wanted(kind="recall", record=signal, person="/persons/1", code="wrong_person"),
        "officer-1",
        None,
        nl,
    )
    world.work()
    assert [one.code for one in promotions(signal, nl)] == ["recall"]
    assert told_at(world.network.gateways[HUB], case) == ["demote"]


def test_a_case_that_another_ground_carries_is_not_taken_back(world: World, nl: Exchange) -> None:
    signal, first, second = (
        only(world.push(nl, alert())),
        desk(world),
        desk(world, provider_ref="2"),
    )
    case = promote(signal, first, world).record
    promote(signal, second, world)
    world.work()
    withdraw(first, "officer-1", "unlawful", nl)
    world.work()
    assert "demote" not in told_at(world.network.gateways[HUB], case)
    assert at_hub(case, nl) == "stored"


def test_a_corrected_signal_is_promoted_anew(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    before = promote(signal, ground, world)
    world.push(nl, alert(corrects=1, corroboration="partial"))
    world.work()
    assert [one.code for one in promotions(signal, nl)] == ["corrected"]
    assert promote(signal, ground, world).record != before.record


@pytest.mark.parametrize(
    ("changes", "state"),
    [({"item_count": 15}, "standing"), ({"identities": []}, "fallen")],
    ids=["still about the same subject", "about another subject"],
)
def test_a_corrected_ground_carries_as_long_as_it_is_of_the_same_subject(
    world: World, nl: Exchange, changes: dict[str, Any], state: str
) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    case = promote(signal, ground, world).record
    new = report(partner="nobody.eu", corrects=1, **changes)
    assert only(world.push(nl, new, source="desk")) == ground
    world.work()
    assert [one.state for one in promotions(signal, nl)] == [state]
    assert at_hub(case, nl) == ("stored" if state == "standing" else "held")


def test_a_partners_correction_that_drops_the_identifier_takes_the_promotion_back(
    world: World,
) -> None:
    nl = desked(world, consent())
    hotline = with_hotline(world)
    signal = only(world.push(nl, alert()))
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()
    case = promote(signal, theirs, world).record
    world.work()
    assert at_hub(case, nl) == "stored"
    world.push(hotline, report(corrects=1, identities=[]), client="analysts")
    world.work()
    assert [one.code for one in promotions(signal, nl)] == ["no_longer_linked"]


def test_without_the_hotlines_leave_what_was_promoted_waits_for_it(world: World) -> None:
    nl = desked(world)
    hotline = with_hotline(world)
    signal = only(world.push(nl, alert()))
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()
    case = promote(signal, theirs, world).record
    assert rule_holding(case, nl) == "R-07"
    assert reviewed(nl) == 0  # nobody has it: nothing to take back
    desked(world, consent())
    world.work()
    assert at_hub(case, nl) == "stored"


@pytest.mark.parametrize("state", ["recalled", "erased", "restricted"])
def test_a_root_that_a_notice_took_away_is_found(world: World, nl: Exchange, state: str) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    case = promote(signal, ground, world).record
    with nl.store.writing() as work:
        work.records.set_state(ground, 1, state)
        work.commit()
    assert reviewed(nl) == 1
    world.work()
    assert at_hub(case, nl) == "held"
    assert [one.code for one in promotions(signal, nl)] == [state]


def test_what_was_promoted_on_a_fallen_case_falls_with_it(world: World, nl: Exchange) -> None:
    signal, ground = only(world.push(nl, alert())), desk(world)
    case = promote(signal, ground, world).record
    other = held_case(world)
    promote(other, case, world)
    withdraw(ground, "officer-1", "unlawful", nl)
    world.work()
    assert [one.state for one in promotions(other, nl)] == ["fallen"]
    assert at_hub(other, nl) == "held"


def test_what_fell_back_can_be_promoted_again_on_the_same_ground(world: World) -> None:
    nl = desked(world, consent(days=10))
    hotline = with_hotline(world)
    signal = only(world.push(nl, alert()))
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()
    case = promote(signal, theirs, world).record
    world.work()
    world.clock.forward(days=11)
    assert reviewed(nl) == 1
    desked(world, consent(days=90))
    world.work()
    assert rule_holding(case, nl) == "R-11"  # leave alone does not bring it back
    assert promote(signal, theirs, world).record == case
    world.work()
    assert [one.state for one in promotions(signal, nl)] == ["fallen", "standing"]
    assert rule_holding(case, nl) is None


# Whom a promotion presents as what


def test_a_payer_who_may_be_a_victim_is_never_presented_as_a_suspect(
    world: World, nl: Exchange
) -> None:
    suspect = [{**alert()["persons"][0], "category": "suspect"}, alert()["persons"][1]]
    signal = only(world.push(nl, alert(persons=suspect, payer_possible_victim="unknown")))
    case = promote(signal, desk(world), world).record
    persons = body_at(nl, case)["persons"]
    assert [one["category"] for one in persons] == ["person_of_interest_not_suspect", "contact"]


def test_what_rests_on_a_units_signal_needs_the_units_leave(world: World, nl: Exchange) -> None:
    terms = {"use": "intelligence", "dissemination": "ask"}
    signal = only(world.push(nl, {**alert(), "source_kind": "fiu", "fiu_terms": terms}))
    case = promote(signal, desk(world), world).record
    world.work()
    assert at_hub(case, nl) == "held"
    assert rule_holding(case, nl) == "R-07"


def test_the_case_is_used_no_more_freely_than_its_ground(world: World, nl: Exchange) -> None:
    governance = {
        **report()["governance"],
        "handling": ["H1"],
        "review_by": "2026-06-01",
        "restrictions": [{"kind": "evidential"}],
    }
    signal, ground = only(world.push(nl, alert())), desk(world, governance=governance)
    case = body_at(nl, promote(signal, ground, world).record)["governance"]
    assert (case["purposes"], case["review_by"]) == (["operational_analysis"], "2026-06-01")
    assert case["handling"] == ["H1"]
    assert case["restrictions"] == [{"kind": "evidential"}]
