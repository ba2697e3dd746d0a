"""The no-imagery guard over a document of 100 records, beside parsing the same bytes.

Two parsers: the standard library's, and ours, which makes records in normal form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from adapters.base import Caps
from adapters.sources.native import NativeAdapter
from benchmarks import samples
from benchmarks.frame import Aim, Figure, Plan, Result, in_turns
from gateway.core.guard import inspect_bytes, inspect_strings
from schemas.reading import load_submission

_RECORDS = 100


def measure(plan: Plan) -> Iterable[Result]:
    """Yield both figures."""
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
    yield _beside_records(raw, plan)


def _beside_records(raw: bytes, plan: Plan) -> Result:
    """Return the guard as it runs at intake, beside reading the same document into records."""

    def guard() -> None:
        inspect_bytes(raw, "application/x-ndjson")

    def read() -> None:
        for draft in NativeAdapter().read(raw, Caps()):
            load_submission(draft.body)

    ours, limit = in_turns(plan, guard, read, count=_RECORDS)
    return Result(
        id="guard-intake",
        title="the guard as it runs when native records are pushed",
        unit="records",
        raw_is="the same document read into records in normal form",
        ours=ours,
        raw=limit,
        aim=Aim(ratio=10),  # the guard takes a tenth of the time of the reading
    )


FIGURE = Figure(ids=("guard", "guard-intake"), measure=measure)
