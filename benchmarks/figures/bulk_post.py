"""P2: 1,000 records as NDJSON in one POST, answered after the durable commit.

Ours: one connection; one outcome per record is awaited, and each must be `stored`.

Raw: for the same records one pair of signatures, one seal over all of them, and one commit with a
row for each. Nothing is parsed and nothing decided.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from benchmarks import caller, samples
from benchmarks.apart import apart
from benchmarks.frame import Aim, Plan, Result, ServedFigure
from benchmarks.ground import Ground
from benchmarks.raw import batch_and_commit

_OK = 200
_RAW_ROUNDS = 10


def measure(plan: Plan, ground: Ground) -> Iterable[Result]:
    """Yield P2."""
    apart(post, ground, 1)  # warm
    ours, raw = [], []
    for number in range(plan.rounds):
        raw.append(apart(_raw, ground, number))
        ours.append(apart(post, ground, plan.bulks))
    yield Result(
        id="P2",
        title="NDJSON of 1,000 in one POST, durable",
        unit="records",
        raw_is="one pair of signatures, one seal and one commit for 1,000 records",
        ours=ours,
        raw=raw,
        aim=Aim(ratio=0.5, good=0.15),
    )


def post(ground: Ground, bulks: int) -> float:
    """Push that many documents of 1,000 records; return records per second."""
    headers = {"Content-Type": "application/x-ndjson", "Source": samples.SOURCE}
    requests = [caller.request("/v1/records", headers, samples.bulk()) for _ in range(bulks)]
    connection = ground.connect()
    start = time.perf_counter()
    answers = [connection.ask(request) for request in requests]
    spent = time.perf_counter() - start
    connection.close()
    for status, body in answers:
        if status != _OK or body.count(b'"state":"stored"') != samples.BULK:
            raise caller.AnswerRefusedError(f"{status}: {body[:400]!r}")
    return bulks * samples.BULK / spent


def _raw(ground: Ground, number: int) -> float:
    texts = samples.bulk().splitlines()
    return batch_and_commit(ground.folder / f"raw-bulk-{number}.db", texts, _RAW_ROUNDS)


FIGURE = ServedFigure(ids=("P2",), measure=measure)
