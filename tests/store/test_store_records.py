"""Originals, data keys, records, links and releases: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_rows import a_record, a_release, an_original, its_key, record_id

from gateway.core.errors import Conflict
from gateway.flow.rows import DataKey, LinkRow, OriginalRow, RecordRow, ReleaseRow, Sealed
from gateway.store.work import SqlStore


def keep(store: SqlStore, *rows: RecordRow | ReleaseRow | OriginalRow | LinkRow) -> None:
    records = [row for row in rows if isinstance(row, RecordRow)]
    with store.writing() as work:
        work.records.add(
            data_keys=[its_key(row) for row in records],
            originals=[row for row in rows if isinstance(row, OriginalRow)],
            records=records,
            links=[row for row in rows if isinstance(row, LinkRow)],
        )
        work.releases.add([row for row in rows if isinstance(row, ReleaseRow)])
        work.commit()


def test_a_record_comes_back_as_it_was_with_its_data_key(store: SqlStore) -> None:
    whole = a_record(
        from_partner="fiu.ee", original="o-1", statement="a-1", review_by=5, erase_by=6
    )
    bare = a_record(2, text=None, trail=None, data_key=None)
    with store.writing() as work:
        work.records.add(data_keys=[its_key(whole)], records=[whole, bare])
        work.commit()
    with store.reading() as work:
        found = work.records.get([(bare.id, 1), (whole.id, 1), (whole.id, 2)])
    assert found == [bare, replace(whole, kek="police", wrapped=its_key(whole).wrapped)]


def test_one_reference_and_version_is_one_record(store: SqlStore) -> None:
    keep(store, a_record(1))
    other_id_same_reference = a_record(2, ref_tag="ref-1")
    with pytest.raises(Conflict):
        keep(store, other_id_same_reference)
    with pytest.raises(Conflict):
        keep(store, a_record(1))
    keep(
        store, a_record(2, ref_tag="ref-1", org="customs"), a_record(3, ref_tag="ref-1", source="x")
    )


def test_a_conflict_in_a_batch_leaves_nothing_of_it(store: SqlStore) -> None:
    keep(store, a_record(1))
    with pytest.raises(Conflict):
        keep(store, a_record(2), a_record(3), a_record(1))
    with store.reading() as work:
        assert work.records.page("police", after="", limit=9) == work.records.get(
            [(record_id(1), 1)]
        )
        assert work.records.data_keys(["key-2-1", "key-3-1"]) == {}


def test_the_newest_version_is_found_by_id_and_by_reference(store: SqlStore) -> None:
    versions = [
        a_record(1, version=v, state="superseded" if v < 3 else "current") for v in (1, 2, 3)
    ]
    versions = [replace(row, ref_tag="ref-1") for row in versions]
    keep(store, *versions, a_record(2), a_record(3, org="customs", ref_tag="ref-1"))
    with store.reading() as work:
        newest = work.records.newest([record_id(1), record_id(2), record_id(9)])
        by_ref = work.records.by_ref(
            [
                ("police", "native", "ref-1"),
                ("customs", "native", "ref-1"),
                ("police", "x", "ref-1"),
            ]
        )
        assert [(row.id, row.version) for row in newest.values()] == [
            (record_id(1), 3),
            (record_id(2), 1),
        ]
        assert {key: (row.id, row.version) for key, row in by_ref.items()} == {
            ("police", "native", "ref-1"): (record_id(1), 3),
            ("customs", "native", "ref-1"): (record_id(3), 1),
        }
        assert all(row.kek == row.org for row in (*newest.values(), *by_ref.values()))


def test_more_than_one_statement_can_ask_for_is_asked_in_parts(store: SqlStore) -> None:
    keep(store, *(a_record(n) for n in range(1_200)))
    with store.reading() as work:
        assert len(work.records.get([(record_id(n), 1) for n in range(2_000)])) == 1_200
        assert len(work.records.newest([record_id(n) for n in range(2_000)])) == 1_200
        refs = [("police", "native", f"ref-{n}") for n in range(2_000)]
        assert len(work.records.by_ref(refs)) == 1_200


def test_pages_follow_the_id_and_hold_current_records_of_one_organisation(store: SqlStore) -> None:
    keep(
        store, *(a_record(n) for n in (3, 1, 2)), a_record(4, state="erased"), a_record(5, org="x")
    )
    with store.reading() as work:
        first = work.records.page("police", after="", limit=2)
        rest = work.records.page("police", after=first[-1].id, limit=2)
    assert [row.id for row in (*first, *rest)] == [record_id(1), record_id(2), record_id(3)]
    with store.writing() as work:
        work.records.set_state(record_id(2), 1, "recalled")
        work.commit()
    with store.reading() as work:
        assert [row.id for row in work.records.page("police", after="", limit=9)] == [
            record_id(1),
            record_id(3),
        ]


def test_holding_are_current_records_with_content_of_whomever(store: SqlStore) -> None:
    keep(
        store,
        *(a_record(n) for n in (3, 1)),
        a_record(2, org="x", from_partner="hub"),
        a_record(4, state="recalled"),
    )
    with store.reading() as work:
        first = work.records.holding(after="", limit=2)
        rest = work.records.holding(after=first[-1].id, limit=2)
    assert [row.id for row in (*first, *rest)] == [record_id(1), record_id(2), record_id(3)]
    assert first[0].wrapped is not None


def test_unreleased_are_own_current_records_that_a_partner_has_no_release_of(
    store: SqlStore,
) -> None:
    keep(
        store,
        *(a_record(n) for n in (1, 2, 3)),
        a_record(4, from_partner="fiu.lv"),
        a_record(5, state="erased"),
        a_release(1),
        a_release(2, partner="fiu.lv"),
        a_release(3, notice="n-1"),
    )
    with store.reading() as work:
        found = work.records.unreleased("fiu.ee", after="", limit=9)
        assert [row.id for row in found] == [record_id(2), record_id(3)]
        assert [
            row.id for row in work.records.unreleased("fiu.ee", after=record_id(2), limit=9)
        ] == [record_id(3)]
        assert len(work.records.unreleased("fiu.ee", after="", limit=1)) == 1


def test_erasing_a_data_key_leaves_the_row_and_nothing_to_open_it_with(store: SqlStore) -> None:
    keep(store, a_record(1), a_record(2))
    with store.writing() as work:
        work.records.erase_data_keys(["key-1-1", "key-9-9"])
        work.commit()
    with store.reading() as work:
        erased, kept = work.records.get([(record_id(1), 1), (record_id(2), 1)])
        assert (erased.kek, erased.wrapped) == (None, None)
        assert kept.wrapped is not None
        assert list(work.records.data_keys(["key-1-1", "key-2-1"])) == ["key-2-1"]


def test_originals_are_found_by_tag_within_their_organisation(store: SqlStore) -> None:
    keep(
        store,
        an_original(1, digest="t"),
        an_original(2, digest="t"),
        an_original(3, digest="t", org="customs"),
    )
    with store.reading() as work:
        assert work.records.original_by_digest("police", ["t", "u"]) == {
            "t": an_original(2, digest="t")
        }
        assert work.records.original("o-000003") == an_original(3, digest="t", org="customs")
        assert work.records.original("o-9") is None


def test_the_quarantine_is_paged_by_id_whole_or_of_one_organisation(store: SqlStore) -> None:
    faults = ({"pointer": "/a", "code": "c", "detail": "d", "hint": ""},)
    stuck = [an_original(n, state="quarantined", cause="c", faults=faults) for n in (1, 2, 3)]
    other = an_original(4, state="quarantined", org="customs")
    keep(store, *stuck, other, an_original(5))
    with store.reading() as work:
        assert work.records.quarantined(org=None, after="", limit=9) == [*stuck, other]
        assert work.records.quarantined(org="police", after="o-000001", limit=1) == [stuck[1]]
    gone = replace(
        stuck[0],
        state="discarded",
        faults=(),
        content=None,
        data_key=None,
        cause="x",
        adapter_version="9",
    )
    with store.writing() as work:
        work.records.set_original(replace(gone, org="not written", size=99))
        work.commit()
    with store.reading() as work:
        assert work.records.original("o-000001") == gone
        assert work.records.quarantined(org="police", after="", limit=9) == stuck[1:]


def test_what_waits_alike_in_quarantine_is_one_group(store: SqlStore) -> None:
    alike = [
        an_original(n, state="quarantined", cause="c", stage="adapter", received_at=50 - n)
        for n in (1, 2, 3)
    ]
    mended = an_original(4, state="quarantined", cause="c", stage="adapter", adapter_version="2")
    other = an_original(5, state="quarantined", cause="d", org="customs")
    keep(store, *alike, mended, other, an_original(6))
    with store.reading() as work:
        groups = work.records.quarantine_groups(org=None, limit=9)
        assert [(one.cause, one.adapter_version, one.count) for one in groups] == [
            ("c", alike[0].adapter_version, 3),
            ("d", other.adapter_version, 1),
            ("c", "2", 1),
        ]
        assert (groups[0].oldest, groups[0].first_erased) == (47, alike[0].erase_at)
        assert [one.org for one in work.records.quarantine_groups(org="customs", limit=9)] == [
            "customs"
        ]
        assert len(work.records.quarantine_groups(org=None, limit=1)) == 1


def test_the_originals_of_a_source_are_those_that_still_have_content(store: SqlStore) -> None:
    first, erased, other, last = (
        an_original(1),
        an_original(2, content=None),
        an_original(3, source="other"),
        an_original(4),
    )
    keep(store, first, erased, other, last)
    with store.reading() as work:
        assert work.records.originals_of(first.source, after="", limit=9) == [first, last]
        assert work.records.originals_of(first.source, after=first.id, limit=9) == [last]
        assert work.records.originals_of(first.source, after="", limit=1) == [first]
        assert work.records.count_originals_of(first.source) == 2
        assert work.records.count_originals_of("nothing") == 0


def test_originals_expire_oldest_first_and_only_while_they_have_content(store: SqlStore) -> None:
    keep(
        store,
        an_original(1, erase_at=30),
        an_original(2, erase_at=10),
        an_original(3, erase_at=31),
        an_original(4, erase_at=5, content=None, data_key=None, state="erased"),
    )
    with store.reading() as work:
        found = work.records.expired_originals(now_ms=30, limit=9)
        assert [row.id for row in found] == ["o-000002", "o-000001"]
        assert len(work.records.expired_originals(now_ms=30, limit=1)) == 1


def test_links_are_found_by_field_and_tag_up_to_the_limit(store: SqlStore) -> None:
    links = [
        LinkRow(field=field, tag=tag, record=record_id(n), version=1)
        for n in (1, 2)
        for field, tag in (("iban", "t1"), ("phone", "t1"), ("iban", "t2"))
    ]
    keep(store, a_record(1), a_record(2), *links)
    with store.reading() as work:
        found = work.records.linked([("iban", "t1"), ("phone", "t9"), ("iban", "t2")], limit=9)
        assert {(row.field, row.tag, row.record) for row in found} == {
            ("iban", tag, record_id(n)) for tag in ("t1", "t2") for n in (1, 2)
        }
        assert len(work.records.linked([("iban", "t1"), ("phone", "t1")], limit=3)) == 3


def test_a_link_or_release_of_no_record_is_refused_at_the_commit(store: SqlStore) -> None:
    with pytest.raises(Conflict):
        keep(store, LinkRow(field="iban", tag="t", record=record_id(9), version=1))
    with pytest.raises(Conflict):
        keep(store, a_release(9))
    with store.writing() as work:
        work.releases.add([a_release(1)])  # before its record: order inside a unit is free
        work.records.add(records=[a_record(1)])
        work.commit()


def test_the_same_content_key_can_seal_text_and_trail(store: SqlStore) -> None:
    row = a_record(text=Sealed(b"\x00\xff"), trail=Sealed(b""))
    key = DataKey(id="key-1-1", kek="fiu.ee", wrapped=b"\x00")
    with store.writing() as work:
        work.records.add(data_keys=[key], records=[row])
        work.commit()
    with store.reading() as work:
        (found,) = work.records.get([(row.id, 1)])
    assert (found.text, found.trail) == (Sealed(b"\x00\xff"), Sealed(b""))
    assert (found.kek, found.wrapped) == ("fiu.ee", b"\x00")


# Releases


def test_a_release_comes_back_as_it_was(store: SqlStore) -> None:
    row = a_release(
        notice="n", until=7, rendition="r", envelope="e", verdict="v", own_system="s", tried=True,
        ground="g",
    )  # fmt: skip
    keep(store, a_record(1), row)
    with store.reading() as work:
        assert work.releases.of_record(record_id(1)) == [row]
        assert work.releases.of_envelope("e") == [row]
        assert work.releases.of_envelope("f") == []


def test_due_ones_come_urgent_first_then_oldest_first(store: SqlStore) -> None:
    urgencies = {1: 3, 2: 0, 3: 3, 4: 0, 5: 1}
    keep(
        store,
        *(a_record(n) for n in range(1, 8)),
        *(a_release(n, urgency=urgency) for n, urgency in urgencies.items()),
        a_release(6, state="held", urgency=0),
        a_release(7, partner="fiu.lv", urgency=0),
    )
    with store.reading() as work:
        due = work.releases.due("fiu.ee", limit=9)
        assert [row.record for row in due] == [record_id(n) for n in (2, 4, 5, 1, 3)]
        assert work.releases.due("fiu.ee", limit=2) == due[:2]
        assert work.releases.partners_due() == ["fiu.ee", "fiu.lv"]


def test_a_second_release_of_a_version_to_a_partner_is_refused(store: SqlStore) -> None:
    keep(store, a_record(1), a_release(1))
    with pytest.raises(Conflict):
        keep(store, a_release(2, record=record_id(1)))
    keep(store, a_release(3, record=record_id(1), notice="n-1"))


def test_what_is_handed_out_is_tried_once_and_only_what_is_sealed(store: SqlStore) -> None:
    inside = [a_release(n, state="sealed", envelope="e-1") for n in (1, 2)]
    settled = a_release(3, state="accepted", envelope="e-1")
    elsewhere = a_release(4, state="sealed", envelope="e-2")
    keep(store, *(a_record(n) for n in (1, 2, 3, 4)), *inside, settled, elsewhere)
    with store.writing() as work:
        assert work.releases.hand_out("e-1") == 2
        assert work.releases.hand_out("e-1") == 0
        work.commit()
    with store.reading() as work:
        assert work.releases.of_envelope("e-1") == [
            *(replace(one, tried=True, revision=1) for one in inside),
            settled,
        ]
        assert work.releases.of_envelope("e-2") == [elsewhere]


def test_replace_writes_only_what_is_still_in_the_expected_state(store: SqlStore) -> None:
    keep(store, *(a_record(n) for n in (1, 2, 3)), *(a_release(n) for n in (1, 2, 3)))
    withdrawn = a_release(2, state="withdrawn")
    with store.writing() as work:
        assert work.releases.replace([withdrawn], expect="due") == 1
        work.commit()
    sealed = [a_release(n, state="sealed", envelope="e-1", terms={"a": [1]}) for n in (1, 2, 3)]
    with store.writing() as work:
        assert work.releases.replace(sealed, expect="due") == 2
        work.commit()
    with store.reading() as work:
        assert work.releases.of_envelope("e-1") == [
            replace(sealed[0], revision=1),
            replace(sealed[2], revision=1),
        ]
        assert work.releases.of_record(record_id(2)) == [replace(withdrawn, revision=1)]
        assert work.releases.due("fiu.ee", limit=9) == []
        assert work.releases.partners_due() == []


def test_stale_are_undecided_ones_of_an_older_epoch_or_past_their_time(store: SqlStore) -> None:
    keep(
        store,
        *(a_record(n) for n in range(1, 7)),
        a_release(1, state="held", epoch=4),
        a_release(2, state="refused", epoch=5, until=100),
        a_release(3, state="held", epoch=5, until=101),
        a_release(4, state="due", epoch=1, until=1),
        a_release(5, state="refused", epoch=4, until=50),
        a_release(6, state="held", epoch=1, partner="fiu.lv"),
    )
    with store.reading() as work:
        found = work.releases.stale("fiu.ee", epoch=5, now_ms=100, limit=9)
        assert sorted(row.record for row in found) == [record_id(n) for n in (1, 2, 5)]
        assert len(work.releases.stale("fiu.ee", epoch=5, now_ms=100, limit=2)) == 2


def test_holders_are_those_that_have_it(store: SqlStore) -> None:
    states = ("sealed", "stored", "parked", "accepted", "due", "gone", "rejected", "withdrawn")
    keep(
        store,
        a_record(1),
        *(
            a_release(n, record=record_id(1), partner=f"p{n}", state=s)
            for n, s in enumerate(states)
        ),
    )
    with store.reading() as work:
        assert [row.state for row in work.releases.holders(record_id(1))] == list(states[:4])
        assert work.releases.count_by_state() == [(f"p{n}", s, 1) for n, s in enumerate(states)]


def test_a_record_that_was_taken_away_twice_is_counted_once(store: SqlStore) -> None:
    keep(
        store,
        a_record(1),
        a_release(1, record=record_id(1), state="gone"),
        a_release(2, record=record_id(1), state="gone", notice="urn:uuid:1"),
        a_release(3, record=record_id(1), state="gone", notice="urn:uuid:2"),
    )
    with store.reading() as work:
        ((_, state, count),) = work.releases.count_by_state()
    assert (state, count) == ("gone", 1)
