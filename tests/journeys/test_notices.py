"""What was handed out is followed by notices: they arrive, work once, and are answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import Conflict, NotFound
from gateway.core.leaving_out import withheld_of
from gateway.core.notice import NoticeMalformed
from gateway.flow.aftermath import StillNamed
from gateway.flow.audit import verify_ledger
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.look import explain
from gateway.flow.notify import BY_AN_ACT, NoSuchPerson, NotByOne, Notified, Wanted, notify
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.rows import ReleaseRow
from gateway.flow.seal import seal
from gateway.flow.take_in import take_in
from tests.journeys.after import dump, inbox, states, texts, verdicts, versions
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import (
    AGREEMENT,
    HUB,
    HUB_ITEMS,
    ITEMS,
    NL,
    NL_ITEMS,
    addressed,
    with_puller,
)

ENDED = NL_ITEMS.partition("[agreement")[0]
DAY_MS = 86_400_000


def act(world: World, kind: str, record: str | None, **more: Any) -> Notified:
    nl = world.network.gateways[NL]
    return notify(Wanted(kind=kind, record=str(record), **more), "officer-17", "police.nl", nl)


def received(world: World, **changes: Any) -> str:
    """A case that the hub has, and its national system was handed."""
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB, **changes))
    world.work()
    assert inbox(world.network.gateways[HUB], "analysts")
    return str(outcome.record)


def hub(world: World) -> Exchange:
    return world.network.gateways[HUB]


def test_a_recall_leaves_a_tombstone_on_both_sides_and_is_answered(world: World) -> None:
    record = received(world)
    told = act(world, "recall", record, code="unlawful")
    assert told.holders == (HUB,)
    world.work()

    for exchange in world.network.gateways.values():
        (row,) = versions(exchange, record)
        assert (row.state, row.text, row.trail, row.wrapped) == ("recalled", None, None, None)
        assert "Piet Proef" not in dump(exchange)
        world.sign(exchange)
        assert verify_ledger(exchange, [one.key for one in exchange.agent.public_keys()]).is_whole
    assert inbox(hub(world), "analysts") == []
    assert releases(world.network.gateways[NL], record) == {HUB: "gone"}
    assert verdicts(world.network.gateways[NL], told.notice) == {
        HUB: ("erased", "own-system-open", "open")
    }


def test_the_original_goes_with_the_record_though_it_held_others(world: World) -> None:
    nl = world.network.gateways[NL]
    one, other = world.push(
        nl, addressed("case", HUB), addressed("case", HUB, provider_ref="other")
    )
    (row,) = versions(nl, str(one.record))
    act(world, "erase", one.record, code="requested")
    with nl.store.reading() as work:
        original = work.records.original(str(row.original))
        assert original is not None
        assert (original.state, original.content, original.data_key) == ("erased", None, None)
    assert "Piet Proef" in texts(nl, str(other.record))


def test_what_never_left_needs_no_notice(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.run(seal, HUB, nl)  # sealed, and nobody was given it
    told = act(world, "recall", outcome.record, code="sent_in_error")
    world.work()
    assert told.holders == ()
    assert releases(nl, outcome.record) == {HUB: "withdrawn"}
    assert versions(hub(world), str(outcome.record)) == []


def test_what_was_handed_out_and_voided_is_recalled_too(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.network.tamper = lambda envelope: envelope[:-1]  # it leaves, and arrives damaged
    world.work(nl)
    told = act(world, "recall", outcome.record, code="sent_in_error")
    assert told.holders == (HUB,)
    world.network.tamper = None
    world.clock.forward(seconds=3600)
    world.work()
    assert versions(hub(world), str(outcome.record)) == []
    assert verdicts(nl, told.notice) == {HUB: ("erased", "not-held", "done")}


def bring(wire: bytes, world: World) -> None:
    """Let one envelope arrive at the hub, whatever its place, and be opened there."""
    take_in(wire, NL, hub(world))
    world.run(open_arrivals, NL, hub(world))


def test_a_notice_that_comes_before_its_record_waits_for_it(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    record = str(outcome.record)
    world.run(seal, HUB, nl)
    first = newest_wire(nl)
    world.network.down.add(HUB)
    world.work(nl)  # handed out, and lost on the way
    act(world, "recall", record, code="unlawful")
    world.run(seal, HUB, nl)
    world.run(seal, HUB, nl)
    notice = newest_wire(nl)

    bring(notice, world)
    assert versions(hub(world), record) == []
    bring(first, world)

    (row,) = versions(hub(world), record)
    assert (row.state, row.text, row.data_key) == ("recalled", None, None)
    assert inbox(hub(world), "analysts") == []
    assert "Piet Proef" not in dump(hub(world))
    world.network.down.clear()
    world.clock.forward(seconds=3600)
    world.work()
    assert releases(nl, record) == {HUB: "withdrawn"}


def newest_wire(exchange: Exchange) -> bytes:
    with exchange.store.reading() as work:
        rows = work.envelopes.page(partner=HUB, state=None, after="", limit=99)
        envelope = work.envelopes.get(max(rows, key=lambda row: row.seq).id)
    assert envelope is not None
    assert envelope.wire is not None
    return envelope.wire


def test_a_notice_that_comes_twice_works_once(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    told = act(world, "recall", record, code="wrong_person", person="/persons/0")
    world.run(seal, HUB, nl)
    world.network.deliver_times = 3
    world.work()
    once = texts(hub(world), record)
    with nl.store.writing() as work:  # and again, in an envelope of its own
        (row,) = [one for one in work.releases.of_record(record) if one.notice == told.notice]
        work.releases.replace([replace(row, state="due", envelope=None)], expect=row.state)
        work.commit()
    world.work()
    assert texts(hub(world), record) == once
    assert "Piet Proef" not in once
    assert verdicts(nl, told.notice)[HUB][0] == "applied"


def test_a_person_leaves_a_record_that_says_why_it_is_urgent(world: World) -> None:
    risk = {"urgency": "urgent", "reason": "Piet Proef leaves the country tomorrow."}
    record = received(world, risk=risk)
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    world.work()
    for exchange in (world.network.gateways[NL], hub(world)):
        assert "Piet" not in texts(exchange, record)


def test_one_person_leaves_a_record_that_stays(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    for exchange in (nl, hub(world)):
        assert "Piet Proef" in texts(exchange, record)
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    world.work()

    for exchange in (nl, hub(world)):
        left = texts(exchange, record)
        for trace in ("Piet", "proef_88", "proef88@mail", "One suspect"):
            assert trace not in left, (exchange.own.id, trace)
        assert "2026-000731" in left
        assert states(exchange, record) == {1: "current"}
        assert "Piet" not in dump(exchange)
    (entry,) = inbox(hub(world), "analysts")
    assert [one["category"] for one in entry["body"]["persons"]] == ["victim"]


def test_a_second_person_is_found_whatever_went_before(world: World) -> None:
    names = ("Anna Adam", "Bert Boer", "Carla Claes")
    persons = [
        {"category": "suspect", "names": [{"full": name, "kind": "legal"}]} for name in names
    ]
    record = received(world, persons=persons, **WITHOUT_THE_REST, grounds=[ground("/persons/1")])
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    act(world, "recall", record, code="wrong_person", person="/persons/1")  # Carla, as it stands
    world.work()
    for exchange in world.network.gateways.values():
        left = texts(exchange, record)
        assert [name for name in names if name in left] == ["Bert Boer"]
    with pytest.raises(NoSuchPerson):
        act(world, "recall", record, code="wrong_person", person="/persons/1")


def test_who_gets_it_later_gets_it_without_the_recalled_person_and_nobody_else(
    world: World,
) -> None:
    nl = world.network.gateways[NL]
    persons = [
        {"category": "suspect", "names": [{"full": name, "kind": "legal"}]}
        for name in ("Anna Adam", "Bert Boer", "Carla Claes")
    ]
    parts = {"persons": persons, **WITHOUT_THE_REST, "grounds": [ground("/persons/1")]}
    (outcome,) = world.push(nl, addressed("case", HUB, "fiu.ee", **parts))
    world.work()
    act(world, "recall", outcome.record, code="wrong_person", person="/persons/0")
    est = world.add("fiu.ee")
    world.introduce(est, nl)
    world.configure(nl, NL_ITEMS + AGREEMENT.format(name="nl-ee", partner="fiu.ee"))
    own = ITEMS.format(org="fiu.ee", country="EE", client="desk", digest="E" * 42 + "A")
    world.configure(est, own + AGREEMENT.format(name="nl-ee", partner=NL))
    world.work()

    body = json.loads(texts(est, str(outcome.record)))
    assert [one["names"][0]["full"] for one in body["persons"]] == ["Bert Boer", "Carla Claes"]
    assert "/persons/0" in withheld_of(body)
    with nl.store.reading() as work:
        (given,) = work.disclosures.page("police.nl", partner="fiu.ee", limit=9)
    assert not [cut for cut in given.withheld if cut["pointer"].startswith("/persons/")]


WITHOUT_THE_REST: dict[str, Any] = {"identities": [], "network": [], "relations": []}


def ground(pointer: str) -> dict[str, Any]:
    link = {"by": "confirmed_link", "pointer": pointer, "confirmed_by": "desk 2"}
    return {"kind": "witness", "provider": "desk", "subject_link": link}


def test_a_wrong_person_does_not_come_back_with_a_correction(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "recall", record, code="wrong_person", person="/persons/0")
    (same,) = world.push(nl, addressed("case", HUB))
    assert (same.state, same.record) == ("duplicate", record)
    (again,) = world.push(nl, addressed("case", HUB, corrects=1, status="closed"))
    assert again.state == "conflict"
    assert [fault.code for fault in again.faults] == ["person-recalled"]
    victim = addressed("case", HUB)["persons"][1]
    rest = {**WITHOUT_THE_REST, "persons": [victim], "grounds": [ground("/persons/0")]}
    (without,) = world.push(nl, addressed("case", HUB, corrects=1, **rest))
    assert (without.state, without.version) == ("stored", 2)


def test_a_record_that_names_the_person_elsewhere_is_not_half_cleaned(world: World) -> None:
    record = received(world, unit="Team Piet Proef")
    with pytest.raises(StillNamed):
        act(world, "recall", record, code="wrong_person", person="/persons/0")
    assert "Piet Proef" in texts(world.network.gateways[NL], record)


def test_a_correction_destroys_the_former_version_at_its_holders(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    world.push(nl, addressed("case", HUB, corrects=1, status="closed", unit="Team Twee"))
    world.work()
    first, second = versions(hub(world), record)
    assert (first.state, first.text, first.wrapped) == ("superseded", None, None)
    assert second.state == "current"
    assert "Team Twee" in texts(hub(world), record)
    assert [entry["version"] for entry in inbox(hub(world), "analysts")] == [2]
    assert texts(nl, record).count('"version":') == 2  # ours stays: it was what we said then


def test_a_restriction_keeps_what_nobody_was_handed_and_its_end_lets_it_go(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    record = str(outcome.record)
    act(world, "restrict", record, code="accuracy_contested", until=nl.now_ms() + 2 * DAY_MS)
    world.work()
    assert states(nl, record) == states(hub(world), record) == {1: "restricted"}
    assert inbox(hub(world), "analysts") == []

    act(world, "restrict", record, code="accuracy_contested", until=nl.now_ms())
    world.work()
    assert states(nl, record) == states(hub(world), record) == {1: "current"}
    assert [entry["record"] for entry in inbox(hub(world), "analysts")] == [record]


def test_a_restriction_follows_a_correction(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "restrict", record, code="other")
    (corrected,) = world.push(nl, addressed("case", HUB, corrects=1, status="closed"))
    world.work()
    assert states(nl, record)[2] == "restricted"
    assert {row.state: row.code for row in corrected.releases} == {"refused": "R-16"}


def test_a_dispute_marks_and_a_category_changes(world: World) -> None:
    record = received(world)
    act(world, "dispute", record, code="data_subject")
    act(world, "category_change", record, code="associate", person="/persons/0")
    world.work()
    for exchange in world.network.gateways.values():
        assert states(exchange, record) == {1: "disputed"}
        assert '"category":"associate"' in texts(exchange, record)
        assert "Named by the child" not in texts(exchange, record)


def test_a_dispute_past_its_end_stops_nothing_before_anybody_wrote_that_down(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "dispute", record, code="originator", until=nl.now_ms() + DAY_MS)
    told = explain(record, HUB, None, nl)
    assert (told["outcome"], told["deciding"]) == ("refuse", "R-16")

    world.clock.forward(days=1)

    assert states(nl, record) == {1: "disputed"}  # as `expire` has not run
    assert explain(record, HUB, None, nl)["outcome"] == "release"


def test_of_two_disputes_the_one_that_lasts_counts(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    act(world, "dispute", record, code="originator", until=nl.now_ms() + DAY_MS)
    act(world, "dispute", record, code="court")
    world.clock.forward(days=1)
    assert explain(record, HUB, None, nl)["outcome"] == "refuse"


def test_of_two_notices_on_one_matter_the_newer_holds_in_any_order(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    world.network.down.add(HUB)
    act(world, "restrict", record, code="other")
    world.run(seal, HUB, nl)
    earlier = newest_wire(nl)
    world.clock.forward(seconds=5)
    act(world, "restrict", record, code="other", until=nl.now_ms())
    world.run(seal, HUB, nl)
    bring(newest_wire(nl), world)
    bring(earlier, world)
    assert states(hub(world), record) == {1: "current"}


def test_a_notice_goes_under_an_ended_agreement(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    world.configure(nl, ENDED)
    world.configure(hub(world), HUB_ITEMS.partition("[agreement")[0])
    world.work()
    told = act(world, "recall", record, code="consent_withdrawn")
    world.work()
    assert states(hub(world), record) == {1: "recalled"}
    assert verdicts(nl, told.notice)[HUB][0] == "erased"


def test_nobody_recalls_what_is_not_theirs(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    with pytest.raises(NotFound):
        notify(Wanted(kind="recall", record=record, code="unlawful"), "x", "europol.eu", hub(world))
    with pytest.raises(NotFound):
        notify(Wanted(kind="recall", record=record, code="unlawful"), "x", "other.nl", nl)
    with pytest.raises(NoticeMalformed):
        act(world, "recall", record, code="because")
    act(world, "recall", record, code="unlawful")
    with pytest.raises(Conflict):
        act(world, "recall", record, code="unlawful")
    assert "Piet Proef" not in texts(nl, record)


def test_a_partner_cannot_recall_the_record_of_another(world: World) -> None:
    vgt = with_puller(world)
    nl = world.network.gateways[NL]
    record = received(world)
    row = versions(nl, record)[0]
    with vgt.store.writing() as work:  # a forged row: as if the record were its own
        work.records.add(records=[replace(row, data_key=None, original=None, statement=None)])
        release = forged(record, vgt)
        work.releases.add([release])
        work.commit()
    notify(Wanted(kind="recall", record=record, code="unlawful"), "x", None, vgt)
    world.work()
    assert states(nl, record) == {1: "current"}
    with vgt.store.reading() as work:
        (told,) = [one for one in work.releases.of_record(record) if one.notice]
    assert (told.verdict, told.code) == ("erased", "not-held")


def forged(record: str, exchange: Exchange) -> ReleaseRow:
    return ReleaseRow(
        id=exchange.new_id(),
        partner=NL,
        record=record,
        version=1,
        urgency=3,
        state="stored",
        trace=(),
        code="",
        epoch=1,
        decided_at=0,
        purpose="cross_check",
        agreement="nl-vgt",
        tried=True,
    )


def test_of_a_batch_one_is_restricted_while_nobody_fetched_it(world: World) -> None:
    vgt = with_puller(world)
    nl = world.network.gateways[NL]
    bodies = [addressed("case", vgt.own.id, provider_ref=f"b-{number}") for number in range(100)]
    outcomes = world.push(nl, *bodies)
    for _ in range(5):
        world.run(seal, vgt.own.id, nl)
    restricted = str(outcomes[40].record)
    act(world, "restrict", restricted, code="accuracy_contested")
    world.work()

    had = {entry["record"] for entry in inbox_of_all(vgt)}
    assert had == {outcome.record for outcome in outcomes} - {restricted}
    assert releases(nl, restricted)[vgt.own.id] == "refused"
    with nl.store.reading() as work, vgt.store.reading() as theirs:
        out = work.envelopes.channel(vgt.own.id, "out")
        into = theirs.envelopes.channel(NL, "in")
    assert (out.ep, out.last_seq, out.last_digest) == (into.ep, into.upto, into.last_digest)


def inbox_of_all(exchange: Exchange) -> list[dict[str, Any]]:
    return waiting(client_named("officers", exchange), 0, 200, exchange).entries


def test_what_leans_on_a_recalled_record_is_named_and_decided_again(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    (derived,) = world.push(
        nl,
        addressed("financial_signal", HUB, provider_ref="derived", derived_from=[record]),
    )
    (linked,) = world.push(nl, addressed("case", HUB, provider_ref="linked"))
    told = act(world, "recall", record, code="unlawful")
    leaning = {one.record: one.by for one in told.resting}
    assert leaning[str(derived.record)] == "rests_on"
    assert leaning[str(linked.record)] not in ("rests_on", "")
    assert str(record) not in leaning


@pytest.mark.parametrize(
    "more",
    [
        {"code": "wrong_person", "person": "/persons/00"},
        {"code": "wrong_person", "person": "/persons/01"},
    ],
    ids=["two zeros", "a zero before"],
)
def test_a_place_that_no_notice_can_have_is_refused_and_stops_nothing(
    world: World, more: dict[str, str]
) -> None:
    """Kept, it could not be sealed, and nothing after it would leave."""
    record = received(world)
    with pytest.raises((NoticeMalformed, NoSuchPerson)):
        act(world, "recall", record, **more)
    act(world, "recall", record, code="unlawful")
    world.work()
    assert states(hub(world), record) == {1: "recalled"}


def test_an_end_before_1970_is_refused_and_stops_nothing(world: World) -> None:
    record = received(world)
    with pytest.raises(NoticeMalformed):
        act(world, "restrict", record, code="accuracy_contested", until=-1_000)
    act(world, "restrict", record, code="accuracy_contested")
    act(world, "restrict", record, code="accuracy_contested", until=0)  # lifted
    act(world, "recall", record, code="unlawful")
    world.work()
    assert states(hub(world), record) == {1: "recalled"}


def test_one_person_makes_no_suspect_of_a_financial_signal(world: World) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("financial_signal", HUB))
    with pytest.raises(NotByOne):
        act(world, "category_change", outcome.record, person="/persons/0", code="suspect")
    assert "promote" not in BY_AN_ACT
