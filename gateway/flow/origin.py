"""Whose text is it: the sender's own, or passed on with the originator's statement as evidence.

Step (18) of docs/spec/wire.md, section 6: a fault here is a verdict on that text alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.core.bodies import Texts
from gateway.core.errors import Malformed
from gateway.core.ids import RecordId
from gateway.core.record import Record
from gateway.core.statement import EvidenceRefused, Statement, check_evidence, parse, parse_payload
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import ALWAYS_BACK
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_after import EvidenceRow
from keys.suite import digest


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a text, the proof if that is not the sender, and by whose hands it came."""

    author: str
    proof: EvidenceRow | None = None
    via: str | None = None  # to whom the originator gave it; None: to us
    brought_by: str | None = None  # None: the originator itself


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one envelope, by the digest of each text that it names."""

    named: Mapping[str, tuple[bytes, Statement]]  # the first line that names it

    @classmethod
    def read(cls, lines: Sequence[bytes]) -> Evidence:
        """Read each line once: beside every text again, one envelope could cost a minute."""
        named: dict[str, tuple[bytes, Statement]] = {}
        for line in lines:
            try:
                said = parse_payload(parse(line).payload)
            except Malformed:
                continue  # it names no text; what it was to prove counts as the sender's
            if isinstance(said.body, Texts):
                for item in said.body.items:
                    named.setdefault(item, (line, said))
        return cls(named)


def origin_of(
    text: bytes, evidence: Evidence, sender: str, own: str, configuration: Configuration
) -> Origin:
    """Return where a text comes from. `own` is our own id.

    Raises EvidenceRefused for evidence that names this text and does not prove it.
    """
    named = digest(text)
    if named not in evidence.named:
        return Origin(sender)
    line, said = evidence.named[named]
    ring = configuration.rings.get(said.iss)
    if ring is None:
        raise EvidenceRefused("the originator is no partner of ours")
    check_evidence(line, text, ring)
    if said.iss == sender:  # what it says here says as much: it proves no other's id
        return Origin(sender)
    proof = EvidenceRow(said.iss, named, line)
    if own == said.aud:  # its word to us, whoever carried it
        return Origin(said.iss, proof)
    return Origin(said.iss, proof, via=said.aud, brought_by=sender)


def origins_of(record: Record, partner: str, exchange: Exchange) -> dict[RecordId, str]:
    """Return where the records come from that an outcome of this partner is about; empty: ours.

    Ours may be told of always, by whom we gave it to. Of any other it is not said that it is ours:
    the answer would tell it whoever tries an id.
    """
    if record.type != ALWAYS_BACK:
        return {}
    with exchange.store.reading() as work:
        rows = work.records.newest(list(record.body.get("derived_from") or ()))
        return {
            RecordId(id_): row.from_partner or ""
            for id_, row in rows.items()
            if row.from_partner is not None or _was_given(id_, partner, work)
        }


def _was_given(record: str, partner: str, work: UnitOfWork) -> bool:
    return any(
        one.partner == partner and one.tried and not one.notice
        for one in work.releases.of_record(record)
    )
