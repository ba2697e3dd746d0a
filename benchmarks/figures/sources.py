"""Each source adapter, bytes to drafts, beside the standard library's parser on the same bytes.

The raw parser makes a tree and nothing of it: no caps, no strictness, no mapping, no trail.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from adapters import registry
from adapters.base import Adapter, Caps
from adapters.sources import declared
from benchmarks import samples
from benchmarks.frame import Figure, Plan, Result, in_turns
from benchmarks.statement import statement

_LINES = 100
_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Source:
    """One format: who reads it, what, and what merely parses it."""

    id: str
    title: str
    adapter: Callable[[], Adapter]
    raw: bytes
    parse: Callable[[bytes], object]
    parser: str


def sources() -> list[Source]:
    """Return every format that ships, each with a file of the demonstration."""
    return [
        Source("native", "native NDJSON", _shipped("native"), samples.bulk(_LINES), _lines, "json"),
        _xml("goaml", "goAML XML", "suspicious-transactions.goaml.xml"),
        _xml("cybertip", "CyberTipline XML", "cybertip.xml"),
        Source(
            "xarf",
            "XARF JSON",
            _shipped("xarf"),
            samples.file("xarf/content-csam.json"),
            json.loads,
            "json",
        ),
        Source(
            "iso20022",
            "ISO 20022 camt.053",
            _shipped("iso20022"),
            statement(_ENTRIES),
            ET.fromstring,
            "ElementTree",
        ),
        Source(
            "csv", "declared CSV", _declared("zaken-csv"), samples.file("zaken.csv"), _csv, "csv"
        ),
        Source(
            "json",
            "declared JSON",
            _declared("meldingen-json"),
            samples.file("meldingen.json"),
            json.loads,
            "json",
        ),
    ]


def measure(plan: Plan) -> Iterable[Result]:
    """Yield one figure per format."""
    for source in sources():
        yield _measure(source, plan)


def _measure(source: Source, plan: Plan) -> Result:
    adapter, caps = source.adapter(), Caps()
    count = len(list(adapter.read(source.raw, caps)))
    if not count:
        raise ValueError(f"{source.id}: no record in the sample")
    ours, limit = in_turns(
        plan,
        lambda: list(adapter.read(source.raw, caps)),
        lambda: source.parse(source.raw),
        count=count,
    )
    return Result(
        id=f"source-{source.id}",
        title=f"source {source.title}: bytes to drafts",
        unit="records",
        raw_is=f"the standard library's {source.parser} on the same bytes",
        ours=ours,
        raw=limit,
        details={"bytes_per_record": len(source.raw) // count},
    )


def _shipped(name: str) -> Callable[[], Adapter]:
    return lambda: registry.adapter(name)


def _declared(name: str) -> Callable[[], Adapter]:
    body = tomllib.loads(samples.mapping(name))
    return lambda: declared.compile(body, name=f"mapping:{name}")


def _xml(name: str, title: str, file: str) -> Source:
    return Source(name, title, _shipped(name), samples.file(file), ET.fromstring, "ElementTree")


def _lines(raw: bytes) -> list[object]:
    return [json.loads(line) for line in raw.splitlines()]


def _csv(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode()), delimiter=";"))


FIGURE = Figure(
    ids=tuple(
        f"source-{name}"
        for name in ("native", "goaml", "cybertip", "xarf", "iso20022", "csv", "json")
    ),
    measure=measure,
)
