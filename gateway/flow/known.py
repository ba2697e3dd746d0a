"""What the store knows about a batch of records, loaded for all of them at once.

Owns the reading and its translation into the shapes of `core.facts`: approvals of people, notices
that were applied, and the records that these rest on. Decides nothing. Reads in short units of
work; plaintext is opened with none open.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.core.facts import (
    STOPPING_DISPUTES,
    Approval,
    Ground,
    Restriction,
    Source,
    ThirdParty,
    grounds,
    rests_on,
    third_parties,
)
from gateway.core.ids import RecordId
from gateway.core.leaving_out import withheld_of
from gateway.core.places import here
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.records import open_records
from gateway.flow.rows_after import NoticeRow
from gateway.flow.rows_people import ApprovalRow
from schemas import vocab

MAX_ROOT_DEPTH = 8  # how far back it is followed what records rest on; further is unknown
_LAYING = "change_restrictions"
_DISPUTING = "dispute"
_TAKING_BACK = frozenset({"recall", "erase", "restrict"})
_ONE_PERSON = re.compile(r"/persons/(0|[1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Laid:
    """What notices laid on one record version since it was made."""

    restrictions: tuple[Restriction, ...] = ()
    handling: frozenset[str] = frozenset()
    disputed_by: str | None = None
    struck: tuple[str, ...] = ()  # pointers of persons taken back


NOTHING_LAID = Laid()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the records of one batch, by id and version."""

    approvals: Mapping[tuple[str, int], tuple[Approval, ...]] = field(default_factory=dict)
    laid: Mapping[tuple[str, int], Laid] = field(default_factory=dict)
    grounds: Mapping[RecordId, tuple[Ground, ...]] = field(default_factory=dict)
    origins: Mapping[RecordId, str] = field(default_factory=dict)
    third_parties: Mapping[tuple[str, int], tuple[ThirdParty, ...]] = field(default_factory=dict)


def load(
    records: Sequence[Record],
    exchange: Exchange,
    supposing: Sequence[ApprovalRow] = (),
    *,
    theirs: Collection[str] = (),
) -> Known:
    """Load what is known of `records`, as if `supposing` had been approved, too.

    `theirs` are the ids of those that a partner sent. No unit of work may be open.
    """
    keys = list(dict.fromkeys((str(record.id), record.version) for record in records))
    if not keys:
        return Known()
    with exchange.store.reading() as work:
        approvals = work.proposals.approvals(keys)
        notices = work.notices.of_records(list(dict.fromkeys(id_ for id_, _ in keys)))
    known, sources = _sources(records, exchange)
    return Known(
        _approvals((*approvals, *supposing)),
        _laid(records, notices),
        known,
        {id_: source.partner for id_, source in sources.items()},
        {
            (str(record.id), record.version): third_parties(
                record, sources, is_a_partners=record.id in theirs
            )
            for record in records
            if rests_on(record)
        },
    )


def _approvals(
    rows: Iterable[ApprovalRow],
) -> Mapping[tuple[str, int], tuple[Approval, ...]]:
    found: dict[tuple[str, int], tuple[Approval, ...]] = {}
    for row in rows:
        approval = Approval(
            rule=row.rule,
            partner=row.partner,
            by=tuple(row.by),
            until=row.until,
            fields=tuple(row.fields),
            ground=row.ground,
            necessity=row.necessity,
        )
        key = (row.record, row.version)
        found[key] = (*found.get(key, ()), approval)
    return found


def _laid(
    records: Iterable[Record], notices: Iterable[NoticeRow]
) -> Mapping[tuple[str, int], Laid]:
    """Return what applies to each version: what was laid on it, or on one before it.

    A correction does not shake off a restriction; who laid it lifts it.
    """
    of_record: dict[str, list[NoticeRow]] = defaultdict(list)
    for notice in notices:
        if notice.state == "applied":
            of_record[notice.record].append(notice)
    return {
        (str(record.id), record.version): _laid_by(
            [one for one in of_record[record.id] if one.version <= record.version], record
        )
        for record in records
        if record.id in of_record
    }


def _laid_by(notices: Sequence[NoticeRow], record: Record) -> Laid:
    codes = [(one.code or "", one.until) for one in notices if one.kind == _LAYING]
    # A code that is not understood stops: it was meant to restrict.
    kinds = [
        (code if code in vocab.RESTRICTION_KINDS else "use", until)
        for code, until in codes
        if code not in vocab.HANDLING
    ]
    raised = [one.code or "" for one in notices if one.kind == _DISPUTING]
    stopping = [code for code in raised if code in STOPPING_DISPUTES]
    return Laid(
        restrictions=tuple(Restriction(kind=kind, until=until) for kind, until in kinds),
        handling=frozenset(code for code, _ in codes if code in vocab.HANDLING),
        disputed_by=next(iter(stopping or raised), None),
        struck=_struck(notices, record),
    )


def _struck(notices: Sequence[NoticeRow], record: Record) -> tuple[str, ...]:
    """Return where persons stand that were taken back, if they are in the record still."""
    withheld = withheld_of(record.body)
    places = [
        here(one.person, withheld)
        for one in notices
        if one.kind in _TAKING_BACK
        and one.version == record.version  # a pointer is into one version
        and one.person is not None
        and _ONE_PERSON.fullmatch(one.person)
    ]
    return tuple(place for place in places if place is not None)


def _sources(
    records: Sequence[Record], exchange: Exchange
) -> tuple[dict[RecordId, tuple[Ground, ...]], dict[RecordId, Source]]:
    """Follow what these records rest on, level by level, for the whole batch."""
    wanted = {id_ for record in records for id_ in rests_on(record)}
    known: dict[RecordId, tuple[Ground, ...]] = {}
    sources: dict[RecordId, Source] = {}
    for _ in range(MAX_ROOT_DEPTH):
        missing = sorted(wanted - sources.keys())
        if not missing:
            break
        with exchange.store.reading() as work:
            rows = list(work.records.newest(missing).values())
        if not rows:
            break
        for row in rows:
            sources[RecordId(row.id)] = Source(row.org, row.from_partner or "")
        for record in open_records([row for row in rows if row.text], exchange):
            known[record.id] = grounds(record)
            below = rests_on(record)
            sources[record.id] = replace(sources[record.id], rests_on=below)
            wanted.update(below)
    return known, sources
