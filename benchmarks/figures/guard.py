"""The no-imagery guard over a document of 100 records, beside parsing the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from benchmarks import samples
from benchmarks.frame import Figure, Plan, Result, in_turns
from gateway.core.guard import inspect_bytes, inspect_strings

_RECORDS = 100


def measure(plan: Plan) -> Iterable[Result]:
    """Yield the figure."""
    raw = samples.bulk(_RECORDS)
    lines = raw.splitlines()
    drafts = [json.loads(line) for line in lines]

    def ours() -> None:
        found = inspect_bytes(raw, "application/x-ndjson")
        for draft in drafts:
            found += inspect_strings(draft)
        if found:
            raise ValueError(f"the sample is taken for imagery: {found}")

    def parse() -> None:
        for line in lines:
            json.loads(line)

    own, limit = in_turns(plan, ours, parse, count=_RECORDS)
    yield Result(
        id="guard",
        title="both passes of the no-imagery guard",
        unit="records",
        raw_is="json.loads of the same lines",
        ours=own,
        raw=limit,
    )


FIGURE = Figure(ids=("guard",), measure=measure)
