"""National systems that are brought what a partner sent, by a process that may be told to die.

Run as a child: ``python -m tests.faults.brought FOLDER``. Everything is on disk, so that the same
command goes on where the last one died. One system takes files out of ``FOLDER/tray``, each into
``FOLDER/taken``; what another one is pushed stands in ``FOLDER/pushed``, a line each. At the end it
tells what became of all.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.core.ledger import read_entry
from gateway.flow.ports import Answer, NationalSystem
from gateway.transport.folders import FolderTray
from gateway.wiring import failpoint
from tests.faults.two_gateways import RealClock, _introduce
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed
from tests.journeys.systems import bring, files
from tests.journeys.test_brought_by_push import WITH_BANK

RECORDS = 3


class Pushed:
    """A system that says yes to all, and writes down what it was given."""

    url = "https://bank.example"

    def __init__(self, log: Path) -> None:
        self._log = log

    def post(self, body: bytes, _: Mapping[str, str]) -> Answer:
        with self._log.open("a") as log:
            log.write(f"{json.loads(body)['record']}\n")
        return Answer(status=200, body=b"")


def build(folder: Path) -> World:
    world = World(clock=RealClock(), reach=failpoint(os.environ), lease_seconds=0.01)
    for name in (NL, HUB):
        world.add(name, url=f"sqlite:///{folder}/{name}.db")
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    _introduce(nl, hub, fetch=False)
    _introduce(hub, nl, fetch=False)
    world.configure(nl, NL_ITEMS)
    world.configure(hub, WITH_BANK)
    tray = folder / "tray"
    tray.mkdir(exist_ok=True, mode=0o750)
    (folder / "taken").mkdir(exist_ok=True)
    systems = {
        "analysts": NationalSystem(client="analysts", tray=FolderTray(tray, "analysts")),
        "bank": NationalSystem(client="bank", endpoint=Pushed(folder / "pushed")),
    }
    world.network.gateways[HUB] = replace(hub, systems=systems)
    return world


def live(world: World, folder: Path) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    for number in range(RECORDS):
        world.push(nl, addressed("case", HUB, provider_ref=str(number)), key=str(number))
    world.work()
    for _ in range(3):
        for client in ("analysts", "bank"):
            bring(world, hub, client)
        take(folder)
    world.work()


def take(folder: Path) -> None:
    """Do as a system that moves each file it sees away, and keeps every one."""
    for name in files(folder / "tray"):
        kept = folder / "taken" / name
        while kept.exists():
            kept = kept.with_name(kept.name + "-again")
        (folder / "tray" / name).rename(kept)


def report(world: World, folder: Path) -> dict[str, Any]:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    with nl.store.reading() as work:
        releases = [row[1] for row in work.releases.count_by_state()]
    with hub.store.reading() as work:
        entries = [read_entry(row.entry) for row in work.ledger.page(after=-1, limit=2000)]
        left = [list(one) for one in work.handovers.counts()]
        inbox = {
            client: [
                row.state for row in work.arrivals.inbox(client, after=0, limit=99, open_only=False)
            ]
            for client in ("analysts", "bank")
        }
    settled = Counter(one["client"] for one in entries if one["act"] == "settled")
    return {
        "releases": releases,
        "inbox": inbox,
        "settled": settled,
        "left": left,
        "taken": sorted(path.name for path in (folder / "taken").iterdir()),
        "pushed": (folder / "pushed").read_text().split(),
    }


def main(folder: Path) -> None:
    time.sleep(0.05)  # the leases of a run that died are over by then
    world = build(folder)
    live(world, folder)
    print(json.dumps(report(world, folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
