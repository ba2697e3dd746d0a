"""National systems that go on whatever happens to their gateways: a program of its own.

``python -m tests.faults.national_systems FOLDER SEED``, in a folder that `killing` has set up.
Three threads push cases to the national gateway, each document with a key of its own and again
until it is answered; two take over what came in at the partners. What was acknowledged is noted in
``FOLDER/acknowledged``, reference and record, at once. A line on standard input ends the pushing, a
second one all; then one JSON object says what was done.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from gateway.cli.demo.stage import Place, Stage
from gateway.core.errors import Unavailable
from gateway.transport.client import ApiRefused
from tests.faults.killing import stage_of

PUSHERS = 3
SERVER_FAULT = 500
READING_SECONDS = 30  # for what is stored at a partner and not opened yet


class Systems:
    """What all threads share."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.stage: Stage = stage_of(folder)
        self.seed = seed
        self.enough = threading.Event()
        self.over = threading.Event()
        self.done: Counter[str] = Counter()
        self.pushed: set[str] = set()
        self.seen: dict[str, set[str]] = {}  # by partner, what was in its inbox
        self.faults: list[str] = []
        self.lock = threading.Lock()
        self.acknowledged = (folder / "acknowledged").open("a")
        model = json.loads((self.stage.files / "series.json").read_text())
        partners = [{"partner": self.stage.hub.id}, {"partner": self.stage.vgt.id}]
        self.model = {**model, "addressees": {"recipients": partners}}

    def run(self) -> None:
        jobs: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
            *((self.push, (number,)) for number in range(PUSHERS)),
            (self.take, (self.stage.hub,)),
            (self.take, (self.stage.vgt,)),
        ]
        threads = [threading.Thread(target=self._guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        sys.stdin.readline()
        self.enough.set()
        for thread in threads[:PUSHERS]:
            thread.join()
        self.acknowledged.close()
        print("pushed", flush=True)
        sys.stdin.readline()
        self._wait_for_all()
        self.over.set()
        for thread in threads:
            thread.join()
        print(json.dumps({"done": self.done, "faults": self.faults}), flush=True)

    def _wait_for_all(self) -> None:
        """Let the partners' systems see all of it; what never comes is for the test to tell."""
        end = time.monotonic() + READING_SECONDS
        while time.monotonic() < end:
            if all(seen >= self.pushed for seen in self.seen.values()):
                return
            time.sleep(0.1)

    def _guarded(self, job: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        try:
            job(*arguments)
        except BaseException as error:  # noqa: BLE001 - told at the end
            self.faults.append(f"{job.__name__}: {error!r}")

    def push(self, pusher: int) -> None:
        """Push documents of one to four records until it is enough."""
        chance = random.Random(self.seed + pusher)
        with self.stage.national.api("police-cases") as api:
            for number in count():
                if self.enough.is_set():
                    return
                references = [f"R-{pusher}-{number}-{n}" for n in range(chance.randint(1, 4))]
                lines = [
                    json.dumps({**self.model, "provider_ref": one, "national_ref": one})
                    for one in references
                ]
                outcomes = self._asked(
                    lambda lines=lines, key=references[0]: api.push(
                        "\n".join(lines).encode(),
                        source="cases",
                        media_type="application/x-ndjson",
                        idempotency_key=key,
                    )
                )
                self._note(references, outcomes)
                time.sleep(chance.uniform(0.01, 0.1))

    def _note(self, references: list[str], outcomes: list[dict[str, Any]]) -> None:
        found = [one["state"] for one in outcomes]
        if found != ["stored"] * len(references):
            raise AssertionError(f"{references}: {found}")
        with self.lock:
            for reference, outcome in zip(references, outcomes, strict=True):
                self.pushed.add(outcome["record"])
                self.acknowledged.write(f"{reference} {outcome['record']}\n")
            self.acknowledged.flush()
            self.done["records"] += len(references)
            self.done["documents"] += 1

    def take(self, place: Place) -> None:
        """Read an inbox on and on; accept every other record."""
        seen = self.seen[place.id] = set()
        with place.api(place.role.systems[0].name) as api:
            while not self.over.is_set():
                entries = self._asked(lambda: api.inbox(limit=20))["items"]
                seen.update(entry["record"] for entry in entries)
                for entry in entries[::2]:
                    self._asked(
                        lambda one=entry: api.settle(one["record"], one["version"], accepted=True)
                    )
                    self.done[place.id] += 1
                time.sleep(0.1)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """Ask until there is an answer: nothing is known of a call that broke off."""
        while True:
            try:
                return ask()
            except Unavailable:
                self.done["broken off"] += 1
            except ApiRefused as refusal:
                if refusal.status < SERVER_FAULT:
                    raise
                self.done["put off"] += 1
            if self.over.is_set():
                raise AssertionError("nobody answers any more")
            time.sleep(0.05)


if __name__ == "__main__":
    Systems(Path(sys.argv[1]), int(sys.argv[2])).run()
