"""Proposals, approvals, notices and disclosures: the same on every engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from store_rows import (
    a_block,
    a_disclosure,
    a_notice,
    a_proposal,
    a_record,
    a_release,
    an_approval,
    an_envelope,
    its_key,
    record_id,
)

from gateway.flow.rows_people import HeldGroup, UrgentRow
from gateway.store.work import SqlStore


def test_a_proposal_is_settled_once(store: SqlStore) -> None:
    proposal = a_proposal()
    approved = replace(proposal, state="approved", approver="officer-2", settled_at=9)
    with store.writing() as work:
        work.proposals.add(proposal)
        assert work.proposals.settle(approved)
        assert not work.proposals.settle(replace(approved, state="rejected", approver="officer-3"))
        work.commit()
    with store.reading() as work:
        assert work.proposals.get(proposal.id) == approved
        assert work.proposals.get("p-none") is None


def test_open_proposals_are_listed_for_their_organisation_alone(store: SqlStore) -> None:
    mine, done, theirs = a_proposal(1), a_proposal(2, state="rejected"), a_proposal(3, org="fiu")
    with store.writing() as work:
        for row in (mine, done, theirs):
            work.proposals.add(row)
        work.commit()
    with store.reading() as work:
        page = work.proposals.page
        assert page("police", open_only=True, after="", limit=9) == [mine]
        assert page("police", open_only=False, after="", limit=9) == [mine, done]
        assert page("police", open_only=False, after=mine.id, limit=9) == [done]
        assert page("police", open_only=False, after="", limit=1) == [mine]


def test_open_proposals_whose_time_is_over_are_found(store: SqlStore) -> None:
    later, soon = a_proposal(1, expires_at=20), a_proposal(2, expires_at=10)
    over = a_proposal(3, expires_at=5, state="lapsed")
    with store.writing() as work:
        for row in (later, soon, over):
            work.proposals.add(row)
        work.commit()
    with store.reading() as work:
        assert work.proposals.overdue(now_ms=9, limit=9) == []
        assert work.proposals.overdue(now_ms=20, limit=9) == [soon, later]


def test_approvals_are_of_one_version_and_end_with_their_proposal(store: SqlStore) -> None:
    records = [a_record(1), a_record(1, version=2), a_record(2)]
    first = an_approval(1, fields=("/persons/0",))
    short = an_approval(2, record=record_id(1), until=3, proposal=first.proposal)
    other = an_approval(3, record=record_id(1), version=2)
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in records], records=records)
        work.proposals.add_approvals([first, short, other])
        work.commit()
    with store.writing() as work:
        assert work.proposals.approvals([(record_id(1), 1), (record_id(2), 1)]) == [first, short]
        assert work.proposals.end_approvals(str(first.proposal), now_ms=7) == 1
        work.commit()
    with store.reading() as work:
        assert work.proposals.approvals([(record_id(1), 1)]) == [replace(first, until=7), short]
        assert work.proposals.approvals([]) == []


def test_a_notice_that_comes_twice_is_held_once(store: SqlStore) -> None:
    notice = a_notice(state="waiting")
    with store.writing() as work:
        work.notices.add([notice])
        work.notices.add([replace(notice, state="applied")])
        assert work.notices.get([notice.key, ("", "n-none")]) == [notice]
        work.notices.move([notice], "applied")
        work.commit()
    with store.reading() as work:
        assert work.notices.of_records([notice.record]) == [replace(notice, state="applied")]
        assert work.notices.of_records([record_id(9)]) == []


def test_an_id_is_one_notice_of_each_author(store: SqlStore) -> None:
    ours, theirs = a_notice(), a_notice(from_partner="fiu.ee", state="waiting")
    with store.writing() as work:
        work.notices.add([ours, theirs])
        work.notices.move([theirs], "applied")
        work.notices.answered(replace(theirs, told=[{"partner": "hub.eu"}], answer="applied"))
        work.commit()
    with store.reading() as work:
        assert work.notices.get([ours.key]) == [ours]
        (found,) = work.notices.get([("fiu.ee", theirs.id)])
        assert (found.state, found.answer) == ("applied", "applied")
        assert work.notices.of_id(ours.id) == [ours, found]


def test_what_was_disclosed_is_listed_by_record_partner_and_time(store: SqlStore) -> None:
    first, second, third = (
        a_disclosure(1),
        a_disclosure(2, org="", partner="fiu.nl", purpose=None, agreement=None, legal_basis=None),
        a_disclosure(3, record=record_id(1), version=2, ground="adequacy"),
    )
    with store.writing() as work:
        work.disclosures.add([first, second], a_block(1))
        work.disclosures.add([third], None)
        work.commit()

    def page(**members: Any) -> Any:
        return work.disclosures.page(members.pop("org", None), **{"limit": 9, **members})

    with store.reading() as work:
        assert page() == [first, second, third]
        assert page(org="police") == [first, second, third]
        assert page(org="customs") == [second]
        assert page(after=first.id, before=third.id) == [second]
        assert page(record=record_id(1)) == [first, third]
        assert page(partner="fiu.ee", limit=1) == [first]
        assert page(record=record_id(1), partner="fiu.nl") == []
        assert work.disclosures.get([third.id, "d-none", first.id]) == [first, third]
        assert work.disclosures.subjects(after="", limit=9) == [a_block(1)]
        assert work.disclosures.count_subjects() == 1


def test_what_was_disclosed_is_forgotten_oldest_first(store: SqlStore) -> None:
    with store.writing() as work:
        work.disclosures.add([a_disclosure(number) for number in (1, 2, 3)], a_block(1))
        work.disclosures.add([], a_block(2))
        assert work.disclosures.forget(before="d-000003", limit=1) == 1
        assert work.disclosures.forget(before="s-000002", limit=9) == 3
        work.commit()
    with store.reading() as work:
        assert work.disclosures.subjects(after="", limit=9) == [a_block(2)]
        assert work.disclosures.get(["d-000001", "d-000002", "d-000003"]) == []


def test_held_releases_are_grouped_by_what_they_wait_for(store: SqlStore) -> None:
    records = [a_record(n) for n in (1, 2, 3)] + [
        a_record(4, source="goaml"),
        a_record(5, org="fiu"),
    ]
    held = [
        a_release(n, state="held", code="R-05", decided_at=20 - n, urgency=3 - n % 2)
        for n in range(1, 6)
    ]
    other = [
        a_release(6, record=record_id(1), partner="p9", state="held", code="R-09"),
        a_release(7, record=record_id(2), partner="p8", state="due", code="R-05"),
        a_release(8, record=record_id(3), state="held", code="R-05", notice="n-1"),
    ]
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in records], records=records)
        work.releases.add([*held, *other])
        work.commit()
    with store.reading() as work:
        groups = work.releases.held_groups("police", limit=9)
        found = work.releases.held(
            "police", rule="R-05", source="native", partner="fiu.ee", after="", limit=9
        )
        after = work.releases.held(
            "police", rule="R-05", source="native", partner="fiu.ee", after="r-000001", limit=1
        )
        assert work.releases.held_groups("customs", limit=9) == []
    assert groups == [
        HeldGroup(rule="R-05", source="native", partner="fiu.ee", count=3, urgency=2, since=1_001),
        HeldGroup(rule="R-09", source="native", partner="p9", count=1, urgency=3, since=1_001),
        HeldGroup(rule="R-05", source="goaml", partner="fiu.ee", count=1, urgency=3, since=1_004),
    ]
    assert [row.id for row in found] == ["r-000001", "r-000002", "r-000003"]
    assert [row.id for row in after] == ["r-000002"]


def test_urgent_releases_without_a_receipt_are_found_the_longest_waiting_first(
    store: SqlStore,
) -> None:
    records = [a_record(n) for n in range(1, 6)]
    envelope = an_envelope(1, handed_at=150)
    rows = [
        a_release(1, urgency=1, decided_at=30),
        a_release(2, urgency=0, decided_at=20, state="sealed", envelope=envelope.id),
        a_release(3, urgency=2, decided_at=5),
        a_release(4, urgency=0, decided_at=5, state="stored", envelope=envelope.id),
        a_release(5, urgency=0, decided_at=5, state="held"),
        # A notice goes before everything, and has a clock of its own.
        replace(a_release(6, urgency=-1, decided_at=5), record=record_id(5), notice="n-1"),
    ]
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in records], records=records)
        work.envelopes.add(envelope)
        work.releases.add(rows)
        work.commit()
    with store.reading() as work:
        found = work.releases.urgent(up_to=1, limit=9)
        worst = work.releases.urgent(up_to=0, limit=9)
    sealed, due = found
    assert worst == [sealed]
    assert sealed == UrgentRow(
        release="r-000002", org="police", partner="fiu.ee", record=record_id(2), version=1,
        urgency=0, state="sealed", since=20, sealed_at=100, handed_at=150,
    )  # fmt: skip
    assert (due.release, due.sealed_at, due.handed_at) == ("r-000001", None, None)


def test_a_wake_up_is_noted_once_and_followed_once(store: SqlStore) -> None:
    with store.writing() as work:
        assert work.leases.note_wake("p2", 5)
        assert work.leases.note_wake("p1", 7)
        assert not work.leases.note_wake("p2", 9)
        work.commit()
    with store.writing() as work:
        assert work.leases.woken() == ["p2", "p1"]
        assert work.leases.take_wake("p2")
        assert not work.leases.take_wake("p2")
        work.commit()
    with store.reading() as work:
        assert work.leases.woken() == ["p1"]


def test_the_newest_records_come_first(store: SqlStore) -> None:
    records = [
        a_record(1),
        a_record(2, org="fiu"),
        a_record(3, from_partner="p1"),
        a_record(4, state="superseded"),
        a_record(5),
    ]
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in records], records=records)
        work.commit()
    with store.reading() as work:
        latest = work.records.latest
        assert [row.id for row in latest(None, before="", limit=9)] == [
            record_id(n) for n in (5, 2, 1)
        ]
        assert [row.id for row in latest("police", before=record_id(5), limit=9)] == [record_id(1)]
        assert [row.id for row in latest(None, before="", limit=1)] == [record_id(5)]
