"""Reading: what was given to whom, on which ground, and what became of it.

For auditors and the data protection officer, who see what their organisation gave and what the
gateway gave of its own. A look is use: it needs a reason, and stands in the ledger before it is
answered. Nothing here says about whom a disclosure was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final

from gateway.core.errors import Fault, Malformed, NotFound
from gateway.core.ids import first_of
from gateway.core.notice import REMOVING
from gateway.core.terms import in_words
from gateway.flow.acts import entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import EnvelopeRow, RecordRow, ReleaseRow
from gateway.flow.rows_after import DisclosureRow, NoticeRow
from schemas.vocab import AUDIT_REASONS

Json = dict[str, Any]
ROLES: Final = ("auditor", "data_protection_officer")
ERASED: Final = "erased"


class ReasonRefused(Malformed):
    """A look needs a reason, and this is none of those that the ledger knows."""

    code: ClassVar[str] = "reason-refused"
    advice: ClassVar[str] = f"One of: {', '.join(AUDIT_REASONS)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which disclosures somebody asks for; None: any. In ms; `until` does not belong to it."""

    record: str | None = None
    partner: str | None = None
    since: int | None = None
    until: int | None = None


def midnight(day: date) -> int:
    """Return the first moment of a day, UTC, in milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def demand_reason(reason: str) -> None:
    """Raise ReasonRefused unless `reason` is one of the codes that justify a look."""
    if reason not in AUDIT_REASONS:
        raise ReasonRefused(faults=(Fault("?reason", "unknown-value", "not a reason for a look"),))


def note_look(
    kind: str, reason: str, by: str, count: int, exchange: Exchange, *, second: str | None = None
) -> None:
    """Write down that somebody looked, and how much was found, before the answer is given."""
    fields = {"kind": kind, "reason": reason, "by": by, "second": second, "count": count}
    with exchange.store.writing() as work:
        work.ledger.add(entries([("looked_up", fields)], exchange))
        exchange.commit(work, "disclosures.looked_up")


def page(
    person: Person, reason: str, wanted: Wanted, after: str, limit: int, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return a page, oldest first, and where to go on. Raises Forbidden, ReasonRefused."""
    demand_role(person, *ROLES)
    demand_reason(reason)
    with exchange.store.reading() as work:
        rows = work.disclosures.page(
            person.org,
            record=wanted.record,
            partner=wanted.partner,
            after=max(after, first_of(wanted.since) if wanted.since else ""),
            before=first_of(wanted.until) if wanted.until is not None else "",
            limit=limit,
        )
        shown = [brief(one) for one in described(rows, work)]
    note_look("disclosures", reason, person.name, len(shown), exchange)
    return shown, rows[-1].id if len(rows) == limit else None


def show(person: Person, reason: str, id_: str, exchange: Exchange) -> Json:
    """Return one disclosure in full. Raises Forbidden, ReasonRefused, NotFound."""
    demand_role(person, *ROLES)
    demand_reason(reason)
    with exchange.store.reading() as work:
        rows = [row for row in work.disclosures.get([id_]) if row.org in (person.org, "")]
        found = described(rows, work)
    if not found:
        raise NotFound
    note_look("disclosures", reason, person.name, 1, exchange)
    return found[0]


_BRIEF: Final = (
    *("id", "sealed_at", "partner", "recipient_class", "recipient_country"),
    *("record", "version", "type", "purpose", "agreement", "ground"),
    *("delivery", "now", "notices"),
)


def brief(found: Json) -> Json:
    """Return what a list shows of one disclosure."""
    return {**{name: found[name] for name in _BRIEF}, "withheld": len(found["withheld"])}


def described(rows: Sequence[DisclosureRow], work: UnitOfWork) -> list[Json]:
    """Return disclosures with their envelopes, what came back and what followed."""
    envelopes = work.envelopes.heads([row.envelope for row in rows])
    notices = _notices(rows, work)
    held = work.records.get([(row.record, row.version) for row in rows])
    here = {(row.id, row.version): row for row in held}
    return [
        _described(
            row,
            envelopes.get(row.envelope),
            work.releases.of_record(row.record),
            notices.get(row.record, ()),
            here.get((row.record, row.version)),
        )
        for row in rows
    ]


def _notices(rows: Sequence[DisclosureRow], work: UnitOfWork) -> Mapping[str, Sequence[NoticeRow]]:
    by_record: dict[str, list[NoticeRow]] = {}
    given = work.notices.of_records(list(dict.fromkeys(row.record for row in rows)))
    for notice in sorted(given, key=lambda one: (one.at, one.id)):
        by_record.setdefault(notice.record, []).append(notice)
    return by_record


def _described(
    row: DisclosureRow,
    envelope: EnvelopeRow | None,
    releases: Sequence[ReleaseRow],
    notices: Sequence[NoticeRow],
    here: RecordRow | None,
) -> Json:
    mine = [one for one in releases if one.partner == row.partner]
    release = next((one for one in mine if one.id == row.release), None)
    said = release if release is not None and release.envelope == row.envelope else None
    return {
        "id": row.id,
        "sealed_at": row.sealed_at,
        "org": row.org or None,
        "partner": row.partner,
        "recipient_class": row.recipient_class or None,
        "recipient_country": row.recipient_country or None,
        "record": row.record,
        "version": row.version,
        "type": row.type,
        "rendition": row.rendition,
        "purpose": row.purpose,
        "legal_basis": row.legal_basis,
        "agreement": row.agreement,
        "consents": list(row.consents),
        "ground": row.ground,
        "approvals": [dict(one) for one in row.approvals],
        "withheld": [dict(one) for one in row.withheld],
        "terms": dict(row.terms),
        "terms_in_words": in_words(row.terms),
        "trace": [dict(one) for one in row.trace],
        "delivery": _delivery(envelope, said),
        "now": ERASED if here is None or here.wrapped is None else here.state,
        "removed": _removed(here, notices),
        "notices": [_notice(one, mine) for one in notices if one.at >= row.sealed_at],
    }


def _removed(here: RecordRow | None, notices: Sequence[NoticeRow]) -> list[str]:
    """Return the places, in the unreduced version, of persons whom a notice took out of it here."""
    return sorted(
        {
            one.person
            for one in notices
            if one.person is not None
            and one.kind in REMOVING
            and one.state == "applied"
            and here is not None
            and one.covers(here.version)
            and one.reaches(here)
        }
    )


def _delivery(envelope: EnvelopeRow | None, said: ReleaseRow | None) -> Json | None:
    """Return how far the envelope came, and what the partner said of the record in it.

    `taken` is what we know: ``yes`` by a receipt, ``maybe`` once it was handed, else ``no``.
    """
    if envelope is None:
        return None
    stored = envelope.stored_at is not None or envelope.state in ("stored", "closed")
    return {
        "ep": envelope.ep,
        "seq": envelope.seq,
        "digest": envelope.digest,
        "state": envelope.state,
        "handed_at": envelope.handed_at,
        "stored_at": envelope.stored_at,
        "void_code": envelope.void_code,
        "taken": "yes" if stored else "maybe" if envelope.handed_at is not None else "no",
        "release": said.state if said else None,
        "verdict": said.verdict if said else None,
        "verdict_at": said.verdict_at if said else None,
    }


def _notice(notice: NoticeRow, releases: Sequence[ReleaseRow]) -> Json:
    told = next((one for one in releases if one.notice == notice.id), None)
    return {
        "id": notice.id,
        "kind": notice.kind,
        "code": notice.code,
        "version": notice.version,
        "person": notice.person,
        "from": notice.from_partner,
        "until": notice.until,
        "lifts": notice.lifts,
        "at": notice.at,
        "told": told.state if told else None,
        "verdict": told.verdict if told else None,
        "own_system": told.own_system if told else None,
    }
