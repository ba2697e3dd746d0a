"""A confirmed link holds for the subject it was confirmed on, at both ends (R-11)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.flow import propose
from gateway.flow.exchange import Exchange
from gateway.flow.lease import leased
from gateway.flow.notify import Wanted, notify
from gateway.flow.promoting import NotPromotable
from gateway.flow.promotion import end_link
from gateway.flow.rows_corroboration import SubjectLinkRow
from gateway.flow.seal import seal
from gateway.flow.unlinked import review_unlinked
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.staff import acts, person
from tests.journeys.subjects import (
    EMAIL,
    alert,
    at_hub,
    desked,
    only,
    promote,
    promotions,
    propose_promotion,
    report,
    told_at,
)
from tests.journeys.test_corroboration import rule_holding

HOME = alert()["persons"][0]["addresses"]
ELSEWHERE = [{**HOME[0], "street": "Laan 9"}]


def someone(name: str, category: str, **members: Any) -> dict[str, Any]:
    return {"category": category, "names": [{"full": name}], "addresses": HOME, **members}


WITNESS = someone("Wim Getuige", "witness", dob="1990-05-06", nationalities=["NL"])
NEIGHBOUR = someone("Nel Buur", "witness", dob="1970-01-01", nationalities=["NL"])


@pytest.fixture
def nl(world: World) -> Exchange:
    return desked(world)


def push_signal(world: World) -> str:
    return only(world.push(world.network.gateways[NL], alert()))


def push_ground(world: World, *persons: dict[str, Any], **changes: Any) -> str:
    nl = world.network.gateways[NL]
    given = {"identities": [], "persons": list(persons), **changes}
    body = report(partner="nobody.eu", **given)
    return only(world.push(nl, body, source="desk"))


def confirm(record: str, other: str, nl: Exchange, **more: str) -> SubjectLinkRow:
    asked = {"record": record, "other": other, "part": "/persons/0", **more}
    row = propose.propose("confirm-link", asked, person("analyst-1", nl), nl, reason="same_person")
    propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    (link,) = links(record, nl)
    return link


def links(record: str, nl: Exchange) -> list[SubjectLinkRow]:
    with nl.store.reading() as work:
        return list(work.corroboration.links([record]))


@pytest.fixture
def promoted(world: World, nl: Exchange) -> tuple[str, str, str]:
    """A signal, a ground of the same household, and the case two persons made; the hub has it."""
    signal, ground = push_signal(world), push_ground(world, WITNESS)
    confirm(signal, ground, nl)
    case = promote(signal, ground, world).record
    world.work()
    assert at_hub(case, nl) == "stored"
    return signal, ground, case


def demand_fallen(signal: str, case: str, world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    assert links(signal, nl) == []
    (promotion,) = promotions(signal, nl)
    assert (promotion.state, promotion.code) == ("fallen", "no_longer_linked")
    (told,) = acts(nl, "unlinked")
    assert told["by"] == "gateway"
    world.work()
    assert told_at(hub, case) == ["demote"]
    assert at_hub(signal, nl) == "stored"  # the signal stays what it is


def demand_standing(signal: str, case: str, world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    assert len(links(signal, nl)) == 1
    world.work()
    assert [one.state for one in promotions(signal, nl)] == ["standing"]
    assert told_at(hub, case) == []


def test_a_link_keeps_versions_and_parts_of_both_ends(world: World, nl: Exchange) -> None:
    signal, ground = push_signal(world), push_ground(world, WITNESS)
    link = confirm(signal, ground, nl)
    assert (link.version, link.part) == (1, "/persons/0")
    assert (link.other_version, link.other_part) == (1, "/persons/0")
    assert all(link.on[side] for side in ("record", "other", "shared"))


def test_a_ground_that_names_somebody_else_now_ends_the_link(
    world: World, promoted: tuple[str, str, str]
) -> None:
    signal, _, case = promoted
    push_ground(world, {**NEIGHBOUR, "category": "witness"}, corrects=1)  # at the same address
    demand_fallen(signal, case, world)


def test_a_ground_without_the_address_that_was_shared_ends_the_link(
    world: World, promoted: tuple[str, str, str]
) -> None:
    signal, _, case = promoted
    push_ground(world, {**WITNESS, "addresses": ELSEWHERE}, corrects=1)
    demand_fallen(signal, case, world)


def test_the_same_person_at_another_place_keeps_the_link(
    world: World, promoted: tuple[str, str, str]
) -> None:
    signal, _, case = promoted
    push_ground(world, {**NEIGHBOUR, "addresses": ELSEWHERE}, WITNESS, corrects=1)
    demand_standing(signal, case, world)


def test_a_namesake_is_somebody_else(world: World, promoted: tuple[str, str, str]) -> None:
    signal, _, case = promoted
    push_ground(world, {**WITNESS, "dob": "1991-05-06"}, corrects=1)
    demand_fallen(signal, case, world)


def test_the_linked_person_recalled_in_the_ground_ends_the_link(
    world: World, promoted: tuple[str, str, str]
) -> None:
    signal, ground, case = promoted
    recall(ground, "/persons/0", world)
    demand_fallen(signal, case, world)


def test_another_person_recalled_in_the_ground_leaves_the_link(world: World, nl: Exchange) -> None:
    signal = push_signal(world)
    ground = push_ground(world, {**NEIGHBOUR, "addresses": ELSEWHERE}, WITNESS)
    confirm(signal, ground, nl)
    case = promote(signal, ground, world).record
    world.work()
    recall(ground, "/persons/0", world)
    demand_standing(signal, case, world)


def recall(record: str, person_: str, world: World) -> None:
    nl = world.network.gateways[NL]
    wanted = Wanted(kind="recall", record=record, person=person_, code="wrong_person")
    notify(wanted, "officer-1", "police.nl", nl)


def test_a_recalled_ground_ends_the_link(world: World, promoted: tuple[str, str, str]) -> None:
    signal, ground, case = promoted
    nl = world.network.gateways[NL]
    notify(Wanted(kind="recall", record=ground, code="unlawful"), "officer-1", "police.nl", nl)
    assert links(signal, nl) == []
    assert [one.code for one in promotions(signal, nl)] == ["recall"]
    world.work()
    assert told_at(world.network.gateways[HUB], case) == ["demote"]


def test_where_several_persons_could_be_meant_one_is_named(world: World, nl: Exchange) -> None:
    signal, ground = push_signal(world), push_ground(world, WITNESS, NEIGHBOUR)
    with pytest.raises(NotPromotable, match="other_part"):
        confirm(signal, ground, nl)
    with pytest.raises(NotPromotable, match="other_part is a place"):
        confirm(signal, ground, nl, other_part="/persons/2")
    link = confirm(signal, ground, nl, other_part="/persons/1")
    assert link.other_part == "/persons/1"
    push_ground(world, WITNESS, {**NEIGHBOUR, "names": [{"full": "Nel Ander"}]}, corrects=1)
    assert links(signal, nl) == []


# What a submitter says of its own ground


def claiming(ground: str, **changes: Any) -> dict[str, Any]:
    """A case that says of a record that it is a ground about the same subject."""
    link = {"by": "shared_identifier", "pointer": "/persons/0", **changes}
    root = {"kind": "hotline_report", "record": ground}
    named = {"kind": "hotline_report", "roots": [root], "subject_link": link}
    own = [{**EMAIL, "holder_ref": "/persons/0"}]
    return addressed("case_financial_only", HUB, identities=own, grounds=[named])


@pytest.mark.parametrize(
    "said", [{}, {"by": "confirmed_link", "confirmed_by": "desk 2"}], ids=["shared", "confirmed"]
)
def test_a_submitters_word_for_the_same_subject_is_looked_up(
    world: World, nl: Exchange, said: dict[str, str]
) -> None:
    ground = push_ground(world, WITNESS)
    case = only(world.push(nl, claiming(ground, **said)))
    assert (at_hub(case, nl), rule_holding(case, nl)) == ("held", "R-11")
    push_ground(world, WITNESS, corrects=1, identities=[EMAIL])
    world.work()
    assert at_hub(case, nl) == "stored"


def test_a_shared_identifier_that_a_correction_takes_out_holds_what_did_not_leave(
    world: World, nl: Exchange
) -> None:
    ground = push_ground(world, WITNESS, identities=[EMAIL])
    case = only(world.push(nl, claiming(ground)))
    world.run(seal, HUB, nl)
    assert at_hub(case, nl) == "sealed"
    push_ground(world, WITNESS, corrects=1)
    world.work()
    assert (at_hub(case, nl), rule_holding(case, nl)) == ("held", "R-11")
    confirm(case, ground, nl)
    world.work()
    assert at_hub(case, nl) == "stored"


def review_links(nl: Exchange) -> int:
    with leased("review", 60, nl) as lease:
        assert lease
        return review_unlinked(lease, nl)


def test_a_case_that_left_on_a_link_alone_is_taken_back_with_it_and_given_again(
    world: World, nl: Exchange
) -> None:
    hub = world.network.gateways[HUB]
    ground = push_ground(world, WITNESS)
    case = only(world.push(nl, claiming(ground)))
    confirm(case, ground, nl)
    world.work()
    assert (at_hub(case, nl), promotions(case, nl)) == ("stored", [])
    assert review_links(nl) == 0

    end_link(case, ground, "mistaken", person("analyst-1", nl), nl)
    assert (review_links(nl), review_links(nl)) == (1, 0)
    world.work()
    assert told_at(hub, case) == ["demote"]
    (fell,) = acts(nl, "fell_back")
    assert (fell["ground"], fell["code"], fell["holders"]) == (ground, "no_longer_linked", 1)

    world.clock.forward(seconds=60)
    confirm(case, ground, nl)
    assert (review_links(nl), review_links(nl)) == (1, 0)
    world.work()
    assert told_at(hub, case) == ["demote", "promote"]


def test_a_case_with_another_ground_is_not_taken_back(world: World, nl: Exchange) -> None:
    ground = push_ground(world, WITNESS)
    case = only(world.push(nl, claiming(ground)))
    confirm(case, ground, nl)
    world.work()
    push_ground(world, WITNESS, corrects=1, identities=[EMAIL])  # an identifier they share
    end_link(case, ground, "mistaken", person("analyst-1", nl), nl)
    assert review_links(nl) == 0
    assert at_hub(case, nl) == "stored"


def test_a_ground_below_counts_by_what_is_shown_too(world: World, nl: Exchange) -> None:
    """A case that leans on a case of ours that only says of its ground that it is one."""
    report_ = push_ground(world, WITNESS)
    below = only(world.push(nl, claiming(report_)))
    above = claiming(below)
    above |= {"provider_ref": "above", "national_ref": "above-1"}
    above["grounds"][0]["kind"] = "partner_report"
    case = only(world.push(nl, above))
    assert (at_hub(case, nl), rule_holding(case, nl)) == ("held", "R-11")
    with pytest.raises(NotPromotable, match="financial at its roots"):
        propose_promotion(push_signal(world), below, "officer-1", nl)
