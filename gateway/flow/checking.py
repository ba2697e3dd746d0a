"""What another mapping would do to every stored original of its sources. Writes nothing.

Owns the comparison: each original is read once as it is read now and once as it would be. What
differs is told by place, never by value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from adapters.base import Adapter
from adapters.safe_json import child
from gateway.core.errors import Fault, NotFound
from gateway.core.ids import RecordId
from gateway.core.limits import Limits
from gateway.flow.exchange import Exchange
from gateway.flow.intake import Candidate, Failed, Feed, take_apart
from gateway.flow.replay import feed_of
from gateway.flow.rows import OriginalRow
from gateway.flow.vault import ORIGINAL, Opening

EFFECTS: Final = ("newly_failing", "newly_passing", "changed", "still_failing", "same")
# Of single records also those that only one of the two readings makes.
RECORD_EFFECTS: Final = (*EFFECTS, "added", "gone")
_PAGE: Final = 100
_MOST_PLACES: Final = 20  # told of one original

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What would become of one original. `faults`: those of the new reading."""

    original: str
    source: str
    effect: str  # one of EFFECTS
    records_before: int
    records_after: int
    records: Mapping[str, int]  # how many have each of RECORD_EFFECTS
    changed: tuple[str, ...] = ()  # places in the records, with the number of the record in front
    faults: tuple[Fault, ...] = ()

    def json(self) -> Json:
        """Return it as plain values."""
        return {
            **asdict(self),
            "records": dict(self.records),
            "changed": list(self.changed),
            "faults": _plain(self.faults),
        }


@dataclass(slots=True)
class Tally:
    """How many originals there are, how many were looked at, and what would become of them."""

    originals: int
    looked_at: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)

    def count(self, one: Checked) -> None:
        """Count one more."""
        self.looked_at += 1
        self.counts[one.effect] += 1
        self.records.update(one.records)

    @property
    def is_worse(self) -> bool:
        """Whether anything would newly fail, or a record be made no more."""
        return any(
            (self.counts["newly_failing"], self.records["newly_failing"], self.records["gone"])
        )

    def json(self) -> Json:
        """Return it as plain values, every effect named: of originals, then of their records."""
        effects = {name: self.counts[name] for name in EFFECTS}
        records = {name: self.records[name] for name in RECORD_EFFECTS}
        return {
            "originals": self.originals,
            "looked_at": self.looked_at,
            **effects,
            "records": records,
        }


def sources_of(adapter: str, org: str | None, exchange: Exchange) -> list[str]:
    """Return the sources that an adapter reads, of one organisation or all. Raises NotFound."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    found = [
        name
        for name, body in configuration.sources.items()
        if str(body["adapter"]) == adapter and org in (None, str(body["org"]))
    ]
    if not found:
        raise NotFound("no source is read by an adapter of that name")
    return sorted(found)


def tally(sources: Sequence[str], exchange: Exchange) -> Tally:
    """Return how many originals of these sources are there to be looked at."""
    with exchange.store.reading() as work:
        return Tally(sum(work.records.count_originals_of(name) for name in sources))


def check(adapter: Adapter, sources: Sequence[str], exchange: Exchange) -> Iterator[Checked]:
    """Yield what would become of each original of these sources, oldest first."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    bench = _Still(exchange)
    for name in sources:
        before = feed_of(name, configuration, exchange)
        after = feed_of(name, configuration, exchange, adapter=adapter)
        for row, raw in opened(name, exchange):
            yield _checked(row, raw, before, after, bench)


def opened(source: str, exchange: Exchange) -> Iterator[tuple[OriginalRow, bytes]]:
    """Yield the originals of a source that can still be opened, in id order.

    What came when the source was another organisation's is that organisation's, and passed over.
    """
    with exchange.store.reading() as work:
        org = str(exchange.configuration(work).sources[source]["org"])
    after = ""
    while True:
        with exchange.store.reading() as work:
            rows = work.records.originals_of(source, after=after, limit=_PAGE)
            keys = work.records.data_keys([row.data_key for row in rows if row.data_key])
        openings = [
            (
                row,
                Opening(
                    sealed=row.content,
                    data_key=keys[row.data_key],
                    table=ORIGINAL,
                    id=row.id,
                    version=1,
                ),
            )
            for row in rows
            if row.org == org
            and row.content is not None
            and row.data_key is not None
            and row.data_key in keys
        ]
        texts = exchange.vault.open([one for _, one in openings])
        yield from zip([row for row, _ in openings], texts, strict=True)
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


@dataclass(frozen=True, slots=True)
class _Still:
    """A bench whose clock stands, so that two readings differ by their adapter alone."""

    exchange: Exchange
    now: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "now", self.exchange.now_ms())

    @property
    def limits(self) -> Limits:
        return self.exchange.limits

    def now_ms(self) -> int:
        return self.now

    def new_record_id(self) -> RecordId:
        return self.exchange.new_record_id()


def _checked(row: OriginalRow, raw: bytes, before: Feed, after: Feed, bench: _Still) -> Checked:
    new = take_apart(raw, after, bench)
    failing = [one for one in new if isinstance(one, Failed)]
    places: tuple[str, ...] = ()
    faults = tuple(fault for one in failing for fault in one.faults)
    records: Counter[str]
    if (before.adapter.name, before.adapter.version) == (after.adapter.name, after.adapter.version):
        # The same adapter: what it did when the document came is what the row says.
        old, was_failing = new, row.state == "quarantined"
        records = _since(new, was_failing=was_failing)
    else:
        old = take_apart(raw, before, bench)
        was_failing = any(isinstance(one, Failed) for one in old)
        places = tuple(differences(_contents(old), _contents(new)))[:_MOST_PLACES]
        records = _by_record(old, new)
    return Checked(
        original=row.id,
        source=row.source,
        effect=_effect(was_failing=was_failing, fails=bool(failing), changed=bool(places)),
        records_before=len(old),
        records_after=len(new),
        records=records,
        changed=places,
        faults=faults,
    )


def _effect(*, was_failing: bool, fails: bool, changed: bool) -> str:
    if fails:
        return "still_failing" if was_failing else "newly_failing"
    if was_failing:
        return "newly_passing"
    return "changed" if changed else "same"


def _since(found: Sequence[Candidate | Failed], *, was_failing: bool) -> Counter[str]:
    """Count records by what became of them since; of an original only whether any failed is known.

    Those beside one that fails still are taken for stored.
    """
    failing = sum(isinstance(one, Failed) for one in found)
    passing = "newly_passing" if was_failing and not failing else "same"
    counts = Counter({passing: len(found) - failing})
    counts["still_failing" if was_failing else "newly_failing"] += failing
    return +counts


def _by_record(
    old: Sequence[Candidate | Failed], new: Sequence[Candidate | Failed]
) -> Counter[str]:
    """Count records by effect, each compared with the one of the same reference."""
    before, after = _by_reference(old), _by_reference(new)
    counts: Counter[str] = Counter()
    for key in before.keys() & after.keys():
        one, other = before[key], after[key]
        differ = _contents([one]) != _contents([other])
        counts[
            _effect(
                was_failing=isinstance(one, Failed),
                fails=isinstance(other, Failed),
                changed=differ,
            )
        ] += 1
    lone_old = Counter(isinstance(before[key], Failed) for key in before.keys() - after.keys())
    lone_new = Counter(isinstance(after[key], Failed) for key in after.keys() - before.keys())
    counts["newly_passing" if lone_old[True] else "added"] += lone_new[False]
    if lone_new[True]:  # of which it is not known which records they would be
        counts["still_failing"] += min(lone_new[True], lone_old[True])
        counts["newly_failing"] += max(lone_new[True] - lone_old[True], lone_old[False])
    else:
        counts["gone"] += lone_old[False]
    return +counts


def _by_reference(
    found: Sequence[Candidate | Failed],
) -> dict[tuple[str | None, int], Candidate | Failed]:
    """Return records by their reference, and by how many of the same came before."""
    keyed: dict[tuple[str | None, int], Candidate | Failed] = {}
    seen: Counter[str | None] = Counter()
    for one in found:
        reference = (
            one.normalised.record.provider_ref if isinstance(one, Candidate) else one.provider_ref
        )
        keyed[reference, seen[reference]] = one
        seen[reference] += 1
    return keyed


def _contents(found: Sequence[Candidate | Failed]) -> list[Mapping[str, Any] | None]:
    return [
        one.normalised.record.content() if isinstance(one, Candidate) else None for one in found
    ]


def differences(one: object, other: object, place: str = "") -> Iterator[str]:
    """Yield the places at which two values differ, the highest that one of them lacks."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            yield from differences(one.get(name), other.get(name), child(place, name))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for index in range(max(len(one), len(other))):
            left, right = (side[index] if index < len(side) else None for side in (one, other))
            yield from differences(left, right, child(place, index))
    elif one != other:
        yield place


def _plain(faults: Sequence[Fault]) -> list[Json]:
    return [asdict(fault) for fault in faults]
