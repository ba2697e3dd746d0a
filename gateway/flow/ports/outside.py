"""What the journeys need beside the store: time, randomness, adapters, the way to partners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.base import Adapter, Handed, Rendered
from gateway.core.lists import Demands
from gateway.flow.rows import ItemRow


class Clock(Protocol):
    """The time of day."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""


class Entropy(Protocol):
    """Fresh random bytes from the system."""

    def bytes(self, count: int) -> bytes:
        """Return `count` random bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a partner's gateway answered: HTTP status, body, and its `Retry-After` in seconds."""

    status: int
    body: bytes
    retry_after_seconds: int | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where and who a partner's gateway is: one endpoint, and the certificates it may show."""

    partner: str
    endpoint: str
    tls: tuple[bytes, ...]  # certificates in DER, in use and next


@dataclass(frozen=True, slots=True)
class Reached:
    """One step of the way to a partner's gateway: dns, tcp or tls; `code` None: it was made."""

    stage: str
    code: str | None = None
    detail: str = ""


class Adapters(Protocol):
    """Adapters by name: the ones that ship, and the declared ones of the configuration."""

    def names(self) -> tuple[str, ...]:
        """Names of the ones that ship."""

    def named(self, name: str, mappings: Mapping[str, ItemRow]) -> Adapter:
        """Return the adapter ``goaml``, …, ``goaml:NAME`` or ``mapping:NAME``.

        Raises a GatewayError.
        """

    def compile(self, name: str, body: Mapping[str, Any]) -> Adapter:
        """Return the adapter that a mapping declares. Raises a GatewayError with all faults."""

    def goaml(self, name: str, body: Mapping[str, Any]) -> Adapter:
        """Return the goAML adapter of one FIU's dialect. Raises a GatewayError with all faults."""

    def render(self, handed: Handed, name: str) -> tuple[str, Rendered]:
        """Return the media type and what the rendering `name` makes. Raises a GatewayError."""

    def communities(self) -> Mapping[str, Demands]:
        """Return what each community of partners demands, by its name."""


class Transport(Protocol):
    """Speak to partners' gateways; the only way out. Raises Unreachable below Unavailable."""

    def deliver(self, peer: Peer, envelope: bytes, *, wait_seconds: int) -> Answer:
        """POST /exchange/v1/inbox."""

    def mailbox(self, peer: Peer, *, iss: str, ep: int, after: int, limit: int) -> Answer:
        """GET /exchange/v1/mailbox."""

    def post_receipts(self, peer: Peer, receipts: Sequence[bytes]) -> Answer:
        """POST /exchange/v1/receipts."""

    def get_receipts(self, peer: Peer, *, after: int) -> Answer:
        """GET /exchange/v1/receipts."""

    def wake(self, peer: Peer) -> Answer:
        """POST /exchange/v1/wake: look into our mailbox now. Says nothing else."""

    def card(self, peer: Peer) -> Answer:
        """GET /exchange/v1/card."""

    def probe(self, peer: Peer) -> Sequence[Reached]:
        """Go the way to the partner step by step, up to the first that fails; never raises."""
