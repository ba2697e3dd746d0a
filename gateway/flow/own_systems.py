"""What a notice means for the national systems: what they do not have yet stops, else they follow.

Called in the commit of whatever carries the notice out, once the record is as it leaves it.

Stays true:
  * Who keeps a version for a court is told of its removal when that ends, and at once of that of
    the other versions; all others at once, and they see nothing of it any more.
  * No client is told twice of one version by one notice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.lifecycle import may, step
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import InboxRow, RecordRow
from gateway.flow.rows_after import InboxNoticeRow, NoticeRow
from gateway.flow.telling import reached

RESTRICTED: Final = "restricted"  # code of an inbox entry that waits for a restriction to end


def tell_clients(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> None:
    """Let national systems follow: what they do not have yet is withdrawn or held, else told."""
    kept = _kept_by_client(notice, work, exchange)
    rows = _concerned(notice, kept, work)
    _add_entries(notice, rows, work, exchange)
    for row in rows:
        after = _moved(notice, row, {one for some in kept.values() for one in some}, work)
        if after is not None:
            work.arrivals.replace_inbox([after], expect=[row.state])


def tell_ahead(notices: Sequence[NoticeRow], work: UnitOfWork, exchange: Exchange) -> None:
    """Tell of all of these before the first takes away what the others are about as well."""
    for notice in notices:
        kept = _kept_by_client(notice, work, exchange)
        _add_entries(notice, _concerned(notice, kept, work), work, exchange)


def _concerned(
    notice: NoticeRow, kept: Mapping[str, Collection[int]], work: UnitOfWork
) -> list[InboxRow]:
    meant = reached(notice, work)
    return [
        row
        for row in work.arrivals.inbox_of_record(notice.record)
        if _concerns(notice, row, meant) and row.version not in kept.get(row.client, ())
    ]


def _add_entries(
    notice: NoticeRow, rows: Sequence[InboxRow], work: UnitOfWork, exchange: Exchange
) -> None:
    had: dict[str, set[int]] = {}
    for row in rows:
        if row.state in ("handed", "accepted", "rejected"):
            had.setdefault(row.client, set()).add(row.version)
    giver = notice.from_partner or exchange.own.id
    told: dict[str, set[int]] = {}
    for entry in work.follow.entries_of(notice.id, giver):
        told.setdefault(entry.client, set()).update(entry.versions)
    work.follow.add_entries(
        [
            InboxNoticeRow(
                client=client,
                # What the client answered, or may answer yet, was about the other versions alone.
                notice=f"urn:uuid:{exchange.new_id()}" if client in told else notice.id,
                cause=notice.id,
                record=notice.record,
                version=notice.version,
                versions=tuple(sorted(versions - told.get(client, set()))),
                kind=notice.kind,
                person=notice.person,
                code=notice.code,
                until=notice.until,
                at=notice.at,
                partner=giver,
                state="waiting",
            )
            for client, versions in sorted(had.items())
            if not versions <= told.get(client, set())
        ]
    )


def _kept_by_client(
    notice: NoticeRow, work: UnitOfWork, exchange: Exchange
) -> Mapping[str, Collection[int]]:
    """Return the versions that this would remove and an organisation keeps, by its clients."""
    by_org: dict[str, set[int]] = {}
    for one in work.notices.of_records([notice.record]):
        if one.keeps and one.org is not None and notice.takes(one.version):
            by_org.setdefault(one.org, set()).add(one.version)
    if not by_org:
        return {}
    clients = exchange.configuration(work).clients
    return {
        name: by_org[str(body["org"])]
        for name, body in clients.items()
        if str(body["org"]) in by_org
    }


def _concerns(notice: NoticeRow, row: InboxRow, meant: Collection[int] | None) -> bool:
    if row.state == "withdrawn" or (meant is not None and row.version not in meant):
        return False
    takes = notice.removes or notice.kind == "correct" or notice.person is not None
    return notice.covers(row.version) if takes else True


def _moved(
    notice: NoticeRow, row: InboxRow, kept: Collection[int], work: UnitOfWork
) -> InboxRow | None:
    if notice.removes or notice.kind == "correct":
        return replace(row, state=step("inbox", row.state, "withdraw"), code=notice.kind)
    record = next(iter(work.records.get([(row.record, row.version)])), None)
    if record is None:
        return None
    # A person could not be taken out alone, or the whole is kept for others.
    if record.data_key is None or row.version in kept:
        return replace(row, state=step("inbox", row.state, "withdraw"), code=notice.kind)
    if record.state == RESTRICTED and may("inbox", row.state, "hold"):
        return replace(row, state=step("inbox", row.state, "hold"), code=RESTRICTED)
    return lifted(record, row)


def lifted(record: RecordRow, row: InboxRow) -> InboxRow | None:
    """Return the entry as it goes on, if it waited for a restriction that no longer holds."""
    if record.state != RESTRICTED and row.state == "held" and row.code == RESTRICTED:
        return replace(row, state=step("inbox", row.state, "admit"), code=None)
    return None
