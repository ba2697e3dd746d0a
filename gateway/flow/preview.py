"""What a change of configuration would do to records that are here, before it is made.

Decides twice on the newest records, as things are and as they would be, and tells the difference:
what would newly go, what would stop, what would go in another form. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, cast

from gateway.core.policy import Decision
from gateway.flow.configuration import Configuration, read_configuration
from gateway.flow.configure import Plan
from gateway.flow.deciding import Considered, considered_of, decide_batch, partners_for
from gateway.flow.exchange import Exchange
from gateway.flow.ports import ConfigStore, UnitOfWork
from gateway.flow.rows import ItemRow

LAST: Final = 10_000  # records looked at unless somebody says how many
MOST: Final = 100_000
BATCH: Final = 200
EXAMPLES: Final = 20

Progress = Callable[[int], None]


@dataclass(slots=True)
class Difference:
    """What a change would do to one partner; examples are records, the newest first."""

    partner: str
    goes: int = 0
    stops: int = 0
    differs: int = 0  # it goes before and after, in another form or under another agreement
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """What was looked at, and each partner for whom something would change."""

    records: int
    partners: tuple[Difference, ...]

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"records": self.records, "partners": [asdict(one) for one in self.partners]}


@dataclass(frozen=True, slots=True)
class _Supposed:
    """The configuration as if a plan had been carried out; writes nothing."""

    now: ConfigStore
    put: Mapping[tuple[str, str], ItemRow]

    def active(self, kind: str) -> Sequence[ItemRow]:
        return [row for row in self.items(kind) if row.state == "active"]

    def items(self, kind: str) -> Sequence[ItemRow]:
        rows = {row.name: row for row in self.now.items(kind)}
        rows |= {name: row for (of, name), row in self.put.items() if of == kind}
        return [rows[name] for name in sorted(rows)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)  # partners and keys are as they are


@dataclass(frozen=True, slots=True)
class _Moment:
    config: _Supposed


def preview(
    plan: Plan,
    exchange: Exchange,
    *,
    org: str | None,
    last: int = LAST,
    progress: Progress = lambda _: None,
) -> Preview:
    """Compare decisions on the newest `last` records, of one organisation or of all (None)."""
    with exchange.store.reading() as work:
        before = exchange.configuration(work)
        after = _as_if(plan, before.epoch, work, exchange)
    partners = _touched(before, after)
    found: dict[str, Difference] = {}
    looked = 0
    for batch in _batches(org, last, exchange) if partners else ():
        _compare(batch, partners, before, after, found, exchange)
        looked += len(batch)
        progress(looked)
    return Preview(looked, tuple(found[name] for name in sorted(found)))


def _as_if(plan: Plan, epoch: int, work: UnitOfWork, exchange: Exchange) -> Configuration:
    versions = {
        (row.kind, row.name): row.version
        for kind in {row.kind for _, rows in plan.by_change() for row in rows}
        for row in work.config.items(kind)
    }
    put = {
        (row.kind, row.name): replace(
            row, version=versions.get((row.kind, row.name), 0) + 1, change=epoch + 1
        )
        for _, rows in plan.by_change()
        for row in rows
    }
    moment = cast("UnitOfWork", _Moment(_Supposed(work.config, put)))  # reads nothing but `config`
    return read_configuration(moment, epoch + 1, exchange.own.id)


def _touched(before: Configuration, after: Configuration) -> frozenset[str]:
    """Return the partners for whom a decision could change: those of changed agreements, or all.

    Whatever else is configured may touch anybody.
    """
    everybody = frozenset(before.partners)
    if _beside_agreements(before) != _beside_agreements(after):
        return everybody
    return frozenset(one for one in everybody if before.covering(one) != after.covering(one))


def _beside_agreements(configuration: Configuration) -> Configuration:
    return replace(configuration, epoch=0, agreements={}, cards={}, rings={})


def _batches(org: str | None, last: int, exchange: Exchange) -> Iterator[list[Considered]]:
    left, before = min(last, MOST), ""
    while left > 0:
        with exchange.store.reading() as work:
            rows = work.records.latest(org, before=before, limit=min(BATCH, left))
        if not rows:
            return
        before, left = rows[-1].id, left - len(rows)
        yield list(considered_of(rows, exchange).values())


def _compare(
    batch: Sequence[Considered],
    partners: frozenset[str],
    before: Configuration,
    after: Configuration,
    found: dict[str, Difference],
    exchange: Exchange,
) -> None:
    then = _decisions(batch, partners, before, exchange)
    would = _decisions(batch, partners, after, exchange)
    for key in then.keys() | would.keys():
        change = _change(then.get(key), would.get(key))
        if change is None:
            continue
        record, partner = key
        difference = found.setdefault(partner, Difference(partner))
        setattr(difference, change, getattr(difference, change) + 1)
        if len(difference.examples) < EXAMPLES:
            difference.examples.append(
                {
                    "record": record,
                    "change": change,
                    "before": _said(then.get(key)),
                    "after": _said(would.get(key)),
                }
            )


def _decisions(
    batch: Sequence[Considered],
    partners: frozenset[str],
    configuration: Configuration,
    exchange: Exchange,
) -> dict[tuple[str, str], Decision]:
    now = exchange.now_ms()
    pairs = [
        (one, partner)
        for one in batch
        for partner in partners_for(one.record, configuration, now)
        if partner in partners
    ]
    decisions = decide_batch(pairs, configuration, exchange)
    return {
        (str(one.record.id), partner): decision
        for (one, partner), decision in zip(pairs, decisions, strict=True)
    }


def _change(then: Decision | None, would: Decision | None) -> str | None:
    went = then is not None and then.state == "due"
    goes = would is not None and would.state == "due"
    if went != goes:
        return "goes" if goes else "stops"
    if then is None or would is None or not goes:
        return None
    same = (then.reductions, then.agreement, then.purpose) == (
        would.reductions,
        would.agreement,
        would.purpose,
    )
    return None if same else "differs"


def _said(decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return {"state": None, "rule": None, "reason": "no agreement covers it", "withheld": 0}
    return {
        "state": decision.state,
        "rule": decision.rule or None,
        "reason": decision.reason,
        "withheld": len(decision.reductions),
    }
