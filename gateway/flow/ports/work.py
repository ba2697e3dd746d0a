"""One transaction over the whole store, and the parts of it that are not about records.

Stays true:
  * A unit of work commits once, or not at all; leaving it without `commit` undoes everything.
  * Whatever a decision rested on is demanded again inside the commit (`demand_*`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from gateway.flow.ports.accounts import AccountStore
from gateway.flow.ports.after import DisclosureStore, FollowStore, NoticeStore
from gateway.flow.ports.alarms import AlarmStore
from gateway.flow.ports.asked import AskedStore
from gateway.flow.ports.carried import CarriedStore
from gateway.flow.ports.corroboration import CorroborationStore
from gateway.flow.ports.found import FoundStore
from gateway.flow.ports.further import FurtherStore
from gateway.flow.ports.national import HandoverStore, PullStore
from gateway.flow.ports.people import ProposalStore
from gateway.flow.ports.shown import DeliveryStore
from gateway.flow.ports.storing import (
    ArrivalStore,
    ConfigStore,
    EnvelopeStore,
    RecordStore,
    ReleaseStore,
)
from gateway.flow.rows import (
    BulkRow,
    CheckpointRow,
    IdempotencyRow,
    LedgerRow,
)


class LedgerStore(Protocol):
    """The tamper-evident log."""

    def add(self, rows: Sequence[LedgerRow]) -> None:
        """Append; positions come later."""

    def size(self) -> int:
        """How many entries have a position."""

    def unplaced(self, *, limit: int) -> Sequence[LedgerRow]:
        """Entries without a position, in order of id."""

    def place(self, positions: Mapping[str, int]) -> None:
        """Give positions by entry id."""

    def page(self, *, after: int, limit: int) -> Sequence[LedgerRow]:
        """Placed entries with position > after (the first is 0), in order."""

    def newest(self, *, since: str, before: str, limit: int) -> Sequence[LedgerRow]:
        """Entries with since <= id < `before`, newest first, placed or not."""

    def latest(self) -> CheckpointRow | None:
        """The newest checkpoint."""

    def checkpoints(self, *, after: int, limit: int) -> Sequence[CheckpointRow]:
        """Checkpoints with size > after, in order."""

    def add_checkpoint(self, row: CheckpointRow) -> None:
        """Append."""


class LeaseStore(Protocol):
    """Who does which work, and whose work is asked for; the fence makes it safe."""

    def take(self, name: str, holder: str, *, now_ms: int, until_ms: int) -> int | None:
        """Take or renew the lease; the fence, or None while another holds it.

        Renewing in time keeps the fence: `holder` must be unique to one run of one job.
        """

    def release(self, name: str, holder: str) -> None:
        """Give it back if it is still ours."""

    def holders(self, *, now_ms: int) -> Sequence[tuple[str, str, int]]:
        """(name, holder, until) of leases in force."""

    def note_wake(self, partner: str, at: int) -> bool:
        """Note that a partner asked us to look; False if that is noted already."""

    def woken(self) -> Sequence[str]:
        """Partners whose wake-up was not followed yet."""

    def take_wake(self, partner: str) -> bool:
        """Forget the wake-up of this partner; whether there was one."""


class UnitOfWork(Protocol):
    """One transaction over the whole store."""

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

    def idempotent(self, client: str, key: str) -> IdempotencyRow | None:
        """The answer given before under this key, if any."""

    def unremember(self, client: str, key: str) -> None:
        """Drop an answer, so that another can be kept under its key."""

    def remember(self, row: IdempotencyRow) -> None:
        """Keep an answer. Raises Conflict if the key is taken."""

    def bulk(self, client: str, name: str) -> BulkRow | None:
        """How far the pieces of this name have come, if there were any lately."""

    def count_bulk(self, row: BulkRow) -> None:
        """Add the counts of one piece to those of its name; the newest says when it is dropped.

        Raises Conflict if another begins the same name at this moment.
        """

    def forget(self, *, expired_before: int, limit: int) -> int:
        """Drop answers and counts of bulks that expired before that. Returns how many answers."""

    def demand_epoch(self, epoch: int) -> None:
        """Raises StaleDecision if configuration has changed since `epoch`.

        On PostgreSQL it also keeps configuration from changing until the commit.
        """

    def demand_fence(self, name: str, fence: int) -> None:
        """Raises LeaseLost if the lease has another fence now."""

    def commit(self) -> None:
        """Make everything durable, at once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Store(Protocol):
    """Opens units of work. Safe to share between threads; made after a fork."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """A unit for reading; it sees one moment and blocks nobody."""

    def writing(self) -> AbstractContextManager[UnitOfWork]:
        """A unit for writing. Raises Unavailable if the database is full, busy or gone."""

    def changed(self) -> int:
        """A number that differs once anybody committed; cheap (SQLite: PRAGMA data_version)."""
