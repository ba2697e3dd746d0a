"""The rows that say what one envelope of records discloses: to whom, on which ground, about whom.

Used by `seal`, whose commit they stand in. Written once; nothing here is ever changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.disclosure import consents_for, legal_basis, short_trace, transfer_approvals
from gateway.core.facts import Recipient, in_force, rests_on
from gateway.core.ids import uuid7
from gateway.core.leaving_out import withheld_of
from gateway.core.places import whole_of
from gateway.core.record import Record
from gateway.core.subjects import subjects
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.known import Known, load
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import EnvelopeRow, ReleaseRow
from gateway.flow.rows_after import DisclosureRow, SubjectsRow
from gateway.flow.rows_people import ApprovalRow
from gateway.flow.subject_blocks import seal_subjects


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One release that was sealed, the record whole, and the text that the recipient gets."""

    release: ReleaseRow
    record: Record
    text: bytes


@dataclass(frozen=True, slots=True)
class Disclosures:
    """What one envelope discloses."""

    rows: Sequence[DisclosureRow]
    subjects: SubjectsRow | None

    def add(self, work: UnitOfWork) -> None:
        """Write it down, in the commit that seals the envelope."""
        work.disclosures.add(self.rows, self.subjects)


def disclosures(
    sealed: Sequence[Disclosed],
    envelope: EnvelopeRow,
    configuration: Configuration,
    exchange: Exchange,
) -> Disclosures:
    """Return the rows of one envelope, and the block of whom it speaks of.

    Subjects are those of the text as the recipient gets it: what is withheld is about nobody here.
    """
    keys = [(one.release.record, one.release.version) for one in sealed]
    with exchange.store.reading() as work:
        approvals = work.proposals.approvals(keys)
    known = _below([one.record for one in sealed], configuration, exchange)
    bodies = [json.loads(one.text) for one in sealed]
    rows = [
        _row(one, body.get("terms"), envelope, approvals, known, configuration, exchange)
        for one, body in zip(sealed, bodies, strict=True)
    ]
    spoken_of = {
        row.id: subjects(body, withheld_of(body)) for row, body in zip(rows, bodies, strict=True)
    }
    at = envelope.sealed_at
    return Disclosures(rows, seal_subjects(spoken_of, envelope.id, at, _id(at, exchange), exchange))


def _below(records: Sequence[Record], configuration: Configuration, exchange: Exchange) -> Known:
    """Return what is known of what these rest on; hardly any rests on anything."""
    theirs = {str(one.id) for one in records if one.org not in configuration.organisations}
    return load([one for one in records if rests_on(one)], exchange, theirs=theirs)


def _id(sealed_at: int, exchange: Exchange) -> str:
    """Return an id that begins with the moment of sealing: disclosures are read by time."""
    return uuid7(sealed_at, exchange.entropy.bytes(10))


def _in_whole(withheld: Sequence[Mapping[str, str]], record: Record) -> list[Mapping[str, str]]:
    """Return the pointers into the unreduced version: so they mean the same whatever goes later."""
    taken = withheld_of(record.body)
    return [{**cut, "pointer": whole_of(cut["pointer"], taken)} for cut in withheld]


def _row(
    one: Disclosed,
    sent: Mapping[str, Any] | None,
    envelope: EnvelopeRow,
    approvals: Sequence[ApprovalRow],
    known: Known,
    configuration: Configuration,
    exchange: Exchange,
) -> DisclosureRow:
    release, record, at = one.release, one.record, envelope.sealed_at
    key = (str(record.id), record.version)
    recipient = configuration.recipients.get(release.partner) or Recipient(partner=release.partner)
    return DisclosureRow(
        id=_id(at, exchange),
        release=release.id,
        envelope=envelope.id,
        org=str(record.org) if record.org in configuration.organisations else "",
        partner=release.partner,
        record=release.record,
        version=release.version,
        type=record.type,
        rendition=release.rendition or "",
        sealed_at=at,
        recipient_class=recipient.org_class,
        recipient_country=recipient.country,
        purpose=release.purpose,
        agreement=release.basis,
        legal_basis=legal_basis(record),
        ground=release.ground,
        consents=consents_for(
            record,
            recipient,
            configuration.consents,
            at,
            known.third_parties.get(key, ()),
            known.signals.get(key, ()),
        ),
        approvals=[
            {"rule": yes.rule, "by": list(yes.by)}
            for yes in approvals
            if (yes.record, yes.version, yes.partner)
            == (release.record, release.version, release.partner)
            and in_force(None, yes.until, at)
        ]
        + transfer_approvals(
            record, release.partner, release.ground, configuration.lists.transfers, at
        ),
        withheld=_in_whole(release.withheld, record),
        terms=sent or release.terms,
        trace=short_trace(release.trace),
    )
