"""The bound whole that web, jobs and commands hold: everything a journey needs, as one argument.

Owns no decision. Built once per process by `wiring`, after a fork.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.ids import PartnerId, RecordId, record_id, uuid7
from gateway.core.limits import Limits
from gateway.core.retry import Pauses
from gateway.flow.configuration import Configuration, ConfigurationCache
from gateway.flow.ports import (
    Adapters,
    Clock,
    Disk,
    Endpoint,
    Entropy,
    Mail,
    NationalSystem,
    PulledSource,
    Store,
    Transport,
    UnitOfWork,
)
from gateway.flow.vault import Vault
from keys.agent import KeyAgent


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIdentity:
    """Who this gateway is, as its card says."""

    id: PartnerId
    names: Mapping[str, str] = field(default_factory=dict)  # by language tag
    community: str = ""
    org_class: str = ""
    country: str | None = None
    time_zone: str = "UTC"  # in which days of time limits are counted
    endpoints: Sequence[str] = ()
    networks: Sequence[str] = ()
    tls: Sequence[bytes] = ()  # certificates in DER, in use and next
    duty: Mapping[str, str | None] = field(default_factory=dict)  # name, phone, email


def no_failpoint(_: str) -> None:
    """Pass a failpoint by: only tests of crashes bring another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One gateway, bound to its store, keys, partners, clock and limits."""

    own: OwnIdentity
    store: Store
    agent: KeyAgent
    vault: Vault
    transport: Transport
    clock: Clock
    entropy: Entropy
    limits: Limits
    pauses: Pauses = field(default_factory=Pauses)
    adapters: Adapters
    configurations: ConfigurationCache = field(default_factory=ConfigurationCache)
    systems: Mapping[str, NationalSystem] = field(default_factory=dict)  # that are brought things
    pulled: Mapping[str, PulledSource] = field(default_factory=dict)  # that we look at ourselves
    disk: Disk | None = None  # of our data
    alarm_mail: Mail | None = None  # where alarms are told, and by whom they are heard
    alarm_hook: Endpoint | None = None
    reach: Callable[[str], None] = no_failpoint

    def now_ms(self) -> int:
        """Return the time of day in milliseconds since 1970."""
        return self.clock.now_ms()

    def new_id(self) -> str:
        """A fresh UUIDv7 for a row of our own."""
        return uuid7(self.clock.now_ms(), self.entropy.bytes(10))

    def new_record_id(self) -> RecordId:
        """A fresh record id."""
        return record_id(self.clock.now_ms(), self.entropy.bytes(10))

    def configuration(self, work: UnitOfWork) -> Configuration:
        """What is configured at this unit's moment; read once per epoch."""
        return self.configurations.at(work, self.own.id)

    def commit(self, work: UnitOfWork, journey: str) -> None:
        """Commit, with a failpoint on either side: ``JOURNEY.before`` and ``JOURNEY.after``."""
        self.reach(f"{journey}.before")
        work.commit()
        self.reach(f"{journey}.after")
