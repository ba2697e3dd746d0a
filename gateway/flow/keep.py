"""The journey of a partner's record that a court needs here: kept, and not used otherwise.

What would remove it meanwhile is answered `own_basis` and works when the need has ended. Source:
Directive (EU) 2016/680, article 16(3)(b).
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.errors import Conflict
from gateway.core.lifecycle import step
from gateway.core.notice import EVIDENCE
from gateway.flow.acts import Act, entries
from gateway.flow.aftermath import aftermath
from gateway.flow.arriving_notices import Known, Taken, apply_waiting, is_kept
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.onward import received_row
from gateway.flow.pass_on import demand_given
from gateway.flow.rows_after import NoticeRow


def keep(record: str, person: Person, exchange: Exchange) -> None:
    """Keep a received record for evidence. Raises Forbidden, NotFound, Conflict."""
    _allowed(record, person, exchange)
    known = Known.about([record], [], exchange)
    if _kept_by(known, record) is not None:
        raise Conflict("it is kept for evidence already")
    versions = known.versions[record]
    if versions[-1].data_key is None:
        raise Conflict(f"this record is {versions[-1].state} already")
    notice = NoticeRow(
        id=f"urn:uuid:{exchange.new_id()}",
        record=record,
        version=versions[-1].version,
        kind="restrict",
        person=None,
        code=EVIDENCE,
        from_partner=None,
        until=None,
        at=exchange.now_ms() // 1000 * 1000,
        state="applied",
    )
    after = aftermath(notice, versions, known.notices.get(record, []), exchange)
    with exchange.store.writing() as work:
        acts = after.write(work)
        work.notices.add([notice])
        work.ledger.add(entries([_act(notice, person.name), *acts], exchange))
        exchange.commit(work, "keep")


def release(record: str, person: Person, exchange: Exchange) -> int:
    """End the keeping; return how many notices work now that had waited for it."""
    _allowed(record, person, exchange)
    known = Known.about([record], [], exchange)
    kept = _kept_by(known, record)
    if kept is None:
        raise Conflict("it is not kept for evidence")
    ended = replace(kept, state=step("notice", kept.state, "end"))
    beside = [one for one in known.notices[record] if one.key != kept.key]
    lifting = Taken(
        notice=ended, after=aftermath(ended, known.versions[record], beside, exchange), is_new=False
    )
    known.learn(lifting)
    waited: list[Taken] = []
    for notice in beside:
        if notice.state == "waiting" and is_kept(notice):
            taken = apply_waiting(
                replace(notice, answer=None),
                known.versions[record],
                known.notices[record],
                exchange,
            )
            known.learn(taken)
            waited.append(taken)
    with exchange.store.writing() as work:
        acts = [*lifting.after.write(work), _act(ended, person.name)]
        work.notices.move([ended], ended.state)
        for taken in waited:
            acts += taken.write(work, exchange)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "keep.ended")
    return len(waited)


def _allowed(record: str, person: Person, exchange: Exchange) -> None:
    demand_role(person, "release_officer")
    with exchange.store.reading() as work:
        row = received_row(record, None, work)
        demand_given(row, person, exchange.configuration(work), work)


def _kept_by(known: Known, record: str) -> NoticeRow | None:
    for one in known.notices.get(record, []):
        local = one.from_partner is None and one.kind == "restrict"
        if local and one.code == EVIDENCE and one.state == "applied":
            return one
    return None


def _act(notice: NoticeRow, by: str) -> Act:
    fields = {
        "record": notice.record,
        "version": notice.version,
        "notice": notice.id,
        "kind": notice.kind,
        "person": notice.person,
        "code": notice.code,
        "by": by,
        "holders": 0,
    }
    return "notified", fields
