"""What a notice does to the versions of its record that are held here, ours or received.

Laid out with no transaction open, since texts are opened and sealed again; written in the commit
of whoever applies the notice, which first demands that nothing has changed meanwhile.

Stays true:
  * Of what is removed a row stays, with ids, digests, times and state; its data keys are deleted,
    and those of the original it came from.
  * A person that leaves a record leaves its links and its original too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from gateway.core.errors import Conflict, StaleDecision
from gateway.core.facts import in_force
from gateway.core.ids import OrgId, RecordId
from gateway.core.leaving_out import with_category, without_person
from gateway.core.lifecycle import may, step
from gateway.core.record import Record
from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_rows, mark_rows
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_texts, opening
from gateway.flow.rows import DataKey, LinkRow, RecordRow
from gateway.flow.rows_after import MarkRow, NoticeRow
from gateway.flow.vault import TEXT, TRAIL, Closing

_STANDING = ("current", "restricted", "disputed")
_AFTER = {"recall": "recalled", "erase": "erased", "supersede": "superseded"}
_EVENT_OF = {"restricted": "restrict", "disputed": "dispute", "current": "lift"}


class StillNamed(Conflict):
    """What would be left of the record still says who the person is."""

    code: ClassVar[str] = "still-named"
    advice: ClassVar[str] = (
        "Submit a correction without the person, or recall the whole record; a name or number of "
        "the person stands outside of what is theirs."
    )


@dataclass(slots=True)
class Aftermath:
    """What one commit writes for one notice."""

    notice: str
    read: Sequence[RecordRow] = ()  # as it was when this was laid out
    keeps: frozenset[str] = frozenset()  # notices that keep, or kept, for a court: known by then
    rewritten: list[RecordRow] = field(default_factory=list)
    shredded: list[RecordRow] = field(default_factory=list)  # as they were before
    unlinked: list[tuple[str, int]] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    dead_keys: list[str] = field(default_factory=list)
    data_keys: list[DataKey] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    marks: list[MarkRow] = field(default_factory=list)

    def write(self, work: UnitOfWork) -> list[Act]:
        """Write it; return the acts. Raises StaleDecision if the record has changed meanwhile."""
        if self.read and _seen(work.records.versions(self.read[0].id)) != _seen(self.read):
            raise StaleDecision("the record has changed meanwhile")
        if self.shredded or self.rewritten:
            self._demand_known_keeps(self.read[-1], work)
        work.records.rewrite(self.rewritten)
        work.records.drop_links(self.unlinked)
        for id_ in dict.fromkeys(self.originals):
            self._erase_original(id_, work)
        work.records.erase_data_keys(self.dead_keys)
        work.records.add(data_keys=self.data_keys, links=self.links)
        work.follow.add_marks(self.marks)
        return [
            ("shredded", {"record": row.id, "version": row.version, "notice": self.notice})
            for row in self.shredded
        ]

    def _demand_known_keeps(self, row: RecordRow, work: UnitOfWork) -> None:
        """Raises StaleDecision if somebody keeps it for a court since this was laid out."""
        if row.from_partner is None:
            return
        keeps = {one.id for one in work.notices.of_records([row.id]) if one.keeps}
        if not keeps <= self.keeps:
            raise StaleDecision("it is kept for a court since")

    def _erase_original(self, id_: str, work: UnitOfWork) -> None:
        row = work.records.original(id_)
        if row is None or not may("original", row.state, "erase"):
            return
        if row.data_key is not None:
            self.dead_keys.append(row.data_key)
        gone = replace(row, state=step("original", row.state, "erase"), content=None, data_key=None)
        work.records.set_original(gone)


def aftermath(
    notice: NoticeRow,
    versions: Sequence[RecordRow],
    notices: Sequence[NoticeRow],
    exchange: Exchange,
) -> Aftermath:
    """Return what `notice` does to these versions; `notices` are those that hold beside it.

    Nothing is removed of a version that one of those keeps for a court. Raises StillNamed for a
    person of our own record; a received one is then removed whole.
    """
    known = frozenset(one.id for one in (*notices, notice) if one.org is not None)
    after = Aftermath(notice.id, read=versions, keeps=known)
    kept = {one.version for one in notices if one.keeps}
    meant = [row for row in versions if notice.reaches(row)]
    loose = [row for row in meant if row.version not in kept]
    covered = [row for row in loose if notice.covers(row.version)]
    if notice.kind == "correct":
        # Our own former versions stay here: they are what was true when it was sent.
        received = [row for row in covered if row.from_partner is not None]
        _shred_all(received, event_of(notice), after)
    elif notice.removes:
        _shred_all(covered, event_of(notice), after)
    elif notice.person is not None:
        _change_all(loose, notice, after, exchange)
    else:
        _move(meant, (*notices, notice), after, exchange)
    return after


def _change_all(
    versions: Sequence[RecordRow], notice: NoticeRow, after: Aftermath, exchange: Exchange
) -> None:
    for row in versions:
        if notice.covers(row.version):
            _change_person(row, notice, after, exchange)
        elif row.version < notice.version and notice.kind != "category_change":
            _shred(row, "supersede", after)  # the place says nothing of older versions


def _shred_all(rows: Sequence[RecordRow], event: str, after: Aftermath) -> None:
    for row in rows:
        _shred(row, event, after)


def event_of(notice: NoticeRow) -> str:
    """Return what a notice that removes, or corrects, does to the state of a version."""
    if notice.kind == "correct":
        return "supersede"
    return "recall" if notice.kind == "recall" else "erase"


def standing(notices: Sequence[NoticeRow], now_ms: int) -> str:
    """Return the state that notices in force put a record in: restricted, disputed or current."""
    kinds = {
        one.kind for one in notices if one.state == "applied" and in_force(None, one.until, now_ms)
    }
    return "restricted" if "restrict" in kinds else "disputed" if "dispute" in kinds else "current"


def standing_of(records: Sequence[str], exchange: Exchange) -> dict[str, str]:
    """Return the states that our own notices put these records in, where there are any."""
    with exchange.store.reading() as work:
        notices = work.notices.of_records(records)
    found: dict[str, list[NoticeRow]] = {}
    for one in notices:
        if one.from_partner is None:
            found.setdefault(one.record, []).append(one)
    return {record: standing(rows, exchange.now_ms()) for record, rows in found.items()}


def tombstone(row: RecordRow, event: str) -> RecordRow:
    """Return the row without content, in the state after `event`."""
    if row.state == _AFTER[event]:
        state = row.state
    elif may("record", row.state, event):
        state = step("record", row.state, event)
    elif may("record", row.state, "erase") and event == "recall":
        state = step("record", row.state, "erase")  # an older version of what is recalled
    else:
        state = row.state
    return replace(row, state=state, text=None, trail=None, data_key=None)


def _seen(rows: Sequence[RecordRow]) -> list[tuple[object, ...]]:
    return [
        (row.version, row.state, row.data_key, row.via, row.brought_by, row.from_partner)
        for row in rows
    ]


def _shred(row: RecordRow, event: str, after: Aftermath) -> None:
    gone = tombstone(row, event)
    if row.data_key is None and gone.state == row.state:
        return
    after.rewritten.append(gone)
    after.shredded.append(row)
    after.unlinked.append((row.id, row.version))
    if row.data_key is not None:
        after.dead_keys.append(row.data_key)
    if row.original is not None:
        after.originals.append(row.original)


def _move(
    rows: Sequence[RecordRow], notices: Sequence[NoticeRow], after: Aftermath, exchange: Exchange
) -> None:
    newest = max((row.version for row in after.read), default=0)
    for row in rows:
        moved = placed(row, notices, newest, exchange)
        if moved.state != row.state:
            after.rewritten.append(moved)


def placed(
    row: RecordRow, notices: Sequence[NoticeRow], newest: int, exchange: Exchange
) -> RecordRow:
    """Return the row in the state that these notices put this copy in."""
    if row.state not in _STANDING:
        return row
    state = standing([one for one in notices if one.reaches(row)], exchange.now_ms())
    if state != "restricted" and row.version < newest:
        return replace(row, state=step("record", row.state, "supersede"))  # it was kept till now
    if state == row.state:
        return row
    return replace(row, state=step("record", row.state, _EVENT_OF[state]))


def _change_person(row: RecordRow, notice: NoticeRow, after: Aftermath, exchange: Exchange) -> None:
    if row.text is None:
        return
    (text,) = open_texts([row], exchange)
    record = Record(
        id=RecordId(row.id),
        version=row.version,
        type=row.type,
        org=OrgId(row.org),
        body=json.loads(text),
    )
    if notice.kind == "category_change":
        changed: Record | None = with_category(record, str(notice.person), str(notice.code))
    else:
        changed = without_person(record, str(notice.person))
        after.marks += mark_rows(record, str(notice.person), exchange)
    if changed is None:
        if row.from_partner is None:
            raise StillNamed
        _shred(row, "erase", after)
    elif changed is not record:
        _reseal(row, changed, after, exchange, keeps_trail=notice.kind == "category_change")


def _reseal(
    row: RecordRow, record: Record, after: Aftermath, exchange: Exchange, *, keeps_trail: bool
) -> None:
    """Seal what is left under a new data key; the old key and what rests on it go."""
    key = exchange.new_id()
    parts = [(TEXT, record.text())]
    if keeps_trail and row.trail is not None:
        parts.append((TRAIL, exchange.vault.open([opening(row, "trail")])[0]))
    sealed, (data_key,) = exchange.vault.close(
        row.from_partner or row.org,
        [
            Closing(data_key=key, table=table, id=row.id, version=row.version, plaintext=plaintext)
            for table, plaintext in parts
        ],
    )
    trail = sealed[1] if len(sealed) > 1 else None
    after.data_keys.append(data_key)
    after.rewritten.append(
        replace(
            row,
            text=sealed[0],
            trail=trail,
            data_key=key,
            kek=data_key.kek,
            wrapped=data_key.wrapped,
        )
    )
    if row.data_key is not None:
        after.dead_keys.append(row.data_key)
    if not keeps_trail and row.original is not None:
        after.originals.append(row.original)
    after.unlinked.append((row.id, row.version))
    gone = {(mark.field, mark.tag) for mark in after.marks}
    after.links += [
        link for link in link_rows([record], exchange) if (link.field, link.tag) not in gone
    ]
