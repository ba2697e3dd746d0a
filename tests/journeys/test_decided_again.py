"""What is known about one record changes: what is open is decided again, without a new epoch."""

from __future__ import annotations

from gateway.flow.again import decide_again
from gateway.flow.lease import leased
from gateway.flow.offer import may_go
from gateway.flow.reconsider import reconsider
from gateway.flow.seal import seal
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed


def test_a_held_release_and_an_open_envelope_are_looked_at_again(world: World) -> None:
    nl = world.network.gateways[NL]
    world.network.down.add(HUB)
    (sealed,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)
    (held,) = world.push(nl, addressed("case_financial_only", HUB))
    with leased(f"reconsider:{HUB}", 60, nl) as lease:
        while reconsider(HUB, lease, nl):
            pass
        assert reconsider(HUB, lease, nl) == 0

        with nl.store.writing() as work:
            for outcome in (sealed, held):
                decide_again(outcome.record, outcome.version, work)
            work.commit()
        with nl.store.reading() as work:
            epoch = nl.configuration(work).epoch
            (envelope,) = work.envelopes.open_after(HUB, _ep(work), 0, limit=9)[-1:]
        assert not may_go(envelope, epoch, nl.now_ms())

        assert reconsider(HUB, lease, nl) == 1  # the envelope
        assert reconsider(HUB, lease, nl) == 1  # the release
        assert reconsider(HUB, lease, nl) == 0
    with nl.store.reading() as work:
        confirmed = work.envelopes.get(envelope.id)
        (release,) = work.releases.of_record(held.record)
    assert confirmed is not None
    assert may_go(confirmed, epoch, nl.now_ms())
    assert (release.state, release.epoch) == ("held", epoch)


def _ep(work) -> int:
    return work.envelopes.channel(HUB, "out").ep
