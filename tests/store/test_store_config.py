"""Configuration, identities, the ledger and leases: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_rows import a_ledger_row, an_item

from gateway.core.errors import Conflict, LeaseLost
from gateway.flow.rows import CheckpointRow, CredentialRow, KeyRow, PartnerRow
from gateway.store.session import UnitBroken
from gateway.store.work import SqlStore

PARTNER = PartnerRow(id="fiu.ee", card="jws", card_version=1, suite="xg1", state="introduced")
KEY = KeyRow(kid="k1", owner="fiu.ee", use="sign", algorithm="Ed25519", public={"kty": "OKP"},
             state="active", not_before=1, confirmed_by="anna")  # fmt: skip


def a_credential(digest: str, owner: str = "cms", kind: str = "client") -> CredentialRow:
    return CredentialRow(digest=digest, kind=kind, owner=owner, scopes=("submit",), valid_from=1)


def test_each_change_of_configuration_has_a_number_of_its_own(store: SqlStore) -> None:
    with store.writing() as work:
        first = work.config.put(an_item("a", body={"deep": {"er": [1, "é", None]}}))
        other = work.config.put(an_item("a", kind="consent"))
        second = work.config.put(an_item("a"))
        work.config.put(an_item("b"))
        work.commit()
    assert [(row.version, row.change) for row in (first, other, second)] == [(1, 1), (1, 2), (2, 3)]
    with store.reading() as work:
        assert work.config.epoch() == 4
        assert [row.name for row in work.config.active("agreement")] == ["a", "b"]
        assert work.config.active("agreement")[0] == second
        assert work.config.history("agreement", "a") == [replace(first, state="superseded"), second]
        assert work.config.history("agreement", "c") == []


def test_an_ended_item_is_no_longer_active_and_can_come_back(store: SqlStore) -> None:
    with store.writing() as work:
        work.config.put(an_item("a"))
        ended = work.config.put(an_item("a", state="ended"))
        assert work.config.active("agreement") == []
        assert work.config.items("agreement") == [ended]
        again = work.config.put(an_item("a"))
        assert work.config.active("agreement") == [again]
        assert again.version == 3
        work.commit()


def test_a_partner_is_replaced_whole(store: SqlStore) -> None:
    confirmed = replace(
        PARTNER, state="confirmed", card="newer", card_version=2, fetch=True, pulls=True
    )
    with store.writing() as work:
        work.config.put_partner(PARTNER)
        work.config.put_partner(confirmed)
        work.config.put_partner(replace(PARTNER, id="cops.lv"))
        work.commit()
    with store.reading() as work:
        assert work.config.partners() == [replace(PARTNER, id="cops.lv"), confirmed]


def test_keys_are_kept_by_their_id(store: SqlStore) -> None:
    retired = replace(KEY, state="retired", not_after=9)
    with store.writing() as work:
        work.config.put_keys([KEY, replace(KEY, kid="k0"), replace(KEY, kid="x", owner="me")])
        work.config.put_keys([retired])
        work.config.put_keys([])
        work.commit()
    with store.reading() as work:
        assert work.config.keys("fiu.ee") == [replace(KEY, kid="k0"), retired]


def test_a_key_or_token_belongs_to_one_owner(store: SqlStore) -> None:
    with store.writing() as work:
        work.config.replace_credentials("client", "cms", [a_credential("d1"), a_credential("d2")])
        work.config.replace_credentials("client", "cms", [a_credential("d2"), a_credential("d3")])
        work.commit()
    with store.reading() as work:
        assert work.config.credential("d1") is None
        assert work.config.credential("d2") == a_credential("d2")
        assert [r.digest for r in work.config.credentials("client", "cms")] == ["d2", "d3"]
        assert work.config.credentials("partner", "cms") == []
    for kind, owner in (("client", "other"), ("partner", "cms")):
        with store.writing() as work:
            with pytest.raises(Conflict):
                work.config.replace_credentials(kind, owner, [a_credential("d3", owner, kind)])
            with pytest.raises(UnitBroken):
                work.commit()
    with store.writing() as work:
        work.config.replace_credentials("client", "cms", [])
        work.config.replace_credentials("client", "other", [a_credential("d3", "other")])
        work.commit()


def test_ledger_entries_get_their_places_later_and_once(store: SqlStore) -> None:
    with store.writing() as work:
        work.ledger.add([a_ledger_row(n) for n in (2, 1, 3)])
        work.commit()
    with store.writing() as work:
        waiting = work.ledger.unplaced(limit=2)
        assert work.ledger.size() == 0
        assert [row.id for row in waiting] == ["l-000001", "l-000002"]
        work.ledger.place({row.id: place for place, row in enumerate(waiting)})
        work.commit()
    with store.reading() as work:
        assert work.ledger.page(after=-1, limit=9) == [
            a_ledger_row(1, position=0),
            a_ledger_row(2, position=1),
        ]
        assert work.ledger.size() == 2
        assert work.ledger.page(after=0, limit=9) == [a_ledger_row(2, position=1)]
        assert work.ledger.unplaced(limit=9) == [a_ledger_row(3)]
    for positions in ({"l-000001": 5}, {"l-000003": 1}, {"l-9": 7}):
        with pytest.raises(Conflict), store.writing() as work:
            work.ledger.place(positions)


def test_checkpoints_are_read_in_order_of_size(store: SqlStore) -> None:
    rows = [
        CheckpointRow(size=n, root=b"r" * 32, frontier=(b"a" * 32, b"b" * 32)[:n], note="n", at=n)
        for n in (2, 1)
    ]
    with store.writing() as work:
        assert work.ledger.latest() is None
        for row in rows:
            work.ledger.add_checkpoint(row)
        work.commit()
    with store.reading() as work:
        assert work.ledger.latest() == rows[0]
        assert work.ledger.checkpoints(after=0, limit=9) == rows[::-1]
        assert work.ledger.checkpoints(after=1, limit=9) == rows[:1]
    with pytest.raises(Conflict), store.writing() as work:
        work.ledger.add_checkpoint(rows[0])


# Leases


def test_a_lease_has_one_holder_until_it_runs_out(store: SqlStore) -> None:
    with store.writing() as work:
        take = work.leases.take
        assert take("seal:p", "one", now_ms=100, until_ms=200) == 1
        assert take("seal:p", "two", now_ms=150, until_ms=250) is None
        assert take("seal:p", "two", now_ms=200, until_ms=300) is None  # 200 is still in it
        assert take("seal:q", "two", now_ms=150, until_ms=250) == 1
        assert work.leases.holders(now_ms=200) == [("seal:p", "one", 200), ("seal:q", "two", 250)]
        assert take("seal:p", "two", now_ms=201, until_ms=300) == 2
        assert take("seal:p", "one", now_ms=201, until_ms=300) is None
        work.commit()


def test_renewing_in_time_keeps_the_fence_and_coming_late_does_not(store: SqlStore) -> None:
    with store.writing() as work:
        take = work.leases.take
        assert take("seal:p", "one", now_ms=100, until_ms=200) == 1
        assert take("seal:p", "one", now_ms=200, until_ms=300) == 1
        assert take("seal:p", "two", now_ms=250, until_ms=350) is None
        assert take("seal:p", "one", now_ms=301, until_ms=400) == 2
        work.commit()


def test_a_lease_given_back_can_be_taken_at_once(store: SqlStore) -> None:
    with store.writing() as work:
        work.leases.take("seal:p", "one", now_ms=100, until_ms=200)
        work.leases.release("seal:p", "two")
        assert work.leases.take("seal:p", "two", now_ms=101, until_ms=200) is None
        work.leases.release("seal:p", "one")
        assert work.leases.holders(now_ms=101) == []
        assert work.leases.take("seal:p", "two", now_ms=101, until_ms=200) == 2
        work.commit()


def test_work_of_a_lease_that_went_to_another_is_not_committed(store: SqlStore) -> None:
    with store.writing() as work:
        fence = work.leases.take("seal:p", "one", now_ms=100, until_ms=200)
        work.commit()
    assert fence == 1
    with store.writing() as work:
        work.demand_fence("seal:p", fence)
        work.commit()
    with store.writing() as work:
        work.leases.take("seal:p", "two", now_ms=201, until_ms=300)
        work.commit()
    with store.writing() as work:
        work.ledger.add([a_ledger_row()])
        with pytest.raises(LeaseLost):
            work.demand_fence("seal:p", fence)
        with pytest.raises(UnitBroken):
            work.commit()
    with store.writing() as work, pytest.raises(LeaseLost):
        work.demand_fence("never taken", 1)
