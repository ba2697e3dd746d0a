"""The relay leg: due records sealed and delivered to a second gateway, until each 202.

Ours: the journeys `seal` and `relay` as the worker runs them, one after the other, in batches of
100, to the web process of the second gateway over mutual TLS. Each envelope costs three commits
here (sealed, handed, answered) and one there, and each record is decided on again.

Raw: for the same envelopes one pair of signatures and one seal over as many bytes, and a POST of
the very same bytes over mutual TLS to a bare server that answers 202 after one durable commit.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterable, Sequence

from benchmarks import caller
from benchmarks.apart import apart, running
from benchmarks.figures.bulk_post import post
from benchmarks.frame import Aim, Plan, Result, ServedFigure
from benchmarks.ground import Ground
from benchmarks.raw import Sealer, TlsFiles, take_in
from gateway.cli.demo.stage import write_private
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease, leased
from gateway.flow.relay import relay
from gateway.flow.rows import EnvelopeRow
from gateway.flow.seal import seal
from gateway.wiring_commands import opened
from keys.certificates import self_signed
from keys.suite import unb64

_LEASE_SECONDS = 120
_DAYS = 1
_START_SECONDS = 10.0
_ACCEPTED = 202
_INBOX = "/exchange/v1/inbox"
_ENVELOPE = "application/vnd.exchange-gateway.envelope+json"


class NothingSentError(Exception):
    """An envelope was not sealed or not taken: there is nothing to measure."""


def measure(plan: Plan, ground: Ground) -> Iterable[Result]:
    """Yield the relay leg."""
    apart(post, ground, 1 + plan.rounds * plan.envelopes // 10)
    apart(_deliver, ground, 1)  # warm: the first call makes the connection
    ours, raw = [], []
    for number in range(plan.rounds):
        speed, wires, records = apart(_deliver, ground, plan.envelopes)
        ours.append(speed)
        raw.append(_beside(ground, wires, records, number))
    yield Result(
        id="relay",
        title="due records sealed and delivered to a second gateway, until 202",
        unit="records",
        raw_is="two signatures, a seal and a TLS post with a commit for each 100 records",
        ours=ours,
        raw=raw,
        aim=Aim(ratio=0.5, good=0.15),
    )


def _deliver(ground: Ground, envelopes: int) -> tuple[float, list[bytes], int]:
    """Seal and deliver that many envelopes; return records per second, their bytes, their count."""
    partner = ground.hub.id
    with (
        opened(ground.settings(ground.national), "worker") as exchange,
        leased(f"seal:{partner}", _LEASE_SECONDS, exchange) as sealing,
        leased(f"relay:{partner}", _LEASE_SECONDS, exchange) as relaying,
    ):
        if sealing is None or relaying is None:
            raise NothingSentError("another worker holds the leases")
        gc.collect()
        gc.freeze()  # as the worker does at its start
        start = time.perf_counter()
        records = _send(partner, envelopes, (sealing, relaying), exchange)
        spent = time.perf_counter() - start
        wires = [row.wire or b"" for row in _newest(partner, envelopes, exchange)]
    return records / spent, wires, records


def _send(partner: str, envelopes: int, leases: tuple[Lease, Lease], exchange: Exchange) -> int:
    records = 0
    for _ in range(envelopes):
        sealed = seal(partner, leases[0], exchange)
        taken = relay(partner, leases[1], exchange)
        if not sealed or taken != 1:
            raise NothingSentError(f"{sealed} records sealed, {taken} envelopes taken")
        records += sealed
    return records


def _newest(partner: str, count: int, exchange: Exchange) -> Sequence[EnvelopeRow]:
    with exchange.store.reading() as work:
        rows = work.envelopes.page(partner=partner, state="handed", after="", limit=64)
        found = [work.envelopes.get(row.id) for row in rows]
    kept = sorted((row for row in found if row and row.wire), key=lambda row: row.seq)
    return kept[-count:]


def _beside(ground: Ground, wires: Sequence[bytes], records: int, number: int) -> float:
    """Measure the raw loop against a bare server in a process of its own."""
    one, other = _certificates(ground)
    with running(take_in, ground.folder / f"raw-relay-{number}.db", other) as (_, told):
        if not told.poll(_START_SECONDS):
            raise NothingSentError("the bare server did not start")
        speed: float = apart(_raw, told.recv(), one, wires, records)
    return speed


def _raw(port: int, files: TlsFiles, wires: Sequence[bytes], records: int) -> float:
    """Seal as many bytes and post the same ones; return records per second."""
    sealer = Sealer()
    contents = [unb64(json.loads(wire)["ciphertext"]) for wire in wires]
    connection = caller.Connection(port, files.client())
    requests = [caller.request(_INBOX, {"Content-Type": _ENVELOPE}, wire) for wire in wires]
    start = time.perf_counter()
    for content, request in zip(contents, requests, strict=True):
        sealer.sign_and_seal(content)
        status, _ = connection.ask(request)
        if status != _ACCEPTED:
            raise NothingSentError(f"the bare server answered {status}")
    spent = time.perf_counter() - start
    connection.close()
    return records / spent


def _certificates(ground: Ground) -> tuple[TlsFiles, TlsFiles]:
    """Make a certificate for each end; return what each end needs."""
    for name in ("one", "other"):
        public, private = self_signed(
            ["127.0.0.1"], common_name=name, now=int(time.time()), days=_DAYS
        )
        (ground.folder / f"{name}.pem").write_bytes(public)
        write_private(ground.folder / f"{name}.key", private)
    pem = {name: ground.folder / f"{name}.pem" for name in ("one", "other")}
    key = {name: ground.folder / f"{name}.key" for name in ("one", "other")}
    return (
        TlsFiles(pem["one"], key["one"], pem["other"]),
        TlsFiles(pem["other"], key["other"], pem["one"]),
    )


FIGURE = ServedFigure(ids=("relay",), measure=measure)
