"""Two or more gateways in one process: a transport without sockets, with faults on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from gateway.core.errors import GatewayError, Unavailable
from gateway.flow import acknowledge, offer, take_in, wake
from gateway.flow.exchange import Exchange
from gateway.flow.partners import own_card
from gateway.flow.ports import Answer, Peer, Reached
from schemas.versions import written as schema_versions


class PartnerDown(Unavailable):
    """The simulated partner does not answer."""

    code = "unreachable"


@dataclass
class Network:
    """All gateways of a test, by partner id; what is down, and what is done to deliveries."""

    gateways: dict[str, Exchange] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    lose_answers_of: set[str] = field(default_factory=set)
    apart: set[frozenset[str]] = field(default_factory=set)  # pairs with no way between them
    deliver_times: int = 1
    tamper: Callable[[bytes], bytes] | None = None
    delivered: list[bytes] = field(default_factory=list)
    woken: list[tuple[str, str]] = field(default_factory=list)  # who woke whom

    def transport(self, own: str) -> LoopbackTransport:
        return LoopbackTransport(self, own)


@dataclass
class LoopbackTransport:
    """Speaks for `own` straight to the other gateways' journeys."""

    network: Network
    own: str

    def _other(self, peer: Peer) -> Exchange:
        if peer.partner in self.network.down or self.own in self.network.down:
            raise PartnerDown
        if frozenset({peer.partner, self.own}) in self.network.apart:
            raise PartnerDown
        return self.network.gateways[peer.partner]

    def deliver(self, peer: Peer, envelope: bytes, *, wait_seconds: int) -> Answer:
        other = self._other(peer)
        if self.network.tamper:
            envelope = self.network.tamper(envelope)
        self.network.delivered.append(envelope)
        answer = Answer(status=202, body=b"")
        for _ in range(self.network.deliver_times):
            try:
                taken = take_in.take_in(envelope, self.own, other)
            except GatewayError as error:
                answer = Answer(status=400, body=error.code.encode())
                continue
            if taken.receipt is not None:
                answer = Answer(status=200, body=taken.receipt)
            elif taken.state == "refused":
                answer = Answer(status=400, body=b"{}")
        if peer.partner in self.network.lose_answers_of:
            raise PartnerDown
        return answer

    def mailbox(self, peer: Peer, *, iss: str, ep: int, after: int, limit: int) -> Answer:
        other = self._other(peer)
        box = offer.mailbox(self.own, iss, ep, after, limit, other)
        lines = [json.dumps(box.head).encode(), *box.envelopes]
        return Answer(status=200, body=b"".join(line + b"\n" for line in lines))

    def post_receipts(self, peer: Peer, receipts: Sequence[bytes]) -> Answer:
        other = self._other(peer)
        acknowledge.acknowledge(list(receipts), self.own, other)
        return Answer(status=204, body=b"")

    def get_receipts(self, peer: Peer, *, after: int) -> Answer:
        other = self._other(peer)
        lines = offer.receipts(self.own, after, other)
        return Answer(status=200, body=b"".join(line + b"\n" for line in lines))

    def card(self, peer: Peer) -> Answer:
        other = self._other(peer)
        at = datetime.fromtimestamp(other.now_ms() / 1000, UTC)
        headers = {"date": format_datetime(at, usegmt=True), "schema-versions": schema_versions()}
        return Answer(status=200, body=own_card(other).encode(), headers=headers)

    def probe(self, peer: Peer) -> Sequence[Reached]:
        try:
            self._other(peer)
        except PartnerDown:
            return [Reached("dns"), Reached("tcp", "unreachable", "no address of it answers")]
        return [Reached("dns"), Reached("tcp"), Reached("tls")]

    def wake(self, peer: Peer) -> Answer:
        other = self._other(peer)
        self.network.woken.append((self.own, peer.partner))
        wake.note(self.own, other)
        return Answer(status=202, body=b"{}")
