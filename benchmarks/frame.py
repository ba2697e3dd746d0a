"""What a figure is, and how it is measured: rounds of ours and of the raw limit, in turns.

Owns `Figure`, `Result` and `Plan`. A round measures the raw limit and the gateway right after one
another, so that a machine that is slow for a moment is slow for both; the result is the median of
the rounds' ratios.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long to measure."""

    rounds: int = 3
    seconds: float = 1.5  # of one timed part of a round
    bulks: int = 2  # documents of 1,000 records in one round
    envelopes: int = 5  # envelopes of one round; all rounds together stay below 32
    singles: int = 200  # timed one by one, for a median in microseconds

    @classmethod
    def of(cls, *, quick: bool) -> Plan:
        """Return the quick plan, or the one with more samples."""
        return cls() if quick else cls(rounds=5, seconds=5.0, bulks=4, envelopes=6, singles=2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The ratio to reach, and the one that a good design reaches without special effort."""

    ratio: float
    good: float | None = None
    better: Literal["higher", "lower"] = "higher"

    def is_reached(self, ratio: float) -> bool:
        """Return whether a measured ratio is as good as the aim."""
        return ratio >= self.ratio if self.better == "higher" else ratio <= self.ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure as measured: rates of ours and of the raw limit, one pair per round."""

    id: str
    title: str
    unit: str  # of both rates, per second
    raw_is: str  # what the raw loop does
    ours: Sequence[float]
    raw: Sequence[float]
    aim: Aim | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Ours divided by raw, round by round."""
        return [ours / raw for ours, raw in zip(self.ours, self.raw, strict=True)]

    @property
    def ratio(self) -> float:
        """The median ratio: the result."""
        return statistics.median(self.ratios)

    def json(self) -> dict[str, Any]:
        """Return the figure for keeping."""
        return {
            "id": self.id,
            "title": self.title,
            "ratio": round(self.ratio, 4),
            "ratios": [round(one, 4) for one in self.ratios],
            "aim": None if self.aim is None else self.aim.ratio,
            "good": None if self.aim is None else self.aim.good,
            "better": "higher" if self.aim is None else self.aim.better,
            "reached": None if self.aim is None else self.aim.is_reached(self.ratio),
            "unit": self.unit,
            "ours_per_second": round(statistics.median(self.ours), 1),
            "raw_per_second": round(statistics.median(self.raw), 1),
            "raw_is": self.raw_is,
            **self.details,
        }


@dataclass(frozen=True, slots=True)
class Figure:
    """One file of `figures/`: the ids of what it yields, and how it is measured."""

    ids: tuple[str, ...]
    measure: Callable[[Plan], Iterable[Result]]


@dataclass(frozen=True, slots=True)
class ServedFigure:
    """A figure that needs real gateways."""

    ids: tuple[str, ...]
    measure: Callable[[Plan, Ground], Iterable[Result]]


def rate(work: Callable[[], object], seconds: float, *, count: int = 1) -> float:
    """Return how much `work` does in a second, `count` each time it is called."""
    work()  # what is made once is made now
    done = 0
    start = time.perf_counter()
    end = start + seconds
    while time.perf_counter() < end:
        work()
        done += count
    return done / (time.perf_counter() - start)


def in_turns(
    plan: Plan, ours: Callable[[], object], raw: Callable[[], object], *, count: int = 1
) -> tuple[list[float], list[float]]:
    """Return the rates of two pieces of pure work, measured in turns."""
    part = min(plan.seconds / 10, 0.5)
    pairs = [
        (rate(ours, part, count=count), rate(raw, part, count=count)) for _ in range(plan.rounds)
    ]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
