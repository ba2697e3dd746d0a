"""What people approve and what notices lay on a record: it changes what may go, at once."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.flow.again import decide_again
from gateway.flow.outcome import Outcome
from gateway.flow.rows import Sealed
from gateway.flow.rows_after import NoticeRow
from gateway.flow.rows_people import ApprovalRow
from gateway.flow.seal import seal
from tests.journeys.gateways import World, record, releases
from tests.journeys.scenes import HUB, NL, addressed


def governed(*handling: str, text: str | None = None) -> dict[str, Any]:
    governance = {**record("case")["governance"], "handling": list(handling)}
    return {**governance, **({"handling_text": text} if text else {})}


def approve(outcome: Outcome, world: World, **members: Any) -> None:
    nl = world.network.gateways[NL]
    row = ApprovalRow(
        **{
            "id": nl.new_id(),
            "record": str(outcome.record),
            "version": outcome.version or 1,
            "partner": HUB,
            "rule": "R-05",
            "by": ("officer-1", "officer-2"),
            **members,
        }
    )
    with nl.store.writing() as work:
        work.proposals.add_approvals([row])
        decide_again(row.record, row.version, work)
        work.commit()


def lay(outcome: Outcome, world: World, kind: str, code: str, **members: Any) -> None:
    nl = world.network.gateways[NL]
    row = NoticeRow(
        **{
            "id": nl.new_id(),
            "record": str(outcome.record),
            "version": outcome.version or 1,
            "kind": kind,
            "person": None,
            "code": code,
            "from_partner": None,
            "until": None,
            "at": nl.now_ms(),
            "state": "applied",
            "text": Sealed(b"notice"),
            **members,
        }
    )
    with nl.store.writing() as work:
        work.notices.add([row])
        decide_again(row.record, row.version, work)
        work.commit()


def test_a_held_release_goes_once_it_was_approved(world: World) -> None:
    nl = world.network.gateways[NL]
    asked = addressed("case", HUB, governance=governed("H3", text="Ask us first."))
    (outcome,) = world.push(nl, asked)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "held"}

    approve(outcome, world)
    world.work()

    assert releases(nl, outcome.record) == {HUB: "stored"}


@pytest.mark.parametrize(
    "members", [{"partner": "agency.au"}, {"rule": "text"}, {"until": 1}, {"version": 9}]
)
def test_an_approval_of_something_else_lets_nothing_go(
    world: World, members: dict[str, Any]
) -> None:
    nl = world.network.gateways[NL]
    (first,) = world.push(nl, addressed("case", HUB, governance=governed("H3")))
    if members.get("version") == 9:
        (other,) = world.push(nl, addressed("case", HUB, provider_ref="another"))
        approve(other, world)
    else:
        approve(first, world, **members)
    world.work()
    assert releases(nl, first.record) == {HUB: "held"}


@pytest.mark.parametrize(
    ("code", "state"),
    [("H2", "held"), ("H3", "held"), ("use", "refused"), ("transfer", "refused"), ("?", "refused")],
)
def test_what_is_laid_on_a_due_record_stops_it(world: World, code: str, state: str) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))

    lay(outcome, world, "change_restrictions", code)
    world.work()

    assert releases(nl, outcome.record) == {HUB: state}


def test_what_is_laid_on_a_sealed_record_marks_its_envelope(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)
    assert releases(nl, outcome.record) == {HUB: "sealed"}

    lay(outcome, world, "change_restrictions", "H2")
    world.work()

    assert releases(nl, outcome.record) == {HUB: "held"}
    with nl.store.reading() as work:
        envelopes = work.envelopes.page(partner=HUB, state="void", after="", limit=9)
    assert [row.void_code for row in envelopes] == ["withheld"]


@pytest.mark.parametrize("state", ["waiting", "replaced"])
def test_a_notice_that_is_not_in_force_changes_nothing(world: World, state: str) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    lay(outcome, world, "change_restrictions", "H2", state=state)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_a_correction_does_not_shake_a_restriction_off(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    lay(outcome, world, "change_restrictions", "use")
    world.push(nl, addressed("case", HUB, corrects=1, summary="Put right."))
    world.work()
    assert set(releases(nl, outcome.record).values()) <= {"refused", "withdrawn"}


@pytest.mark.parametrize(
    ("raised", "state"), [("court", "refused"), ("data_subject", "stored"), ("", "refused")]
)
def test_a_dispute_stops_by_who_raised_it(world: World, raised: str, state: str) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    lay(outcome, world, "dispute", raised)
    with nl.store.writing() as work:
        work.records.set_state(str(outcome.record), 1, "disputed")
        work.commit()
    world.work()
    assert releases(nl, outcome.record) == {HUB: state}
