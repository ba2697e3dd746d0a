"""One release decision for one partner, beside writing down a decision that asked no rule."""

from __future__ import annotations

import time
from collections.abc import Iterable

from benchmarks import samples
from benchmarks.frame import Figure, Plan, Result, in_turns
from gateway.core.facts import Agreement, Facts, Recipient
from gateway.core.ids import OrgId, RecordId
from gateway.core.policy import Decision, Release, decide
from gateway.core.record import Record
from schemas.reading import load_submission

_ID = RecordId("urn:uuid:0198c0de-0000-7000-8000-000000000001")
_DAY_MS = 86_400_000


def measure(plan: Plan) -> Iterable[Result]:
    """Yield the figure."""
    record, recipient, facts = record_of(), Recipient(partner="hub.example"), _facts()
    now = time.time_ns() // 1_000_000

    def ours() -> Decision:
        return decide(record, recipient, facts, now)

    def raw() -> Decision:
        return Decision(verdict=Release(), trace=(), rule="", epoch=1)

    own, limit = in_turns(plan, ours, raw)
    yield Result(
        id="decide",
        title="one decision for one partner, all rules asked",
        unit="decisions",
        raw_is="a decision that asked no rule",
        ours=own,
        raw=limit,
        details={"state": ours().state, "rule": ours().rule},
    )


def record_of() -> Record:
    """Return the sample in normal form, as a record."""
    loaded = load_submission(samples.case())
    body = {**loaded.body, "created": "2026-02-05T10:00:00Z"}
    return Record(id=_ID, version=1, type="case", org=OrgId("police.example"), body=body)


def _facts() -> Facts:
    now = time.time_ns() // 1_000_000
    agreement = Agreement(
        name="empact-oa-2026-3.1",
        version=1,
        partner="hub.example",
        direction="both",
        types=("case",),
        crime_areas=("sexual_abuse_and_exploitation",),
        purposes=("operational_analysis",),
        operational_action="OA-2026-3.1",
        valid_from=now - _DAY_MS,
        valid_until=now + _DAY_MS,
    )
    return Facts(
        epoch=1, provider_known=True, schema_faults=(), imagery=(), agreements=(agreement,)
    )


FIGURE = Figure(ids=("decide",), measure=measure)
