"""Push large files into a real gateway, and watch what it holds in memory.

A program of its own, since its children are forks of it: ``python -m tests.bulk.pushing FOLDER
BYTES KILLS``. While a file goes in, the web process and the pushing system are killed,
and started again. At the end one JSON object says what was found, for each kind of file.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from gateway.cli.demo.processes import Child, import_all
from gateway.cli.demo.stage import LOOPBACK, Place, answered, set_up
from tests.bulk.files import lines, statement

LOOK_SECONDS = 0.2
MOST_SECONDS = 4 * 3600
READY_SECONDS = 30
SYSTEMS = {"ndjson": ("police-cases", "cases"), "camt": ("fiu-reports", "register")}
STATEMENTS = """org = "fiu.example"
adapter = "iso20022"
profile = "fiu"
[transfers]
seen_by = "fiu"
countries = ["PH"]
"""
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
LONGER_ABOVE = 50_000_000  # bytes of a file from which on its records are longer


class Watch:
    """Resident bytes of processes: the most above what they held when they held least before.

    At their start they hold more for a moment: keys are opened with passphrases.
    """

    def __init__(self) -> None:
        self.least: dict[int, int] = {}
        self.most = 0

    def look(self, *roots: int) -> None:
        for root in roots:
            for pid in (root, *below(root)):
                with suppress(OSError):
                    size = resident(pid)
                    self.least[pid] = min(size, self.least.get(pid, size))
                    self.most = max(self.most, size - self.least[pid])


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def below(root: int) -> list[int]:
    """Return all that a process started, and what those started."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [root]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def main(folder: Path, size: int, kills: int) -> dict[str, Any]:
    import_all()
    stage = set_up(folder / "stage")
    place = stage.national
    (place.folder / "items" / "source" / "register.toml").write_text(STATEMENTS)
    try:
        answered(place.start("init"))
        answered(place.start("agreements", "apply", str(place.folder / "items")))
        for name in ("web", "worker"):
            place.run(name)
        wait_until_ready(place)
        return {kind: push(place, folder, kind, size, kills) for kind in SYSTEMS}
    finally:
        stage.processes.stop_all()


def push(place: Place, folder: Path, kind: str, size: int, kills: int) -> dict[str, Any]:
    file = folder / {"ndjson": "cases.ndjson", "camt": "statement.xml"}[kind]
    words = 60 if size > LONGER_ABOVE else 0
    expected = statement(file, size) if kind == "camt" else lines(file, size, words)
    web, worker, client = Watch(), Watch(), Watch()
    begun, before = time.monotonic(), count(place)
    killed = 0
    pusher = start(place, kind, file)
    while pusher.poll() is None:
        time.sleep(LOOK_SECONDS)
        web.look(place.running["web"].pid)
        worker.look(place.running["worker"].pid)
        client.look(pusher.pid)
        stored = count(place) - before
        if killed < kills and stored > expected * (killed + 1) / (kills + 1):
            killed += 1
            kill(place.running.pop("web"))
            if killed % 2:
                kill(pusher)
            place.run("web")
            wait_until_ready(place)
            pusher = pusher if pusher.poll() is None else start(place, kind, file)
        assert time.monotonic() - begun < MOST_SECONDS
    seconds = time.monotonic() - begun
    answer = pusher.wait(1)
    return {
        "expected": expected,
        "summary": answer.json()["summary"],
        "code": answer.code,
        "stored": count(place) - before,
        "references": count(place, "DISTINCT ref_tag") - before,
        "killed": killed,
        "seconds": round(seconds, 1),
        "file_bytes": file.stat().st_size,
        "web_growth_bytes": web.most,
        "worker_growth_bytes": worker.most,
        "client_growth_bytes": client.most,
    }


def start(place: Place, kind: str, file: Path) -> Child:
    system, source = SYSTEMS[kind]
    return place.start("push", str(file), "--source", source, system=system)


def kill(child: Child) -> None:
    """Kill a child and all it started, as a power cut does."""
    pids = [child.pid, *below(child.pid)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while child.poll() is None:
        time.sleep(0.01)


def wait_until_ready(place: Place) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with suppress(OSError), socket.create_connection((LOOPBACK, place.port), timeout=1):
            return
        assert time.monotonic() < deadline, place.tail()
        time.sleep(0.05)


def count(place: Place, what: str = "*") -> int:
    with closing(sqlite3.connect(place.folder / "data" / "gateway.db")) as connection:
        (found,) = connection.execute(f"SELECT count({what}) FROM records").fetchone()  # noqa: S608
    return int(found)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
