"""What is meant for one holder reaches the copies by that one's hands, and no others."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from gateway.flow.exchange import Exchange
from gateway.flow.holders import holders
from gateway.flow.identify import Person
from gateway.flow.known import load
from gateway.flow.notify import Wanted, notify
from gateway.flow.pass_on import pass_on
from gateway.flow.records import open_records
from gateway.flow.revoked import revoke
from gateway.flow.telling import tell_some
from tests.journeys.after import dump, inbox, states, texts, verdicts, versions
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import AGREEMENT, HUB, ITEMS, NL, NL_ITEMS, addressed, two_gateways
from tests.journeys.test_lifecycle import CONSENT, EST, EST_ITEMS, OFFICER, PASSING, act, take_over

FIN = "police.fi"
DIRECT = AGREEMENT.format(name="nl-ee", partner=EST)
DIRECT_BACK = AGREEMENT.format(name="nl-ee", partner=NL)
UNCONFIRMED = ("restrict", "unconfirmed")
WITHDRAWN = ("recall", "consent_withdrawn")


@pytest.fixture
def chain() -> World:
    return _chain().copy()


@cache
def _chain() -> World:
    """The national gateway and the hub; a third that both give records to."""
    world = two_gateways()
    est = world.add(EST)
    world.introduce(est, hub(world))
    world.introduce(est, nl(world))
    world.configure(nl(world), NL_ITEMS + DIRECT)
    world.configure(hub(world), PASSING + CONSENT)
    world.configure(est, EST_ITEMS + DIRECT_BACK)
    world.work()
    return world


def nl(world: World) -> Exchange:
    return world.network.gateways[NL]


def hub(world: World) -> Exchange:
    return world.network.gateways[HUB]


def est(world: World) -> Exchange:
    return world.network.gateways[EST]


def released(world: World, *partners: str, **changes: object) -> str:
    (outcome,) = world.push(nl(world), addressed("case", *partners, **changes))
    world.work()
    return str(outcome.record)


def handed_on(world: World, record: str) -> None:
    """The hub passes it on to the third."""
    take_over(world, HUB, "analysts")
    pass_on(record, EST, OFFICER, hub(world))
    world.work()


def directly(world: World, record: str, **changes: object) -> None:
    """The originator gives it to the third, too."""
    world.push(nl(world), addressed("case", HUB, EST, corrects=1, **changes))
    world.work()


def given_too(world: World, record: str) -> None:
    """The originator gives the version that it gave the hub to the third, too."""
    world.configure(nl(world), NL_ITEMS + DIRECT)
    world.work()
    assert releases(nl(world), record)[EST] == "accepted"  # it said: duplicate


def tell_one(
    world: World, kind: str, code: str, record: str, version: int = 1, partner: str = HUB
) -> str:
    """The originator tells one holder alone, the hub; the id of the notice."""
    return told(world, partner, kind, code, record, version)


def told(world: World, partner: str, *said: Any) -> str:
    with nl(world).store.writing() as work:
        kind, code, record, version, *person = said
        about = (kind, code, record, version, (partner,), work, nl(world), *person)
        _, fields = tell_some(*about)
        work.commit()
    world.work()
    return str(fields["notice"])


@pytest.fixture
def by_the_hub(chain: World) -> tuple[World, str]:
    """A record that the third has by the hub; its originator may give it there since."""
    chain.configure(nl(chain), NL_ITEMS)
    record = released(chain, HUB, EST)
    handed_on(chain, record)
    return chain, record


def test_what_the_hub_passed_on_goes_with_what_the_hub_had(by_the_hub) -> None:
    world, record = by_the_hub
    notice = tell_one(world, *WITHDRAWN, record)
    assert states(hub(world), record) == states(est(world), record) == {1: "recalled"}
    assert "Piet" not in texts(est(world), record)
    assert verdicts(hub(world), notice)[EST] == ("erased", "", "done")


def test_what_the_originator_gave_itself_stays_and_nobody_is_alarmed(chain: World) -> None:
    record = released(chain, HUB, EST)
    handed_on(chain, record)
    notice = tell_one(chain, *WITHDRAWN, record)

    assert states(hub(chain), record) == {1: "recalled"}
    assert states(est(chain), record) == {1: "current"}
    assert "Piet Proef" in texts(est(chain), record)
    assert inbox(est(chain), "desk")
    assert verdicts(hub(chain), notice) == {EST: ("erased", "not-held", "done")}
    (told,) = holders(record, "police.nl", nl(chain))["notices"]
    (row,) = told["holders"]
    assert (row["holder"], row["gateway"], row["passed_on"]) == (HUB, "erased", None)
    assert releases(hub(chain), record) == {EST: "gone"}
    assert releases(nl(chain), record) == {HUB: "gone", EST: "stored"}


def test_a_revoked_holder_takes_nothing_from_others(chain: World) -> None:
    record = released(chain, HUB, EST)
    handed_on(chain, record)
    revoke(HUB, "admin", nl(chain))
    chain.work()
    assert states(hub(chain), record) == {1: "recalled"}
    assert states(est(chain), record) == {1: "current"}


def test_what_came_by_the_hub_and_then_directly_counts_as_direct(by_the_hub) -> None:
    world, record = by_the_hub
    given_too(world, record)
    tell_one(world, *WITHDRAWN, record)
    assert states(hub(world), record) == {1: "recalled"}
    assert states(est(world), record) == {1: "current"}
    assert "Piet Proef" in texts(est(world), record)


def test_what_was_recalled_by_the_hub_comes_in_again_directly(by_the_hub) -> None:
    world, record = by_the_hub
    take_over(world, EST, "desk")
    tell_one(world, *WITHDRAWN, record)
    assert texts(est(world), record) == ""

    world.configure(nl(world), NL_ITEMS + DIRECT)
    world.work()

    (row,) = versions(est(world), record)
    assert (row.state, row.via, row.brought_by) == ("current", None, None)
    assert "Piet Proef" in texts(est(world), record)
    (entry,) = inbox(est(world), "desk")
    assert (entry["record"], entry["from"]) == (record, NL)
    take_over(world, EST, "desk")
    world.work()
    assert releases(nl(world), record)[EST] == "accepted"
    notice = notify(Wanted(kind="recall", record=record, code="unlawful"), "x", None, nl(world))
    world.work()
    assert states(est(world), record) == {1: "recalled"}
    assert verdicts(nl(world), notice.notice)[EST][0] == "erased"


def test_a_person_taken_from_the_copy_by_the_hub_is_in_the_originators_own(by_the_hub) -> None:
    world, record = by_the_hub
    take_over(world, EST, "desk")
    told(world, HUB, "recall", "not_releasable", record, 1, "/persons/0")
    assert "Piet" not in texts(hub(world), record)
    assert "Piet" not in dump(est(world))

    world.configure(nl(world), NL_ITEMS + DIRECT)
    world.work()

    assert "Piet Proef" in texts(est(world), record)
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    world.work()
    assert "Piet" not in dump(est(world))


def test_a_version_that_comes_directly_later_is_taken_in(by_the_hub) -> None:
    world, record = by_the_hub
    world.network.down.add(EST)
    tell_one(world, *WITHDRAWN, record, 2)  # it is about whatever the hub had, up to version 2
    world.configure(nl(world), NL_ITEMS + DIRECT)
    directly(world, record, status="closed", unit="Team Twee")
    world.network.down.clear()
    world.clock.forward(seconds=3600)
    world.work(rounds=40)
    assert states(est(world), record)[2] == "current"
    assert "Team Twee" in texts(est(world), record)


def test_a_restriction_for_the_hub_binds_its_copies_alone(by_the_hub) -> None:
    world, record = by_the_hub
    notice = tell_one(world, *UNCONFIRMED, record)
    assert states(hub(world), record) == states(est(world), record) == {1: "restricted"}
    assert verdicts(hub(world), notice)[EST][:2] == ("applied", "")
    assert inbox(est(world), "desk") == []

    given_too(world, record)

    assert states(est(world), record) == {1: "current"}
    assert [one["record"] for one in inbox(est(world), "desk")] == [record]


def test_a_restriction_by_the_hub_ends_though_the_originators_word_comes_first(
    chain: World,
) -> None:
    """The third was tried once, so it is told; what it has it has by the hub."""
    chain.network.down.add(EST)
    record = released(chain, HUB, EST)
    chain.configure(nl(chain), NL_ITEMS)
    chain.work()
    chain.network.down.clear()
    chain.clock.forward(seconds=7200)
    chain.work(rounds=40)
    handed_on(chain, record)
    tell_one(chain, *UNCONFIRMED, record)
    assert states(est(chain), record) == {1: "restricted"}

    chain.network.down.add(HUB)
    lifted = Wanted(kind="restrict", record=record, code="unconfirmed", until=chain.clock.ms)
    assert notify(lifted, "x", None, nl(chain)).holders == (EST, HUB)
    chain.work()
    assert states(est(chain), record) == {1: "current"}
    chain.network.down.clear()
    chain.clock.forward(seconds=7200)
    chain.work(rounds=40)
    assert states(hub(chain), record) == states(est(chain), record) == {1: "current"}


def test_what_comes_by_the_hub_and_from_the_originator_works_on_both(chain: World) -> None:
    """An officer's recall has one id for everybody, whatever way it takes."""
    record = released(chain, HUB, EST)
    handed_on(chain, record)
    chain.network.down.add(EST)
    told = notify(
        Wanted(kind="recall", record=record, code="consent_withdrawn"), "x", None, nl(chain)
    )
    chain.work()
    chain.network.down.clear()
    chain.clock.forward(seconds=3600)
    chain.work(hub(chain), est(chain))
    assert states(est(chain), record) == {1: "current"}  # the hub's word alone does nothing
    chain.work(rounds=40)
    assert states(est(chain), record) == {1: "recalled"}
    assert verdicts(nl(chain), told.notice)[EST] == ("erased", "", "done")


def at_second_hand(world: World, record: str) -> Exchange:
    """A fourth, to whom the third passes it on."""
    fin, third = world.add(FIN), est(world)
    world.introduce(fin, third)
    world.introduce(fin, nl(world))
    consent = CONSENT.replace("nl-to-ee", "nl-to-fi").replace(EST, FIN)
    onward = AGREEMENT.format(name="ee-fi", partner=FIN)
    world.configure(third, EST_ITEMS + DIRECT_BACK + onward + consent)
    own = ITEMS.format(org="police.fi", country="FI", client="kessu", digest="F" * 42 + "A")
    world.configure(fin, own + AGREEMENT.format(name="ee-fi", partner=EST))
    world.work()
    take_over(world, EST, "desk")
    officer = Person("officer-8", "fiu.ee", frozenset({"release_officer"}))
    pass_on(record, FIN, officer, third)
    world.work()
    assert "Piet Proef" in texts(fin, record)
    return fin


def test_a_notice_for_the_hub_reaches_whoever_has_it_at_second_hand(by_the_hub) -> None:
    world, record = by_the_hub
    fin = at_second_hand(world, record)
    tell_one(world, *WITHDRAWN, record)
    assert states(fin, record) == {1: "recalled"}


def test_a_notice_for_the_last_hand_reaches_whoever_has_it_by_that(by_the_hub) -> None:
    """The text is the one that the hub got; who brought it is told alone, and passes that on."""
    world, record = by_the_hub
    fin = at_second_hand(world, record)
    given_too(world, record)
    tell_one(world, *WITHDRAWN, record, partner=EST)
    assert states(est(world), record) == states(fin, record) == {1: "recalled"}
    assert states(hub(world), record) == {1: "current"}


def test_a_general_recall_passed_on_reaches_what_came_directly_too(chain: World) -> None:
    record = released(chain, HUB, EST)
    handed_on(chain, record)
    with nl(chain).store.writing() as work:
        tell_some("recall", "unlawful", record, 1, (HUB,), work, nl(chain))
        work.commit()
    chain.work()
    assert states(est(chain), record) == {1: "recalled"}


def by_another(world: World, *more: str) -> Exchange:
    """A fourth that has records of the originator, too, and passes them on to the third."""
    fin, onward = world.add(FIN), AGREEMENT.format(name="ee-fi", partner=EST)
    world.introduce(fin, nl(world))
    world.introduce(fin, est(world))
    with_fin = NL_ITEMS + AGREEMENT.format(name="nl-fi", partner=FIN)
    world.configure(nl(world), with_fin)
    own = ITEMS.format(org="police.fi", country="FI", client="kessu", digest="F" * 42 + "A")
    home = AGREEMENT.format(name="nl-fi", partner=NL)
    world.configure(fin, own + home + onward + CONSENT)
    back = AGREEMENT.format(name="ee-fi", partner=FIN)
    world.configure(est(world), EST_ITEMS + DIRECT_BACK + back)
    world.work()
    return fin


def passes_it_on(fin: Exchange, record: str, world: World) -> None:
    take_over(world, FIN, "kessu")
    officer = Person("officer-9", "police.fi", frozenset({"release_officer"}))
    pass_on(record, EST, officer, fin)
    world.work()


def test_what_the_hubs_recall_removed_comes_in_again_by_another(chain: World) -> None:
    chain.configure(nl(chain), NL_ITEMS)
    fin = by_another(chain)
    record = released(chain, HUB, FIN)
    handed_on(chain, record)
    take_over(chain, EST, "desk")
    tell_one(chain, *WITHDRAWN, record)
    assert texts(est(chain), record) == ""

    passes_it_on(fin, record, chain)

    assert "Piet Proef" in texts(est(chain), record)
    (row,) = versions(est(chain), record)
    assert (row.state, row.via, row.brought_by) == ("current", FIN, FIN)
    (entry,) = inbox(est(chain), "desk")
    assert entry["record"] == record
    assert releases(fin, record)[EST] == "stored"  # not a duplicate: it waits for an answer
    tell_one(chain, *WITHDRAWN, record, partner=FIN)
    assert states(est(chain), record) == {1: "recalled"}


def test_what_was_recalled_everywhere_comes_in_again_by_nobody(chain: World) -> None:
    chain.configure(nl(chain), NL_ITEMS)
    fin = by_another(chain)
    record = released(chain, HUB, FIN)
    handed_on(chain, record)
    chain.network.down.add(FIN)
    notify(Wanted(kind="recall", record=record, code="unlawful"), "x", None, nl(chain))
    chain.work()
    assert states(est(chain), record) == {1: "recalled"}
    chain.network.down.discard(FIN)
    passes_it_on(fin, record, chain)
    assert texts(est(chain), record) == ""


def test_a_person_recalled_from_the_hub_alone_is_not_struck_from_other_copies(by_the_hub) -> None:
    world, record = by_the_hub
    take_over(world, EST, "desk")
    told(world, HUB, "recall", "not_releasable", record, 1, "/persons/0")
    world.configure(nl(world), NL_ITEMS + DIRECT)
    world.work()
    assert "Piet Proef" in texts(est(world), record)
    assert struck(est(world), record) == ()


def struck(exchange: Exchange, record: str) -> tuple[str, ...]:
    (found,) = open_records(versions(exchange, record), exchange)
    laid = load([found], exchange, theirs=[record]).laid
    return laid[record, 1].struck if (record, 1) in laid else ()
