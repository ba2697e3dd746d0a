"""Units of work: one transaction over the whole store, committed once or not at all.

Owns `SqlStore` and `SqlUnitOfWork`, which implement `flow.ports`. Leaves statements to the
mappers, connections to `engine`, the layout to `tables`.

Stays true:
  * Leaving a unit without `commit` undoes everything; so does any error inside it.
  * A reading unit sees one moment, can write nothing and blocks nobody.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from sqlalchemy import bindparam, delete, insert, select, text, update

from gateway.flow.ports import (
    AccountStore,
    AlarmStore,
    ArrivalStore,
    AskedStore,
    CarriedStore,
    ConfigStore,
    CorroborationStore,
    DeliveryStore,
    DisclosureStore,
    EnvelopeStore,
    FollowStore,
    FoundStore,
    FurtherStore,
    HandoverStore,
    LeaseStore,
    LedgerStore,
    NoticeStore,
    ProposalStore,
    PullStore,
    RecordStore,
    ReleaseStore,
)
from gateway.flow.rows import BulkRow, IdempotencyRow
from gateway.store.accounts import SqlAccountStore
from gateway.store.alarms import SqlAlarmStore
from gateway.store.arrivals import SqlArrivalStore
from gateway.store.asked import SqlAskedStore
from gateway.store.carried import SqlCarriedStore
from gateway.store.config import SqlConfigStore
from gateway.store.corroboration import SqlCorroborationStore
from gateway.store.deliveries import SqlDeliveryStore
from gateway.store.disclosures import SqlDisclosureStore
from gateway.store.engine import Engines, create_file, engines, own_errors, parse_url, sqlite_path
from gateway.store.envelopes import SqlEnvelopeStore
from gateway.store.follow import SqlFollowStore
from gateway.store.found import SqlFoundStore
from gateway.store.further import SqlFurtherStore
from gateway.store.leases import SqlLeaseStore
from gateway.store.ledger import SqlLedgerStore
from gateway.store.national import SqlHandoverStore, SqlPullStore
from gateway.store.notices import SqlNoticeStore
from gateway.store.proposals import SqlProposalStore
from gateway.store.records import SqlRecordStore
from gateway.store.releases import SqlReleaseStore
from gateway.store.schema import create_all, demand_current, upgrade
from gateway.store.session import Session, UnitBroken, shape, values_of
from gateway.store.tables import bulks, idempotency
from gateway.store.turns import OwnTurn, Turn, Writers

_ANSWER: Final = shape(IdempotencyRow, idempotency)
_ANSWER_BEFORE: Final = select(*_ANSWER.columns).where(
    idempotency.c.client == bindparam("client"), idempotency.c.key == bindparam("key")
)
_EXPIRED: Final = (
    select(idempotency.c.client, idempotency.c.key)
    .where(idempotency.c.expires < bindparam("before"))
    .order_by(idempotency.c.expires)
    .limit(bindparam("limit"))
)
_FORGET: Final = delete(idempotency).where(
    idempotency.c.client == bindparam("client"), idempotency.c.key == bindparam("key")
)
_BULK_COUNTS: Final = ("pieces", "stored", "duplicate", "conflict", "quarantined", "refused")
_BULK: Final = shape(BulkRow, bulks)
_its_bulk = (bulks.c.client == bindparam("b_client")) & (bulks.c.name == bindparam("b_name"))
_BULK_OF: Final = select(*_BULK.columns).where(_its_bulk)
_COUNT_BULK: Final = (
    update(bulks)
    .where(_its_bulk)
    .values(
        {name: bulks.c[name] + bindparam(f"b_{name}") for name in _BULK_COUNTS}
        | {name: bindparam(f"b_{name}") for name in ("last_key", "last_at", "expires")}
    )
)
_BULKS_OVER: Final = (
    select(bulks.c.client.label("b_client"), bulks.c.name.label("b_name"))
    .where(bulks.c.expires < bindparam("before"))
    .order_by(bulks.c.expires)
    .limit(bindparam("limit"))
)
_FORGET_BULK: Final = delete(bulks).where(_its_bulk)
# Which transactions the next one would see: differs after each commit in this server.
_SNAPSHOT: Final = text("SELECT CAST(pg_current_snapshot() AS text)")


class SqlUnitOfWork:
    """`flow.ports.UnitOfWork` over one connection, for one thread."""

    config: ConfigStore
    records: RecordStore
    releases: ReleaseStore
    envelopes: EnvelopeStore
    arrivals: ArrivalStore
    proposals: ProposalStore
    notices: NoticeStore
    follow: FollowStore
    handovers: HandoverStore
    pulls: PullStore
    asked: AskedStore
    corroboration: CorroborationStore
    disclosures: DisclosureStore
    carried: CarriedStore
    further: FurtherStore
    found: FoundStore
    accounts: AccountStore
    alarms: AlarmStore
    deliveries: DeliveryStore
    ledger: LedgerStore
    leases: LeaseStore

    def __init__(self, take: Callable[[], Turn], *, postgres: bool, writes: bool) -> None:
        self._take = take
        self._postgres = postgres
        self._writes = writes
        self._turn: Turn | None = None

    def __enter__(self) -> Self:
        self._turn = turn = self._take()
        self._session = session = Session(
            turn.connection, postgres=self._postgres, writing=self._writes
        )
        self.config = self._config = SqlConfigStore(session)
        self.records = kept = SqlRecordStore(session)
        self.releases = SqlReleaseStore(session)
        self.envelopes = SqlEnvelopeStore(session)
        self.arrivals = SqlArrivalStore(session)
        self.proposals = SqlProposalStore(session)
        self.notices = SqlNoticeStore(session)
        self.follow = SqlFollowStore(session)
        self.handovers = SqlHandoverStore(session)
        self.pulls = SqlPullStore(session)
        self.asked = SqlAskedStore(session)
        self.corroboration = SqlCorroborationStore(session)
        self.disclosures = SqlDisclosureStore(session)
        self.carried = SqlCarriedStore(session)
        self.further = SqlFurtherStore(session)
        self.found = SqlFoundStore(session, kept)
        self.accounts = SqlAccountStore(session)
        self.alarms = SqlAlarmStore(session)
        self.deliveries = SqlDeliveryStore(session)
        self.ledger = SqlLedgerStore(session)
        self.leases = self._leases = SqlLeaseStore(session)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.leave(error)

    def commit(self) -> None:
        """Make everything durable, at once. Raises UnitBroken after any error inside."""
        if self._turn is None:
            raise UnitBroken
        with self._session.watched():
            self._turn.commit()
        self._session.broken = True  # the unit is over: nothing may follow in it

    def demand_epoch(self, epoch: int) -> None:
        """Raise StaleDecision if configuration has changed since `epoch`."""
        self._config.demand_epoch(epoch)

    def demand_fence(self, name: str, fence: int) -> None:
        """Raise LeaseLost if the lease has another fence now."""
        self._leases.demand_fence(name, fence)

    def idempotent(self, client: str, key: str) -> IdempotencyRow | None:
        """Return the answer given before under this key, if any."""
        return _ANSWER.one(self._session.first(_ANSWER_BEFORE, {"client": client, "key": key}))

    def unremember(self, client: str, key: str) -> None:
        """Drop an answer, so that another can be kept under its key."""
        self._session.run(_FORGET, {"client": client, "key": key})

    def remember(self, row: IdempotencyRow) -> None:
        """Keep an answer. Raises Conflict if the key is taken."""
        self._session.run(insert(idempotency), values_of(idempotency, row))

    def bulk(self, client: str, name: str) -> BulkRow | None:
        """Return how far the pieces of this name have come, if there were any lately."""
        return _BULK.one(self._session.first(_BULK_OF, {"b_client": client, "b_name": name}))

    def count_bulk(self, row: BulkRow) -> None:
        """Add the counts of one piece. Raises Conflict if another begins the same name now."""
        given = {f"b_{name}": value for name, value in values_of(bulks, row).items()}
        if not self._session.run(_COUNT_BULK, given):
            self._session.run(insert(bulks), values_of(bulks, row))

    def forget(self, *, expired_before: int, limit: int) -> int:
        """Drop what expired; uses indexes ix_idempotency_expires and ix_bulks_expires."""
        over = self._session.rows(_BULKS_OVER, {"before": expired_before, "limit": limit})
        self._session.run(_FORGET_BULK, [row._asdict() for row in over])
        old = self._session.rows(_EXPIRED, {"before": expired_before, "limit": limit})
        return self._session.run(_FORGET, [row._asdict() for row in old])


class SqlStore:
    """`flow.ports.Store`: safe to share between threads; made after a fork."""

    def __init__(self, source: Engines) -> None:
        self._source = source
        self._writers = None if source.postgres else Writers(source.writing)
        self._lock = threading.Lock()
        # Looks at what others committed; in memory it also keeps the database from going.
        self._watching = None if source.connect is None else source.connect()

    @classmethod
    def open(cls, url: str, *, create: bool = False, threads: int = 16) -> Self:
        """Return the store at `url`; with `create`, bring its tables to the newest first.

        ``sqlite://`` is a fresh private database in memory. Raises SchemaNotCurrent where the
        tables are missing or of another version.
        """
        parsed = parse_url(url)
        if create and (path := sqlite_path(parsed)) is not None:
            create_file(path)
        source = engines(url, threads=threads)
        try:
            _prepare(source, url, create=create)
        except BaseException:
            source.dispose()
            raise
        return cls(source)

    def reading(self) -> SqlUnitOfWork:
        """Return a unit for reading."""
        return SqlUnitOfWork(
            lambda: OwnTurn(self._source.reading), postgres=self._source.postgres, writes=False
        )

    def writing(self) -> SqlUnitOfWork:
        """Return a unit for writing."""
        if self._writers is not None:
            return SqlUnitOfWork(self._writers.take, postgres=False, writes=True)
        return SqlUnitOfWork(lambda: OwnTurn(self._source.writing), postgres=True, writes=True)

    def changed(self) -> int:
        """Return a number that differs once anybody committed."""
        with own_errors():
            if self._watching is None:
                with self._source.reading.connect() as connection:
                    seen = str(connection.scalar(_SNAPSHOT))
                return int.from_bytes(hashlib.sha256(seen.encode()).digest()[:7])
            with self._lock:
                return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def tidy(self) -> None:
        """Move what SQLite's log holds into the file; for the worker, now and then."""
        if self._watching is None:
            return
        with own_errors(), self._lock:
            self._watching.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close all connections; the store cannot be used afterwards."""
        with self._lock:
            if self._watching is not None:
                self._watching.close()
        self._source.dispose()


def _prepare(source: Engines, url: str, *, create: bool) -> None:
    if not source.postgres and source.path is None:
        create_all(source.writing)
        return
    if create:
        upgrade(url)
    demand_current(source.reading)
