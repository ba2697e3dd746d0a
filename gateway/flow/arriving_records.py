"""The rows of records that came in and are kept: sealed texts, or what a notice left of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.core.lifecycle import may, step
from gateway.core.record import Record
from gateway.flow.acts import Act
from gateway.flow.aftermath import event_of, tombstone
from gateway.flow.arriving_notices import Known, forbids, state_of_new
from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_rows
from gateway.flow.origin import Origin
from gateway.flow.retention import keeping_dates
from gateway.flow.rows import ArrivalRow, DataKey, LinkRow, RecordRow
from gateway.flow.rows_after import EvidenceRow
from gateway.flow.vault import TEXT, Closing
from keys.suite import digest


@dataclass(frozen=True, slots=True)
class Accepted:
    """One record that the rules let in, and whose it is."""

    record: Record
    text: bytes
    state: str  # of its inbox entries: waiting or held
    origin: Origin
    held_by: str | None = None  # the rule

    @property
    def author(self) -> str:
        """Whose record it is."""
        return self.origin.author

    @property
    def proof(self) -> EvidenceRow | None:
        """What proves that it is its author's, if another brought it."""
        return self.origin.proof


@dataclass(slots=True)
class Kept:
    """What to insert; one row of `records` for each record, in their order."""

    data_keys: list[DataKey] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    evidence: list[EvidenceRow] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


def keep_rows(
    fresh: Sequence[Accepted], known: Known, arrival: ArrivalRow, exchange: Exchange
) -> Kept:
    """Make the rows; of what a notice has removed, rows without content."""
    kept = Kept()
    ref_tags = exchange.vault.tags(
        "ref", [f"{one.author}\x1f\x1f{one.record.id}".encode() for one in fresh]
    )
    rows = [
        _row(one, tag, known, arrival, exchange) for one, tag in zip(fresh, ref_tags, strict=True)
    ]
    newest = {row.id: row.version for row in sorted(rows, key=lambda row: row.version)}
    rows = [
        replace(row, state=step("record", row.state, "supersede"))
        if row.version < newest[row.id] and may("record", row.state, "supersede")
        else row
        for row in rows
    ]
    whole = [place for place, row in enumerate(rows) if row.data_key is not None]
    for author in dict.fromkeys(fresh[place].author for place in whole):
        places = [place for place in whole if fresh[place].author == author]
        sealed, keys = exchange.vault.close(
            author,
            [
                Closing(
                    data_key=str(rows[place].data_key),
                    table=TEXT,
                    id=rows[place].id,
                    version=rows[place].version,
                    plaintext=fresh[place].text,
                )
                for place in places
            ],
        )
        kept.data_keys += keys
        for place, box, key in zip(places, sealed, keys, strict=True):
            rows[place] = replace(rows[place], text=box, kek=key.kek, wrapped=key.wrapped)
    kept.records = rows
    kept.links = link_rows([fresh[place].record for place in whole], exchange)
    for place in whole:
        proof, row = fresh[place].origin.proof, rows[place]
        kept.evidence += [proof] if proof else []
        fields = {"partner": arrival.partner, "record": row.id, "version": row.version}
        kept.acts.append(("received", {**fields, "rendition": row.sha256}))
    return kept


def is_replaced(row: RecordRow, known: Known) -> bool:
    """Return whether a newer version takes its place; what is kept for a court stays restricted."""
    kept = any(one.keeps and one.reaches(row) for one in known.notices.get(row.id, []))
    return row.state in ("current", "restricted", "disputed") and not kept


def _row(
    one: Accepted, ref_tag: str, known: Known, arrival: ArrivalRow, exchange: Exchange
) -> RecordRow:
    record = one.record
    notices = known.notices.get(record.id, [])
    now = exchange.now_ms()
    row = RecordRow(
        id=record.id,
        version=record.version,
        org=one.author,
        from_partner=one.author,
        type=record.type,
        schema=str(record.body["schema"]),
        source="",
        ref_tag=ref_tag,
        content_tag="",
        sha256=digest(one.text),
        urgency=record.urgency,
        text=None,
        trail=None,
        data_key=exchange.new_id(),
        original=None,
        statement=arrival.id,
        state="current",
        received_at=now,
        via=one.origin.via,
        brought_by=one.origin.brought_by,
        **keeping_dates(record),
    )
    row = replace(row, state=state_of_new(notices, row, now))
    stopped = forbids(notices, row)
    return row if stopped is None else tombstone(row, event_of(stopped))
