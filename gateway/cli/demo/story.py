"""What happened in one run, as the scenario notes it and the report tells it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.errors import GatewayError

# The question that a step answers; the page groups by it.
WHO: Final = "who"
IN: Final = "in"
OUT: Final = "out"
AFTER: Final = "after"
PROOF: Final = "proof"

PATIENCE_SECONDS: Final = 25.0
_LOOK_SECONDS: Final = 0.15

Json = dict[str, Any]


class StepFailed(GatewayError):
    """A step of the demonstration did not come out as it must."""

    code = "step-failed"


@dataclass(slots=True)
class Step:
    """One step: what was done, which question it answers, what came of it, how long it took.

    `shown` are lines as a command or a file had them, for the page.
    """

    title: str
    part: str
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One line of the table: what it was, and what became of it at each partner."""

    reference: str
    title: str
    source: str
    hub: str
    vgt: str
    why: str = ""


@dataclass
class Story:
    """Everything noted so far. `tell` hears each finished step."""

    tell: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    records: dict[str, tuple[str, str]] = field(default_factory=dict)  # reference: id, system
    formats: dict[str, int] = field(default_factory=dict)  # records taken in, per format
    refused: list[Row] = field(default_factory=list)  # never became a record
    rows: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    holders: list[Json] = field(default_factory=list)  # of what was recalled
    ledgers: dict[str, Json] = field(default_factory=dict)
    envelope: Json = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Return how long it has taken so far."""
        return time.monotonic() - self.started

    @property
    def called_back(self) -> int:
        """Return how many records were called back as a whole from the VGT partner."""
        return sum(row.vgt == "gone" for row in self.rows)

    @contextmanager
    def step(self, title: str, part: str) -> Iterator[Step]:
        """Note a step; it is told when it has succeeded."""
        step = Step(title, part)
        start = time.monotonic()
        self.steps.append(step)
        try:
            yield step
        finally:
            step.seconds = time.monotonic() - start
        self.tell(step)


def demand(what: str, found: object, wanted: object) -> None:
    """Raise StepFailed unless what was found is what must be."""
    if found != wanted:
        raise StepFailed(f"{what}: expected {wanted!r}, found {found!r}")


def wait_until(what: str, look: Callable[[], object], wanted: object) -> None:
    """Look until what is found is what must be; raise StepFailed when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) != wanted:
        if time.monotonic() > deadline:
            raise StepFailed(f"{what}: waited for {wanted!r}, found {found!r}")
        time.sleep(_LOOK_SECONDS)
