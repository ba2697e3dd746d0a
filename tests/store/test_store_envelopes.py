"""Envelopes, channels, receipts, verdicts, arrivals and the inbox: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_rows import (
    a_receipt,
    a_record,
    a_verdict,
    an_arrival,
    an_entry,
    an_envelope,
    its_key,
    record_id,
)

from gateway.core.errors import Conflict
from gateway.flow.rows import (
    ArrivalRow,
    AttemptRow,
    ChannelRow,
    EnvelopeRow,
    InboxRow,
    ReceiptRow,
    VerdictRow,
)
from gateway.store.work import SqlStore


def keep(
    store: SqlStore, *rows: EnvelopeRow | ArrivalRow | InboxRow | ReceiptRow | VerdictRow
) -> None:
    with store.writing() as work:
        for row in rows:
            if isinstance(row, EnvelopeRow):
                work.envelopes.add(row)
            elif isinstance(row, ArrivalRow):
                work.arrivals.add(row)
        entries = [row for row in rows if isinstance(row, InboxRow)]
        records = {row.record: a_record(int(row.record[-12:], 16)) for row in entries}
        there = work.records.newest(list(records))
        missing = [row for id_, row in records.items() if id_ not in there]
        work.records.add(data_keys=[its_key(row) for row in missing], records=missing)
        work.arrivals.add_inbox(entries)
        work.envelopes.add_receipts([row for row in rows if isinstance(row, ReceiptRow)])
        work.envelopes.add_verdicts([row for row in rows if isinstance(row, VerdictRow)])
        work.commit()


def seqs(rows: object) -> list[int]:
    return [row.seq for row in rows]  # type: ignore[attr-defined]


# Channels


def test_a_channel_nobody_used_is_fresh(store: SqlStore) -> None:
    with store.reading() as work:
        assert work.envelopes.channel("fiu.ee", "out") == ChannelRow(
            partner="fiu.ee", direction="out"
        )
        assert work.envelopes.channels() == []


def test_a_channel_moves_on_only_from_where_it_was_seen(store: SqlStore) -> None:
    fresh = ChannelRow(partner="fiu.ee", direction="out")
    first = replace(fresh, ep=1, last_seq=1, last_digest="d1", gaps=((3, 4), (6, 6)), heard_at=9)
    second = replace(first, last_seq=2, last_digest="d2", gaps=())
    with store.writing() as work:
        assert work.envelopes.put_channel(first, expect=fresh) is True
        assert work.envelopes.put_channel(first, expect=fresh) is False
        assert work.envelopes.channel("fiu.ee", "out") == first
        assert work.envelopes.put_channel(second, expect=first) is True
        assert work.envelopes.put_channel(second, expect=first) is False
        assert work.envelopes.put_channel(second, expect=replace(second, last_digest="x")) is False
        assert work.envelopes.put_channel(second, expect=replace(second, ep=2)) is False
        work.commit()
    with store.reading() as work:
        assert work.envelopes.channels() == [second]


def test_a_channel_that_has_sent_nothing_yet_can_be_paused_and_then_moves_on(
    store: SqlStore,
) -> None:
    paused = ChannelRow(partner="fiu.ee", direction="out", state="paused")
    with store.writing() as work:
        assert work.envelopes.put_channel(paused, expect=None) is True
        moved = replace(paused, ep=1, last_seq=1, last_digest="d")
        assert work.envelopes.put_channel(moved, expect=paused) is True
        assert work.envelopes.put_channel(replace(moved, failures=3), expect=None) is True
        assert work.envelopes.channel("fiu.ee", "out").failures == 3
        work.commit()


# Envelopes


def test_an_envelope_comes_back_as_it_was(store: SqlStore) -> None:
    row = an_envelope(until=5, marked="expired", handed_at=1, answered_at=2, stored_at=3)
    keep(store, row, an_envelope(2, wire=None))
    with store.reading() as work:
        assert work.envelopes.get(row.id) == row
        assert work.envelopes.get("other") is None
        assert work.envelopes.by_digest("fiu.ee", [row.digest, "x"]) == {
            row.digest: replace(row, wire=None)
        }
        assert work.envelopes.by_digest("fiu.lv", [row.digest]) == {}


def test_a_place_is_taken_once(store: SqlStore) -> None:
    keep(store, an_envelope(1))
    with pytest.raises(Conflict):
        keep(store, an_envelope(1, id="another"))
    keep(store, an_envelope(1, ep=2), an_envelope(1, partner="fiu.lv"))


def test_what_is_open_is_offered_in_order_of_place(store: SqlStore) -> None:
    keep(
        store,
        an_envelope(3),
        an_envelope(1),
        an_envelope(2, kind="void"),
        an_envelope(4, state="handed"),
        an_envelope(5, state="stored"),
        an_envelope(6, state="void", wire=None),
        an_envelope(1, ep=2),
        an_envelope(1, partner="fiu.lv"),
    )
    with store.reading() as work:
        found = work.envelopes.open_after("fiu.ee", 1, 0, limit=9)
        assert seqs(found) == [1, 2, 3, 4]
        assert found[0].wire == b"wire-1"
        assert seqs(work.envelopes.open_after("fiu.ee", 1, 2, limit=1)) == [3]
        assert work.envelopes.unreceipted("fiu.ee") == 4  # the void is not counted, ep 2 is
        assert work.envelopes.unreceipted("nobody") == 0


def test_what_was_never_answered_or_long_ago_is_sent_oldest_first(store: SqlStore) -> None:
    keep(
        store,
        an_envelope(1, state="handed", answered_at=50),
        an_envelope(2, state="handed", answered_at=100),
        an_envelope(3),
        an_envelope(1, ep=2),
        an_envelope(4, state="stored"),
    )
    with store.reading() as work:
        found = work.envelopes.to_send("fiu.ee", answered_before=100, limit=9)
        assert [(row.ep, row.seq) for row in found] == [(1, 1), (1, 3), (2, 1)]
        assert all(row.wire for row in found)
        assert len(work.envelopes.to_send("fiu.ee", answered_before=0, limit=1)) == 1


def test_marked_and_stale_envelopes_are_told_apart(store: SqlStore) -> None:
    keep(
        store,
        an_envelope(1, marked="withdrawn", epoch=0),
        an_envelope(2, epoch=0),
        an_envelope(3, until=10),
        an_envelope(4, expires_at=10),
        an_envelope(5, until=11, expires_at=11),
        an_envelope(6, marked="x", state="void", epoch=0, wire=None),
    )
    with store.reading() as work:
        marked = work.envelopes.marked("fiu.ee", limit=9)
        assert seqs(marked) == [1]
        assert marked[0].wire is None
        assert seqs(work.envelopes.stale("fiu.ee", epoch=1, now_ms=10, limit=9)) == [2, 3, 4]


def test_the_wire_goes_with_closed_and_void_and_with_nothing_else(store: SqlStore) -> None:
    keep(store, an_envelope(1), an_envelope(2))
    ways = {1: ("handed", "stored", "closed"), 2: ("handed", "void")}
    for seq, states in ways.items():
        for state in states:
            with store.writing() as work:
                (row,) = work.envelopes.by_digest("fiu.ee", [f"digest-1-{seq}"]).values()
                moved = replace(row, state=state, digest="not written", kind="not written")
                assert work.envelopes.replace([moved], expect=[row.state, "other"]) == 1
                work.commit()
            with store.reading() as work:
                now = work.envelopes.get(row.id)
            assert now is not None
            assert (now.state, now.digest, now.kind) == (state, f"digest-1-{seq}", "records")
            assert (now.wire is None) == (state in ("closed", "void"))


def test_an_envelope_that_moved_meanwhile_is_not_written_over(store: SqlStore) -> None:
    keep(store, an_envelope(1), an_envelope(2, state="stored"))
    rows = [an_envelope(n, state="void") for n in (1, 2)]
    with store.writing() as work:
        assert work.envelopes.replace(rows, expect=["sealed", "handed"]) == 1
        work.commit()
    with store.reading() as work:
        kept = work.envelopes.get(rows[1].id)
        assert kept is not None
        assert (kept.state, kept.wire) == ("stored", b"wire-2")


def test_deliveries_are_paged_by_id_and_can_be_narrowed(store: SqlStore) -> None:
    rows = [an_envelope(n, state="stored" if n == 2 else "sealed") for n in (1, 2, 3)]
    keep(store, *rows, an_envelope(1, partner="fiu.lv"))

    def ids(**narrowed: str) -> list[str]:
        asked = {"partner": None, "state": None, "after": "", "limit": 9} | narrowed
        with store.reading() as work:
            return [row.id for row in work.envelopes.page(**asked)]  # type: ignore[arg-type]

    assert len(ids()) == 4
    assert ids(partner="fiu.ee") == [row.id for row in rows]
    assert ids(state="stored") == [rows[1].id]
    assert ids(partner="fiu.ee", state="sealed", after=rows[0].id) == [rows[2].id]


def test_stored_ones_can_be_closed_some_time_after_their_receipt(store: SqlStore) -> None:
    keep(
        store,
        an_envelope(1, state="stored", stored_at=10),
        an_envelope(2, state="stored", stored_at=20, answered_at=5),
        an_envelope(3, state="stored", answered_at=10),
        an_envelope(4, state="handed", answered_at=10),
    )
    with store.reading() as work:
        assert seqs(work.envelopes.to_close(stored_before=20, limit=9)) == [1, 3]
        assert seqs(work.envelopes.to_close(stored_before=21, limit=2)) == [1, 2]


def test_attempts_are_kept_in_order(store: SqlStore) -> None:
    row = an_envelope(1)
    tries = [
        AttemptRow(envelope=row.id, at=at, milliseconds=3, outcome=outcome)
        for at, outcome in ((5, "timeout"), (5, "202"))
    ]
    keep(store, row)
    with store.writing() as work:
        for each in tries:
            work.envelopes.add_attempt(each)
        work.commit()
    with store.reading() as work:
        assert work.envelopes.attempts(row.id) == tries


# Receipts and verdicts


def test_receipts_are_numbered_per_partner_and_direction(store: SqlStore) -> None:
    keep(store, a_receipt(1), a_receipt(2), replace(a_receipt(3, "got"), number=77))
    keep(store, a_receipt(3), replace(a_receipt(1), partner="fiu.lv"))
    with store.reading() as work:
        made = work.envelopes.receipts_after("fiu.ee", "made", 0, limit=9)
        assert [(row.number, row.seq) for row in made] == [(1, 1), (2, 2), (3, 3)]
        assert seqs(work.envelopes.receipts_after("fiu.ee", "made", 1, limit=1)) == [2]
        assert [r.number for r in work.envelopes.receipts_after("fiu.ee", "got", 0, limit=9)] == [1]
        assert [r.number for r in work.envelopes.receipts_after("fiu.lv", "made", 0, limit=9)] == [
            1
        ]


def test_the_newest_receipt_for_an_envelope_counts(store: SqlStore) -> None:
    keep(store, a_receipt(1, text=b"refused"))
    keep(store, a_receipt(1, text=b"stored"))
    with store.reading() as work:
        found = work.envelopes.receipt("fiu.ee", "made", "in-1")
        assert found is not None
        assert (found.number, found.text) == (2, b"stored")
        assert work.envelopes.receipt("fiu.ee", "got", "in-1") is None


def test_receipts_are_undelivered_until_they_are_said_to_be(store: SqlStore) -> None:
    keep(store, *(a_receipt(n) for n in (1, 2, 3)), a_receipt(4, direction="got"))
    with store.writing() as work:
        work.envelopes.delivered("fiu.ee", [1, 3, 9])
        work.envelopes.delivered("fiu.lv", [2])
        work.commit()
    with store.reading() as work:
        assert seqs(work.envelopes.undelivered("fiu.ee", limit=9)) == [2]


def test_a_verdict_is_sealed_once_and_can_be_freed(store: SqlStore) -> None:
    keep(store, *(a_verdict(n) for n in (2, 1)), a_verdict(3, record=None, version=None, code="c"))
    ids = ["v-000001", "v-000002"]
    with store.writing() as work:
        waiting = work.envelopes.unsealed_verdicts("fiu.ee", limit=2)
        assert [row.id for row in waiting] == ids
        assert work.envelopes.seal_verdicts(ids, "e-1") == 2
        assert work.envelopes.seal_verdicts(ids, "e-2") == 0
        assert [row.id for row in work.envelopes.verdicts_of("e-1")] == ids
        assert work.envelopes.seal_verdicts(ids[:1], None) == 1
        assert len(work.envelopes.unsealed_verdicts("fiu.ee", limit=9)) == 2
        work.commit()


# Arrivals


def test_the_same_bytes_arrive_once(store: SqlStore) -> None:
    row = an_arrival(1, statement=b"s", step="12", incident="i")
    with store.writing() as work:
        assert work.arrivals.add(row) is True
        assert work.arrivals.add(replace(row, id="another")) is False
        assert work.arrivals.add(replace(row, id="elsewhere", partner="fiu.lv")) is True
        work.commit()
    with store.reading() as work:
        assert work.arrivals.by_digest("fiu.ee", "in-1") == replace(row, wire=None)
        assert work.arrivals.get(row.id) == replace(row, wire=None)
        assert work.arrivals.by_digest("fiu.ee", "in-2") is None
        assert work.arrivals.partners_unopened() == ["fiu.ee", "fiu.lv"]


def test_unopened_ones_wait_oldest_first_with_their_bytes(store: SqlStore) -> None:
    keep(store, *(an_arrival(n, size=n * 10) for n in (2, 1, 3)), an_arrival(4, state="refused"))
    with store.writing() as work:
        assert seqs(work.arrivals.unopened("fiu.ee", limit=2)) == [1, 2]
        assert work.arrivals.unopened("fiu.ee", limit=1)[0].wire == b"bytes"
        assert work.arrivals.unopened_bytes("fiu.ee") == 60
        assert work.arrivals.unopened_bytes("nobody") == 0
        opened = an_arrival(1, state="opened", wire=None, statement=b"proof")
        assert work.arrivals.replace(opened, expect="arrived") is True
        assert work.arrivals.replace(opened, expect="arrived") is False
        work.commit()
    with store.reading() as work:
        assert work.arrivals.at_place("fiu.ee", 1, 1) == replace(opened, size=5)
        assert work.arrivals.at_place("fiu.ee", 1, 2) is None
        assert work.arrivals.unopened_bytes("fiu.ee") == 50
        assert work.arrivals.claimed("fiu.ee", 1, above=0) == [1, 2, 3]
        assert work.arrivals.claimed("fiu.ee", 1, above=2) == [3]
        assert work.arrivals.claimed("fiu.ee", 2, above=0) == []


def test_a_parked_one_waits_with_its_bytes_until_it_is_tried_again(store: SqlStore) -> None:
    keep(store, an_arrival(1), an_arrival(2))
    with store.writing() as work:
        assert [work.arrivals.failed(an_arrival(1).id) for _ in range(3)] == [1, 2, 3]
        assert work.arrivals.failed(an_arrival(2).id) == 1
        parked = an_arrival(1, state="parked", step="stale-decision", incident="i")
        assert work.arrivals.replace(parked, expect="arrived")
        work.commit()
    with store.writing() as work:
        assert work.arrivals.parked(limit=9) == [replace(parked, wire=None)]
        assert seqs(work.arrivals.unopened("fiu.ee", limit=9)) == [2]
        assert work.arrivals.unopened_bytes("fiu.ee") == 10
        assert work.arrivals.claimed("fiu.ee", 1, above=0) == [1, 2]
        work.arrivals.unpark(parked.id, "arrived")
        work.arrivals.unpark(an_arrival(2).id, "refused")  # it is not parked
        assert work.arrivals.failed(parked.id) == 1
        work.commit()
    with store.reading() as work:
        assert work.arrivals.parked(limit=9) == []
        assert work.arrivals.unopened("fiu.ee", limit=9) == [an_arrival(1), an_arrival(2)]


def test_a_place_is_opened_once_whatever_claims_it(store: SqlStore) -> None:
    keep(store, an_arrival(1), an_arrival(2, seq=1), an_arrival(3, seq=1))
    with store.writing() as work:
        assert work.arrivals.claimed("fiu.ee", 1, above=0) == [1]
        assert work.arrivals.replace(an_arrival(1, state="opened"), expect="arrived")
        work.commit()
    with store.writing() as work, pytest.raises(Conflict):
        work.arrivals.replace(an_arrival(2, seq=1, state="opened"), expect="arrived")
    with store.writing() as work:
        assert work.arrivals.replace(an_arrival(2, seq=1, state="refused"), expect="arrived")
        work.commit()


def test_claimed_places_are_at_most_256(store: SqlStore) -> None:
    keep(store, *(an_arrival(n) for n in range(1, 301)))
    with store.reading() as work:
        assert work.arrivals.claimed("fiu.ee", 1, above=10) == list(range(11, 267))


# The inbox of national systems


def test_positions_are_given_once_per_client_and_never_twice(store: SqlStore) -> None:
    keep(
        store,
        *(an_entry(n) for n in (2, 1)),
        an_entry(1, client="other"),
        an_entry(3, state="held"),
    )
    with store.writing() as work:
        assert work.arrivals.has_unnumbered("cms") is True
        work.arrivals.number_inbox("cms")
        assert work.arrivals.has_unnumbered("cms") is False
        work.arrivals.number_inbox("cms")
        work.commit()
    keep(store, an_entry(1), an_entry(4))
    with store.writing() as work:
        work.arrivals.number_inbox("cms")
        work.commit()
    with store.reading() as work:
        numbered = work.arrivals.inbox("cms", after=0, limit=9, open_only=False)
        assert [(row.position, row.record) for row in numbered] == [
            (1, record_id(1)),
            (2, record_id(2)),
            (3, record_id(4)),
        ]
        assert work.arrivals.inbox("cms", after=1, limit=1, open_only=True) == [numbered[1]]
        assert work.arrivals.inbox("other", after=0, limit=9, open_only=False) == []


def test_a_withdrawn_entry_is_dropped_and_what_comes_is_new(store: SqlStore) -> None:
    withdrawn, waiting = an_entry(1, state="withdrawn"), an_entry(2)
    keep(store, withdrawn, waiting)
    again = an_entry(1, partner="direct.gw", ep=7, seq=8)
    with store.writing() as work:
        work.arrivals.drop_withdrawn([again, waiting])
        work.arrivals.add_inbox([again])
        work.commit()
    with store.reading() as work:
        assert work.arrivals.inbox_of("cms", record_id(1), 1) == again
        assert work.arrivals.inbox_of("cms", record_id(2), 1) == waiting


def test_an_answered_entry_is_no_longer_open_and_keeps_its_position(store: SqlStore) -> None:
    keep(store, *(an_entry(n) for n in (1, 2)), an_entry(3, state="held"))
    with store.writing() as work:
        work.arrivals.number_inbox("cms")
        accepted = an_entry(1, state="accepted", code="c", handed_at=5)
        assert work.arrivals.replace_inbox([accepted], expect=["waiting", "handed"]) == 1
        assert work.arrivals.replace_inbox([accepted], expect=["waiting", "handed"]) == 0
        work.commit()
    with store.reading() as work:
        assert [r.record for r in work.arrivals.inbox("cms", after=0, limit=9, open_only=True)] == [
            record_id(2)
        ]
        assert work.arrivals.inbox_of("cms", record_id(1), 1) == replace(accepted, position=1)
        assert work.arrivals.inbox_of("cms", record_id(9), 1) is None
        assert work.arrivals.inbox_held(limit=9) == [an_entry(3, state="held")]
