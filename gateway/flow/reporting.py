"""What became of a notice, upwards: our answer to who brought it, theirs to whom we told.

The answer is laid out from what is known now, and said again when it changes: when a national
system confirms, or when those a record was passed on to have answered.

Ruled by docs/spec/wire.md, section 8.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.core.bodies import VerdictItem
from gateway.core.lifecycle import VERDICT_EVENT, may, step
from gateway.core.notice import EVIDENCE, REMOVING
from gateway.flow.exchange import Exchange
from gateway.flow.former import ANOTHER_SENDER, author_of, speaks_of
from gateway.flow.further import PASSED_KEPT, PASSED_OPEN, pass_up, words_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow, VerdictRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.telling import FOR_SOME

OWN_BASIS: Final = "own_basis"
NOT_HELD: Final = "not-held"
OWN_OPEN, OWN_KEPT = "own-system-open", "own-system-kept"
_OPEN: Final = frozenset({OWN_OPEN, PASSED_OPEN})
_KEPT: Final = frozenset({OWN_KEPT, PASSED_KEPT})
_REFUSING: Final = frozenset({OWN_BASIS, "cannot", "rejected"})


def report(
    notice: NoticeRow, work: UnitOfWork, exchange: Exchange, *, first: bool = False
) -> NoticeRow:
    """Say our answer to everybody who brought the notice, unless it is what we said before.

    `first`: nothing was said yet.
    """
    pass_up(notice, told_onward(notice, work), work)
    answer = _answer(notice, work, exchange)
    if answer == notice.answer and not first:
        return notice
    answered = replace(notice, answer=answer)
    work.notices.answered(answered)
    for place in notice.told:
        say(answered, str(place["partner"]), int(place["ep"]), int(place["seq"]), work, exchange)
    return answered


def report_settled(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> None:
    """Say what changes because a national system has answered `notice`."""
    report(notice, work, exchange)
    if notice.from_partner is None and notice.code == ANOTHER_SENDER:
        for one in work.notices.of_records([notice.record]):
            if one.from_partner is not None and one.state == FOR_SOME:
                report(one, work, exchange)


def say(
    notice: NoticeRow, partner: str, ep: int, seq: int, work: UnitOfWork, exchange: Exchange
) -> None:
    """Add the verdict with the present answer, for `seal` to send."""
    state, _, code = (notice.answer or "applied").partition(" ")
    verdict = VerdictRow(
        id=exchange.new_id(),
        partner=partner,
        ep=ep,
        seq=seq,
        record=notice.id,
        version=notice.version,
        state=state,
        code=code or None,
    )
    work.envelopes.add_verdicts([verdict])


def hear(item: VerdictItem, partner: str, work: UnitOfWork, exchange: Exchange) -> None:
    """Apply a partner's verdict on a notice that we told it; nothing if it is no notice."""
    for notice in work.notices.of_id(item.id or ""):
        if _fits(item, notice):
            _hear_of(notice, item, partner, work, exchange)


def _hear_of(
    notice: NoticeRow, item: VerdictItem, partner: str, work: UnitOfWork, exchange: Exchange
) -> None:
    told = [row for row in told_onward(notice, work) if row.partner == partner]
    owner, given = _owner(notice, work), work.follow.given([notice.record])
    if not told:  # another notice has the same id, or the partner knows one that it was not told
        return
    for row in told:
        moved = _moved(row, item, exchange.now_ms())
        work.releases.replace([moved], expect=row.state)
    for row in work.releases.of_record(notice.record):
        is_its = row.partner == partner and not row.notice
        is_meant = is_its and speaks_of(notice, row.version, owner, given)
        if is_meant and item.state == "erased" and _takes_all(notice, row.version):
            _let_go(row, work)
    if notice.from_partner is not None:
        report(notice, work, exchange)


def told_onward(notice: NoticeRow, work: UnitOfWork) -> list[ReleaseRow]:
    """Return the releases by which a notice was told onward.

    They name its id alone: it is the notice of whoever the version came from, or ours.
    """
    if notice.state == "waiting":
        return []
    rows = [row for row in work.releases.of_record(notice.record) if row.notice == notice.id]
    given = work.follow.given([notice.record]) if rows else ()
    owner = _owner(notice, work) if rows else None
    by = {row.id: author_of(row.version, owner, given) for row in rows}
    others = {author for author in by.values() if author != notice.author}
    known = {one.author for one in work.notices.get([(one, notice.id) for one in sorted(others)])}
    return [row for row in rows if by[row.id] not in known]


def _owner(notice: NoticeRow, work: UnitOfWork) -> str | None:
    newest = work.records.newest([notice.record]).get(notice.record)
    return None if newest is None else newest.from_partner


def _fits(item: VerdictItem, notice: NoticeRow) -> bool:
    """Return whether this can be an answer to that notice: what removes nothing erases nothing.

    What does not fit is no answer: the notice stays open until a person has asked.
    """
    return item.state != "erased" or notice.kind in REMOVING or notice.kind == "correct"


def _takes_all(notice: NoticeRow, version: int) -> bool:
    """Return whether nothing of this version is left where the notice was done."""
    return (notice.removes or notice.kind == "correct") and notice.covers(version)


def _moved(row: ReleaseRow, item: VerdictItem, now: int) -> ReleaseRow:
    state = row.state
    if state == "sealed":  # the verdict overtook its receipt
        state = step("release", state, "receipt")
    event = VERDICT_EVENT[item.state]
    if event is not None and may("release", state, event):
        state = step("release", state, event)
    return replace(
        row,
        state=state,
        verdict=item.state,
        verdict_at=now,
        code=item.code or "",
        own_system=_own_system(item),
    )


def _own_system(item: VerdictItem) -> str | None:
    words = words_of(item.code)
    if item.state in _REFUSING - {OWN_BASIS}:
        return None
    if item.state == OWN_BASIS:
        return "open" if OWN_OPEN in words else "kept"
    return "open" if OWN_OPEN in words else "kept" if OWN_KEPT in words else "done"


def _let_go(row: ReleaseRow, work: UnitOfWork) -> None:
    """The partner holds this record no more."""
    state = row.state
    if may("release", state, "gone"):
        work.releases.replace([replace(row, state=step("release", state, "gone"))], expect=state)


def unheld(kind: str, person: str | None) -> tuple[str, str]:
    """Return state and code of the answer to a notice about what is not held here."""
    removes = kind == "correct" or (kind in REMOVING and person is None)
    return "erased" if removes else "applied", NOT_HELD


def _answer(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> str:
    state, not_held = unheld(notice.kind, notice.person)
    waits = notice.state in ("waiting", FOR_SOME)
    is_here = not waits and work.records.newest([notice.record])
    words = [] if is_here else [not_held]
    giver = notice.from_partner or exchange.own.id
    entries = [entry.state for entry in work.follow.entries_of(notice.id, giver)]
    if notice.state == FOR_SOME:
        entries += _taken_back(notice, work, exchange)
    words += [OWN_OPEN] if "waiting" in entries else [OWN_KEPT] if "kept" in entries else []
    words += _onward(told_onward(notice, work))
    if _is_kept(notice, work):
        state, words = OWN_BASIS, [EVIDENCE, *words]
    return " ".join([state, *([".".join(words)] if words else [])])


def _taken_back(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> list[str]:
    """Return how far national systems are with its author's versions: giving the id recalled them.

    None of these is about what the id's new owner sent.
    """
    owner, given = _owner(notice, work), work.follow.given([notice.record])
    return [
        entry.state
        for one in work.notices.of_records([notice.record])
        if one.from_partner is None and one.code == ANOTHER_SENDER
        for entry in work.follow.entries_of(one.id, exchange.own.id)
        if any(speaks_of(notice, version, owner, given) for version in entry.versions)
    ]


def _is_kept(notice: NoticeRow, work: UnitOfWork) -> bool:
    """Return whether a court needs here what this would remove."""
    if notice.from_partner is None or not (notice.kind in REMOVING or notice.kind == "correct"):
        return False
    kept = {one.version for one in work.notices.of_records([notice.record]) if one.keeps}
    return bool(kept) and any(
        row.version in kept and notice.takes(row.version) and notice.reaches(row)
        for row in work.records.versions(notice.record)
        if row.data_key is not None
    )


def _onward(rows: Sequence[ReleaseRow]) -> list[str]:
    if any(row.verdict is None or words_of(row.code) & _OPEN for row in rows):
        return [PASSED_OPEN]
    if any(row.verdict in _REFUSING or words_of(row.code) & _KEPT for row in rows):
        return [PASSED_KEPT]
    return []
