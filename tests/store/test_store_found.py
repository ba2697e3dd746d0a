"""Records and documents are found again by what people filter by."""

from __future__ import annotations

from store_rows import a_record, an_original, record_id
from test_store_records import keep

from gateway.flow.ports import DocumentCount, Wanted
from gateway.store.work import SqlStore


def found(store: SqlStore, limit: int = 9, **members: str) -> list[int]:
    """Return the numbers of the records that are wanted."""
    with store.reading() as work:
        rows = work.found.records(Wanted(**{"org": "police", **members}), limit=limit)
    numbers = {record_id(n): n for n in range(1, 9)}
    return [numbers[row.id] for row in rows]


def test_records_are_found_by_type_source_state_and_time(store: SqlStore) -> None:
    keep(
        store,
        a_record(1),
        a_record(2, type="hosting_report"),
        a_record(3, source="other"),
        a_record(4, state="recalled"),
        a_record(5, org="customs"),
        a_record(6, from_partner="hub.eu"),
        a_record(7),
    )
    kind = a_record(1).type
    assert found(store) == [7, 3, 2, 1]
    assert found(store, type=kind) == [7, 3, 1]
    assert found(store, type="hosting_report", source="other") == []
    assert found(store, source="other") == [3]
    assert found(store, state="recalled") == [4]
    assert found(store, org="customs") == [5]
    assert found(store, limit=2) == [7, 3]
    assert found(store, before=record_id(3)) == [2, 1]
    assert found(store, since=record_id(2)) == [7, 3, 2]


def test_documents_are_counted_by_source_and_state(store: SqlStore) -> None:
    keep(
        store,
        an_original(1, received_at=5),
        an_original(2, received_at=9),
        an_original(3, received_at=7, state="quarantined"),
        an_original(4, received_at=6, source="other"),
        an_original(5, received_at=8, org="customs"),
    )
    with store.reading() as work:
        counted = work.found.documents("police")
        assert work.found.arrivals("police", "native", limit=2) == [9, 7]
        assert work.found.arrivals("customs", "other", limit=2) == []
    assert counted == [
        DocumentCount(source="native", state="kept", count=2, newest=9),
        DocumentCount(source="native", state="quarantined", count=1, newest=7),
        DocumentCount(source="other", state="kept", count=1, newest=6),
    ]
