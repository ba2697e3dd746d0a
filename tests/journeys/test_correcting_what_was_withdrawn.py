"""A withdrawn record takes no correction; that is told of it alone, not of its whole bulk."""

from __future__ import annotations

from dataclasses import replace

from gateway.flow.withdraw import withdraw
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.test_nothing_leaves import Meanwhile

CORRECTION = addressed("case", HUB, corrects=1, outcome_by="2030-01-01")


def test_a_correction_of_a_withdrawn_record_is_a_conflict_of_its_own(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    withdraw(str(outcome.record), "test", "sent_in_error", nl)

    corrected, other = world.push(nl, CORRECTION, addressed("case", HUB, provider_ref="other"))

    assert (corrected.state, other.state) == ("conflict", "stored")
    assert [fault.code for fault in corrected.faults] == ["withdrawn"]


def test_a_record_withdrawn_while_it_is_corrected_is_a_conflict(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))

    def withdrawn() -> object:
        return withdraw(str(outcome.record), "test", "sent_in_error", nl)

    racing = replace(nl, store=Meanwhile(nl.store, withdrawn))
    (corrected,) = world.push(racing, CORRECTION)

    assert [fault.code for fault in corrected.faults] == ["withdrawn"]
