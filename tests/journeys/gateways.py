"""Whole gateways without processes: an `Exchange` each, on one network, on a fake clock."""

from __future__ import annotations

import json
import secrets
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapter_shelf import KnownAdapters
from gateway.core.errors import GatewayError
from gateway.core.ids import PartnerId
from gateway.core.limits import Limits
from gateway.core.retry import Pauses
from gateway.flow import checkpoint, configure, partners
from gateway.flow.answer import answer
from gateway.flow.carry import carry
from gateway.flow.configuration import REACHED, ConfigurationCache
from gateway.flow.exchange import Exchange, OwnIdentity, no_failpoint
from gateway.flow.fetch import fetch
from gateway.flow.identify import Client, client_of
from gateway.flow.lease import LeaseKeeper, leased
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.outcome import Outcome
from gateway.flow.reconsider import reconsider
from gateway.flow.relay import relay
from gateway.flow.seal import seal
from gateway.flow.submit import Submission, submit
from gateway.flow.vault import Vault
from gateway.store.work import SqlStore
from keys.memory import MemoryKeys
from tests.journeys.partners import Network
from tests.quick_stores import copied, overwrite

RECORDS = Path(__file__).parent.parent / "data" / "records"
START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


class SystemEntropy:
    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


@dataclass
class FakeClock:
    """One clock for all gateways of a test; it only moves when told."""

    ms: int = START_MS

    def now_ms(self) -> int:
        return self.ms

    def forward(self, *, seconds: float = 0, days: float = 0) -> None:
        self.ms += int(seconds * 1000 + days * 86_400_000)


@dataclass
class World:
    """Gateways that know each other, and what a worker of each would do."""

    clock: Any = field(default_factory=FakeClock)
    network: Network = field(default_factory=Network)
    limits: Limits = field(default_factory=Limits)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    reach: Callable[[str], None] = no_failpoint
    lease_seconds: float = 60
    copied_as: tuple[object, ...] = ()  # the state that a copy began in

    def add(
        self,
        name: str,
        *,
        listens: bool = True,
        community: str = "empact",
        url: str = "sqlite://",
        endpoint: str | None = None,
        certificate: bytes | None = None,
    ) -> Exchange:
        keys = MemoryKeys(name.encode(), not_before=START_MS // 1000 - 86_400)
        agent = keys.agent()
        entropy = SystemEntropy()
        exchange = Exchange(
            own=OwnIdentity(
                id=PartnerId(name),
                names={"en": name},
                community=community,
                org_class="eu_authority",
                country="NL",
                endpoints=(endpoint or f"https://{name}.example",) if listens else (),
                tls=(certificate or certificate_of(name),),
                duty={"name": "Duty desk", "phone": "+31700000000", "email": None},
            ),
            store=SqlStore.open(url, create=url != "sqlite://"),
            agent=agent,
            vault=Vault(agent, entropy),
            transport=self.network.transport(name),
            clock=self.clock,
            entropy=entropy,
            limits=self.limits,
            adapters=KnownAdapters(),
            reach=self.reach,
        )
        self.network.gateways[name] = exchange
        partners.publish(exchange)
        return exchange

    def copy(self) -> World:
        """The same gateways once more, each with a store of its own, on a clock of their own."""
        copy = World(
            clock=FakeClock(self.clock.ms),
            network=Network(delivered=list(self.network.delivered)),
            limits=self.limits,
            items=dict(self.items),
        )
        for name, exchange in self.network.gateways.items():
            copy.network.gateways[name] = replace(
                exchange,
                store=copied(exchange.store),
                transport=copy.network.transport(name),
                clock=copy.clock,
                pauses=Pauses(),
                configurations=ConfigurationCache(),
            )
        copy.copied_as = copy.state()
        return copy

    def state(self) -> tuple[object, ...]:
        """Return what differs as soon as anything happened."""
        stores = ((name, one.store.changed()) for name, one in self.network.gateways.items())
        return (self.clock.ms, *stores)

    def become(self, other: World) -> None:
        """Be as `other`, which is this world and more, without what holds on to it noticing."""
        for name, exchange in other.network.gateways.items():
            if name in self.network.gateways:
                overwrite(self.network.gateways[name].store, exchange.store)
        more = other.copy().network.gateways
        for name in [one for one in more if one not in self.network.gateways]:
            transport = self.network.transport(name)
            self.network.gateways[name] = replace(more[name], transport=transport, clock=self.clock)
        self.network.delivered[:] = other.network.delivered

    def introduce(
        self, one: Exchange, other: Exchange, *, one_fetches: bool = False, woken: bool = False
    ) -> None:
        """Exchange cards and confirm the words on both sides; `woken`: `one` only pulls."""
        for here, there, fetches in ((one, other, one_fetches), (other, one, False)):
            id_, words = partners.add_card(partners.own_card(there).encode(), here)
            pulls = woken and here is other
            partners.confirm(id_, words, "test", here, fetch=fetches, pulls=pulls)

    def configure(self, exchange: Exchange, items: str) -> configure.Changes:
        """Apply items written as one TOML text: ``[kind.name]`` tables."""
        files = [
            configure.ItemFile(
                kind,
                name,
                {k: v for k, v in body.items() if k not in ("valid_from", "valid_until")},
                body.get("valid_from"),
                body.get("valid_until"),
            )
            for kind, named in tomllib.loads(items).items()
            for name, body in named.items()
        ]
        return configure.apply_items(files, "test", exchange)

    def push(
        self,
        exchange: Exchange,
        *bodies: Any,
        client: str = "police",
        source: str = "cases",
        key: str | None = None,
        urgent: str | None = None,
    ) -> list[Outcome]:
        raw = b"\n".join(json.dumps(body).encode() for body in bodies)
        media = "application/json" if len(bodies) == 1 else "application/x-ndjson"
        return submit(
            Submission(
                client=client_named(client, exchange),
                source=source,
                media_type=media,
                raw=raw,
                idempotency_key=key,
                urgent_reason=urgent,
            ),
            exchange,
        )

    def work(self, *exchanges: Exchange, rounds: int = 12) -> None:
        """Do what the workers would do, until nothing moves.

        As with them, leases are kept between two looks, and nothing is looked at again until
        something was committed or time passed.
        """
        everyone = exchanges or tuple(self.network.gateways.values())
        keepers = [LeaseKeeper(self.lease_seconds, exchange) for exchange in everyone]
        seen: dict[tuple[str, str, str], int] = {}
        try:
            for _ in range(rounds):
                if not sum(self._tick(*both, seen) for both in zip(everyone, keepers, strict=True)):
                    return
        finally:
            for keeper in keepers:
                keeper.give_back()

    def _tick(
        self, exchange: Exchange, keeper: LeaseKeeper, seen: dict[tuple[str, str, str], int]
    ) -> int:
        done = 0
        with exchange.store.reading() as work:
            others = [row.id for row in work.config.partners() if row.state in REACHED]
        for partner in others:
            for journey in (open_arrivals, reconsider, seal, relay, carry):
                if self._is_new((exchange.own.id, partner, journey.__name__), seen):
                    lease = keeper.take(f"{journey.__name__}:{partner}")
                    assert lease
                    done += journey(partner, lease, exchange)
            for unleased in (answer, fetch):
                if self._is_new((exchange.own.id, partner, unleased.__name__), seen):
                    with suppress(GatewayError):
                        done += unleased(partner, exchange)
        lease = keeper.take("checkpoint")
        assert lease
        checkpoint.place_entries(lease, exchange)
        return done

    def _is_new(self, look: tuple[str, str, str], seen: dict[tuple[str, str, str], int]) -> bool:
        """Whether anything was committed, or time passed, since this was looked at."""
        name, _, journey = look
        where = self.network.gateways if journey in ("fetch", "carry") else (name,)
        now = self.clock.now_ms() + sum(self.network.gateways[one].store.changed() for one in where)
        before, seen[look] = seen.get(look), now
        return before != now

    def sign(self, exchange: Exchange) -> None:
        """Place what is left and sign the head of the ledger."""
        with leased("checkpoint", self.lease_seconds, exchange) as lease:
            assert lease
            while checkpoint.place_entries(lease, exchange):
                pass
            checkpoint.checkpoint(lease, exchange)

    def run(self, journey: Callable[..., int], partner: str, exchange: Exchange) -> int:
        with leased(f"{journey.__name__}:{partner}", self.lease_seconds, exchange) as lease:
            assert lease
            return journey(partner, lease, exchange)


def client_named(name: str, exchange: Exchange) -> Client:
    return client_of(name, exchange)


def record(name: str, **changes: Any) -> dict[str, Any]:
    """A submission from tests/data/records with top-level members replaced."""
    body: dict[str, Any] = json.loads((RECORDS / f"{name}.json").read_text())
    return {**body, **changes}


def releases(exchange: Exchange, record_id: str | None) -> dict[str, str]:
    """partner → state of a record's releases, those of notices about it left out."""
    with exchange.store.reading() as work:
        rows = work.releases.of_record(str(record_id))
    return {row.partner: row.state for row in rows if not row.notice}


_CERTIFICATES: dict[str, bytes] = {}


def certificate_of(name: str) -> bytes:
    """A self-signed certificate in DER, one per name and test run."""
    if name not in _CERTIFICATES:
        issued = trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert(f"{name}.example")
        pem = issued.cert_chain_pems[0].bytes()
        _CERTIFICATES[name] = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    return _CERTIFICATES[name]
