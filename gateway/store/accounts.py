"""Accounts of people, and their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.flow.rows_accounts import AccountRow, PasskeyRow, SessionRow
from gateway.store.session import Session, shape, values_of
from gateway.store.tables_accounts import INVITED, accounts, passkeys, sessions

_ACCOUNT: Final = shape(AccountRow, accounts)
_SESSION: Final = shape(SessionRow, sessions)
_PASSKEY: Final = shape(PasskeyRow, passkeys)
_FREE: Final = tuple(one.name for one in fields(AccountRow) if one.name != "person")

_BY_PERSON: Final = select(*_ACCOUNT.columns).where(accounts.c.person == bindparam("person"))
_BY_INVITE: Final = select(*_ACCOUNT.columns).where(
    accounts.c.invite == bindparam("invite"), INVITED
)
_ANY: Final = select(accounts.c.person).limit(1)
# What changes with every attempt stands for the whole row: nothing else is written without it.
_PUT: Final = (
    update(accounts)
    .where(
        accounts.c.person == bindparam("b_person"),
        accounts.c.state == bindparam("b_was"),
        accounts.c.failures == bindparam("b_failed"),
        accounts.c.used_step == bindparam("b_used"),
        accounts.c.changed_at == bindparam("b_changed"),
    )
    .values({name: bindparam(f"b_new_{name}", type_=accounts.c[name].type) for name in _FREE})
)
_KEY: Final = select(*_PASSKEY.columns).where(passkeys.c.id == bindparam("id"))
_KEYS: Final = (
    select(*_PASSKEY.columns)
    .where(passkeys.c.person == bindparam("person"))
    .order_by(passkeys.c.added_at, passkeys.c.id)
)
_USE_KEY: Final = (
    update(passkeys)
    .where(passkeys.c.id == bindparam("b_id"), passkeys.c.used_at == bindparam("b_was"))
    .values(count=bindparam("b_count"), used_at=bindparam("b_used"))
)
_NO_KEY: Final = delete(passkeys).where(passkeys.c.id == bindparam("id"))
_NO_KEYS: Final = delete(passkeys).where(passkeys.c.person == bindparam("person"))
_BY_ID: Final = select(*_SESSION.columns).where(sessions.c.id == bindparam("id"))
_SEEN: Final = (
    update(sessions).where(sessions.c.id == bindparam("b_id")).values(seen_at=bindparam("b_at"))
)
_PROVEN: Final = _SEEN.values(proven_at=bindparam("b_proven"))
_END: Final = delete(sessions).where(sessions.c.id == bindparam("id"))
_END_ALL: Final = delete(sessions).where(sessions.c.person == bindparam("person"))
_IDLE: Final = (
    select(sessions.c.id)
    .where(sessions.c.seen_at < bindparam("before"))
    .order_by(sessions.c.seen_at, sessions.c.id)
    .limit(bindparam("limit"))
)
_OLD: Final = (
    select(sessions.c.id)
    .where(sessions.c.started_at < bindparam("before"))
    .order_by(sessions.c.started_at, sessions.c.id)
    .limit(bindparam("limit"))
)


class SqlAccountStore:
    """`flow.ports.AccountStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, person: str) -> AccountRow | None:
        """Return the account of this person."""
        return _ACCOUNT.one(self._session.first(_BY_PERSON, {"person": person}))

    def invited(self, invite: str) -> AccountRow | None:
        """Return the account that a one-time link is for; uses ix_accounts_invite."""
        return _ACCOUNT.one(self._session.first(_BY_INVITE, {"invite": invite}))

    def any(self) -> bool:
        """Return whether anybody has an account."""
        return self._session.first(_ANY, {}) is not None

    def put(self, row: AccountRow, *, expect: AccountRow | None) -> bool:
        """Write it if it is still as `expect`; whether it was. Raises Conflict for a second one."""
        if expect is None:
            self._session.run(insert(accounts), values_of(accounts, row))
            return True
        values: dict[str, Any] = {
            "b_person": row.person,
            "b_was": expect.state,
            "b_failed": expect.failures,
            "b_used": expect.used_step,
            "b_changed": expect.changed_at,
        }
        values |= {f"b_new_{name}": getattr(row, name) for name in _FREE}
        return self._session.run(_PUT, values) == 1

    def passkey(self, id_: str) -> PasskeyRow | None:
        """Return one."""
        return _PASSKEY.one(self._session.first(_KEY, {"id": id_}))

    def passkeys(self, person: str) -> Sequence[PasskeyRow]:
        """Return all of a person, the oldest first; uses ix_passkeys_person."""
        return _PASSKEY.of(self._session.rows(_KEYS, {"person": person}))

    def add_passkey(self, row: PasskeyRow) -> None:
        """Insert one. Raises Conflict for one that is there."""
        self._session.run(insert(passkeys), values_of(passkeys, row))

    def use_passkey(self, row: PasskeyRow, *, expect: PasskeyRow) -> bool:
        """Note its count and its use if nothing was noted meanwhile; return whether that was so."""
        values = {"b_id": row.id, "b_was": expect.used_at}
        values |= {"b_count": row.count, "b_used": row.used_at}
        return self._session.run(_USE_KEY, values) == 1

    def remove_passkey(self, id_: str) -> None:
        """Delete one."""
        self._session.run(_NO_KEY, {"id": id_})

    def remove_passkeys(self, person: str) -> int:
        """Delete all of a person; uses ix_passkeys_person."""
        return self._session.run(_NO_KEYS, {"person": person})

    def start(self, row: SessionRow) -> None:
        """Insert a session."""
        self._session.run(insert(sessions), values_of(sessions, row))

    def session(self, id_: str) -> SessionRow | None:
        """Return one."""
        return _SESSION.one(self._session.first(_BY_ID, {"id": id_}))

    def seen(self, id_: str, *, at: int, proven_at: int | None = None) -> None:
        """Note that a session was used, and that its person proved themselves again."""
        if proven_at is None:
            self._session.run(_SEEN, {"b_id": id_, "b_at": at})
        else:
            self._session.run(_PROVEN, {"b_id": id_, "b_at": at, "b_proven": proven_at})

    def end(self, id_: str) -> None:
        """Delete a session."""
        self._session.run(_END, {"id": id_})

    def end_all(self, person: str) -> int:
        """Delete every session of a person; uses ix_sessions_person."""
        return self._session.run(_END_ALL, {"person": person})

    def forget(self, *, seen_before: int, started_before: int, limit: int) -> int:
        """Delete sessions whose time is over; uses ix_sessions_seen and ix_sessions_started."""
        idle = self._session.rows(_IDLE, {"before": seen_before, "limit": limit})
        old = self._session.rows(_OLD, {"before": started_before, "limit": limit})
        ids = {row.id for row in (*idle, *old)}
        return self._session.run(_END, [{"id": one} for one in sorted(ids)]) if ids else 0
