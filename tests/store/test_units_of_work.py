"""One transaction over the whole store: all of it or nothing, and errors in our own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from store_rows import a_ledger_row, a_record, a_release, an_item, its_key

from gateway.core.errors import Conflict, GatewayError, StaleDecision
from gateway.flow.rows import BulkRow, IdempotencyRow
from gateway.store.engine import (
    DatabaseUrlRefused,
    NetworkFileSystem,
    StoreBusy,
    StoreFull,
    StoreGone,
    StoreUnavailable,
    Unstorable,
    engines,
    is_on_network,
    own_errors,
)
from gateway.store.session import UnitBroken
from gateway.store.work import SqlStore

ANSWER = IdempotencyRow(
    client="cms", key="k-1", request_digest="d", answer={"state": "stored", "n": 1}, expires=100
)


def test_what_was_committed_is_there_and_what_was_not_is_not(store: SqlStore) -> None:
    record = a_record()
    with store.writing() as work:
        work.records.add(data_keys=[its_key(record)], records=[record])
        work.releases.add([a_release()])
        work.ledger.add([a_ledger_row()])
        work.config.put(an_item())
    with store.reading() as work:
        assert work.records.get([(record.id, 1)]) == []
        assert work.releases.of_record(record.id) == []
        assert work.ledger.unplaced(limit=9) == []
        assert work.config.epoch() == 0

    with store.writing() as work:
        work.records.add(data_keys=[its_key(record)], records=[record])
        work.commit()
    with store.reading() as work:
        assert len(work.records.get([(record.id, 1)])) == 1


def test_an_error_of_the_caller_undoes_the_unit(store: SqlStore) -> None:
    def fail() -> None:
        with store.writing() as work:
            work.config.put(an_item())
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.reading() as work:
        assert work.config.epoch() == 0


def test_a_unit_in_which_something_failed_cannot_be_committed(store: SqlStore) -> None:
    with store.writing() as work:
        work.ledger.add([a_ledger_row(1)])
        with pytest.raises(Conflict):
            work.ledger.add([a_ledger_row(2), a_ledger_row(1)])
        with pytest.raises(UnitBroken):
            work.ledger.unplaced(limit=1)
        with pytest.raises(UnitBroken):
            work.commit()
    with store.reading() as work:
        assert work.ledger.unplaced(limit=9) == []


def test_a_unit_commits_once_and_is_over(store: SqlStore) -> None:
    with store.writing() as work:
        work.ledger.add([a_ledger_row(1)])
        work.commit()
        with pytest.raises(UnitBroken):
            work.ledger.add([a_ledger_row(2)])
        with pytest.raises(UnitBroken):
            work.commit()
    with pytest.raises(UnitBroken):
        work.commit()


def test_a_reading_unit_can_write_nothing(store: SqlStore) -> None:
    with store.reading() as work, pytest.raises(StoreUnavailable):
        work.ledger.add([a_ledger_row()])
    with store.reading() as work:
        assert work.ledger.unplaced(limit=9) == []


def test_a_reading_unit_sees_one_moment(
    shared_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    store = open_store(shared_url)
    with store.reading() as before:
        assert before.config.epoch() == 0
        with store.writing() as work:
            work.config.put(an_item())
            work.commit()
        assert before.config.epoch() == 0
    with store.reading() as after:
        assert after.config.epoch() == 1


def test_changed_tells_of_a_commit_by_anybody_and_of_nothing_else(
    shared_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    ours, theirs = open_store(shared_url), open_store(shared_url)
    first = ours.changed()
    with theirs.reading() as work:
        work.config.epoch()
    assert ours.changed() == first

    with theirs.writing() as work:
        work.ledger.add([a_ledger_row(1)])
        work.commit()
    second = ours.changed()
    assert second != first
    with ours.writing() as work:
        work.ledger.add([a_ledger_row(2)])
        work.commit()
    assert ours.changed() not in (first, second)


def test_stores_in_memory_are_strangers_to_each_other() -> None:
    one, other = SqlStore.open("sqlite://"), SqlStore.open("sqlite://")
    with one.writing() as work:
        work.config.put(an_item())
        work.commit()
    with other.reading() as work:
        assert work.config.epoch() == 0
    one.close()
    other.close()


def test_an_answer_is_remembered_once_and_forgotten_when_it_expired(store: SqlStore) -> None:
    with store.writing() as work:
        work.remember(ANSWER)
        work.commit()
    with store.reading() as work:
        assert work.idempotent("cms", "k-1") == ANSWER
        assert work.idempotent("other", "k-1") is None
    with store.writing() as work, pytest.raises(Conflict):
        work.remember(ANSWER)
    with store.writing() as work:
        work.unremember("other", "k-1")
        work.unremember("cms", "k-1")
        work.remember(ANSWER)
        work.commit()
    with store.writing() as work:
        assert work.forget(expired_before=100, limit=10) == 0
        assert work.forget(expired_before=101, limit=10) == 1
        work.commit()
    with store.reading() as work:
        assert work.idempotent("cms", "k-1") is None


def test_pieces_of_a_bulk_are_added_up_and_forgotten_with_the_last(store: SqlStore) -> None:
    piece = BulkRow(
        client="cms", name="a", pieces=1, stored=3, refused=1, last_key="k", last_at=5, expires=100
    )
    later = replace(piece, stored=2, duplicate=1, refused=-1, last_key="l", last_at=9, expires=200)
    with store.writing() as work:
        for row in (piece, later, replace(piece, client="other")):
            work.count_bulk(row)
        work.commit()
    with store.writing() as work:
        assert work.bulk("cms", "a") == replace(later, pieces=2, stored=5, refused=0)
        assert work.bulk("other", "a") == replace(piece, client="other")
        work.forget(expired_before=101, limit=10)
        work.commit()
    with store.reading() as work:
        assert work.bulk("cms", "a") is not None
        assert work.bulk("other", "a") is None


def test_a_decision_on_older_configuration_is_not_committed(store: SqlStore) -> None:
    with store.writing() as work:
        work.demand_epoch(0)
        work.config.put(an_item())
        work.commit()
    with store.writing() as work:
        with pytest.raises(StaleDecision):
            work.demand_epoch(0)
        with pytest.raises(UnitBroken):
            work.commit()
    with store.writing() as work:
        work.demand_epoch(1)
        work.commit()


@pytest.mark.parametrize("text", ["half of a pair \ud800", "a NUL \x00"])
def test_text_that_no_database_takes_is_refused_without_showing_it(
    postgres_url: str, open_store: Callable[[str], SqlStore], text: str
) -> None:
    store = open_store(postgres_url)
    with pytest.raises(Unstorable) as refused, store.reading() as work:
        work.idempotent("cms", text)
    assert text not in str(refused.value)


def test_half_a_pair_and_too_large_a_number_are_refused(store: SqlStore) -> None:
    with pytest.raises(Unstorable), store.reading() as work:
        work.idempotent("cms", "\ud800")
    with pytest.raises(Unstorable), store.writing() as work:
        work.ledger.add([a_ledger_row(at=2**63)])


def test_what_is_no_json_is_refused(store: SqlStore) -> None:
    for body in ({"x": float("nan")}, {"x": object()}):
        with pytest.raises(Unstorable), store.writing() as work:
            work.config.put(an_item(body=body))


# What a driver reports, and what we say of it.
SQLITE_TROUBLE = {
    "busy": ("SQLITE_BUSY", StoreBusy),
    "busy in a snapshot": ("SQLITE_BUSY_SNAPSHOT", StoreBusy),
    "full": ("SQLITE_FULL", StoreFull),
    "the disk is broken": ("SQLITE_IOERR_WRITE", StoreGone),
    "the file is away": ("SQLITE_CANTOPEN", StoreGone),
    "the file is damaged": ("SQLITE_CORRUPT", StoreGone),
    "a statement is wrong": ("SQLITE_ERROR", StoreUnavailable),
}
POSTGRES_TROUBLE = {
    "too many connections": (psycopg.errors.TooManyConnections, StoreBusy),
    "a deadlock": (psycopg.errors.DeadlockDetected, StoreBusy),
    "a lock not had in time": (psycopg.errors.LockNotAvailable, StoreBusy),
    "the disk is full": (psycopg.errors.DiskFull, StoreFull),
    "shutting down": (psycopg.errors.AdminShutdown, StoreGone),
    "no connection": (psycopg.OperationalError, StoreGone),
    "a statement is wrong": (psycopg.errors.UndefinedTable, StoreUnavailable),
    "bad text": (psycopg.errors.UntranslatableCharacter, Unstorable),
}


@pytest.mark.parametrize("case", SQLITE_TROUBLE.values(), ids=SQLITE_TROUBLE.keys())
def test_trouble_with_sqlite_has_a_class_of_ours(case: tuple[str, type[GatewayError]]) -> None:
    name, expected = case
    error = sqlite3.OperationalError("words")
    error.sqlite_errorname = name
    with pytest.raises(GatewayError) as caught, own_errors():
        raise OperationalError("SELECT 1", None, error)
    assert type(caught.value) is expected
    with pytest.raises(expected), own_errors():
        raise error


@pytest.mark.parametrize("case", POSTGRES_TROUBLE.values(), ids=POSTGRES_TROUBLE.keys())
def test_trouble_with_postgresql_has_a_class_of_ours(
    case: tuple[type[psycopg.Error], type[GatewayError]],
) -> None:
    error, expected = case
    with pytest.raises(GatewayError) as caught, own_errors():
        raise OperationalError("SELECT 1", None, error("words"))
    assert type(caught.value) is expected


def test_waiting_too_long_for_a_connection_is_being_busy() -> None:
    with pytest.raises(StoreBusy), own_errors():
        raise PoolTimeout


def test_a_cut_connection_fails_one_unit_and_the_next_one_works(
    postgres_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    ours = open_store(postgres_url)
    with ours.writing() as work:
        work.ledger.add([a_ledger_row()])
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(StoreGone):
            work.commit()
    with ours.writing() as work:
        assert work.ledger.unplaced(limit=1) == []
        work.ledger.add([a_ledger_row()])
        work.commit()


def test_a_full_disk_leaves_nothing_and_room_brings_the_store_back(
    file_url: str, open_store: Callable[[str], SqlStore]
) -> None:
    store = open_store(file_url)
    with store._source.writing.connect() as connection:  # noqa: SLF001 -- to make the disk small
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreFull), store.writing() as work:
        work.ledger.add([a_ledger_row(entry=b"x" * 1_000_000)])
    with store._source.writing.connect() as connection:  # noqa: SLF001 -- and large again
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    with store.writing() as work:
        assert work.ledger.unplaced(limit=1) == []
        work.ledger.add([a_ledger_row(entry=b"x" * 1_000_000)])
        work.commit()


def test_a_writer_that_waits_too_long_is_told_busy(
    file_url: str, open_store: Callable[[str], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.engine.BUSY_SECONDS", 0.1)
    store = open_store(file_url)
    other = sqlite3.connect(file_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy), store.writing():
        pass
    with store.reading() as work:
        assert work.config.epoch() == 0
    other.execute("ROLLBACK")
    other.close()
    with store.writing() as work:
        work.commit()


def test_sqlite_commits_are_durable_and_erased_content_is_overwritten(file_url: str) -> None:
    source = engines(file_url)
    with source.writing.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    source.dispose()


def test_a_new_database_file_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "gateway.db"
    store = SqlStore.open(f"sqlite:///{path}", create=True)
    with store.writing() as work:
        work.config.put(an_item())
        work.commit()
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()}
    store.tidy()
    store.close()
    assert set(modes.values()) == {"0o600"}
    assert "gateway.db-wal" in modes
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"


@pytest.mark.parametrize(
    "url", ["mysql://root@localhost/x", "no url", "", "postgresql://u:pa-ss@host:port/x"]
)
def test_a_url_that_we_cannot_use_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(DatabaseUrlRefused) as refused:
        SqlStore.open(url)
    assert "pa-ss" not in str(refused.value)


MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda1 rw
30 22 0:40 / /srv/share rw,relatime shared:5 - nfs4 host:/share rw
31 30 254:1 / /srv/share/disk rw - xfs /dev/vdb rw
32 22 0:41 / /mnt/with\\040space rw - cifs //host/share rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/gateway/gateway.db", False),
        ("/srv/share/gateway.db", True),
        ("/srv/shared/gateway.db", False),
        ("/srv/share/disk/gateway.db", False),
        ("/mnt/with space/gateway.db", True),
    ],
)
def test_a_network_file_system_is_known_by_its_mount(path: str, *, expected: bool) -> None:
    assert is_on_network(Path(path), MOUNTS) is expected


def test_a_database_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.engine.is_on_network", lambda _path: True)
    with pytest.raises(NetworkFileSystem):
        SqlStore.open(f"sqlite:///{tmp_path}/gateway.db")
