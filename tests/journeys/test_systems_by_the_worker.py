"""The worker itself brings and fetches, over real TLS and in real folders, while others hang."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from gateway.flow.exchange import Exchange
from gateway.flow.ports import NationalSystem, PulledSource
from gateway.jobs import Pace, Worker
from gateway.transport.folders import FolderTray
from gateway.transport.national import HttpsEndpoint, HttpsOrigin
from tests.faults.two_gateways import RealClock
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed
from tests.journeys.systems import files
from tests.journeys.test_brought_by_push import WITH_BANK
from tests.listening import Gateway, Leaf

CASE = addressed("case", HUB)
YES = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
SLOW = """
[client.slow]
org = "europol.eu"
key_digests = ["FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"]
sources = ["cases"]
scopes = ["inbox"]
"""


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def opened() -> Iterator[list[Gateway]]:
    found: list[Gateway] = []
    yield found
    for one in found:
        one.close()


def test_a_document_goes_from_one_country_s_source_to_the_other_s_systems(
    tmp_path: Path, opened: list[Gateway]
) -> None:
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ours = Leaf(authority, tmp_path, "ours.example")
    theirs = Leaf(authority, tmp_path, "127.0.0.1")
    document = json.dumps(CASE).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(document)}\r\n\r\n".encode()
    plays = (
        lambda connection, _: connection.sendall(head + document),
        lambda connection, _: connection.sendall(YES),
        lambda connection, _: time.sleep(3),
    )
    opened += [Gateway(theirs, ours, play) for play in plays]
    offered, taken, hanging = opened
    for name in ("tray", "drop"):
        (tmp_path / name).mkdir(mode=0o750)

    def endpoint(gateway: Gateway) -> HttpsEndpoint:
        return HttpsEndpoint(
            f"https://127.0.0.1:{gateway.port}/taken",
            certificate_file=ours.certificate_file,
            key_file=ours.key_file,
            server_certificates_file=theirs.certificate_file,
            timeout_seconds=3,
        )

    world = World(clock=RealClock())
    nl = world.add(NL, url=f"sqlite:///{tmp_path}/nl.db")
    hub = world.add(HUB, url=f"sqlite:///{tmp_path}/hub.db")
    world.introduce(nl, hub)
    world.configure(nl, NL_ITEMS)
    world.configure(hub, WITH_BANK + SLOW)
    origin = HttpsOrigin(
        f"https://127.0.0.1:{offered.port}/export.json",
        certificate_file=ours.certificate_file,
        key_file=ours.key_file,
        ca_file=tmp_path / "ca.pem",
        most_bytes=1_000_000,
        timeout_seconds=3,
    )
    source = PulledSource(name="cases", client="police", origin=origin, interval_seconds=0.1)
    systems = {
        "analysts": NationalSystem(client="analysts", endpoint=endpoint(taken)),
        "bank": NationalSystem(client="bank", tray=FolderTray(tmp_path / "tray", "bank")),
        "slow": NationalSystem(client="slow", endpoint=endpoint(hanging)),
    }
    nl = replace(nl, pulled={"cases": source})
    hub = replace(hub, systems=systems)
    world.network.gateways |= {NL: nl, HUB: hub}
    pace = Pace(tick_seconds=0.05, folder_seconds=0.05, fetch_seconds=0.1)
    workers = [Worker(nl, pace), Worker(hub, pace)]
    for worker in workers:
        worker.start()
    try:
        until(lambda: bool(taken.requests) and bool(files(tmp_path / "tray")))
        (name,) = files(tmp_path / "tray")
        (tmp_path / "tray" / name).unlink()
        record = json.loads(taken.requests[0].partition(b"\r\n\r\n")[2])["record"]
        until(lambda: releases(nl, record) == {HUB: "accepted"})
        until(lambda: _states(hub, record) == {"analysts": "accepted", "bank": "accepted"})
    finally:
        for worker in workers:
            worker.stop()
    assert len(taken.requests) == 1
    with nl.store.reading() as work:
        assert len(work.records.latest("police.nl", before="", limit=9)) == 1
        assert len(work.pulls.page("cases", before=2**60, limit=9)) == 1


def _states(exchange: Exchange, record: str) -> dict[str, str]:
    with exchange.store.reading() as work:
        rows = work.arrivals.inbox_of_record(record)
    return {row.client: row.state for row in rows if row.client != "slow"}
