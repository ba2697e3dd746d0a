"""Deliveries as people look through them: newest first, by partner, state, kind and time."""

from __future__ import annotations

from store_rows import a_record, a_release, an_envelope, an_original

from gateway.flow.rows import AttemptRow
from gateway.store.work import SqlStore


def test_the_newest_come_first_and_each_filter_narrows(store: SqlStore) -> None:
    rows = [
        an_envelope(1, state="handed"),
        an_envelope(2, kind="notice"),
        an_envelope(3, partner="hub.eu", state="void", wire=None),
    ]
    with store.writing() as work:
        for row in rows:
            work.envelopes.add(row)
        work.commit()
    one, two, three = (row.id for row in rows)
    with store.reading() as work:

        def ids(**which: str) -> list[str]:
            return [row.id for row in work.deliveries.latest(limit=9, **which)]  # type: ignore[arg-type]

        assert ids() == [three, two, one]
        assert ids(partner="fiu.ee") == [two, one]
        assert ids(state="handed") == [one]
        assert ids(kind="notice") == [two]
        assert ids(since=two) == [three, two]
        assert ids(before=two) == [one]
        assert ids(partner="fiu.ee", state="void") == []
        assert [row.id for row in work.deliveries.latest(limit=1)] == [three]


def test_what_does_not_go_is_listed_for_its_own_organisation(store: SqlStore) -> None:
    with store.writing() as work:
        work.records.add(
            originals=[an_original(n) for n in (1, 2, 3)],
            records=[a_record(1), a_record(2), a_record(3, org="fiu")],
        )
        work.releases.add(
            [
                a_release(1, state="held"),
                a_release(2, state="refused"),
                a_release(3, state="refused"),
            ]
        )
        work.commit()
    with store.reading() as work:
        stopped = work.deliveries.stopped
        own = a_record(1).org
        assert [row.id for row in stopped(own, "fiu.ee", before="", limit=9)] == [
            "r-000002",
            "r-000001",
        ]
        assert [row.id for row in stopped(own, "fiu.ee", before="r-000002", limit=9)] == [
            "r-000001"
        ]
        assert [row.id for row in stopped("fiu", "fiu.ee", before="", limit=9)] == ["r-000003"]
        assert stopped(own, "hub.eu", before="", limit=9) == []


def test_headers_of_an_attempt_are_kept(store: SqlStore) -> None:
    envelope = an_envelope(1)
    tried = AttemptRow(
        envelope=envelope.id, at=1, milliseconds=2, outcome="503", headers='{"date": "x"}'
    )
    with store.writing() as work:
        work.envelopes.add(envelope)
        work.envelopes.add_attempt(tried)
        work.commit()
    with store.reading() as work:
        assert work.envelopes.attempts(envelope.id) == [tried]
