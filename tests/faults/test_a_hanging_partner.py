"""A partner that hangs or is down waits for itself alone; when it is back, its queue drains."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.core.limits import Limits
from gateway.core.retry import Pauses
from gateway.flow.exchange import Exchange
from gateway.flow.partners import listing
from gateway.flow.ports import Answer, Peer
from gateway.flow.relay import relay
from gateway.flow.rows import AttemptRow, EnvelopeRow
from gateway.flow.seal import seal
from gateway.flow.take_in import take_in
from gateway.jobs import Pace, Worker
from gateway.transport.calls import TimedOut
from gateway.transport.partners import HttpTransport
from tests.faults.how_long import LONG
from tests.faults.two_gateways import RealClock
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import AGREEMENT, ITEMS, NL, addressed
from tests.listening import Gateway, Leaf

HEALTHY, HANGING, DOWN = "healthy.eu", "hanging.eu", "down.eu"
TIMEOUT_SECONDS = 8.0 if LONG else 4.0
PACE = Pace(tick_seconds=0.05, fetch_seconds=0.2, idle_seconds=0.2)
EACH = 12  # records for each partner


def several(world: World, *others: str, **named: Any) -> Exchange:
    """Add a national gateway, and others that each have an agreement with it alone."""
    nl = world.add(NL, **named.get(NL, {}))
    for other in others:
        world.introduce(nl, world.add(other, **named.get(other, {})), one_fetches=True)
    text = ITEMS.format(org="police.nl", country="NL", client="police", digest="B" * 42 + "A")
    world.configure(nl, text + "".join(agreement(other, other) for other in others))
    for other in others:
        items = ITEMS.format(
            org=f"desk.{other}", country="NL", client="desk", digest="C" * 42 + "A"
        )
        world.configure(world.network.gateways[other], items + agreement(other, NL))
    world.work()
    assert all(view.sealing_key_proven for view in listing(nl))
    return nl


def agreement(name: str, partner: str) -> str:
    return AGREEMENT.format(name=name.replace(".", "-"), partner=partner)


def push(world: World, nl: Exchange, reference: str, *partners: str, **more: Any) -> str:
    (outcome,) = world.push(nl, addressed("case", *partners, provider_ref=reference, **more))
    assert outcome.state == "stored"
    return str(outcome.record)


def inbox(world: World, name: str) -> list[str]:
    """Return the records that came in, in the order in which they did."""
    with world.network.gateways[name].store.writing() as work:
        work.arrivals.number_inbox("desk")
        found = work.arrivals.inbox("desk", after=0, limit=1000, open_only=False)
        work.commit()
    return [row.record for row in found]


def envelopes(nl: Exchange, partner: str) -> list[EnvelopeRow]:
    with nl.store.reading() as work:
        found = work.envelopes.page(partner=partner, state=None, after="", limit=500)
    return sorted((row for row in found if row.kind == "records"), key=lambda row: row.seq)


def attempts(nl: Exchange, partner: str) -> list[AttemptRow]:
    rows = envelopes(nl, partner)
    with nl.store.reading() as work:
        return [one for row in rows for one in work.envelopes.attempts(row.id)]


def wait_for(what: Callable[[], bool], seconds: float) -> float:
    """Return how long it took."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < seconds
        time.sleep(0.02)
    return time.monotonic() - start


@contextmanager
def working(*exchanges: Exchange) -> Iterator[None]:
    workers = [Worker(exchange, PACE) for exchange in exchanges]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()


class Sockets:
    """Three partners with real addresses and certificates, and what answers there."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self.leaves = {name: Leaf(authority, folder, name) for name in (NL, HEALTHY, HANGING, DOWN)}
        self.ports = {name: free_port() for name in (HEALTHY, HANGING, DOWN)}
        self.world = World(clock=RealClock(), limits=Limits(batch_records=2))
        places: dict[str, Any] = {
            name: {
                "endpoint": f"https://127.0.0.1:{port}",
                "certificate": self.leaves[name].der,
            }
            for name, port in self.ports.items()
        }
        places[NL] = {"certificate": self.leaves[NL].der}
        plain = several(self.world, HEALTHY, HANGING, DOWN, **places)
        transport = HttpTransport(
            certificate_file=self.leaves[NL].certificate_file,
            key_file=self.leaves[NL].key_file,
            timeout_seconds=TIMEOUT_SECONDS,
            allowed_networks=["127.0.0.0/8"],
        )
        stack.callback(transport.close)
        pauses = Pauses(shortest_ms=100, longest_ms=400)
        self.nl = replace(plain, transport=transport, pauses=pauses)
        self.stack = stack

    def serve(self, name: str) -> None:
        """Let a partner's gateway take in what comes to its address."""
        exchange = self.world.network.gateways[name]

        def play(connection: Any, request: bytes) -> None:
            body = request.partition(b"\r\n\r\n")[2]
            if request.startswith(b"POST /exchange/v1/inbox "):
                taken = take_in(body, NL, exchange)
                text = taken.receipt or b""
                status = b"200 OK" if text else b"202 Accepted"
            else:
                text, status = b"", b"404 Not Found"
            connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(text)))
            connection.sendall(text)

        self.listen(name, play)

    def listen(self, name: str, play: Callable[[Any, bytes], None]) -> Gateway:
        port = self.ports[name]
        found = Gateway(self.leaves[name], self.leaves[NL], play, port=port)
        self.stack.callback(found.close)
        return found

    def listen_without_tls(self, name: str) -> socket.socket:
        """Let the system take connections in, and nobody answer them."""
        found = socket.create_server(("127.0.0.1", self.ports[name]))
        self.stack.callback(found.close)
        return found


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


@pytest.mark.parametrize("silent", ["in TLS", "before TLS"])
def test_the_healthy_one_is_not_slowed_and_the_others_drain(silent: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        sockets = Sockets(tmp_path, stack)
        world, nl, over = sockets.world, sockets.nl, threading.Event()
        stack.callback(over.set)
        sockets.serve(HEALTHY)
        if silent == "in TLS":  # it reads the request and never answers
            hanging: Any = sockets.listen(HANGING, lambda *_: over.wait() and None)
        else:
            hanging = sockets.listen_without_tls(HANGING)
        sent = {push(world, nl, f"C-{n}", HEALTHY, HANGING, DOWN) for n in range(EACH)}
        others = [world.network.gateways[name] for name in (HEALTHY, HANGING, DOWN)]
        with working(nl, *others):
            took = wait_for(lambda: set(inbox(world, HEALTHY)) == sent, TIMEOUT_SECONDS)
            assert not attempts(nl, HANGING)  # its first is not over yet
            assert took < TIMEOUT_SECONDS * 0.9
            assert {row.outcome for row in attempts(nl, DOWN)} == {"unreachable"}
            wait_for(lambda: bool(attempts(nl, HANGING)), TIMEOUT_SECONDS * 2)
            first = attempts(nl, HANGING)[0]
            assert first.outcome == "timed-out"
            assert first.milliseconds >= TIMEOUT_SECONDS * 1000 - 500
            late = push(world, nl, "late", HEALTHY, HANGING, DOWN)  # it hangs again by now
            wait_for(lambda: late in inbox(world, HEALTHY), TIMEOUT_SECONDS / 2)

            over.set()
            hanging.close()
            for name in (HANGING, DOWN):
                sockets.serve(name)
            for name in (HANGING, DOWN):
                wait_for(lambda name=name: len(inbox(world, name)) > EACH, TIMEOUT_SECONDS * 4)
            stored = dict.fromkeys((HEALTHY, HANGING, DOWN), "stored")
            wait_for(lambda: all(releases(nl, one) == stored for one in (*sent, late)), 10)
        for name in (HEALTHY, HANGING, DOWN):
            assert sorted(inbox(world, name)) == sorted((*sent, late))
            assert [row.seq for row in envelopes(nl, name)] == sequence(nl, name)


def sequence(nl: Exchange, partner: str) -> list[int]:
    """Return the places that the envelopes of records must have: no gap, no other order."""
    rows = envelopes(nl, partner)
    return list(range(rows[0].seq, rows[0].seq + len(rows)))


def records_in_order(nl: Exchange, partner: str) -> list[str]:
    """Return the records in the order of their places; each was sent in that order."""
    rows = envelopes(nl, partner)
    assert [row.handed_at for row in rows] == sorted(row.handed_at or 0 for row in rows)
    with nl.store.reading() as work:
        return [one.record for row in rows for one in work.releases.of_envelope(row.id)]


@dataclass
class Hanging:
    """A transport on which some partners take a call and answer nothing until it is over."""

    inner: Any
    partners: set[str]
    over: threading.Event

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        def call(peer: Peer, *arguments: Any, **named: Any) -> Answer:
            if peer.partner in self.partners:
                self.over.wait(20)
                raise TimedOut
            answer: Answer = getattr(self.inner, name)(peer, *arguments, **named)
            return answer

        return call


def test_eleven_hanging_partners_do_not_slow_two_healthy_ones() -> None:
    """Each of the eleven holds up three calls at once: of relay, answer and fetch."""
    hanging = [f"hanging-{n}.eu" for n in range(11)]
    healthy = ["healthy-1.eu", "healthy-2.eu"]
    world = World(clock=RealClock())
    plain = several(world, *hanging, *healthy)
    over = threading.Event()
    nl = replace(plain, transport=Hanging(plain.transport, set(hanging), over))  # type: ignore[arg-type]
    for name in hanging:  # what they sent before: we have a receipt to bring
        their = world.network.gateways[name]
        world.push(their, addressed("case", NL), client="desk")
        world.run(seal, NL, their)
        world.run(relay, NL, their)
    with working(nl, *(world.network.gateways[name] for name in healthy)):
        try:
            time.sleep(1)  # by now each of the eleven has taken its calls
            start = time.monotonic()
            sent = [push(world, nl, f"C-{n}", *hanging, *healthy) for n in range(EACH)]
            for name in healthy:
                wait_for(lambda name=name: set(inbox(world, name)) == set(sent), 8)
            took = time.monotonic() - start
        finally:
            over.set()
    assert took < 8


def test_a_partner_down_for_seven_days_gets_what_is_urgent_first() -> None:
    world = World(limits=Limits(batch_records=1, envelope_validity_seconds=14 * 86_400))
    nl = several(world, DOWN)
    world.network.down.add(DOWN)
    back = world.clock.now_ms() + 7 * 86_400_000
    sent = []
    for number in range(40):
        sent.append(push(world, nl, f"C-{number}", DOWN))
        world.clock.forward(seconds=0.001)
    pauses = []
    while world.clock.now_ms() < back:
        while world.run(seal, DOWN, nl):
            pass
        world.run(relay, DOWN, nl)
        with nl.store.reading() as work:
            channel = work.envelopes.channel(DOWN, "out")
        pauses.append(channel.retry_at - world.clock.now_ms())
        world.clock.ms = channel.retry_at
    risk = {"urgency": "urgent", "reason": "a child may be at risk"}
    urgent = push(world, nl, "U", DOWN, risk=risk)
    assert [500 << n <= pause <= 1000 << n for n, pause in enumerate(pauses[:9])] == [True] * 9
    longest = pauses[10:]  # 1000 ms doubled ten times is more than the longest
    assert 450_000 <= min(longest) < max(longest) <= 900_000
    assert len(set(longest)) > len(longest) * 0.9  # no two gateways in step
    assert 7 * 86_400 / 900 < len(pauses) < 7 * 86_400 / 450 + 20
    assert len(envelopes(nl, DOWN)) == 32  # the others wait as releases, which cost nothing
    assert len(attempts(nl, DOWN)) == len(pauses)

    world.network.down.clear()
    world.work(rounds=100)
    assert sorted(inbox(world, DOWN)) == sorted((*sent, urgent))
    # The first 32 had their places already; what is urgent takes the next one.
    assert records_in_order(nl, DOWN) == [*sent[:32], urgent, *sent[32:]]
