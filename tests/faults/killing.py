"""Three gateways of real processes, one of which is killed again and again while all is under way.

A program of its own, since its children are forks of it: ``python -m tests.faults.killing FOLDER
SECONDS SEED [URL URL URL]``, the databases of the three if they are not SQLite. At the end
everything runs and has drained; one JSON object says how often what was killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from gateway.cli.demo.processes import Processes, import_all
from gateway.cli.demo.roles import HUB, NATIONAL, VGT
from gateway.cli.demo.scenario import found, introduce
from gateway.cli.demo.stage import Place, Stage, set_up
from gateway.cli.demo.story import Story

ROOT = Path(__file__).parent.parent.parent
ROLES = (NATIONAL, HUB, VGT)
DRAIN_SECONDS = 90
MORE_SECONDS = 60
FEWEST_A_SECOND, FEWEST_KILLS_A_SECOND = 3, 1 / 3
LOOK_SECONDS = 0.3
# Whoever dies holds its leases until they run out; they must outlast a call to a partner.
HASTE = {
    "GATEWAY__WORKER__LEASE_SECONDS": "3",
    "GATEWAY__RELAY__TIMEOUT_SECONDS": "2",
    "GATEWAY__RELAY__SHORTEST_PAUSE_SECONDS": "0.1",
    "GATEWAY__RELAY__LONGEST_PAUSE_SECONDS": "0.5",
}
# Half of those that are started again die by themselves where it hurts most: between a commit and
# what tells of it.
WORST = {
    "web": ("submit.after", "take_in.after", "acknowledge.after", "offer.after"),
    "worker": ("seal.records.after", "relay.handed.after", "relay.sent", "open.after"),
}
DELIVERED = {"stored", "accepted"}


def stage_of(folder: Path) -> Stage:
    """Return the stage that another process has set up, to speak to it only."""
    ports = json.loads((folder / "ports.json").read_text())
    processes = Processes(folder / "commands")
    national, hub, vgt = (
        Place(role, folder / role.folder, ports[role.folder], processes) for role in ROLES
    )
    return Stage(folder, processes, national, hub, vgt)


class Killing:
    """The run: set up, kill and start again, drain."""

    def __init__(self, folder: Path, seconds: float, seed: int, urls: list[str]) -> None:
        self.folder, self.seconds, self.seed = folder, seconds, seed
        self.begun = time.monotonic()
        self.chance = random.Random(seed)
        names = [role.folder for role in ROLES]
        databases = dict(zip(names, urls, strict=True)) if urls else {}
        settings = {
            name: HASTE | ({"GATEWAY__DATABASE__URL": databases[name]} if databases else {})
            for name in names
        }
        self.stage = set_up(folder / "stage", settings)
        self.marked: list[tuple[Place, str]] = []  # what dies by itself
        self.killed: Counter[str] = Counter()
        self.systems: subprocess.Popen[str] | None = None

    def run(self) -> dict[str, Any]:
        story = Story(lambda _: None)
        found(self.stage, story)
        introduce(self.stage, story)
        self._say("set up")
        ports = {place.role.folder: place.port for place in self.stage.places}
        (self.stage.folder / "ports.json").write_text(json.dumps(ports))
        self.systems = self._start_systems()
        self._kill_and_start()
        pushed = self._tell_systems("enough\n")
        assert pushed == "pushed\n", pushed
        self._say("pushed")
        self._wait("delivery", self._undelivered)
        self._say("delivered")
        told = json.loads(self._tell_systems("over\n"))
        self._wait("verdicts", lambda: self._unanswered(told["done"]))
        for place in self.stage.places:
            self._wait(f"signed ledger of {place.id}", partial(unsigned, place))
        self._say("signed")
        self.stage.processes.stop_all()
        return {**told, "killed": self.killed}

    def _start_systems(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.faults.national_systems",
                str(self.stage.folder),
                str(self.seed),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _tell_systems(self, line: str) -> str:
        """Write a line to the national systems; return the one they answer."""
        assert self.systems is not None
        assert self.systems.stdin is not None
        assert self.systems.stdout is not None
        self.systems.stdin.write(line)
        self.systems.stdin.flush()
        return self.systems.stdout.readline()

    def _kill_and_start(self) -> None:
        end = time.monotonic() + self.seconds
        targets = [(place, name) for place in self.stage.places for name in ("web", "worker")]
        time.sleep(1)  # the national systems have begun
        kill(self.stage.national, "web")
        self._start(self.stage.national, "web", "submit.after:6")  # until it is killed again
        time.sleep(1)
        order: list[tuple[Place, str]] = []
        while time.monotonic() < end or self._is_too_little(end):
            order = order or self.chance.sample(targets, len(targets))
            place, name = order.pop()
            self._bury()
            inner = workers_of(place.running[name].pid) if name == "web" else []
            if inner and self.chance.random() < 0.3:  # gunicorn starts another by itself
                with suppress(ProcessLookupError):
                    os.kill(self.chance.choice(inner), signal.SIGKILL)
                self.killed[f"{place.role.folder} web, its worker"] += 1
            else:
                kill(place, name)
                self.killed[f"{place.role.folder} {name}"] += 1
                time.sleep(self.chance.uniform(0, 0.4))
                self._start(place, name)
            time.sleep(self.chance.uniform(0.2, 1))
        for place, name in self.marked:  # the rest of the way nobody dies
            kill(place, name)
            place.run(name)

    def _is_too_little(self, end: float) -> bool:
        """Whether too little has happened for the time, as on a busy machine, and it goes on."""
        done = self._acknowledged() >= self.seconds * FEWEST_A_SECOND
        killed = self.killed.total() >= self.seconds * FEWEST_KILLS_A_SECOND
        return not (done and killed) and time.monotonic() < end + MORE_SECONDS

    def _acknowledged(self) -> int:
        return len((self.stage.folder / "acknowledged").read_text().splitlines())

    def _start(self, place: Place, name: str, step: str | None = None) -> None:
        settings, marked = place.settings, (place, name)
        if step is None and self.chance.random() < 0.5:
            step = f"{self.chance.choice(WORST[name])}:{self.chance.randint(2, 5)}"
        if step is not None:
            place.settings = {**settings, "GATEWAY_FAILPOINT": step}
        self.marked = [one for one in self.marked if one != marked]
        if place.settings is not settings:
            self.marked.append(marked)
        place.run(name)
        place.settings = settings

    def _bury(self) -> None:
        """Start again what died by itself. Raises AssertionError if it was not told to."""
        for place, name in [(p, n) for p in self.stage.places for n in ("web", "worker")]:
            ended = place.running[name].poll()
            if ended is not None:
                assert (place, name) in self.marked, f"{place.id} {name} ended: {ended}"
                self.killed[f"{place.role.folder} {name}, at a step"] += 1
                place.run(name)
                self.marked.remove((place, name))

    def _wait(self, what: str, left: Callable[[], object]) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS + self.seconds  # as much may wait as was pushed
        while waiting := left():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: {waiting}\n{self._logs()}")
            time.sleep(LOOK_SECONDS)

    def _undelivered(self) -> object:
        """Return what is on its way still; what is acknowledged must be there for each partner."""
        acknowledged = self._acknowledged()
        rows = self.stage.national.ask("status")["releases"]
        delivered: Counter[str] = Counter()
        for row in rows:
            delivered[row["partner"]] += row["count"] * (row["state"] in DELIVERED)
        wanted = dict.fromkeys((self.stage.hub.id, self.stage.vgt.id), acknowledged)
        return None if delivered == wanted else (wanted, rows)

    def _unanswered(self, done: dict[str, int]) -> object:
        """Return what the national systems accepted and the sender does not know; what is open."""
        rows = self.stage.national.ask("status")["releases"]
        known = {row["partner"]: row["count"] for row in rows if row["state"] == "accepted"}
        wanted = {id_: done[id_] for id_ in (self.stage.hub.id, self.stage.vgt.id) if id_ in done}
        if known != wanted:
            return wanted, rows
        return [
            one
            for place in self.stage.places
            for state in ("sealed", "handed")
            for one in place.ask("deliveries", "list", "--state", state)["items"]
        ]

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self.begun:6.1f} s: {what}", file=sys.stderr)

    def _logs(self) -> str:
        return "\n".join(place.tail(8) for place in self.stage.places)


def kill(place: Place, name: str) -> None:
    """Kill a process and what it started, as the machine does when it fails."""
    child = place.running.pop(name)
    # All of its session; itself alone if it was started so lately that it has none yet.
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            send(child.pid, signal.SIGKILL)
    child.wait()


def workers_of(pid: int) -> list[int]:
    """Return the processes that this one has started."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(one) for one in found.split()]


def unsigned(place: Place) -> object:
    """Return what the ledger has without a signature. Raises AssertionError if it is not whole."""
    report = place.ask("audit", "verify")
    assert report["whole"], report
    return report["unsigned"] + report["unplaced"]


def main(folder: Path, seconds: float, seed: int, urls: list[str]) -> None:
    import_all()
    killing = Killing(folder, seconds, seed, urls)
    try:
        print(json.dumps(killing.run()))
    finally:
        if killing.systems is not None and killing.systems.poll() is None:
            killing.systems.kill()
        killing.stage.processes.stop_all()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
