"""Candidates → everything one commit writes: outcomes, rows, decisions, ledger acts.

The second half of `submit` and `replay`. Reads what is known of the references, decides for each
partner, closes texts, trails and originals in the vault; `Booked.write` then only inserts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.core.errors import Fault
from gateway.core.ids import RecordId
from gateway.core.lifecycle import may
from gateway.core.normalise import Normalised, content_tag_input
from gateway.core.record import Record, compact
from gateway.flow.acts import Act, entries
from gateway.flow.aftermath import standing_of
from gateway.flow.asked import made
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import Considered, decide_batch, partners_for, release_row
from gateway.flow.exchange import Exchange
from gateway.flow.intake import Candidate, Failed
from gateway.flow.linking import brings_back, link_rows
from gateway.flow.notify import correction
from gateway.flow.originals import Booking, keep
from gateway.flow.outcome import Outcome, PartnerDecision
from gateway.flow.ports import UnitOfWork
from gateway.flow.retention import keeping_dates
from gateway.flow.rows import DataKey, LinkRow, OriginalRow, RecordRow, ReleaseRow
from gateway.flow.supersede import supersede
from gateway.flow.unnamed import reason_told
from gateway.flow.vault import Closing


@dataclass(slots=True)
class Booked:
    """All that the commit of one submission writes, and the outcomes it answers."""

    epoch: int
    outcomes: list[Outcome] = field(default_factory=list)
    data_keys: list[DataKey] = field(default_factory=list)
    originals: list[OriginalRow] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    releases: list[ReleaseRow] = field(default_factory=list)
    superseded: list[tuple[str, int]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    made: list[Record] = field(default_factory=list)
    replayed: OriginalRow | None = None

    def write(self, work: UnitOfWork, exchange: Exchange) -> None:
        """Insert all of it. Raises StaleDecision, or Conflict when a reference was taken."""
        work.demand_epoch(self.epoch)
        for record, version in self.superseded:
            supersede(record, version, work)
        work.records.add(
            data_keys=self.data_keys,
            originals=self.originals,
            records=self.records,
            links=self.links,
        )
        if self.replayed is not None:
            work.records.set_original(self.replayed)
        work.releases.add(self.releases)
        for record, version in self.superseded:
            correction(record, version + 1, work, exchange)
        made(self.made, work)
        work.ledger.add(entries(self.acts, exchange))


@dataclass(frozen=True, slots=True)
class _Known:
    """What is held under a reference: the newest version and what its content was."""

    record: str
    version: int
    content_tag: str
    state: str = "current"


@dataclass(slots=True)
class _Sorted:
    """One candidate after the look at its reference."""

    state: str  # stored | duplicate | conflict
    record: Record
    normalised: Normalised
    ref_tag: str
    content_tag: str
    original: str | None = None
    known: _Known | None = None
    recalled: bool = False  # it would bring back a person that was recalled
    decisions: tuple[PartnerDecision, ...] = ()


def book(booking: Booking, found: Sequence[Candidate | Failed], exchange: Exchange) -> Booked:
    """Prepare the whole commit. No transaction is open when this returns."""
    candidates = [one for one in found if isinstance(one, Candidate)]
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    sorted_ = _without_recalled(_sort_out(candidates, booking, exchange), exchange)
    booked = Booked(epoch=configuration.epoch)
    new = [one for one in sorted_ if one.state == "stored"]
    _decide(new, configuration, booked, exchange)
    kept = _keep_originals(booking, found, sorted_, booked, exchange)
    _close_records(new, booking, booked, exchange)
    booked.made = [one.record for one in new]
    _say(booking, found, sorted_, kept, booked)
    return booked


def _keep_originals(
    booking: Booking,
    found: Sequence[Candidate | Failed],
    sorted_: Sequence[_Sorted],
    booked: Booked,
    exchange: Exchange,
) -> dict[int, str]:
    """Close each original that something new or quarantined rests on; return place → original."""
    fates = iter(sorted_)
    resting = [
        next(fates).state == "stored" if isinstance(one, Candidate) else one.state == "quarantined"
        for one in found
    ]
    kept = keep(booking, found, resting, exchange)
    booked.data_keys += kept.data_keys
    booked.originals += kept.originals
    booked.replayed = kept.replayed
    fates = iter(sorted_)
    for place, one in enumerate(found):
        if isinstance(one, Candidate):
            next(fates).original = kept.where.get(place)
    return kept.where


def _sort_out(
    candidates: Sequence[Candidate], booking: Booking, exchange: Exchange
) -> list[_Sorted]:
    records = [candidate.normalised.record for candidate in candidates]
    place = f"{booking.org}\x1f{booking.source}\x1f"
    ref_tags = exchange.vault.tags(
        "ref", [(place + record.provider_ref).encode() for record in records]
    )
    content_tags = exchange.vault.tags("content", [content_tag_input(record) for record in records])
    with exchange.store.reading() as work:
        rows = work.records.by_ref([(booking.org, booking.source, tag) for tag in set(ref_tags)])
    known = {
        key[2]: _Known(row.id, row.version, row.content_tag, row.state) for key, row in rows.items()
    }
    result = []
    for candidate, ref_tag, content_tag in zip(candidates, ref_tags, content_tags, strict=True):
        one = _place(candidate, ref_tag, content_tag, known.get(ref_tag))
        if one.state == "stored":
            known[ref_tag] = _Known(one.record.id, one.record.version, content_tag)
        result.append(one)
    return result


def _without_recalled(sorted_: list[_Sorted], exchange: Exchange) -> list[_Sorted]:
    """Turn corrections into conflicts that name again a person whom a notice took out."""
    corrections = [
        one.record for one in sorted_ if one.state == "stored" and one.record.version > 1
    ]
    back = brings_back(corrections, exchange, elsewhere=False) if corrections else set()
    return [
        replace(one, state="conflict", recalled=True)
        if one.state == "stored" and one.record.id in back
        else one
        for one in sorted_
    ]


def _place(candidate: Candidate, ref_tag: str, content_tag: str, known: _Known | None) -> _Sorted:
    record = candidate.normalised.record
    corrects = record.body.get("corrects")
    state = "stored"
    if known is not None and known.content_tag == content_tag:
        state = "duplicate"
    elif known is not None and corrects == known.version and _may_be_corrected(known):
        version = known.version + 1
        body = {**record.body, "id": known.record, "version": version}
        record = replace(record, id=RecordId(known.record), version=version, body=body)
    elif known is not None or corrects is not None:
        state = "conflict"
    return _Sorted(state, record, candidate.normalised, ref_tag, content_tag, known=known)


def _may_be_corrected(known: _Known) -> bool:
    return may("record", known.state, "supersede")


def _decide(
    new: Sequence[_Sorted], configuration: Configuration, booked: Booked, exchange: Exchange
) -> None:
    now = exchange.now_ms()
    wanted = [
        (one, partner) for one in new for partner in partners_for(one.record, configuration, now)
    ]
    states = standing_of([one.record.id for one in new], exchange)
    decisions = decide_batch(
        [
            (Considered(one.record, states.get(one.record.id, "current"), now), partner)
            for one, partner in wanted
        ],
        configuration,
        exchange,
    )
    for (one, partner), decision in zip(wanted, decisions, strict=True):
        row = release_row(exchange.new_id(), one.record, partner, decision, now)
        booked.releases.append(row)
        told = configuration.told(partner, now)
        reason = reason_told(decision, named=told == partner)
        one.decisions += (PartnerDecision(told, row.state, row.code, reason),)
        booked.acts.append(
            (
                "decided",
                {
                    "record": one.record.id,
                    "version": one.record.version,
                    "partner": partner,
                    "state": row.state,
                    "rule": row.code,
                    "epoch": row.epoch,
                },
            )
        )


def _close_records(
    new: Sequence[_Sorted], booking: Booking, booked: Booked, exchange: Exchange
) -> None:
    """Close text and trail of each new record under one fresh data key, and tag its links."""
    keys = [exchange.new_id() for _ in new]
    closings = []
    for one, key, trail in zip(new, keys, _trails(new, exchange), strict=True):
        for column, plaintext in (("text", one.record.text()), ("trail", trail)):
            closings.append(
                Closing(
                    data_key=key,
                    table=f"records.{column}",
                    id=one.record.id,
                    version=one.record.version,
                    plaintext=plaintext,
                )
            )
    sealed, data_keys = exchange.vault.close(booking.org, closings)
    booked.data_keys += data_keys
    now = exchange.now_ms()
    states = standing_of([one.record.id for one in new], exchange)
    for place, (one, key) in enumerate(zip(new, keys, strict=True)):
        booked.records.append(
            RecordRow(
                id=one.record.id,
                version=one.record.version,
                org=booking.org,
                from_partner=None,
                type=one.record.type,
                schema=str(one.record.body["schema"]),
                source=booking.source,
                ref_tag=one.ref_tag,
                content_tag=one.content_tag,
                sha256="",  # a digest of our own text would be a bare digest: the tag serves
                urgency=one.record.urgency,
                text=sealed[2 * place],
                trail=sealed[2 * place + 1],
                data_key=key,
                original=one.original,
                statement=None,
                state=states.get(one.record.id, "current"),
                received_at=now,
                **keeping_dates(one.record),
            )
        )
        if one.known is not None:
            booked.superseded.append((one.known.record, one.known.version))
    booked.links += link_rows([one.record for one in new], exchange)


def _trails(new: Sequence[_Sorted], exchange: Exchange) -> list[bytes]:
    """Return each record's trail and losses as JSON; values before are keyed tags."""
    steps = [(one, step) for one in new for step in one.normalised.trail]
    tagged = [compact(step.before) for _, step in steps if step.before is not None]
    tags = iter(exchange.vault.tags("trail", tagged))
    lines: dict[int, list[dict[str, str | None]]] = {id(one): [] for one in new}
    for one, step in steps:
        before = None if step.before is None else next(tags)
        lines[id(one)].append(
            {"source": step.source, "target": step.target, "rule": step.rule, "before": before}
        )
    return [
        compact(
            {
                "steps": lines[id(one)],
                "losses": [
                    {"source": loss.source, "code": loss.code} for loss in one.normalised.losses
                ],
            }
        )
        for one in new
    ]


def _say(
    booking: Booking,
    found: Sequence[Candidate | Failed],
    sorted_: Sequence[_Sorted],
    places: dict[int, str],
    booked: Booked,
) -> None:
    """Compose one outcome and the ledger acts of each record, in the order of the document."""
    fates = iter(sorted_)
    for place, one in enumerate(found):
        if isinstance(one, Failed):
            booked.outcomes.append(
                Outcome(
                    state=one.state,
                    original=places.get(place),
                    provider_ref=one.provider_ref,
                    faults=one.faults,
                )
            )
            booked.acts.append(_act_of_failure(one, places.get(place), booking))
            continue
        fate = next(fates)
        if fate.state == "stored":
            booked.acts.append(
                (
                    "submitted",
                    {
                        "record": fate.record.id,
                        "version": fate.record.version,
                        "org": booking.org,
                        "source": booking.source,
                        "original": fate.original,
                    },
                )
            )
        booked.outcomes.append(_outcome(fate))


def _act_of_failure(one: Failed, original: str | None, booking: Booking) -> Act:
    code = one.faults[0].code if one.faults else one.stage
    return (
        one.state,
        {"org": booking.org, "source": booking.source, "original": original, "code": code},
    )


def _outcome(fate: _Sorted) -> Outcome:
    known = fate.known
    held = fate.state != "stored" and known is not None
    faults: tuple[Fault, ...] = ()
    if fate.state == "conflict":
        faults = (_RECALLED if fate.recalled else _conflict_fault(known),)
    return Outcome(
        state=fate.state,
        record=known.record if held and known else fate.record.id if not faults else None,
        version=known.version if held and known else fate.record.version if not faults else None,
        original=fate.original,
        provider_ref=fate.record.provider_ref,
        type=fate.record.type,
        faults=faults,
        losses=tuple({"source": loss.source, "code": loss.code} for loss in fate.normalised.losses),
        releases=fate.decisions,
    )


_RECALLED: Final = Fault(
    "/persons",
    "person-recalled",
    "a person stands in it who was recalled from this record as wrong",
    "leave the person out; if it is another one, submit it under a reference of its own",
)


def _conflict_fault(known: _Known | None) -> Fault:
    if known is None:
        return Fault(
            "/corrects",
            "nothing-to-correct",
            "no record of this source has this reference",
            "leave `corrects` out, or use the reference of the record to be corrected",
        )
    if not _may_be_corrected(known):
        return Fault(
            "/corrects",
            "withdrawn",
            "the record with this reference was withdrawn",
            "send it anew under a new reference",
        )
    return Fault(
        "/provider_ref",
        "conflict",
        "this reference was used before with other content",
        f"to replace it set `corrects` to {known.version}; otherwise use a new reference",
    )
