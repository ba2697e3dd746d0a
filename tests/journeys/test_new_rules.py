"""An upgrade that changes a rule decides again on what an older one let go."""

from __future__ import annotations

import pytest

from gateway.core import rules
from gateway.flow.exchange import Exchange
from gateway.flow.reconsider import reconsider
from gateway.flow.rules_taken_up import take_up_rules
from gateway.flow.seal import seal
from gateway.jobs import Pace, Worker
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.staff import acts


def epoch(exchange: Exchange) -> int:
    with exchange.store.reading() as work:
        return work.config.epoch()


def test_the_same_rules_move_nothing(world: World) -> None:
    nl = world.network.gateways[NL]
    assert take_up_rules(nl)
    before = epoch(nl)
    assert not take_up_rules(nl)
    assert epoch(nl) == before


def test_what_older_rules_sealed_is_decided_on_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nl = world.network.gateways[NL]
    take_up_rules(nl)
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(reconsider, HUB, nl)
    assert world.run(seal, HUB, nl) == 1
    assert releases(nl, outcome.record) == {HUB: "sealed"}
    assert world.run(reconsider, HUB, nl) == 0
    newer = {**rules.catalogue(), "R-04": 99}
    monkeypatch.setattr("gateway.flow.rules_taken_up.catalogue", lambda: newer)

    worker = Worker(nl, Pace(tick_seconds=60))  # it looks at nothing by itself
    worker.start()
    worker.stop()

    (told,) = [one for one in acts(nl, "configured") if one["change"] == epoch(nl)]
    assert (told["item"], told["by"]) == ("rules/release", "gateway")
    with nl.store.reading() as work:
        stale = work.envelopes.stale(HUB, epoch=epoch(nl), now_ms=nl.now_ms(), limit=9)
        (sealed,) = [row for row in stale if row.kind == "records"]
    assert sealed.epoch < epoch(nl)
