"""P1: one record per POST, answered after the durable commit.

Ours: TLS 1.3 with a client certificate, 8 connections that stay open, a real web process with the
settings as shipped; each answer is 201 with the decision for each partner. No signature is made in
a request, so the aim is above 1.

Raw: one thread that for each record makes both signatures, seals it and commits one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks import caller, samples
from benchmarks.apart import apart
from benchmarks.frame import Aim, Plan, Result, ServedFigure
from benchmarks.ground import Ground
from benchmarks.raw import seal_and_commit

CONNECTIONS = 8
_CREATED = 201
_TEXTS = 64


def measure(plan: Plan, ground: Ground) -> Iterable[Result]:
    """Yield P1."""
    ours, raw, latencies = [], [], []
    for number in range(plan.rounds):
        raw.append(apart(_raw, ground, plan.seconds, number))
        found: caller.Load = apart(_post, ground, plan.seconds)
        ours.append(found.done / found.seconds)
        latencies += found.latencies
    whole = caller.Load(latencies=latencies)
    yield Result(
        id="P1",
        title="single POST over TLS, 8 connections, durable",
        unit="records",
        raw_is="two signatures, a seal and a commit for each record",
        ours=ours,
        raw=raw,
        aim=Aim(ratio=2.0, good=0.6),
        details={
            "p50_milliseconds": round(whole.percentile(0.5), 2),
            "p99_milliseconds": round(whole.percentile(0.99), 2),
        },
    )


def _post(ground: Ground, seconds: float) -> caller.Load:
    return caller.load(
        ground.connect, _requests(), connections=CONNECTIONS, seconds=seconds, status=_CREATED
    )


def _requests() -> Iterator[bytes]:
    headers = {"Content-Type": "application/json", "Source": samples.SOURCE}
    for body in samples.documents():
        yield caller.request("/v1/records", headers, body)


def _raw(ground: Ground, seconds: float, number: int) -> float:
    documents = samples.documents()
    texts = [next(documents) for _ in range(_TEXTS)]
    return seal_and_commit(ground.folder / f"raw-single-{number}.db", texts, seconds)


FIGURE = ServedFigure(ids=("P1",), measure=measure)
