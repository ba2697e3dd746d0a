"""One notice to everybody who may hold its record; and what has not left is stopped.

Shared by whoever gives a notice and by whoever passes one on: written in their commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.lifecycle import may, step
from gateway.core.notice import STANDING
from gateway.flow.acts import Act, entries
from gateway.flow.again import decide_again
from gateway.flow.exchange import Exchange
from gateway.flow.former import speaks_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.supersede import mark_envelopes

# Before every urgency of a record: a recall that waits behind what it recalls comes too late.
FIRST: Final = -1
MOST_GIVEN: Final = 500  # disclosures of one record to one partner
FOR_SOME: Final = "told"  # state of a notice that only some holders get


def may_hold(row: ReleaseRow) -> bool:
    """Return whether the partner of this release may have its record.

    Once handed out it may, whatever became of the envelope; sealed again is not handed out.
    """
    return not row.notice and row.tried and row.state != "gone"


def tell(
    notice: NoticeRow,
    work: UnitOfWork,
    exchange: Exchange,
    *,
    only: Collection[str] | None = None,
    but: Collection[str] = (),
) -> list[str]:
    """Make one release of the notice for each holder, or for those in `only`; return them.

    None for those in `but`.
    """
    holders: dict[str, ReleaseRow] = {}
    meant = reached(notice, work)
    for row in work.releases.of_record(notice.record):
        if (only is not None and row.partner not in only) or row.partner in but:
            continue
        if meant is not None and row.version not in meant:
            continue
        if may_hold(row) and notice.covers(row.version):
            before = holders.get(row.partner)
            under = _under(row, work)
            if under.agreement and (before is None or before.version <= row.version):
                holders[row.partner] = under
    told = {
        row.partner
        for row in work.releases.of_record(notice.record)
        if row.notice == notice.id and (meant is None or row.version in meant)
    }
    now = exchange.now_ms()
    work.releases.add(
        [
            ReleaseRow(
                id=exchange.new_id(),
                partner=partner,
                record=row.record,
                version=row.version,
                urgency=FIRST,
                state="due",
                trace=(),
                code=notice.kind,
                epoch=0,
                decided_at=now,
                notice=notice.id,
                purpose=row.purpose,
                basis=row.basis,
                agreement=row.agreement,
            )
            for partner, row in sorted(holders.items())
            if partner not in told
        ]
    )
    return sorted(holders)


def reached(notice: NoticeRow, work: UnitOfWork) -> Collection[int] | None:
    """Return the versions whose copy here the notice is about; None: it is about all copies."""
    given = () if notice.from_partner is None else work.follow.given([notice.record])
    if not notice.via and not given:
        return None
    return {
        row.version
        for row in work.records.versions(notice.record)
        if notice.reaches(row) and speaks_of(notice, row.version, row.from_partner, given)
    }


def announce(
    kind: str, record: str, version: int, work: UnitOfWork, exchange: Exchange
) -> list[str]:
    """Tell whoever may hold this record by a notice of the gateway itself; return the partners.

    In the commit of what it is about. Where nobody holds it, there is no notice.
    """
    notice = NoticeRow(
        id=f"urn:uuid:{exchange.new_id()}",
        record=record,
        version=version,
        kind=kind,
        person=None,
        code=None,
        from_partner=None,
        until=None,
        at=exchange.now_ms(),
        state="applied",
    )
    holders = tell(notice, work, exchange)
    if holders:
        work.notices.add([notice])
        work.ledger.add(entries([notified(notice, "gateway", holders)], exchange))
    return holders


def tell_some(
    kind: str,
    code: str,
    record: str,
    version: int,
    partners: Collection[str],
    work: UnitOfWork,
    exchange: Exchange,
    person: str | None = None,
) -> Act:
    """Give these holders a notice that changes nothing here or at others; return its act."""
    # Two within one second still have an order, and it is that of the acts.
    latest = max((one.at // 1000 for one in work.notices.of_records([record])), default=0)
    notice = NoticeRow(
        id=f"urn:uuid:{exchange.new_id()}",
        record=record,
        version=version,
        kind=kind,
        person=person,
        code=code,
        from_partner=None,
        until=None,
        at=max(exchange.now_ms() // 1000, latest + 1) * 1000,
        state=FOR_SOME,
    )
    work.notices.add([notice])
    return notified(notice, "gateway", tell(notice, work, exchange, only=partners))


def notified(notice: NoticeRow, by: str, holders: Sequence[str]) -> Act:
    """Return the ledger act of one notice of ours."""
    return (
        "notified",
        {
            "record": notice.record,
            "version": notice.version,
            "notice": notice.id,
            "kind": notice.kind,
            "person": notice.person,
            "code": notice.code,
            "by": by,
            "holders": len(holders),
        },
    )


def _under(row: ReleaseRow, work: UnitOfWork) -> ReleaseRow:
    """Return the release with the agreement and purpose under which it was handed out.

    One that was voided and is held now has lost both: what was disclosed has them still.
    """
    if row.agreement:
        return row
    given = work.disclosures.page(None, record=row.record, partner=row.partner, limit=MOST_GIVEN)
    for one in reversed(given):
        if one.agreement and one.version == row.version:
            name, _, _ = one.agreement.rpartition("@")
            return replace(row, agreement=name, purpose=one.purpose, basis=one.agreement)
    return row


def stop(notice: NoticeRow, work: UnitOfWork) -> None:
    """Stop what the notice is about and has not left; what may still go is decided on again."""
    meant = reached(notice, work)
    rows = [
        row
        for row in work.releases.of_record(notice.record)
        if not row.notice and notice.covers(row.version) and (meant is None or row.version in meant)
    ]
    if notice.removes or notice.kind == "correct":
        for state in ("due", "held", "refused"):
            waiting = [row for row in rows if row.state == state]
            work.releases.replace(
                [replace(row, state=step("release", state, "withdraw")) for row in waiting],
                expect=state,
            )
        mark_envelopes([row for row in rows if row.state == "sealed"], work, code="withheld")
        _drop_wires(rows, work)
        return
    if notice.person is not None:  # what is sealed has the person in it
        mark_envelopes([row for row in rows if row.state == "sealed"], work, code="withheld")
        _drop_wires(rows, work)
    for version in {row.version for row in rows}:
        decide_again(notice.record, version, work)


def replaced_by(notice: NoticeRow, before: Sequence[NoticeRow]) -> list[NoticeRow]:
    """Return those of `before` that no longer hold because of `notice`."""
    return [one for one in before if _replaces(notice, one)]


def is_outdated(notice: NoticeRow, before: Sequence[NoticeRow]) -> bool:
    """Return whether a newer notice on the same matter is here already."""
    return any(_replaces(one, notice) for one in before)


def _replaces(newer: NoticeRow, older: NoticeRow) -> bool:
    if newer.kind != older.kind or newer.kind not in STANDING or newer.id == older.id:
        return False
    # Two reasons are two matters: who lifts the weaker one, or lays it, leaves the other alone.
    if _matter(newer) != _matter(older) or not _is_newer(newer, older):
        return False
    # What is said of all copies is said of those by some hands, too; not the other way round.
    return not newer.via or (bool(older.via) and set(older.via) <= set(newer.via))


def _matter(notice: NoticeRow) -> tuple[object, ...]:
    return (notice.code, notice.person, notice.from_partner)


def _is_newer(one: NoticeRow, other: NoticeRow) -> bool:
    return (one.at, one.id) > (other.at, other.id)


def _drop_wires(rows: Sequence[ReleaseRow], work: UnitOfWork) -> None:
    """Close delivered envelopes that hold it at once: their bytes are not kept for 72 hours."""
    for id_ in dict.fromkeys(row.envelope for row in rows if row.envelope):
        envelope = work.envelopes.get(id_)
        if envelope is not None and may("envelope", envelope.state, "close"):
            closed = replace(envelope, state=step("envelope", envelope.state, "close"))
            work.envelopes.replace([closed], expect=[envelope.state])
