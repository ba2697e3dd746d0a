"""Accounts and sessions of people: the same on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_rows import a_passkey, a_session, an_account

from gateway.core.errors import Conflict
from gateway.store.work import SqlStore


def test_an_account_is_written_only_over_what_was_read(store: SqlStore) -> None:
    account = an_account()
    failed = replace(account, failures=1, changed_at=2)
    with store.writing() as work:
        assert not work.accounts.any()
        assert work.accounts.put(account, expect=None)
        assert work.accounts.any()
        assert work.accounts.put(failed, expect=account)
        assert not work.accounts.put(replace(account, failures=9), expect=account)
        work.commit()
    with store.reading() as work:
        assert work.accounts.get("officer-1") == failed
        assert work.accounts.get("nobody") is None


def test_a_person_has_one_account(store: SqlStore) -> None:
    with store.writing() as work:
        work.accounts.put(an_account(), expect=None)
        work.commit()
    with store.writing() as work, pytest.raises(Conflict):
        work.accounts.put(an_account(state="invited"), expect=None)


def test_a_one_time_link_finds_its_account_until_it_is_used(store: SqlStore) -> None:
    invited = an_account(state="invited", invite="i-1", invite_until=9, password=None, secret=None)
    active = replace(invited, state="active", invite=None, password="$argon2id$y", changed_at=2)
    with store.writing() as work:
        work.accounts.put(invited, expect=None)
        assert work.accounts.invited("i-1") == invited
        assert work.accounts.put(active, expect=invited)
        assert work.accounts.invited("i-1") is None
        work.commit()


def test_a_session_ends_alone_or_with_all_of_its_person(store: SqlStore) -> None:
    first, second, other = a_session(1), a_session(2), a_session(3, person="officer-2")
    with store.writing() as work:
        for row in (first, second, other):
            work.accounts.start(row)
        work.accounts.seen(first.id, at=5)
        work.accounts.seen(second.id, at=6, proven_at=6)
        assert work.accounts.session(first.id) == replace(first, seen_at=5)
        assert work.accounts.session(second.id) == replace(second, seen_at=6, proven_at=6)
        work.accounts.end(first.id)
        assert work.accounts.session(first.id) is None
        assert work.accounts.end_all("officer-1") == 1
        assert work.accounts.session(other.id) == other
        work.commit()


def test_sessions_that_were_idle_or_are_old_are_forgotten(store: SqlStore) -> None:
    idle = a_session(1, started_at=50, seen_at=50)
    old = a_session(2, started_at=1, seen_at=99)
    good = a_session(3, started_at=50, seen_at=99)
    with store.writing() as work:
        for row in (idle, old, good):
            work.accounts.start(row)
        assert work.accounts.forget(seen_before=90, started_before=10, limit=9) == 2
        assert work.accounts.session(good.id) == good
        assert work.accounts.forget(seen_before=90, started_before=10, limit=9) == 0
        work.commit()


def test_a_passkey_is_used_only_as_it_was_read(store: SqlStore) -> None:
    key, other = a_passkey(1), a_passkey(2, person="officer-2")
    used = replace(key, count=7, used_at=9)
    with store.writing() as work:
        work.accounts.add_passkey(other)
        work.accounts.add_passkey(key)
        assert work.accounts.passkey(key.id) == key
        assert work.accounts.use_passkey(used, expect=key)
        assert not work.accounts.use_passkey(replace(used, used_at=10), expect=key)
        assert list(work.accounts.passkeys("officer-1")) == [used]
        work.commit()
    with store.writing() as work:
        work.accounts.remove_passkey(key.id)
        assert work.accounts.passkey(key.id) is None
        assert work.accounts.remove_passkeys("officer-2") == 1
        assert list(work.accounts.passkeys("officer-2")) == []


def test_a_passkey_is_one_persons(store: SqlStore) -> None:
    with store.writing() as work:
        work.accounts.add_passkey(a_passkey(1))
        with pytest.raises(Conflict):
            work.accounts.add_passkey(a_passkey(1, person="officer-2"))
