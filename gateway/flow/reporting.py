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
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow, VerdictRow
from gateway.flow.rows_after import NoticeRow

NOT_HELD: Final = "not-held"
OWN_OPEN, OWN_KEPT = "own-system-open", "own-system-kept"
PASSED_OPEN, PASSED_KEPT = "passed-on-open", "passed-on-kept"
_OPEN: Final = frozenset({OWN_OPEN, PASSED_OPEN})
_KEPT: Final = frozenset({OWN_KEPT, PASSED_KEPT})
_REFUSING: Final = frozenset({"own_basis", "cannot", "rejected"})


def words_of(code: str | None) -> frozenset[str]:
    """Return the words that the code of a verdict on a notice is joined of."""
    return frozenset((code or "").split(".")) - {""}


def report(
    notice: NoticeRow, work: UnitOfWork, exchange: Exchange, *, first: bool = False
) -> NoticeRow:
    """Say our answer to everybody who brought the notice, unless it is what we said before.

    `first`: nothing was said yet.
    """
    answer = _answer(notice, work, exchange)
    if answer == notice.answer and not first:
        return notice
    answered = replace(notice, answer=answer)
    work.notices.answered(answered)
    for place in notice.told:
        say(answered, str(place["partner"]), int(place["ep"]), int(place["seq"]), work, exchange)
    return answered


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
        _hear_of(notice, item, partner, work, exchange)


def _hear_of(
    notice: NoticeRow, item: VerdictItem, partner: str, work: UnitOfWork, exchange: Exchange
) -> None:
    told = [row for row in _told(notice, work) if row.partner == partner]
    if not told:  # another notice has the same id, or the partner knows one that it was not told
        return
    for row in told:
        moved = _moved(row, item, exchange.now_ms())
        work.releases.replace([moved], expect=row.state)
    for row in work.releases.of_record(notice.record):
        is_its = row.partner == partner and not row.notice
        if is_its and item.state == "erased" and notice.covers(row.version):
            _let_go(row, work)
    if notice.from_partner is not None:
        report(notice, work, exchange)


def _told(notice: NoticeRow, work: UnitOfWork) -> list[ReleaseRow]:
    """Return the releases by which a notice was told onward.

    They name its id alone: it is the notice of whoever the record came from.
    """
    origin = work.records.newest([notice.record]).get(notice.record)
    if origin is None or notice.author != (origin.from_partner or ""):
        return []
    return [row for row in work.releases.of_record(notice.record) if row.notice == notice.id]


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
    if item.state in _REFUSING:
        return None
    return "open" if OWN_OPEN in words else "kept" if OWN_KEPT in words else "done"


def _let_go(row: ReleaseRow, work: UnitOfWork) -> None:
    """The partner holds this record no more."""
    state = row.state
    if may("release", state, "gone"):
        work.releases.replace([replace(row, state=step("release", state, "gone"))], expect=state)


def _answer(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> str:
    if notice.answer is not None and notice.answer.startswith("own_basis"):
        return notice.answer  # until a person here lifts what keeps it
    state = "erased" if notice.removes or notice.kind == "correct" else "applied"
    words = [NOT_HELD] if notice.state == "waiting" else []
    giver = notice.from_partner or exchange.own.id
    entries = [entry.state for entry in work.follow.entries_of(notice.id, giver)]
    words += [OWN_OPEN] if "waiting" in entries else [OWN_KEPT] if "kept" in entries else []
    words += _onward(_told(notice, work))
    return " ".join([state, *([".".join(words)] if words else [])])


def _onward(rows: Sequence[ReleaseRow]) -> list[str]:
    if any(row.verdict is None or words_of(row.code) & _OPEN for row in rows):
        return [PASSED_OPEN]
    if any(row.verdict in _REFUSING or words_of(row.code) & _KEPT for row in rows):
        return [PASSED_KEPT]
    return []
