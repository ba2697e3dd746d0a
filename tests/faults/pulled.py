"""A source that drops files and offers a document, taken in by a process that may be told to die.

Run as a child: ``python -m tests.faults.pulled FOLDER``. Everything is on disk, so that the same
command goes on where the last one died. At the end it tells what became of all.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from gateway.core.ledger import read_entry
from gateway.core.limits import Limits
from gateway.flow.ports import Answer, PulledSource
from gateway.flow.pull_folder import pull_folder
from gateway.flow.pull_https import pull_https
from gateway.transport.drops import FolderDrop
from gateway.wiring import failpoint
from tests.faults.two_gateways import RealClock
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed

LINES = "application/x-ndjson"


class Offered:
    url = "https://fiu.example/export.ndjson"

    def get(self, etag: str | None, _: str | None) -> Answer:
        if etag == '"1"':
            return Answer(status=304, body=b"")
        return Answer(status=200, body=lines("offered", 2).encode(), headers={"etag": '"1"'})


def lines(name: str, count: int) -> str:
    return "\n".join(
        json.dumps(addressed("case", HUB, provider_ref=f"{name}-{number}"))
        for number in range(count)
    )


def main(folder: Path) -> None:
    time.sleep(0.05)  # the leases of a run that died are over by then
    limits = replace(Limits(), max_bulk_records=2)
    world = World(clock=RealClock(), reach=failpoint(os.environ), lease_seconds=0.01, limits=limits)
    nl = world.add(NL, url=f"sqlite:///{folder}/{NL}.db")
    world.configure(nl, NL_ITEMS.partition("[agreement")[0])
    drop = folder / "drop"
    if not drop.exists():
        drop.mkdir(mode=0o750)
        for name in ("a", "b"):
            (drop / f"{name}.ndjson").write_text(lines(name, 3))
    dropped = PulledSource(
        name="cases", client="police", media_type=LINES, drop=FolderDrop(drop, settle_seconds=0)
    )
    offered = replace(dropped, drop=None, origin=Offered())
    for source, journey in ((dropped, pull_folder), (offered, pull_https)):
        for _ in range(3):
            world.run(journey, "cases", replace(nl, pulled={"cases": source}))
    with nl.store.reading() as work:
        acts = [read_entry(row.entry)["act"] for row in work.ledger.unplaced(limit=500)]
        found = {
            "submitted": acts.count("submitted"),
            "documents": [
                [row.name, row.state, row.report["counts"]]
                for row in work.pulls.page("cases", before=2**60, limit=99)
            ],
            "records": len(work.records.latest("police.nl", before="", limit=99)),
            "done": sorted(path.name.partition(".")[0] for path in (drop / "done").iterdir()),
            "left": [path.name for path in drop.rglob("*.ndjson")],
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
