"""One submission put in normal form, beside parsing its bytes with the standard library."""

from __future__ import annotations

import json
from collections.abc import Iterable

from benchmarks import samples
from benchmarks.frame import Figure, Plan, Result, in_turns
from schemas.reading import load_submission


def measure(plan: Plan) -> Iterable[Result]:
    """Yield the figure."""
    raw = json.dumps(samples.case()).encode()
    document = json.loads(raw)
    faults = load_submission(document).faults
    if faults:
        raise ValueError(f"the sample has faults: {faults}")
    ours, limit = in_turns(plan, lambda: load_submission(document), lambda: json.loads(raw))
    yield Result(
        id="schema",
        title="one submission checked and put in normal form",
        unit="records",
        raw_is="json.loads of its bytes",
        ours=ours,
        raw=limit,
        details={"bytes": len(raw)},
    )


FIGURE = Figure(ids=("schema",), measure=measure)
