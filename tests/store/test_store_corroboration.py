"""Links that persons confirmed and promotions: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

from store_rows import a_promotion, a_record, a_subject_link, its_key, record_id

from gateway.flow.rows import LinkRow
from gateway.store.work import SqlStore


def test_a_confirmed_link_is_found_from_both_ends_until_it_ends(store: SqlStore) -> None:
    first, second = a_subject_link(1), a_subject_link(2)
    with store.writing() as work:
        for row in (second, first):
            work.corroboration.add_link(row)
        work.commit()
    with store.writing() as work:
        assert work.corroboration.links([record_id(1)]) == [first]
        assert work.corroboration.links([record_id(2)]) == [first, second]
        assert work.corroboration.links([record_id(1), record_id(2)]) == [first, second]
        assert work.corroboration.end_link(first.id, by="officer-1", now_ms=9)
        assert not work.corroboration.end_link(first.id, by="officer-3", now_ms=10)
        work.commit()
    with store.reading() as work:
        assert work.corroboration.links([record_id(1), record_id(2)]) == [second]
        assert work.corroboration.links([]) == []


def test_links_that_changed_lately_are_those_confirmed_and_those_ended(store: SqlStore) -> None:
    old, ended, fresh = (
        replace(a_subject_link(number), at=at) for number, at in ((1, 5), (2, 5), (3, 20))
    )
    with store.writing() as work:
        for row in (old, ended, fresh):
            work.corroboration.add_link(row)
        work.corroboration.end_link(ended.id, by="gateway", now_ms=10)
        work.commit()
    with store.reading() as work:
        found = [row.id for row in work.corroboration.changed_links(10)]
        assert found == [ended.id, fresh.id]
        assert [row.id for row in work.corroboration.changed_links(11)] == [fresh.id]


def test_a_promotion_falls_once_and_is_remembered(store: SqlStore) -> None:
    one, other = a_promotion(1), a_promotion(2, record="case-1", origin="case-1")
    fallen = replace(one, state="fallen", code="withdrawn", fell_at=9)
    with store.writing() as work:
        for row in (one, other):
            work.corroboration.add_promotion(row)
        work.commit()
    with store.writing() as work:
        found = work.corroboration
        assert found.promotions(["case-1"]) == [one, other]
        assert found.promoted_from([record_id(1)]) == [one]
        assert found.leaning_on("ground-1") == [one]
        assert found.standing(after="", limit=1) == [one]
        assert found.standing(after=one.id, limit=9) == [other]
        assert found.fall([one.id], "withdrawn", now_ms=9) == 1
        assert found.fall([one.id], "recalled", now_ms=10) == 0
        assert found.fall([], "recalled", now_ms=10) == 0
        work.commit()
    with store.reading() as work:
        assert work.corroboration.promotions(["case-1"]) == [fallen, other]
        assert work.corroboration.leaning_on("ground-1") == []
        assert work.corroboration.standing(after="", limit=9) == [other]


def test_the_links_of_a_record_are_those_of_all_its_versions(store: SqlStore) -> None:
    rows = [a_record(1), a_record(1, version=2), a_record(2)]
    links = [
        LinkRow(field="email", tag=f"t{row.id}{row.version}", record=row.id, version=row.version)
        for row in rows
    ]
    with store.writing() as work:
        work.records.add(data_keys=[its_key(row) for row in rows], records=rows, links=links)
        work.commit()
    with store.reading() as work:
        assert work.records.links_of(record_id(1)) == links[:2]
