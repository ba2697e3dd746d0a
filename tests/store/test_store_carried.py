"""What a carrier takes from partner to partner: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

from store_rows import something_carried

from gateway.store.work import SqlStore


def test_the_same_bytes_are_taken_once_for_each_way(store: SqlStore) -> None:
    row = something_carried()
    back = replace(row, kind="receipt", sender="police.de", recipient="police.nl", wire=b"receipt")
    with store.writing() as work:
        assert work.carried.add(row)
        assert not work.carried.add(replace(row, wire=b"other"))
        assert work.carried.add(back)
        work.commit()
    with store.reading() as work:
        assert work.carried.get("envelope", "police.nl", "police.de", "digest-1") == row
        assert work.carried.get("receipt", "police.de", "police.nl", "digest-1") == back
        assert work.carried.get("receipt", "police.nl", "police.de", "digest-1") is None


def test_what_waits_is_given_in_the_order_in_which_it_came(store: SqlStore) -> None:
    first, second = something_carried(1), something_carried(2)
    later, gone = something_carried(3, retry_at=50), something_carried(4, state="carried")
    other = something_carried(5, recipient="police.fr")
    with store.writing() as work:
        for row in (second, later, first, gone, other):
            work.carried.add(row)
        work.commit()
    with store.reading() as work:
        assert work.carried.due("police.de", now_ms=49, limit=9) == [first, second]
        assert work.carried.due("police.de", now_ms=50, limit=9) == [first, second, later]
        assert work.carried.due("police.de", now_ms=50, limit=1) == [first]
        assert work.carried.waiting_bytes("police.nl") == 4 * 4
        assert work.carried.waiting_bytes("police.de") == 0


def test_a_state_moves_from_where_it_was_expected_only(store: SqlStore) -> None:
    row = something_carried()
    carried = replace(row, state="carried", failures=2, retry_at=7, wire=None)
    with store.writing() as work:
        work.carried.add(row)
        assert work.carried.replace(carried, expect="waiting")
        assert not work.carried.replace(replace(row, state="ended"), expect="waiting")
        work.commit()
    with store.reading() as work:
        assert work.carried.get("envelope", "police.nl", "police.de", "digest-1") == carried


def test_what_has_had_its_time_is_found_until_it_is_ended(store: SqlStore) -> None:
    soon, later = something_carried(1, expires_at=5), something_carried(2, expires_at=9)
    ended = something_carried(3, expires_at=1, state="ended", wire=None)
    with store.writing() as work:
        for row in (later, soon, ended):
            work.carried.add(row)
        work.commit()
    with store.reading() as work:
        assert work.carried.over(now_ms=4, limit=9) == []
        assert work.carried.over(now_ms=9, limit=9) == [soon, later]
