"""A working day: one record of a hundred is restricted while the partner has fetched none.

The officer acts once, and the partner gets ninety-nine; what was sealed is sealed anew without
the one, and nothing is missing from the chain. When the doubt is over, the hundredth follows.
"""

from __future__ import annotations

from gateway.flow.audit import verify_ledger
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.notify import Notified, Wanted, notify
from tests.days.acts import Acts
from tests.journeys.after import versions
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import NL, VGT, addressed, with_puller


def restrict(record: str, nl: Exchange, *, until: int | None = None) -> Notified:
    wanted = Wanted(kind="restrict", record=record, code="accuracy_contested", until=until)
    return notify(wanted, "officer-17", "police.nl", nl)


def arrived(vgt: Exchange) -> list[str]:
    entries = waiting(client_named("officers", vgt), 0, 200, vgt).entries
    return [str(entry["record"]) for entry in entries]


def demand_whole_chain(nl: Exchange, vgt: Exchange) -> None:
    """Both sides count the same envelopes and end with the same digest."""
    with nl.store.reading() as work, vgt.store.reading() as theirs:
        out = work.envelopes.channel(VGT, "out")
        into = theirs.envelopes.channel(NL, "in")
    assert (out.ep, out.last_seq, out.last_digest) == (into.ep, into.upto, into.last_digest)


def test_one_of_a_hundred_is_restricted_before_anybody_fetched_them(
    world: World, acts: Acts
) -> None:
    """One act restricts, one lifts; the partner does nothing but fetch."""
    vgt = with_puller(world)
    nl = world.network.gateways[NL]

    # A hundred cases are pushed by the national system and lie sealed in the mailbox.
    bodies = [addressed("case", VGT, provider_ref=f"B-{number:03}") for number in range(100)]
    pushed = [str(outcome.record) for outcome in world.push(nl, *bodies)]
    world.work(nl)
    assert {releases(nl, record)[VGT] for record in pushed} == {"sealed"}
    doubted = pushed[40]

    # Somebody contests one of them; the officer restricts it.
    told = acts.by("officer-17", "restricts the one that is contested", restrict, doubted, nl)
    assert told.holders == ()  # nobody has it, so nobody need be told
    world.clock.forward(seconds=60)
    world.work()

    # The partner fetches, and gets the ninety-nine others, each once.
    assert sorted(arrived(vgt)) == sorted(set(pushed) - {doubted})
    assert versions(vgt, doubted) == []
    assert releases(nl, doubted)[VGT] == "refused"
    assert {releases(nl, record)[VGT] for record in pushed if record != doubted} == {"stored"}
    demand_whole_chain(nl, vgt)

    # It was right after all: the officer lifts the restriction, and the hundredth goes.
    world.clock.forward(days=2)
    acts.by("officer-17", "lifts the restriction", restrict, doubted, nl, until=nl.now_ms())
    world.work()
    assert sorted(arrived(vgt)) == sorted(pushed)
    demand_whole_chain(nl, vgt)
    for exchange in (nl, vgt):
        world.sign(exchange)
        assert verify_ledger(exchange, [one.key for one in exchange.agent.public_keys()]).is_whole
    assert acts.told() == 2
