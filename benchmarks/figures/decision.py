"""Release decisions, beside writing down a decision that asked no rule.

One record for one partner, as it is for each partner once the record has been looked at; and one
record for fifty partners, the look and the reduced form included.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from benchmarks import samples
from benchmarks.frame import Figure, Plan, Result, in_turns
from gateway.core.facts import Agreement, Facts, Recipient
from gateway.core.ids import OrgId, RecordId
from gateway.core.policy import Decision, Release, decide, look
from gateway.core.record import Record
from schemas.reading import load_submission

_ID = RecordId("urn:uuid:0198c0de-0000-7000-8000-000000000001")
_DAY_MS = 86_400_000
PARTNERS: Final = 50
_HUB: Final = Recipient(partner="hub.example", org_class="eu_agency", country="NL")


def measure(plan: Plan) -> Iterable[Result]:
    """Yield both figures, each for a record that goes whole and for one that is reduced."""
    for ending, record in (("", whole()), ("-reduced", record_of())):
        yield from _of(ending, record, plan)


def _of(ending: str, record: Record, plan: Plan) -> Iterable[Result]:
    facts, now = _facts(), time.time_ns() // 1_000_000
    looked = look(record)
    partners = [
        (
            replace(_HUB, partner=f"p{n}.example"),
            replace(facts, agreements=(replace(facts.agreements[0], partner=f"p{n}.example"),)),
        )
        for n in range(PARTNERS)
    ]
    to_all = record.with_members(
        {"/addressees": {"recipients": [{"partner": one.partner} for one, _ in partners]}}
    )

    def one() -> Decision:
        return decide(record, _HUB, facts, now, looked=looked)

    def all_of_them() -> Sequence[Decision]:
        fresh = replace(to_all)
        seen = look(fresh)
        return [decide(fresh, to, known, now, looked=seen) for to, known in partners]

    own, limit = in_turns(plan, one, _empty)
    yield Result(
        id=f"decide{ending}",
        title=f"one decision for one partner, all rules asked{_said(ending)}",
        unit="decisions",
        raw_is="a decision that asked no rule",
        ours=own,
        raw=limit,
        details={**_told(one()), "median_us": round(_median_us(one, plan.singles), 1)},
    )
    own, limit = in_turns(plan, all_of_them, _empty)
    yield Result(
        id=f"decide-{PARTNERS}{ending}",
        title=f"one record for {PARTNERS} partners, looked at once{_said(ending)}",
        unit="records",
        raw_is="one decision that asked no rule",
        ours=own,
        raw=limit,
        details={
            **_told(all_of_them()[-1]),
            "median_us": round(_median_us(all_of_them, plan.singles), 1),
        },
    )


def _said(ending: str) -> str:
    return ", notes left out" if ending else ""


def _told(decision: Decision) -> dict[str, str]:
    return {"state": decision.state, "rule": decision.rule}


def _empty() -> Decision:
    return Decision(verdict=Release(), trace=(), rule="", epoch=1)


def _median_us(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter_ns()
        work()
        taken.append(time.perf_counter_ns() - start)
    return statistics.median(taken) / 1_000


def whole() -> Record:
    """Return the sample without notes for own use: nothing has to be left out."""
    record = record_of()
    return record.without(look(record).notes)


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


FIGURE = Figure(
    ids=("decide", f"decide-{PARTNERS}", "decide-reduced", f"decide-{PARTNERS}-reduced"),
    measure=measure,
)
