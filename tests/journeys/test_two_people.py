"""What takes two people is done by two, on exactly what both have seen, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.proposal import (
    ACT_KINDS,
    BasisChanged,
    DigestDiffers,
    NotApprovable,
    ProposalSettled,
    ReasonMalformed,
    SecondPersonNeeded,
    executed_bytes,
)
from gateway.flow import propose
from gateway.flow.approving import approve_set
from gateway.flow.exchange import Exchange
from gateway.flow.holds import Group, decline, groups, parse_group, sample
from gateway.flow.proposable import PROPOSABLE
from gateway.flow.withdraw import withdraw
from keys.suite import digest
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL_ITEMS, addressed
from tests.journeys.staff import acts, approvals, let_lapse, person, proposal, staffed, with_words

WORDS = Group("R-05", "cases", HUB)


@pytest.fixture
def nl(world: World) -> Exchange:
    return staffed(world)


def proposed(nl: Exchange, by: str = "officer-1"):
    done = approve_set(WORDS, None, "necessary", person(by, nl), nl)
    assert done.proposal
    return done.proposal


def test_every_act_that_takes_two_is_declared_and_done_somewhere():
    assert set(PROPOSABLE) <= set(ACT_KINDS)


def test_what_is_held_for_words_goes_when_two_people_have_read_it(world, nl):
    (outcome,) = world.push(nl, with_words())
    assert releases(nl, outcome.record) == {HUB: "held"}

    row = proposed(nl)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "held"}  # one person's word is not enough
    assert approvals(nl, outcome.record) == []

    propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    (given,) = approvals(nl, outcome.record)  # of R-05 alone: nothing else is allowed with it
    assert (given.rule, given.by, given.proposal) == ("R-05", ("officer-1", "officer-2"), row.id)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}
    told = [(one["act"], one.get("by"), one.get("second")) for one in acts(nl)]
    assert ("proposed", "officer-1", None) in told
    assert ("approved", "officer-2", None) in told
    assert ("allowed", "officer-1", "officer-2") in told


def test_what_is_approved_is_exactly_what_was_shown(world, nl):
    world.push(nl, with_words())
    row = propose.shown(proposed(nl).id, person("officer-2", nl), nl)

    shown = executed_bytes(row.act, row.org, row.body)
    assert digest(shown) == row.digest
    assert [one["rules"] for one in json.loads(shown)["body"]["releases"]]


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("officer-1", SecondPersonNeeded),
        ("duty-1", Forbidden),
        ("auditor-1", Forbidden),
        ("analyst-1", Forbidden),
        ("stranger-1", NotFound),
    ],
)
def test_who_is_not_the_second_person_settles_nothing(world, nl, who, error):
    world.push(nl, with_words())
    row = proposed(nl)
    with pytest.raises(error):
        propose.approve(row.id, row.digest, person(who, nl), nl)
    assert proposal(nl, row.id) == row


@pytest.mark.parametrize("who", ["admin-1", "auditor-1", "analyst-1", "dpo-1"])
def test_who_may_not_propose_proposes_nothing(world, nl, who):
    world.push(nl, with_words())
    with pytest.raises(Forbidden):
        approve_set(WORDS, None, "necessary", person(who, nl), nl)


def test_another_digest_approves_nothing(world, nl):
    world.push(nl, with_words())
    row = proposed(nl)
    other = ("B" if row.digest[0] == "A" else "A") + row.digest[1:]
    with pytest.raises(DigestDiffers):
        propose.approve(row.id, other, person("officer-2", nl), nl)


def test_a_body_that_was_changed_in_the_store_is_not_executed(world, nl):
    world.push(nl, with_words())
    row = proposed(nl)
    forged = replace(row, id="p-forged", body={**row.body, "releases": []})
    with nl.store.writing() as work:
        work.proposals.add(forged)
        work.commit()
    with pytest.raises(DigestDiffers):
        propose.approve(forged.id, forged.digest, person("officer-2", nl), nl)


def test_an_approval_repeated_by_the_same_person_does_it_once(world, nl):
    (outcome,) = world.push(nl, with_words())
    row = proposed(nl)
    first = propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    again = propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    assert again.settled_at == first.settled_at
    assert len({one.id for one in approvals(nl, outcome.record)}) == len(
        {one.rule for one in approvals(nl, outcome.record)}
    )
    with pytest.raises(ProposalSettled):
        propose.reject(row.id, "mistaken", person("officer-2", nl), nl)


def test_the_same_proposal_made_twice_is_one(world, nl):
    world.push(nl, with_words())
    assert proposed(nl).id == proposed(nl).id
    assert proposed(nl, "officer-2").id != proposed(nl).id


def test_a_rejection_leaves_everything_as_it_was(world, nl):
    (outcome,) = world.push(nl, with_words())
    row = proposed(nl)
    propose.reject(row.id, "not_necessary", person("officer-2", nl), nl)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "held"}
    with pytest.raises(ProposalSettled):
        propose.approve(row.id, row.digest, person("officer-2", nl), nl)


def test_a_person_takes_an_own_proposal_back(world, nl):
    world.push(nl, with_words())
    row = proposed(nl, "duty-1")
    propose.reject(row.id, "mistaken", person("duty-1", nl), nl)
    assert proposal(nl, row.id).state == "rejected"


def test_a_proposal_lapses_when_its_time_is_over(world, nl):
    (outcome,) = world.push(nl, with_words())
    row = proposed(nl)
    world.clock.forward(days=7)
    with pytest.raises(ProposalSettled):
        propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    assert let_lapse(nl) == 1
    assert let_lapse(nl) == 0
    assert proposal(nl, row.id).state == "lapsed"
    assert approvals(nl, outcome.record) == []


def test_a_record_withdrawn_since_stops_the_whole_set(world, nl):
    first, second = (world.push(nl, with_words(provider_ref=f"PL-{n}"))[0] for n in (1, 2))
    row = proposed(nl)
    withdraw(str(first.record), "officer-1", "unlawful", nl)
    with pytest.raises(BasisChanged):
        propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    assert approvals(nl, second.record) == []
    assert proposal(nl, row.id).state == "open"


def test_a_set_is_what_was_held_when_it_was_proposed(world, nl):
    world.push(nl, with_words(provider_ref="PL-1"))
    row = proposed(nl)
    (later,) = world.push(nl, with_words(provider_ref="PL-2"))
    propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    world.work()
    assert releases(nl, later.record) == {HUB: "held"}


def test_one_record_of_a_group_is_approved_alone(world, nl):
    one, other = (world.push(nl, with_words(provider_ref=f"PL-{n}"))[0] for n in (1, 2))
    done = approve_set(WORDS, [str(one.record)], "necessary", person("officer-1", nl), nl)
    assert done.proposal
    propose.approve(done.proposal.id, done.proposal.digest, person("officer-2", nl), nl)
    world.work()
    assert releases(nl, one.record) == {HUB: "stored"}
    assert releases(nl, other.record) == {HUB: "held"}
    with pytest.raises(NotFound):
        approve_set(WORDS, ["urn:uuid:none"], "necessary", person("officer-1", nl), nl)


def test_what_a_yes_would_not_change_is_not_asked_for(world, nl):
    world.push(nl, addressed("case_financial_only", HUB))
    group = Group("R-11", "cases", HUB)
    with pytest.raises(NotApprovable, match="R-11"):
        approve_set(group, None, "necessary", person("officer-1", nl), nl)


def test_a_hold_with_a_second_reason_says_which(world, nl):
    body = with_words()
    unknown = {**body["persons"][0], "category": "unknown"}
    world.push(nl, {**body, "persons": [unknown, *body["persons"][1:]]})
    with pytest.raises(NotApprovable, match="R-09"):
        approve_set(WORDS, None, "necessary", person("officer-1", nl), nl)


def test_holds_are_grouped_with_what_would_help(world, nl):
    for number in range(3):
        world.push(nl, with_words(provider_ref=f"PL-{number}"))
    world.push(nl, addressed("case_financial_only", HUB))
    words, financial = sorted(groups(person("officer-1", nl), nl), key=lambda one: one["rule"])
    assert (words["group"], words["count"]) == (WORDS.name, 3)
    assert parse_group(words["group"]) == WORDS
    assert "handling condition" in words["reason"]
    assert (financial["rule"], financial["count"]) == ("R-11", 1)
    assert financial["remedy"]
    assert groups(person("stranger-1", nl), nl) == []


def test_a_group_has_all_its_reasons_and_is_as_old_as_its_oldest_record(world, nl):
    came = world.clock.ms
    for number in range(2):
        world.push(nl, with_words(provider_ref=f"PL-{number}"))
    world.clock.forward(seconds=3600)
    body = with_words(provider_ref="PL-9")
    consent = {**body["governance"], "handling": ["H2", "H3"]}
    world.push(nl, {**body, "governance": consent})
    world.clock.forward(seconds=3600)
    staffed(world, "[community.later]\nmembers = []\n")
    world.work(nl)  # what is held is decided on again: no reason to look younger
    (group,) = groups(person("officer-1", nl), nl)
    assert (group["count"], group["since"], group["not_counted"]) == (3, came, 0)
    assert [one["count"] for one in group["reasons"]] == [2, 1]
    words, leave = (one["reason"] for one in group["reasons"])
    assert "in words" in words
    assert "H2" in leave
    assert group["reason"] == words


def test_a_sample_is_the_same_for_both_people_and_every_look_is_in_the_ledger(world, nl):
    for number in range(9):
        world.push(nl, with_words(provider_ref=f"PL-{number}"))
    mine = sample(WORDS, "approve_release", person("officer-1", nl), nl)
    theirs = sample(WORDS, "approve_release", person("officer-2", nl), nl)
    assert mine == theirs
    assert len(mine) == 3
    assert mine[0]["body"]["governance"]["handling_text"]
    assert mine[0]["held_by"][0]["rule"] == "R-05"
    looks = acts(nl, "looked")
    assert sorted((one["by"], one["reason"]) for one in looks) == [
        (who, "approve_release") for who in ("officer-1", "officer-2") for _ in range(3)
    ]
    assert {one["record"] for one in looks} == {one["record"] for one in mine}


@pytest.mark.parametrize(
    ("who", "error"), [("analyst-1", Forbidden), ("auditor-1", Forbidden), ("stranger-1", NotFound)]
)
def test_nobody_else_reads_a_sample(world, nl, who, error):
    world.push(nl, with_words())
    with pytest.raises(error):
        sample(WORDS, "approve_release", person(who, nl), nl)
    assert acts(nl, "looked") == []


def test_without_a_justification_nothing_is_shown(world, nl):
    world.push(nl, with_words())
    with pytest.raises(ReasonMalformed):
        sample(WORDS, "because I want to", person("officer-1", nl), nl)


def test_a_no_lasts_and_a_new_version_is_decided_on_afresh(world, nl):
    (outcome,) = world.push(nl, with_words())
    assert decline(WORDS, None, "not_necessary", person("officer-1", nl), nl) == 1
    world.configure(nl, NL_ITEMS.replace('"cross_check", ', ""))
    world.work()
    assert releases(nl, outcome.record) == {HUB: "withdrawn"}
    (entry,) = acts(nl, "declined")
    assert (entry["rule"], entry["by"], entry["reason"]) == ("R-05", "officer-1", "not_necessary")
    corrected = with_words(corrects=1, summary="Corrected.")
    (again,) = world.push(nl, corrected)
    assert again.version == 2
    with nl.store.reading() as work:
        states = {row.version: row.state for row in work.releases.of_record(str(again.record))}
    assert states == {1: "withdrawn", 2: "held"}
