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
    Signal,
    Source,
    ThirdParty,
    in_force,
    rests_on,
    signal_of,
    third_parties,
)
from gateway.core.ids import RecordId
from gateway.core.leaving_out import withheld_of
from gateway.core.places import here
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.linking import brings_back
from gateway.flow.proven import linked_by_persons, proven, shared
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.rows_people import ApprovalRow
from gateway.flow.told_of import told_of
from schemas import vocab

MAX_ROOT_DEPTH = 8  # how far back it is followed what records rest on; further is unknown
STANDING = frozenset({"current", "disputed"})  # states in which a record is a ground for others
_STANDING_OF = frozenset({"promote", "demote"})
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
    disputed_until: int | None = None  # the next end of a dispute in force
    undisputed: bool = False  # every dispute about it is past its end
    struck: tuple[str, ...] = ()  # pointers of persons taken back
    demoted: bool = False  # its originator says that it is no assertion any more


NOTHING_LAID = Laid()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the records of one batch, by id and version."""

    approvals: Mapping[tuple[str, int], tuple[Approval, ...]] = field(default_factory=dict)
    laid: Mapping[tuple[str, int], Laid] = field(default_factory=dict)
    grounds: Mapping[RecordId, tuple[Ground, ...]] = field(default_factory=dict)
    origins: Mapping[RecordId, str] = field(default_factory=dict)
    third_parties: Mapping[tuple[str, int], tuple[ThirdParty, ...]] = field(default_factory=dict)
    signals: Mapping[tuple[str, int], tuple[Signal, ...]] = field(default_factory=dict)
    confirmed: Mapping[str, frozenset[RecordId]] = field(default_factory=dict)  # by id
    fallen: Mapping[str, frozenset[RecordId]] = field(default_factory=dict)  # by id
    shared: Mapping[tuple[str, int], frozenset[RecordId]] = field(default_factory=dict)
    returning: Collection[str] = ()  # ids of records that name a person who was taken out before
    told_of: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)

    def without(self, rule: str) -> Known:
        """Return the same as if nobody had approved anything under this rule."""
        approvals = {
            key: tuple(one for one in given if one.rule != rule)
            for key, given in self.approvals.items()
        }
        return replace(self, approvals=approvals)


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
    resting = [record for record in records if rests_on(record)]
    with exchange.store.reading() as work:
        approvals = work.proposals.approvals(keys)
        notices = work.notices.of_records(list(dict.fromkeys(id_ for id_, _ in keys)))
        linked = linked_by_persons(resting, work)
        meant_for_some = any(one.via for one in notices)
        rows = work.records.get(keys) if meant_for_some else ()
    found = _sources(resting, exchange)
    return Known(
        _approvals((*approvals, *supposing)),
        _laid(records, notices, {(row.id, row.version): row for row in rows}, exchange.now_ms()),
        found.grounds,
        {id_: source.partner for id_, source in found.sources.items()},
        {
            (str(record.id), record.version): third_parties(
                record, found.sources, is_a_partners=record.id in theirs
            )
            for record in resting
        },
        {(str(record.id), record.version): _signals(record, found) for record in resting},
        *linked,
        shared(resting, theirs, exchange),
        brings_back(records, exchange),
        told_of=told_of(records, exchange),
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
    records: Iterable[Record],
    notices: Iterable[NoticeRow],
    copies: Mapping[tuple[str, int], RecordRow],
    now_ms: int,
) -> Mapping[tuple[str, int], Laid]:
    """Return what applies to each version: what was laid on it, or on one before it.

    A correction does not shake off a restriction; who laid it lifts it. What was said of copies by
    some holder's hands says nothing of those in `copies` that came by others.
    """
    of_record: dict[str, list[NoticeRow]] = defaultdict(list)
    for notice in notices:
        if notice.state == "applied":
            of_record[notice.record].append(notice)
    return {
        (str(record.id), record.version): _laid_by(
            [
                one
                for one in of_record[record.id]
                if one.version <= record.version
                and _is_about(one, copies.get((str(record.id), record.version)))
            ],
            record,
            now_ms,
        )
        for record in records
        if record.id in of_record
    }


def _is_about(notice: NoticeRow, copy: RecordRow | None) -> bool:
    return copy is None or notice.reaches(copy)


def _laid_by(notices: Sequence[NoticeRow], record: Record, now_ms: int) -> Laid:
    codes = [(one.code or "", one.until) for one in notices if one.kind == _LAYING]
    # A code that is not understood stops: it was meant to restrict.
    kinds = [
        (code if code in vocab.RESTRICTION_KINDS else "use", until)
        for code, until in codes
        if code not in vocab.HANDLING
    ]
    disputes = [one for one in notices if one.kind == _DISPUTING]
    standing = [one for one in disputes if in_force(None, one.until, now_ms)]
    raised = [one.code or "" for one in standing]
    stopping = [code for code in raised if code in STOPPING_DISPUTES]
    return Laid(
        restrictions=tuple(Restriction(kind=kind, until=until) for kind, until in kinds),
        handling=frozenset(code for code, _ in codes if code in vocab.HANDLING),
        disputed_by=next(iter(stopping or raised), None),
        disputed_until=min((one.until for one in standing if one.until is not None), default=None),
        undisputed=bool(disputes) and not standing,
        struck=_struck(notices, record),
        demoted=record.id in _demoted(notices),
    )


def _demoted(notices: Iterable[NoticeRow]) -> frozenset[str]:
    """Return the records whose originator took the promotion back, and did not give it again."""
    newest: dict[str, NoticeRow] = {}
    for notice in notices:
        if notice.kind in _STANDING_OF and notice.state == "applied" and notice.from_partner:
            before = newest.get(notice.record)
            if before is None or (before.at, before.id) < (notice.at, notice.id):
                newest[notice.record] = notice
    return frozenset(id_ for id_, notice in newest.items() if notice.kind == "demote")


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


@dataclass(slots=True)
class _Below:
    """What a batch rests on, level by level."""

    grounds: dict[RecordId, tuple[Ground, ...]] = field(default_factory=dict)
    sources: dict[RecordId, Source] = field(default_factory=dict)
    signals: dict[RecordId, Signal] = field(default_factory=dict)


def _sources(named: Sequence[Record], exchange: Exchange) -> _Below:
    """Follow what these records rest on, level by level, for the whole batch.

    What was recalled, restricted, erased or demoted is a source still, but no ground.
    """
    wanted = {id_ for record in named for id_ in rests_on(record)}
    found = _Below()
    for _ in range(MAX_ROOT_DEPTH):
        missing = sorted(wanted - found.sources.keys())
        if not missing:
            break
        with exchange.store.reading() as work:
            rows = list(work.records.newest(missing).values())
            demoted = _demoted(work.notices.of_records(missing))
        if not rows:
            break
        for row in rows:
            found.sources[RecordId(row.id)] = Source(row.org, row.from_partner or "")
        held = [row for row in rows if row.text]
        records = open_records(held, exchange)
        ours = [one for row, one in zip(held, records, strict=True) if row.from_partner is None]
        shown = proven(records, ours, exchange)
        for row, record in zip(held, records, strict=True):
            if row.state in STANDING and row.id not in demoted:
                found.grounds[record.id] = shown[record.id]
            if record.type == "financial_signal":
                found.signals[record.id] = signal_of(record)
            ids = rests_on(record)
            source = found.sources[record.id]
            found.sources[record.id] = replace(source, rests_on=ids)
            wanted.update(ids)
    return found


def below(
    records: Sequence[Record], exchange: Exchange
) -> tuple[Mapping[RecordId, tuple[Ground, ...]], Mapping[RecordId, frozenset[RecordId]]]:
    """Return what is known of the grounds below these records, and what each rests on.

    No unit of work may be open.
    """
    found = _sources(records, exchange)
    return found.grounds, {record.id: _ids_below(record, found) for record in records}


def _signals(record: Record, found: _Below) -> tuple[Signal, ...]:
    """Return the financial signals that `record` rests on, however far back."""
    return tuple(
        found.signals[id_] for id_ in sorted(_ids_below(record, found) & set(found.signals))
    )


def _ids_below(record: Record, found: _Below) -> frozenset[RecordId]:
    seen: set[RecordId] = set()
    waiting = list(rests_on(record))
    while waiting:
        id_ = waiting.pop()
        if id_ not in seen:
            seen.add(id_)
            if id_ in found.sources:
                waiting += found.sources[id_].rests_on
    return frozenset(seen)
