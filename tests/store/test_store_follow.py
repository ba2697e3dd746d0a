"""What follows a record after its release: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

from store_rows import (
    a_copy,
    a_notice,
    a_record,
    a_release,
    an_entry,
    an_inbox_notice,
    its_key,
    record_id,
)

from gateway.flow.rows import LinkRow, Sealed
from gateway.flow.rows_after import ClaimRow, EvidenceRow, MarkRow
from gateway.store.work import SqlStore


def test_a_client_is_told_once_and_settles_once(store: SqlStore) -> None:
    first, second = an_inbox_notice(1), an_inbox_notice(2)
    theirs = an_inbox_notice(1, client="bank")
    kept = replace(first, state="kept", reason="own_basis", settled_at=9)
    with store.writing() as work:
        work.follow.add_entries([first, second, theirs])
        work.follow.add_entries([replace(first, kind="erase")])
        assert work.follow.entries("cms", after=("", ""), limit=9) == [first, second]
        assert work.follow.entries("cms", after=("", ""), limit=1) == [first]
        after = (first.notice, first.partner)
        assert work.follow.entries("cms", after=after, limit=9) == [second]
        assert work.follow.settle_entry(kept)
        assert not work.follow.settle_entry(replace(kept, state="done"))
        work.commit()
    with store.reading() as work:
        assert work.follow.entries_named("cms", first.notice) == [kept]
        assert work.follow.entries_named("cms", "n-none") == []
        assert work.follow.entries("cms", after=("", ""), limit=9) == [second]
        assert work.follow.entries_of(first.notice, first.partner) == [theirs, kept]


def test_a_client_follows_notices_of_two_partners_with_one_id(store: SqlStore) -> None:
    one, other = an_inbox_notice(1, partner="fiu.ee"), an_inbox_notice(1, partner="hub.eu")
    done = replace(one, state="done", settled_at=9)
    with store.writing() as work:
        work.follow.add_entries([one, other])
        assert work.follow.entries("cms", after=("", ""), limit=1) == [one]
        assert work.follow.entries("cms", after=(one.notice, "fiu.ee"), limit=9) == [other]
        assert work.follow.entries_named("cms", one.notice) == [one, other]
        assert work.follow.settle_entry(done)
        work.commit()
    with store.reading() as work:
        assert work.follow.entries_of(one.notice, "fiu.ee") == [done]
        assert work.follow.entries_of(one.notice, "hub.eu") == [other]


def test_a_client_is_told_of_one_notice_by_several_entries(store: SqlStore) -> None:
    first = an_inbox_notice(1, versions=(2, 3))
    second = an_inbox_notice(2, cause=first.notice, versions=(1,))
    other = an_inbox_notice(1, cause=first.notice, client="bank")
    with store.writing() as work:
        work.follow.add_entries([second, first, other, an_inbox_notice(3)])
        work.commit()
    with store.reading() as work:
        assert work.follow.entries_of(first.notice, first.partner) == [other, first, second]
        assert work.follow.entries_of(second.notice, first.partner) == []
        assert work.follow.entries_named("cms", second.notice) == [second]


def test_marks_and_evidence_are_held_once(store: SqlStore) -> None:
    mark = MarkRow(org="police", record=record_id(1), field="account", tag="t")
    with store.writing() as work:
        work.follow.add_marks([mark, mark])
        work.follow.add_evidence([EvidenceRow("fiu.ee", "d", b"first")])
        work.follow.add_evidence([EvidenceRow("fiu.ee", "d", b"second")])
        work.follow.add_evidence([EvidenceRow("hub.eu", "d", b"another's")])
        work.commit()
    with store.reading() as work:
        assert work.follow.marks([record_id(1), record_id(2)]) == [mark]
        assert work.follow.marks([record_id(2)]) == []
        assert work.follow.has_marks(["police", "fiu"])
        assert not work.follow.has_marks(["fiu"])
        assert work.follow.marks_like(["police"], ["s", "t"]) == [mark]
        assert work.follow.marks_like(["fiu"], ["t"]) == []
        assert work.follow.marks_like(["police"], ["s"]) == []
        found = work.follow.evidence([("fiu.ee", "d"), ("fiu.ee", "none")])
        assert found == {("fiu.ee", "d"): b"first"}


def test_a_claim_stays_until_it_is_settled(store: SqlStore) -> None:
    claim = ClaimRow(record=record_id(1), partner="fiu.ee", version=1, holder="hub.eu", at=5)
    other = replace(claim, partner="fiu.lv")
    with store.writing() as work:
        work.follow.add_claims([other, claim])
        work.follow.add_claims([replace(claim, at=9)])
        assert work.follow.claims(limit=9) == [claim, other]
        assert work.follow.settle_claim(claim, now_ms=7)
        assert not work.follow.settle_claim(claim, now_ms=8)
        work.follow.add_claims([claim])
        work.commit()
    with store.reading() as work:
        assert work.follow.claims(limit=9) == [other]
        assert work.follow.claim(other.record, other.partner) == other
        assert work.follow.claim(claim.record, claim.partner) is None


def test_an_id_that_was_given_is_remembered_with_whose_it_was(store: SqlStore) -> None:
    first = ClaimRow(record=record_id(1), partner="fiu.ee", version=1, holder="hub.eu", at=5)
    second = replace(first, partner="fiu.at")
    dismissed = replace(first, partner="fiu.lv")
    elsewhere = replace(first, record=record_id(2))
    with store.writing() as work:
        work.follow.add_claims([first, second, dismissed, elsewhere])
        assert work.follow.settle_claim(replace(first, given=2), now_ms=7)
        assert work.follow.settle_claim(replace(second, given=3, holder="fiu.ee"), now_ms=8)
        assert work.follow.settle_claim(dismissed, now_ms=9)
        work.commit()
    with store.reading() as work:
        assert work.follow.given([record_id(2), record_id(3)]) == []
        assert work.follow.given([record_id(1), record_id(2)]) == [
            replace(first, given=2, settled_at=7),
            replace(second, given=3, holder="fiu.ee", settled_at=8),
        ]


def test_many_claims_of_one_partner_hide_none_of_another(store: SqlStore) -> None:
    many = [
        ClaimRow(record=record_id(n), partner="fiu.ee", version=1, holder="", at=5)
        for n in range(1, 9)
    ]
    other = replace(many[-1], record=record_id(9), partner="fiu.lv")
    with store.writing() as work:
        work.follow.add_claims([*many, other])
        work.commit()
    with store.reading() as work:
        assert work.follow.claims(limit=3) == [*many[:3], other]


def test_a_received_record_is_handed_over_with_all_its_versions(store: SqlStore) -> None:
    theirs = [a_record(1, version=v, org="hub.eu", from_partner="hub.eu") for v in (1, 2)]
    ours = a_record(2)
    with store.writing() as work:
        work.records.add(data_keys=[its_key(r) for r in (*theirs, ours)], records=[*theirs, ours])
        work.records.hand_over(record_id(1), "fiu.ee")
        work.records.hand_over(record_id(2), "fiu.ee")
        work.commit()
    with store.reading() as work:
        found = [*work.records.versions(record_id(1)), *work.records.versions(record_id(2))]
        assert [(row.org, row.from_partner) for row in found] == [
            ("fiu.ee", "fiu.ee"),
            ("fiu.ee", "fiu.ee"),
            (ours.org, None),
        ]


def test_a_copy_is_out_until_it_is_settled(store: SqlStore) -> None:
    copy = a_copy()
    back = replace(copy, state="back", settled_at=9)
    with store.writing() as work:
        work.records.add(data_keys=[its_key(a_record(1))], records=[a_record(1)])
        work.follow.add_copy(copy)
        assert work.follow.settle_copy(back)
        assert not work.follow.settle_copy(replace(back, state="destroyed"))
        work.commit()
    with store.reading() as work:
        assert work.follow.copies(copy.record) == [back]
        assert work.follow.copies(record_id(9)) == []


def test_a_notice_says_to_whom_what_was_answered(store: SqlStore) -> None:
    notice = a_notice()
    told = [{"partner": "hub.eu", "ep": 1, "seq": 2}]
    with store.writing() as work:
        work.notices.add([notice])
        work.notices.answered(replace(notice, told=told, answer="erased not-held"))
        work.commit()
    with store.reading() as work:
        (found,) = work.notices.get([notice.key])
    assert (list(found.told), found.answer) == (told, "erased not-held")


def test_a_notice_that_came_by_another_way_is_written_over(store: SqlStore) -> None:
    notice = a_notice(via=["hub.eu"], state="waiting", answer="erased not-held")
    kept = a_notice(2, kind="restrict", org="police", by="officer-1")
    wider = replace(
        notice, via=[], state="applied", answer=None, text=Sealed(b"other"), data_key="nkey-9"
    )
    with store.writing() as work:
        work.notices.add([notice, kept])
        work.notices.widen(wider)
        work.commit()
    with store.reading() as work:
        found, other = work.notices.get([notice.key, kept.key])
    assert (list(found.via), found.state, found.answer) == ([], "applied", None)
    assert (found.text, found.data_key, found.kind) == (Sealed(b"other"), "nkey-9", notice.kind)
    assert (other.org, other.by, list(other.via)) == ("police", "officer-1", [])


def test_a_copy_of_the_originators_own_is_written_over_one_by_other_hands(store: SqlStore) -> None:
    copy = a_record(1, from_partner="nl", via="hub.eu", brought_by="ee", statement="a-1")
    direct = replace(
        copy, via=None, brought_by=None, statement="a-2", sha256="other", received_at=77, erase_by=9
    )
    with store.writing() as work:
        work.records.add(data_keys=[its_key(copy)], records=[copy])
        work.records.rewrite([direct])
        work.commit()
    with store.reading() as work:
        (found,) = work.records.versions(copy.id)
    assert found == replace(direct, kek=found.kek, wrapped=found.wrapped)


def test_notices_past_their_end_are_found_while_they_hold(store: SqlStore) -> None:
    soon, later = a_notice(1, until=10), a_notice(2, until=20)
    over, endless = a_notice(3, until=5, state="replaced"), a_notice(4)
    with store.writing() as work:
        work.notices.add([later, soon, over, endless])
        work.commit()
    with store.reading() as work:
        past = work.notices.past_their_end
        assert past(now_ms=9, limit=9) == []
        assert [row.id for row in past(now_ms=20, limit=9)] == [soon.id, later.id]


def test_what_is_left_of_a_version_is_written_over_it(store: SqlStore) -> None:
    one, two = a_record(1), a_record(1, version=2)
    link = LinkRow(field="account", tag="t", record=one.id, version=1)
    with store.writing() as work:
        work.records.add(
            data_keys=[its_key(one), its_key(two)],
            records=[one, two],
            links=[link, replace(link, version=2)],
        )
        assert work.records.links_of(one.id) == [link, replace(link, version=2)]
        stone = replace(one, state="erased", text=None, trail=None, data_key=None)
        work.records.rewrite([stone, replace(two, text=Sealed(b"less"))])
        work.records.drop_links([(one.id, 1)])
        work.commit()
    with store.reading() as work:
        first, second = work.records.versions(one.id)
        assert (first.state, first.text, first.trail, first.data_key) == (
            "erased",
            None,
            None,
            None,
        )
        assert (first.ref_tag, first.received_at) == (one.ref_tag, one.received_at)
        assert (second.state, second.text) == ("current", Sealed(b"less"))
        assert work.records.links_of(one.id) == [replace(link, version=2)]
        assert work.records.versions(record_id(9)) == []


def test_what_is_due_for_erasure_or_review_is_found(store: SqlStore) -> None:
    rows = [
        a_record(1, erase_by=5),
        a_record(2, erase_by=5, state="restricted"),
        a_record(3, erase_by=5, state="recalled", data_key=None),
        a_record(4, erase_by=15, review_by=5),
        a_record(5, review_by=4, org="fiu"),
        a_record(6, review_by=6, state="superseded"),
    ]
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in rows if row.data_key], records=rows)
        work.commit()
    with store.reading() as work:
        due = work.records.to_erase
        assert [row.id for row in due(now_ms=10, limit=9)] == [record_id(1)]
        assert [row.id for row in due(now_ms=15, limit=9)] == [record_id(1), record_id(4)]
        review = work.records.to_review
        assert [row.id for row in review("police", before_ms=9, limit=9)] == [record_id(4)]
        assert review("police", before_ms=4, limit=9) == []


def test_notices_without_an_answer_are_found(store: SqlStore) -> None:
    row = a_record(1)
    waits = a_release(1, notice="n-1", decided_at=10)
    answered = a_release(2, notice="n-2", decided_at=10, record=row.id, verdict="applied")
    plain = a_release(3, record=row.id, decided_at=10)
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row)], records=[row])
        work.releases.add([waits, answered, plain])
        work.commit()
    with store.reading() as work:
        unanswered = work.releases.unanswered
        assert unanswered(decided_before=10, limit=9) == []
        assert [one.id for one in unanswered(decided_before=11, limit=9)] == [waits.id]
        assert work.releases.count_unanswered(decided_before=10) == []
        assert work.releases.count_unanswered(decided_before=11) == [(waits.partner, 1, 10)]


def test_the_entries_of_a_record_are_found_for_every_client(store: SqlStore) -> None:
    rows = [a_record(1), a_record(2)]
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in rows], records=rows)
        work.arrivals.add_inbox([an_entry(1), an_entry(1, client="bank"), an_entry(2)])
        work.commit()
    with store.reading() as work:
        found = work.arrivals.inbox_of_record(record_id(1))
        assert [row.client for row in found] == ["bank", "cms"]
