"""The rules where facts come from the store and from items: third parties, countries, bulk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import GatewayError, NotFound
from gateway.core.limits import Limits
from gateway.flow.again import decide_again
from gateway.flow.exchange import Exchange
from gateway.flow.look import explain, timeline
from gateway.flow.outcome import Outcome
from gateway.flow.rows_people import ApprovalRow
from gateway.flow.seal import seal
from tests.journeys.gateways import World, client_named, record, releases
from tests.journeys.scenes import HUB, NL, NL_ITEMS, VGT, addressed, items, with_puller

PEOPLE = "".join(
    f'[person.officer-{n}]\norg = "police.nl"\nroles = ["release_officer"]\n'
    f'key_digests = ["{n:0>42}A"]\n'
    for n in (1, 2)
)
TO_BOTH = items("police.nl", "NL", "police", "B", HUB, VGT) + PEOPLE
AUSTRALIA = """
[recipient."agency.au"]
org_class = "third_country"
country = "AU"
"""
INSTRUMENT = """
[instrument.au]
title = "Agreement on police cooperation"
recipients = ["agency.au"]
types = ["case"]
"""
TRANSFER = """
[transfer.au-2026]
partner = "agency.au"
types = ["case"]
by = ["officer-1", "officer-2"]
valid_from = {start}
valid_until = {end}
"""
DAY = 86_400_000


def to_vgt(world: World, **changes: Any) -> Outcome:
    (outcome,) = world.push(world.network.gateways[NL], addressed("case", VGT, **changes))
    return outcome


def told(outcome: Outcome, partner: str, nl: Exchange) -> tuple[str, str]:
    found = explain(str(outcome.record), partner, None, nl)
    return found["outcome"], found["deciding"] or ""


def cleared(world: World, days: int = 30) -> str:
    now = world.clock.now_ms()
    return TRANSFER.format(start=now, end=now + days * DAY)


def test_abroad_takes_an_instrument_and_two_people(world: World) -> None:
    with_puller(world)
    nl = world.network.gateways[NL]
    world.configure(nl, TO_BOTH + AUSTRALIA)
    outcome = to_vgt(world)
    assert told(outcome, VGT, nl) == ("hold", "R-08")

    world.configure(nl, TO_BOTH + AUSTRALIA + INSTRUMENT)
    world.work()
    assert told(outcome, VGT, nl) == ("hold", "R-19")

    world.configure(nl, TO_BOTH + AUSTRALIA + INSTRUMENT + cleared(world))
    world.work()
    assert releases(nl, outcome.record)[VGT] == "stored"
    with nl.store.reading() as work:
        (row,) = [one for one in work.releases.of_record(str(outcome.record)) if one.partner == VGT]
    assert row.ground == "instrument:au@1"


def test_what_waits_sealed_is_voided_when_its_ground_abroad_ends(world: World) -> None:
    with_puller(world)
    nl = world.network.gateways[NL]
    world.configure(nl, TO_BOTH + AUSTRALIA + INSTRUMENT + cleared(world, days=2))
    outcome = to_vgt(world)
    world.run(seal, VGT, nl)
    assert releases(nl, outcome.record)[VGT] == "sealed"

    world.clock.forward(days=2)
    world.work()

    assert releases(nl, outcome.record)[VGT] == "held"
    assert told(outcome, VGT, nl) == ("hold", "R-19")


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (TRANSFER.replace('"officer-2"', '"officer-1"').format(start=1, end=2), "by"),
        (INSTRUMENT.replace('"case"', '"film"'), "types"),
        (AUSTRALIA.replace('"AU"', '"Australia"'), "country"),
        ('[reduction.x]\ntypes = ["case"]\nwithhold = ["/governance/handling"]\n', "withhold"),
        ('[reduction.x]\ntypes = ["case"]\nwithhold = ["persons"]\n', "withhold"),
        ('[community.x]\nmembers = [{ partner = "a", since = "soon" }]\n', "members"),
    ],
)
def test_an_item_that_could_widen_or_is_not_understood_is_refused(
    world: World, body: str, member: str
) -> None:
    nl = world.network.gateways[NL]
    with pytest.raises(GatewayError) as refused:
        world.configure(nl, NL_ITEMS + body)
    assert member in refused.value.faults[0].pointer


ONE_ITEM_BY_TWO = {
    "transfer": TRANSFER.format(start=1, end=2),
    "condition": '[condition.x]\nwords = "Not in court."\nby = ["officer-1", "officer-2"]\n',
}


@pytest.mark.parametrize("item", ONE_ITEM_BY_TWO.values(), ids=ONE_ITEM_BY_TWO.keys())
def test_what_two_people_allow_is_allowed_by_people_who_are_known(world: World, item: str) -> None:
    nl = world.network.gateways[NL]
    with pytest.raises(GatewayError) as refused:
        world.configure(nl, NL_ITEMS + PEOPLE.replace("officer-2", "officer-3") + item)
    (fault,) = refused.value.faults
    assert fault.pointer.endswith("#/by")
    assert "person" in fault.detail

    world.configure(nl, NL_ITEMS + PEOPLE + item)
    world.configure(nl, NL_ITEMS + item)  # both have left: what they allowed stands


def test_words_that_two_people_made_codes_of_need_nobody_again(world: World) -> None:
    nl = world.network.gateways[NL]
    governance = {
        **record("case")["governance"],
        "handling": ["H3"],
        "handling_text": "Not in court.",
    }
    (outcome,) = world.push(nl, addressed("case", HUB, governance=governance))
    assert told(outcome, HUB, nl) == ("hold", "R-05")
    words = """
[condition.not-in-court]
words = "Not in  court."
restrictions = ["evidential"]
by = ["officer-1", "officer-2"]
"""
    world.configure(nl, NL_ITEMS + PEOPLE + words)
    world.work()
    assert releases(nl, outcome.record)[HUB] == "stored"
    with nl.store.reading() as work:
        (item,) = work.config.active("condition")
        (row,) = work.releases.of_record(str(outcome.record))
    assert "court" not in str(item.body)
    assert row.terms["evidence"] == "no"


def test_dates_on_who_a_partner_is_are_refused(world: World) -> None:
    nl = world.network.gateways[NL]
    with pytest.raises(GatewayError):
        world.configure(nl, TO_BOTH + AUSTRALIA + "valid_until = 5\n")


HIDDEN = """
[community.vgt]
members = [{ partner = "agency.au", since = 2025-01-01, until = 2026-01-05, hidden = true }]
"""


def test_a_hidden_member_is_a_recipient_to_submitters_and_itself_to_administrators(
    world: World,
) -> None:
    with_puller(world)
    nl = world.network.gateways[NL]
    world.configure(nl, TO_BOTH + HIDDEN)
    outcome = to_vgt(world)
    client = client_named("police", nl)

    assert {one.partner for one in outcome.releases} == {HUB, "a recipient"}
    told_to = {one["partner"] for one in timeline(str(outcome.record), client, nl)[1:]}
    assert told_to == {HUB, "a recipient"}
    assert VGT in {one.get("partner") for one in timeline(str(outcome.record), None, nl)}

    world.clock.forward(days=5)  # the last day of the membership has passed
    assert VGT in {one.get("partner") for one in timeline(str(outcome.record), client, nl)}


def test_a_submitter_is_told_the_rule_that_stops_it_for_a_hidden_member_and_nothing_of_whom(
    world: World,
) -> None:
    with_puller(world)
    nl = world.network.gateways[NL]
    world.configure(nl, TO_BOTH + HIDDEN + AUSTRALIA)
    outcome = to_vgt(world)
    client = client_named("police", nl)

    found = explain(str(outcome.record), "a recipient", client, nl)
    (said,) = [one for one in outcome.releases if one.partner == "a recipient"]

    assert (found["outcome"], found["deciding"]) == ("hold", said.code) == ("hold", "R-08")
    assert found["remedy"]
    everything = str(found) + said.reason
    assert not [word for word in (VGT, "vgt", "nl-vgt", "@", "third_country") if word in everything]
    for name in (VGT, "nobody.example"):  # by its name it is nobody
        with pytest.raises(NotFound):
            explain(str(outcome.record), name, client, nl)
    assert explain(str(outcome.record), HUB, client, nl)["partner"] == HUB
    assert explain(str(outcome.record), VGT, None, nl)["partner"] == VGT  # an administrator

    world.clock.forward(days=5)  # the last day of the membership has passed
    assert explain(str(outcome.record), VGT, client, nl)["partner"] == VGT
    with pytest.raises(NotFound):
        explain(str(outcome.record), "a recipient", client, nl)


def received(world: World) -> tuple[Exchange, str]:
    """A record that the hub sent to us, in a world with a third gateway."""
    with_puller(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (sent,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    with nl.store.reading() as work:
        assert work.records.newest([str(sent.record)])
    return nl, str(sent.record)


CONSENT = """
[consent.of-the-hub]
originator = "hub.eu"
recipients = ["agency.au"]
types = ["case"]
purposes = ["operational_analysis"]
valid_until = {end}
"""


def test_what_rests_on_a_partners_record_goes_on_with_their_leave_and_without_their_id(
    world: World,
) -> None:
    nl, theirs = received(world)
    outcome = to_vgt(world, derived_from=[theirs])
    world.work()
    assert told(outcome, VGT, nl) == ("hold", "R-07")

    consent = CONSENT.format(end=world.clock.now_ms() + DAY)
    world.configure(nl, TO_BOTH + consent)
    world.work()

    assert releases(nl, outcome.record)[VGT] == "stored"
    with nl.store.reading() as work:
        (row,) = [one for one in work.releases.of_record(str(outcome.record)) if one.partner == VGT]
    assert {"pointer": "/derived_from/0", "code": "R-07"} in row.withheld


def test_what_rests_on_what_rests_on_a_partners_record_is_held_as_well(world: World) -> None:
    nl, theirs = received(world)
    middle = to_vgt(world, derived_from=[theirs])
    outcome = to_vgt(world, derived_from=[middle.record], provider_ref="the-second")
    assert told(outcome, VGT, nl) == ("hold", "R-07")


def test_it_may_go_back_to_whom_it_came_from(world: World) -> None:
    nl, theirs = received(world)
    (outcome,) = world.push(nl, addressed("case", HUB, derived_from=[theirs]))
    world.work()
    assert releases(nl, outcome.record)[HUB] == "stored"


def test_what_rests_on_a_record_nobody_holds_goes_nowhere(world: World) -> None:
    nl = world.network.gateways[NL]
    lost = "urn:uuid:0198c0de-0000-7000-8000-00000000000f"
    (outcome,) = world.push(nl, addressed("case", HUB, derived_from=[lost]))
    assert told(outcome, HUB, nl) == ("hold", "R-07")


@pytest.fixture
def narrow(world: World) -> Exchange:
    """The national gateway where five records a day are a bulk."""
    nl = replace(world.network.gateways[NL], limits=Limits(bulk_records=5, batch_records=2))
    world.network.gateways[NL] = nl
    return nl


def cases(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [addressed("case", HUB, provider_ref=f"case-{start + n}") for n in range(count)]


@pytest.mark.parametrize("slices", [[9], [3, 3, 3], [1] * 9, [4, 5]])
def test_a_bulk_in_slices_is_one_bulk(world: World, narrow: Exchange, slices: list[int]) -> None:
    outcomes: list[Outcome] = []
    for size in slices:
        outcomes += world.push(narrow, *cases(size, len(outcomes)))
        if len(slices) != 2:  # else nothing is sealed in between
            world.work()
    world.work()

    states = [releases(narrow, one.record)[HUB] for one in outcomes]
    assert (states.count("stored"), states.count("held")) == (5, 4)
    held = outcomes[states.index("held")]
    assert told(held, HUB, narrow) == ("hold", "R-19")


def test_a_held_bulk_goes_when_two_people_approve_it_or_a_day_has_passed(
    world: World, narrow: Exchange
) -> None:
    outcomes = world.push(narrow, *cases(7))
    world.work()
    first, second = [one for one in outcomes if releases(narrow, one.record)[HUB] == "held"]
    row = ApprovalRow(
        id=narrow.new_id(),
        record=str(first.record),
        version=1,
        partner=HUB,
        rule="R-19",
        by=("officer-1", "officer-2"),
    )
    with narrow.store.writing() as work:
        work.proposals.add_approvals([row])
        decide_again(row.record, row.version, work)
        work.commit()
    world.work()
    assert releases(narrow, first.record)[HUB] == "stored"
    assert releases(narrow, second.record)[HUB] == "held"

    world.clock.forward(days=1, seconds=1)
    world.work()
    assert releases(narrow, second.record)[HUB] == "stored"


def test_what_was_sealed_before_the_bulk_was_full_stays_sealed(
    world: World, narrow: Exchange
) -> None:
    world.network.down.add(HUB)
    outcomes = world.push(narrow, *cases(5))
    while world.run(seal, HUB, narrow):
        pass
    world.configure(
        narrow, NL_ITEMS + '[consent.x]\noriginator = "police.nl"\nrecipients = ["x.example"]\n'
    )
    world.work()
    assert {releases(narrow, one.record)[HUB] for one in outcomes} == {"sealed"}
