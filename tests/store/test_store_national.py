"""How far we are in bringing things to national systems: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

from store_rows import (
    a_handover,
    a_picked,
    a_pull,
    a_record,
    an_entry,
    an_inbox_notice,
    its_key,
    record_id,
)

from gateway.store.work import SqlStore


def test_what_is_due_is_open_and_not_put_off(store: SqlStore) -> None:
    entries = [an_entry(number) for number in range(1, 6)]
    theirs = an_entry(1, client="bank")
    with store.writing() as work:
        for number in range(1, 6):
            record = a_record(number)
            work.records.add(data_keys=[its_key(record)], records=[record])
        work.arrivals.add_inbox([*entries, theirs])
        work.arrivals.number_inbox("cms")
        work.arrivals.number_inbox("bank")
        settled = replace(entries[4], state="accepted")
        work.arrivals.replace_inbox([settled], expect=["waiting"])
        work.handovers.put([a_handover(1, retry_at=10), a_handover(2, retry_at=11)])
        work.handovers.put([a_handover(3, client="bank", retry_at=99)])
        work.commit()
    with store.reading() as work:
        found = work.handovers.due_records("cms", now_ms=10, limit=9)
        assert [row.record for row in found] == [record_id(1), record_id(3), record_id(4)]
        assert [row.position for row in found] == [1, 3, 4]
        assert len(work.handovers.due_records("cms", now_ms=11, limit=2)) == 2
        assert [row.client for row in work.handovers.due_records("bank", now_ms=0, limit=9)] == [
            "bank"
        ]


def test_notices_are_due_by_their_own_rows(store: SqlStore) -> None:
    first, second, done = (an_inbox_notice(number) for number in (1, 2, 3))
    with store.writing() as work:
        work.follow.add_entries([first, second, replace(done, state="done")])
        work.handovers.put(
            [a_handover(about=first.notice, version=0, partner=first.partner, retry_at=50)]
        )
        work.commit()
    with store.reading() as work:
        assert work.handovers.due_notices("cms", now_ms=49, limit=9) == [second]
        assert work.handovers.due_notices("cms", now_ms=50, limit=9) == [first, second]


def test_a_row_with_a_file_stays_until_the_file_is_cleared(store: SqlStore) -> None:
    laid = a_handover(1, stage="laid", name="record-1.json", outcome=None)
    older = a_handover(2, stage="laid", at=4)
    tried = a_handover(3)
    with store.writing() as work:
        work.handovers.put([laid, older, tried])
        work.handovers.put([replace(tried, failures=2)])
        assert work.handovers.laid_out("cms", limit=9) == [older, laid]
        assert work.handovers.counts() == [("cms", "laid", 2, 4), ("cms", "tried", 1, 5)]
        for row in (laid, tried):
            work.handovers.forget("cms", row.about, 1)
        assert work.handovers.get("cms", laid.about, 1) == laid
        assert work.handovers.get("cms", tried.about, 1) is None
        work.handovers.cleared(laid)
        assert work.handovers.get("cms", laid.about, 1) is None
        work.commit()


def test_the_row_of_a_way_is_no_parcel(store: SqlStore) -> None:
    way = a_handover(about="", version=0, outcome="503")
    with store.writing() as work:
        work.handovers.put([way])
        assert work.handovers.standing() == [way]
        assert work.handovers.counts() == []
        work.handovers.forget("cms", "", 0)
        assert work.handovers.standing() == []
        work.commit()


def test_a_document_is_known_by_source_digest_and_name(store: SqlStore) -> None:
    first, again = a_picked(1), a_picked(1, state="failed", at=0, read_by="native@0")
    others = [a_picked(1, name="two.json", at=3), a_picked(1, source="other", at=4), a_picked(2)]
    with store.writing() as work:
        for one in (again, first, *others):
            work.pulls.pick(one)
        work.commit()
    with store.reading() as work:
        assert work.pulls.picked("cases", first.digest, "one.json") == first
        assert work.pulls.picked("cases", first.digest, "three.json") is None
        assert work.pulls.page("cases", before=4, limit=9) == [others[0], others[2], first]
        assert work.pulls.page("cases", before=3, limit=1) == [others[2]]


def test_how_sources_stand_is_written_over_and_forgotten(store: SqlStore) -> None:
    cases, other = a_pull(), a_pull("other", heard_at=7, etag='"e"', failures=2, outcome="503")
    with store.writing() as work:
        work.pulls.put(cases)
        work.pulls.put(other)
        work.pulls.put(replace(cases, heard_at=8))
        assert work.pulls.all() == [replace(cases, heard_at=8), other]
        assert work.pulls.keep_only(["other"]) == 1
        assert work.pulls.get("cases") is None
        assert work.pulls.get("other") == other
        assert work.pulls.keep_only([]) == 1
        work.commit()
