"""How far further holders are with notices: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

from store_rows import a_further, record_id

from gateway.store.work import SqlStore


def test_what_is_written_again_is_to_be_sealed_again(store: SqlStore) -> None:
    later, row = a_further(2), a_further(1)
    theirs = a_further(1, direction="in", partner="fiu.ee", path="tag", ep=5, seq=6)
    with store.writing() as work:
        work.further.put([later, row, theirs])
        work.commit()
    with store.writing() as work:
        assert work.further.unsaid("police.nl", limit=9) == [row, later]
        assert work.further.unsaid("police.nl", limit=1) == [row]
        assert work.further.unsaid("fiu.ee", limit=9) == []
        assert work.further.seal([row], "e-1") == 1
        assert work.further.seal([row], "e-2") == 0
        assert work.further.unsaid("police.nl", limit=9) == [later]
        answered = replace(row, state="erased", own_system="done", at=9)
        work.further.put([answered])
        assert work.further.unsaid("police.nl", limit=9) == [later, answered]
        assert work.further.of_record(record_id(1), "out") == [answered]
        assert work.further.of_record(record_id(1), "in") == [theirs]
        work.commit()


def test_what_an_envelope_carried_is_free_again_unless_another_carries_it(
    store: SqlStore,
) -> None:
    one, other = a_further(1), a_further(2)
    with store.writing() as work:
        work.further.put([one, other])
        work.further.seal([one, other], "e-1")
        work.further.put([other])
        work.further.seal([other], "e-2")
        assert work.further.said_in("e-1") == [replace(one, envelope="e-1")]
        work.further.put([one])
        assert work.further.unsaid("police.nl", limit=9) == [one]
        work.commit()


def test_what_is_told_and_not_answered_is_counted_by_who_told_it(store: SqlStore) -> None:
    told = [a_further(n, direction="in", partner="fiu.ee") for n in (3, 4, 9)]
    done = a_further(1, direction="in", partner="fiu.ee", state="applied")
    other = a_further(2, direction="in", partner="hub.eu")
    with store.writing() as work:
        work.further.put([*told, done, other, a_further(1)])
        work.commit()
    with store.reading() as work:
        assert work.further.count_open(before=9) == [("fiu.ee", 2, 3), ("hub.eu", 1, 2)]
