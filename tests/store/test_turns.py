"""Units that wait for the one writer of SQLite share a commit, and nobody's word rests on less."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import event
from store_rows import a_ledger_row

from gateway.core.errors import GatewayError
from gateway.flow.rows import LedgerRow
from gateway.store.engine import StoreUnavailable
from gateway.store.turns import Writers
from gateway.store.work import SqlStore, SqlUnitOfWork


@pytest.fixture(params=["sqlite://", "file"])
def shared(request, file_url: str, open_store: Callable[[str], SqlStore]) -> SqlStore:
    return open_store(file_url if request.param == "file" else request.param)


def row(name: str) -> LedgerRow:
    return a_ledger_row(id=name)


def turns_of(store: SqlStore) -> Writers:
    writers = store._writers  # noqa: SLF001 -- to see who waits
    assert writers is not None
    return writers


def waiting(store: SqlStore, more: int = 0) -> int:
    turns_of(store)._waiting += more  # noqa: SLF001 -- the same
    return turns_of(store)._waiting  # noqa: SLF001 -- the same


class Crew:
    """Threads that each do one unit, held up until all of them wait for their turn."""

    def __init__(self, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("gateway.store.turns.OPEN_SECONDS", 30)
        self.store = store
        self.commits = 0
        self.results: list[str] = []
        event.listen(store._source.writing, "commit", self._count)  # noqa: SLF001 -- to count

    def _count(self, _: object) -> None:
        self.commits += 1

    def play(self, *units: Callable[[SqlUnitOfWork], None]) -> None:
        threads = [threading.Thread(target=self._one, args=(unit,)) for unit in units]
        with self.store.writing() as work:
            work.ledger.add([row("first")])
            for number, thread in enumerate(threads):
                thread.start()
                while waiting(self.store) <= number:
                    time.sleep(0.001)
            try:
                work.commit()
            except StoreUnavailable:
                self.results.append("first: StoreUnavailable")
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()

    def _one(self, unit: Callable[[SqlUnitOfWork], None]) -> None:
        try:
            with self.store.writing() as work:
                unit(work)
            self.results.append(f"{unit.__name__}: done")
        except (GatewayError, ZeroDivisionError) as fault:
            self.results.append(f"{unit.__name__}: {type(fault).__name__}")

    def kept(self) -> set[str]:
        with self.store.reading() as work:
            return {one.id for one in work.ledger.unplaced(limit=100)}


def writes(work: SqlUnitOfWork) -> None:
    work.ledger.add([row(f"by-{threading.get_ident()}")])
    work.commit()


def fails(work: SqlUnitOfWork) -> None:
    work.ledger.add([row("of one that fails")])
    raise ZeroDivisionError


def collides(work: SqlUnitOfWork) -> None:
    work.ledger.add([row("first")])
    work.commit()


def loses_the_transaction(work: SqlUnitOfWork) -> None:
    """As SQLite does by itself when the disk fails."""
    work.ledger.add([row("lost")])
    work._session._connection.exec_driver_sql("ROLLBACK")  # noqa: SLF001 -- nobody else can
    work.commit()


def reads_what_is_lost(work: SqlUnitOfWork) -> None:
    assert "first" in {one.id for one in work.ledger.unplaced(limit=100)}
    work._session._connection.exec_driver_sql("ROLLBACK")  # noqa: SLF001 -- nobody else can


@pytest.fixture
def crew(shared: SqlStore, monkeypatch: pytest.MonkeyPatch) -> Crew:
    return Crew(shared, monkeypatch)


def test_units_that_wait_share_one_commit(crew: Crew) -> None:
    crew.play(*[writes] * 6)

    assert crew.commits == 1
    assert crew.results == ["writes: done"] * 6
    assert len(crew.kept()) == 7


def test_one_that_fails_undoes_only_itself(crew: Crew) -> None:
    crew.play(writes, fails, collides, writes)

    assert sorted(crew.results) == [
        "collides: Conflict",
        "fails: ZeroDivisionError",
        "writes: done",
        "writes: done",
    ]
    assert len(crew.kept()) == 3
    assert "of one that fails" not in crew.kept()


def test_a_group_whose_last_unit_fails_is_committed(crew: Crew) -> None:
    crew.play(fails)

    assert crew.commits == 1
    assert crew.kept() == {"first"}


@pytest.mark.parametrize("unit", [loses_the_transaction, reads_what_is_lost])
def test_when_the_transaction_is_lost_everybody_in_it_is_told(
    crew: Crew, unit: Callable[[SqlUnitOfWork], None]
) -> None:
    crew.play(unit)

    assert sorted(crew.results) == [
        "first: StoreUnavailable",
        f"{unit.__name__}: StoreUnavailable",
    ]
    assert crew.kept() == set()


def test_the_next_unit_after_a_lost_transaction_works(crew: Crew) -> None:
    crew.play(loses_the_transaction)

    with crew.store.writing() as work:
        writes(work)
    assert len(crew.kept()) == 1


def test_a_group_is_ended_by_its_own_when_who_waited_gave_up(shared: SqlStore) -> None:
    with shared.writing() as work:
        work.ledger.add([row("first")])
        waiting(shared, 1)  # somebody who will never come
        work.commit()

    waiting(shared, -1)
    with shared.reading() as work:
        assert [one.id for one in work.ledger.unplaced(limit=9)] == ["first"]
