"""Counts as Prometheus reads them.

Owns the names: a number of the status becomes ``gateway_NAME``. In a list of entries each number
of an entry becomes ``gateway_NAME_MEMBER``, and the entry's texts are its labels; in a mapping of
numbers the key is the label ``of``. The status holds ids, states and counts, never content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily


class _Sample(NamedTuple):
    gauge: str
    labels: dict[str, str]
    number: float


class _Counts:
    """The counts of one moment, as a collector."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        self._status = status

    def collect(self) -> Iterable[GaugeMetricFamily]:
        by_gauge: dict[str, list[_Sample]] = {}
        for name, value in self._status.items():
            for sample in _samples(name, value):
                by_gauge.setdefault(sample.gauge, []).append(sample)
        for gauge, samples in by_gauge.items():
            labels = sorted({label for sample in samples for label in sample.labels})
            family = GaugeMetricFamily(gauge, "As shown by /v1/status.", labels=labels)
            for sample in samples:
                values = [sample.labels.get(label, "") for label in labels]
                family.add_metric(values, sample.number)
            yield family


def exposition(status: Mapping[str, Any]) -> bytes:
    """Return the numbers of a status in Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(_Counts(status))
    return generate_latest(registry)


def _samples(
    name: str, value: object, labels: Mapping[str, str] | None = None
) -> Iterator[_Sample]:
    if isinstance(value, int | float):
        yield _Sample(f"gateway_{name}", dict(labels or {}), float(value))
    elif isinstance(value, Mapping):
        yield from _of_mapping(name, value, dict(labels or {}))
    elif isinstance(value, list | tuple):
        for entry in value:
            if isinstance(entry, Mapping):
                yield from _of_entry(name, entry)


def _of_mapping(name: str, value: Mapping[str, Any], labels: dict[str, str]) -> Iterator[_Sample]:
    label = "in" if "of" in labels else "of"
    for key, inner in value.items():
        yield from _samples(name, inner, {**labels, label: str(key)})


def _of_entry(name: str, entry: Mapping[str, Any]) -> Iterator[_Sample]:
    labels = {key: text for key, text in entry.items() if isinstance(text, str)}
    for key, number in entry.items():
        if isinstance(number, int | float):
            yield _Sample(f"gateway_{name}_{key}", labels, float(number))
