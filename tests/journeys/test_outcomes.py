"""What became of what was given: asked for by a day, given, counted with what never came."""

from __future__ import annotations

import pytest

from gateway.core.errors import NotFound
from gateway.core.ids import OrgId, RecordId
from gateway.core.normalise import RecordInvalid
from gateway.core.record import Record
from gateway.flow.origin import origins_of
from gateway.flow.outcomes import counts, give
from tests.journeys.gateways import World, releases
from tests.journeys.questions import ASKED, ASKING, asking_each_other, listed, pen
from tests.journeys.scenes import HUB, HUB_ITEMS, NL, NL_ITEMS, addressed

GIVEN_TO_THE_HUB = {"outcome_by": "2026-01-20"}


def given(world, count):
    nl, hub = asking_each_other(world)
    sent = [
        world.push(nl, addressed("case", HUB, provider_ref=f"C-{n}", **GIVEN_TO_THE_HUB))[0].record
        for n in range(count)
    ]
    world.work()
    return nl, hub, sent


def test_outcomes_are_counted_with_the_share_that_never_came(world: World) -> None:
    nl, hub, sent = given(world, 4)
    assert {row["record"] for row in listed(ASKED, hub, kind="outcome")} == set(sent)
    give(sent[0], {"code": "suspect_identified"}, pen(ASKED), hub)
    world.work()
    world.clock.forward(days=20)
    late = give(sent[1], {"code": "too_late", "missing": ["/persons/0/dob"]}, pen(ASKED), hub)
    world.work()

    (group,) = counts(ASKING, "out", nl)

    assert group == {
        "partner": HUB,
        "operational_action": "OA-2026-3.1",
        "asked": 4,
        "answered": 2,
        "unanswered": 2,
        "share_unanswered": 0.5,
        "codes": {"suspect_identified": 1, "too_late": 1},
    }
    assert counts(ASKED, "in", hub)[0]["unanswered"] == 2
    assert releases(hub, late.record) == {NL: "stored"}


def test_what_is_not_due_yet_counts_neither_way(world: World) -> None:
    nl, *_ = given(world, 2)
    (group,) = counts(ASKING, "out", nl)
    assert (group["asked"], group["unanswered"], group["share_unanswered"]) == (2, 0, None)
    # the day itself is in time
    world.clock.forward(days=19, seconds=23 * 3600)
    assert counts(ASKING, "out", nl)[0]["unanswered"] == 0
    world.clock.forward(seconds=3600)
    assert counts(ASKING, "out", nl)[0]["unanswered"] == 2


def test_what_was_never_given_is_asked_of_nobody(world: World) -> None:
    nl, hub = asking_each_other(world)
    governance = {"handling": ["H3"], "handling_text": "Ask us."}
    body = addressed("case", HUB, **GIVEN_TO_THE_HUB)
    world.push(nl, {**body, "governance": {**body["governance"], **governance}})
    world.work()

    assert counts(ASKING, "out", nl) == []
    assert listed(ASKED, hub, kind="outcome") == []


def test_an_outcome_goes_back_without_an_agreement_on_outcomes(world: World) -> None:
    nl, hub, sent = given(world, 1)
    world.configure(nl, NL_ITEMS)
    world.configure(hub, HUB_ITEMS)
    world.work()

    back = give(sent[0], {"code": "case_opened"}, pen(ASKED), hub)
    world.work()

    assert releases(hub, back.record) == {NL: "stored"}
    assert counts(ASKING, "out", nl)[0]["codes"] == {"case_opened": 1}


def test_an_outcome_is_of_something_that_a_partner_asked_about(world: World) -> None:
    nl, hub, sent = given(world, 1)
    with pytest.raises(NotFound):
        give(sent[0], {"code": "arrest"}, pen(ASKING), nl)
    with pytest.raises(RecordInvalid):
        give(sent[0], {"code": "famous"}, pen(ASKED), hub)


def test_an_outcome_tells_nobody_which_ids_are_ours(world: World) -> None:
    nl, _, sent = given(world, 1)
    (kept,) = world.push(nl, addressed("case", "agency.au", provider_ref="kept"))
    made_up = "urn:uuid:00000000-0000-7000-8000-000000000001"

    def known(id_: str, partner: str) -> dict[str, str]:
        asking = Record(
            id=RecordId(made_up), version=1, type="outcome", org=OrgId(HUB),
            body={"derived_from": [id_]},
        )  # fmt: skip
        return dict(origins_of(asking, partner, nl))

    assert known(sent[0], HUB) == {sent[0]: ""}
    assert known(str(kept.record), HUB) == known(made_up, HUB) == known(sent[0], "fiu.ee") == {}
