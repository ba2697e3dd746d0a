"""Many at once on one database: nothing is numbered twice, skipped, or decided on old ground."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from store_rows import (
    a_ledger_row,
    a_receipt,
    a_record,
    a_release,
    an_arrival,
    an_entry,
    an_envelope,
    an_item,
    its_key,
    record_id,
)

from gateway.core.errors import Conflict, GatewayError, LeaseLost, StaleDecision
from gateway.flow.rows import ChannelRow
from gateway.store.work import SqlStore

WRITERS, EACH = 4, 25


@pytest.fixture
def stores(shared_url: str, open_store: Callable[[str], SqlStore]) -> list[SqlStore]:
    """One store per writer, as if each were a process of its own."""
    return [open_store(shared_url) for _ in range(WRITERS)]


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run all at once; what each returned, or the error of ours it raised."""

    def run(job: Callable[[], object]) -> object:
        try:
            return job()
        except GatewayError as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@contextmanager
def in_background(job: Callable[[], None]) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=job)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


def tail(read: Callable[[int], list[int]], total: int) -> list[int]:
    """Read on from the last number seen, as a puller does, until all are there."""
    seen: list[int] = []
    until = time.monotonic() + 30
    while len(seen) < total and time.monotonic() < until:
        seen += read(seen[-1] if seen else 0)
    return seen


def test_a_tailing_reader_of_an_inbox_misses_nothing(stores: list[SqlStore]) -> None:
    total = WRITERS * EACH

    def write(writer: int) -> None:
        for n in range(EACH):
            number = n * WRITERS + writer
            with stores[writer].writing() as work:
                work.records.add(records=[a_record(number, data_key=None)])
                work.arrivals.add_inbox([an_entry(number)])
                work.arrivals.number_inbox("cms")
                work.commit()

    def read(after: int) -> list[int]:
        with stores[0].reading() as work:
            rows = work.arrivals.inbox("cms", after=after, limit=7, open_only=True)
        return [row.position for row in rows if row.position is not None]

    results = together(
        lambda: tail(read, total),
        *(lambda writer=writer: write(writer) for writer in range(WRITERS)),
    )
    assert results == [list(range(1, total + 1)), *([None] * WRITERS)]


def test_a_tailing_reader_of_receipts_misses_nothing(stores: list[SqlStore]) -> None:
    total = WRITERS * EACH

    def write(writer: int) -> None:
        for n in range(EACH):
            with stores[writer].writing() as work:
                work.envelopes.add_receipts([a_receipt(n * WRITERS + writer)])
                work.commit()

    def read(after: int) -> list[int]:
        with stores[0].reading() as work:
            rows = work.envelopes.receipts_after("fiu.ee", "made", after, limit=7)
        return [row.number for row in rows]

    results = together(
        lambda: tail(read, total),
        *(lambda writer=writer: write(writer) for writer in range(WRITERS)),
    )
    assert results == [list(range(1, total + 1)), *([None] * WRITERS)]


def test_one_of_many_gets_the_lease(stores: list[SqlStore]) -> None:
    def take(store: SqlStore, holder: str, now: int) -> int | None:
        with store.writing() as work:
            fence = work.leases.take("seal:p", holder, now_ms=now, until_ms=now + 100)
            work.commit()
            return fence

    for turn in range(1, 6):
        fences = together(
            *(
                lambda store=store, n=n, turn=turn: take(store, f"{turn}/{n}", turn * 1_000)
                for n, store in enumerate(stores)
            )
        )
        assert sorted(fences, key=str) == sorted([turn, *([None] * (WRITERS - 1))], key=str)


def test_a_lease_that_ran_out_in_mid_work_undoes_the_work(stores: list[SqlStore]) -> None:
    """Two holders, the first slow: what it did under the older fence is not committed."""
    with stores[0].writing() as work:
        slow = work.leases.take("seal:p", "slow", now_ms=0, until_ms=100)
        work.commit()
    with stores[1].writing() as work:
        quick = work.leases.take("seal:p", "quick", now_ms=101, until_ms=200)
        work.demand_fence("seal:p", quick or 0)
        work.envelopes.add(an_envelope(1))
        work.commit()
    assert slow is not None
    with stores[0].writing() as work:
        work.envelopes.add(an_envelope(2))
        with pytest.raises(LeaseLost):
            work.demand_fence("seal:p", slow)
    with stores[0].reading() as work:
        assert len(work.envelopes.open_after("fiu.ee", 1, 0, limit=9)) == 1


def test_a_lease_is_not_taken_between_the_look_at_its_fence_and_the_commit(
    stores: list[SqlStore],
) -> None:
    with stores[0].writing() as work:
        fence = work.leases.take("seal:p", "one", now_ms=0, until_ms=100)
        work.commit()
    taken: list[float] = []

    def take() -> None:
        with stores[1].writing() as work:
            work.leases.take("seal:p", "two", now_ms=101, until_ms=200)
            taken.append(time.monotonic())
            work.commit()

    with stores[0].writing() as work:
        work.demand_fence("seal:p", fence or 0)
        with in_background(take) as thread:
            thread.join(0.3)
            before_commit = time.monotonic()
            work.commit()
    assert taken[0] >= before_commit


def test_configuration_does_not_change_between_the_look_at_it_and_the_commit(
    stores: list[SqlStore],
) -> None:
    changed: list[float] = []

    def change() -> None:
        with stores[1].writing() as work:
            work.config.put(an_item())
            changed.append(time.monotonic())
            work.commit()

    with stores[0].writing() as work:
        work.demand_epoch(0)
        work.ledger.add([a_ledger_row()])
        with in_background(change) as thread:
            thread.join(0.3)
            before_commit = time.monotonic()
            work.commit()
    assert changed[0] >= before_commit
    with pytest.raises(StaleDecision), stores[0].writing() as work:
        work.demand_epoch(0)


def test_decisions_on_the_same_epoch_do_not_wait_for_each_other_on_postgresql(
    postgres_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    one, other = open_store(postgres_url), open_store(postgres_url)
    with one.writing() as work, other.writing() as beside:
        work.demand_epoch(0)
        beside.demand_epoch(0)
        beside.ledger.add([a_ledger_row(1)])
        beside.commit()
        work.ledger.add([a_ledger_row(2)])
        work.commit()


def test_changes_of_configuration_at_once_each_get_a_number(stores: list[SqlStore]) -> None:
    def change(store: SqlStore, name: str) -> int:
        with store.writing() as work:
            change = work.config.put(an_item(name)).change
            work.commit()
            return change

    names = ["a", "b", "a", "c"]
    changes = together(
        *(lambda s=store, n=name: change(s, n) for store, name in zip(stores, names, strict=True))
    )
    assert sorted(changes) == [1, 2, 3, 4]  # type: ignore[type-var]
    with stores[0].reading() as work:
        assert [row.name for row in work.config.active("agreement")] == ["a", "b", "c"]
        assert [row.version for row in work.config.history("agreement", "a")] == [1, 2]


def test_one_of_many_moves_a_channel_and_takes_the_next_place(stores: list[SqlStore]) -> None:
    def seal(store: SqlStore, n: int) -> bool:
        with store.reading() as work:
            seen = work.envelopes.channel("fiu.ee", "out")
        moved = replace(seen, ep=1, last_seq=seen.last_seq + 1, last_digest=f"{n}")
        with store.writing() as work:
            if not work.envelopes.put_channel(moved, expect=seen):
                return False
            work.envelopes.add(an_envelope(moved.last_seq, id=f"{n}-{moved.last_seq}"))
            work.commit()
            return True

    def keep_on(store: SqlStore, n: int) -> int:
        return sum(seal(store, n) for _ in range(EACH))

    done = together(*(lambda s=store, n=n: keep_on(s, n) for n, store in enumerate(stores)))
    assert all(isinstance(count, int) for count in done), done
    with stores[0].reading() as work:
        channel: ChannelRow = work.envelopes.channel("fiu.ee", "out")
        envelopes = work.envelopes.open_after("fiu.ee", 1, 0, limit=1_000)
    assert [row.seq for row in envelopes] == list(range(1, channel.last_seq + 1))
    assert sum(done) == channel.last_seq  # type: ignore[arg-type]


def test_a_release_is_moved_by_one_of_many(stores: list[SqlStore]) -> None:
    with stores[0].writing() as work:
        work.records.add(records=[a_record(n, data_key=None) for n in range(10)])
        work.releases.add([a_release(n) for n in range(10)])
        work.commit()

    def seal(store: SqlStore, envelope: str) -> int:
        rows = [a_release(n, state="sealed", envelope=envelope) for n in range(10)]
        with store.writing() as work:
            moved = work.releases.replace(rows, expect="due")
            work.commit()
            return moved

    moved = together(*(lambda s=store, n=n: seal(s, f"e{n}") for n, store in enumerate(stores)))
    assert sorted(moved) == [0, 0, 0, 10]  # type: ignore[type-var]
    with stores[0].reading() as work:
        assert (
            len({row.envelope for n in range(10) for row in work.releases.of_record(record_id(n))})
            == 1
        )


def test_the_same_bytes_from_many_are_one_arrival(stores: list[SqlStore]) -> None:
    def arrive(store: SqlStore, n: int) -> bool:
        with store.writing() as work:
            new = work.arrivals.add(an_arrival(1, id=f"a-{n}"))
            work.commit()
            return new

    new = together(*(lambda s=store, n=n: arrive(s, n) for n, store in enumerate(stores)))
    assert sorted(new) == [False, False, False, True]  # type: ignore[type-var]


def test_the_same_reference_from_many_is_one_record(stores: list[SqlStore]) -> None:
    def submit(store: SqlStore, n: int) -> str:
        with store.writing() as work:
            work.records.add(records=[a_record(n, ref_tag="the same", data_key=None)])
            work.commit()
            return "stored"

    results = together(*(lambda s=store, n=n: submit(s, n) for n, store in enumerate(stores)))
    assert results.count("stored") == 1
    assert sum(isinstance(result, Conflict) for result in results) == WRITERS - 1


def test_threads_share_one_store_also_in_memory(store: SqlStore) -> None:
    def write(writer: int) -> None:
        for n in range(EACH):
            with store.writing() as work:
                work.ledger.add([a_ledger_row(n * WRITERS + writer)])
                work.commit()
            with store.reading() as work:
                work.ledger.unplaced(limit=5)

    assert together(*(lambda w=w: write(w) for w in range(WRITERS))) == [None] * WRITERS
    with store.reading() as work:
        assert len(work.ledger.unplaced(limit=1_000)) == WRITERS * EACH


def test_what_was_written_meanwhile_is_not_written_over(stores: list[SqlStore]) -> None:
    """Both rows stay in the state that is expected: only their revision tells."""
    with stores[0].writing() as work:
        work.records.add(data_keys=[its_key(a_record())], records=[a_record()])
        work.releases.add([a_release(state="held")])
        work.envelopes.add(an_envelope())
        work.commit()
    with stores[0].reading() as work:
        (release,) = work.releases.of_record(a_record().id)
        envelope = work.envelopes.get(an_envelope().id)
    assert envelope is not None
    with stores[1].writing() as work:
        assert work.releases.replace([replace(release, epoch=0)], expect="held") == 1
        assert work.envelopes.replace([replace(envelope, marked="withheld")], expect=["sealed"])
        work.commit()
    with stores[0].writing() as work:
        assert work.releases.replace([replace(release, state="due")], expect="held") == 0
        assert not work.envelopes.replace([replace(envelope, state="handed")], expect=["sealed"])
        work.commit()
    with stores[0].reading() as work:
        assert work.releases.of_record(release.record)[0].epoch == 0
        assert work.envelopes.marked("fiu.ee", limit=9)[0].state == "sealed"


def test_a_row_that_a_writing_unit_has_read_is_its_own_until_its_end(
    postgres_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    one, other = open_store(postgres_url), open_store(postgres_url)
    with one.writing() as work:
        work.envelopes.add(an_envelope())
        work.commit()
    marked: list[float] = []

    def mark() -> None:
        with other.writing() as work:
            row = work.envelopes.get(an_envelope().id)
            assert row is not None
            marked.append(time.monotonic())
            assert work.envelopes.replace([replace(row, marked="key")], expect=["handed"])
            work.commit()

    with one.writing() as work:
        row = work.envelopes.get(an_envelope().id)
        assert row is not None
        with in_background(mark) as thread:
            thread.join(0.3)
            assert work.envelopes.replace([replace(row, state="handed")], expect=["sealed"])
            before_commit = time.monotonic()
            work.commit()
    assert marked[0] >= before_commit
