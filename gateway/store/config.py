"""Items, partners, credentials and public keys.

`change` numbers all items in the order of their commits: its highest is the epoch. A unit that
demanded an epoch shares a lock with its like; `put` takes that lock alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from gateway.core.errors import Conflict, StaleDecision
from gateway.flow.rows import CredentialRow, ItemRow, KeyRow, PartnerRow
from gateway.store.session import Session, chunks, insert_or_replace, shape, values_of
from gateway.store.tables import ACTIVE, credentials, items, keys, partners

_EPOCH_LOCK: Final = "config-epoch"

_ITEM: Final = shape(ItemRow, items)
_PARTNER: Final = shape(PartnerRow, partners)
_CREDENTIAL: Final = shape(CredentialRow, credentials)
_KEY: Final = shape(KeyRow, keys)

_EPOCH: Final = select(func.max(items.c.change))
_NEWEST_VERSION: Final = select(func.max(items.c.version)).where(
    items.c.kind == bindparam("kind"), items.c.name == bindparam("name")
)
_ACTIVE_ITEMS: Final = (
    select(*_ITEM.columns).where(items.c.kind == bindparam("kind"), ACTIVE).order_by(items.c.name)
)
_newest = (
    select(items.c.name, func.max(items.c.version).label("version"))
    .where(items.c.kind == bindparam("kind"))
    .group_by(items.c.name)
    .subquery()
)
_NEWEST_ITEMS: Final = (
    select(*_ITEM.columns)
    .join(_newest, (items.c.name == _newest.c.name) & (items.c.version == _newest.c.version))
    .where(items.c.kind == bindparam("kind"))
    .order_by(items.c.name)
)
_HISTORY: Final = (
    select(*_ITEM.columns)
    .where(items.c.kind == bindparam("kind"), items.c.name == bindparam("name"))
    .order_by(items.c.version)
)
_SUPERSEDE: Final = (
    update(items)
    .where(items.c.kind == bindparam("b_kind"), items.c.name == bindparam("b_name"), ACTIVE)
    .values(state="superseded")
)
_PARTNERS: Final = select(*_PARTNER.columns).order_by(partners.c.id)
_CREDENTIAL_BY_DIGEST: Final = select(*_CREDENTIAL.columns).where(
    credentials.c.digest == bindparam("digest")
)
_CREDENTIALS: Final = (
    select(*_CREDENTIAL.columns)
    .where(credentials.c.kind == bindparam("kind"), credentials.c.owner == bindparam("owner"))
    .order_by(credentials.c.digest)
)
_OWNERS: Final = select(credentials.c.kind, credentials.c.owner).where(
    credentials.c.digest.in_(bindparam("digests", expanding=True))
)
_DROP_CREDENTIALS: Final = delete(credentials).where(
    credentials.c.kind == bindparam("kind"), credentials.c.owner == bindparam("owner")
)
_KEYS: Final = select(*_KEY.columns).where(keys.c.owner == bindparam("owner")).order_by(keys.c.kid)


class SqlConfigStore:
    """`flow.ports.ConfigStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def epoch(self) -> int:
        """Return the highest change of any item; 0 before the first."""
        return self._session.number(_EPOCH)

    def demand_epoch(self, epoch: int) -> None:
        """Raise StaleDecision if there was a change since; keep others from making one."""
        self._session.lock(_EPOCH_LOCK, shared=True)
        if self.epoch() != epoch:
            self._session.refuse(StaleDecision())

    def active(self, kind: str) -> Sequence[ItemRow]:
        """Return the active items of a kind, by name; uses index ix_items_active."""
        return _ITEM.of(self._session.rows(_ACTIVE_ITEMS, {"kind": kind}))

    def items(self, kind: str) -> Sequence[ItemRow]:
        """Return the newest version of each item of a kind."""
        return _ITEM.of(self._session.rows(_NEWEST_ITEMS, {"kind": kind}))

    def history(self, kind: str, name: str) -> Sequence[ItemRow]:
        """Return all versions of one item, oldest first."""
        return _ITEM.of(self._session.rows(_HISTORY, {"kind": kind, "name": name}))

    def put(self, item: ItemRow) -> ItemRow:
        """Add a version and return it with the numbers it was given."""
        self._session.lock(_EPOCH_LOCK)
        name = {"kind": item.kind, "name": item.name}
        version = self._session.number(_NEWEST_VERSION, name) + 1
        numbered = replace(item, version=version, change=self.epoch() + 1)
        self._session.run(_SUPERSEDE, {"b_kind": item.kind, "b_name": item.name})
        self._session.run(insert(items), values_of(items, numbered))
        return numbered

    def partners(self) -> Sequence[PartnerRow]:
        """Return all partners, by id."""
        return _PARTNER.of(self._session.rows(_PARTNERS))

    def put_partner(self, partner: PartnerRow) -> None:
        """Insert or replace."""
        write = insert_or_replace(partners, postgres=self._session.postgres)
        self._session.run(write, values_of(partners, partner))

    def credential(self, digest: str) -> CredentialRow | None:
        """Return whose key or token this is."""
        return _CREDENTIAL.one(self._session.first(_CREDENTIAL_BY_DIGEST, {"digest": digest}))

    def credentials(self, kind: str, owner: str) -> Sequence[CredentialRow]:
        """Return all of one owner; uses index ix_credentials_owner."""
        found = self._session.rows(_CREDENTIALS, {"kind": kind, "owner": owner})
        return _CREDENTIAL.of(found)

    def replace_credentials(self, kind: str, owner: str, rows: Sequence[CredentialRow]) -> None:
        """Make these the owner's only ones. Raises Conflict if a digest belongs to another."""
        self._session.lock("credentials")
        for digests in chunks(row.digest for row in rows):
            for found in self._session.rows(_OWNERS, {"digests": digests}):
                if tuple(found) != (kind, owner):
                    self._session.refuse(Conflict("this key or token belongs to another owner"))
        self._session.run(_DROP_CREDENTIALS, {"kind": kind, "owner": owner})
        self._session.run(insert(credentials), [values_of(credentials, row) for row in rows])

    def keys(self, owner: str) -> Sequence[KeyRow]:
        """Return all public keys of an owner; uses index ix_keys_owner."""
        return _KEY.of(self._session.rows(_KEYS, {"owner": owner}))

    def put_keys(self, rows: Sequence[KeyRow]) -> None:
        """Insert or replace by kid."""
        write = insert_or_replace(keys, postgres=self._session.postgres)
        self._session.run(write, [values_of(keys, row) for row in rows])
