"""The journey of a partner's record that a court needs here: kept for one organisation, not used.

What would remove it meanwhile works for everybody else at once: for those it was passed on to, for
other organisations of this gateway, and for versions that nobody keeps. Its giver is answered
`own_basis`. When the last keep ends, it works for what was kept, too. Source: Directive (EU)
2016/680, article 16(3)(b).

Stays true:
  * Each keep is one person's, for one organisation and one version; each ends by itself.
  * A keep that ends is the end for its organisation, whoever else keeps the same version.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.core.errors import Conflict, NotFound
from gateway.core.lifecycle import step
from gateway.core.notice import EVIDENCE
from gateway.flow.acts import Act, entries
from gateway.flow.aftermath import aftermath
from gateway.flow.arriving_notices import Known, Taken, apply_waiting
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.onward import demand_received, received_row
from gateway.flow.own_systems import tell_ahead
from gateway.flow.pass_on import demand_given
from gateway.flow.rows_after import NoticeRow

KEEPING = "release_officer"
_INSTEAD = (
    "`gateway records restrict ID --reason evidence` keeps it, everywhere, and nobody uses it"
)
ENDING_ANY = "data_protection_officer"  # every keep of the organisation, whoever asked for it


def keep(record: str, person: Person, exchange: Exchange) -> None:
    """Keep the newest version of a received record for evidence.

    Raises Forbidden, OurOwn, NotFound, Conflict.
    """
    demand_role(person, KEEPING)
    with exchange.store.reading() as work:
        demand_received(record, person.org, _INSTEAD, work)
        row = received_row(record, None, work)
        demand_given(row, person, exchange.configuration(work), work)
    known = Known.about([record], [], exchange)
    versions = known.versions[record]
    newest = versions[-1]
    if any(one.reaches(newest) for one in _keeps(known, record, person) if one.by == person.name):
        raise Conflict("you keep it for evidence already")
    if newest.data_key is None:
        raise Conflict(f"this record is {newest.state} already")
    notice = NoticeRow(
        id=f"urn:uuid:{exchange.new_id()}",
        record=record,
        version=newest.version,
        kind="restrict",
        person=None,
        code=EVIDENCE,
        from_partner=None,
        until=None,
        at=exchange.now_ms() // 1000 * 1000,
        state="applied",
        org=person.org,
        by=person.name,
    )
    after = aftermath(notice, versions, known.notices.get(record, []), exchange)
    with exchange.store.writing() as work:
        acts = after.write(work)
        work.notices.add([notice])
        work.ledger.add(entries([_act(notice, person.name), *acts], exchange))
        exchange.commit(work, "keep")


def release(record: str, person: Person, exchange: Exchange) -> int:
    """End the person's own keeping; return how many notices that had to wait for it go on now.

    Who keeps nothing and may end any keep of the organisation ends them all. Raises Forbidden,
    NotFound for a record that the organisation does not keep, Conflict for another's keep.
    """
    demand_role(person, KEEPING, ENDING_ANY)
    known = Known.about([record], [], exchange)
    ending = _ending(known, record, person)
    done: list[Taken] = []
    for kept in ending:
        ended = replace(kept, state=step("notice", kept.state, "end"))
        beside = [one for one in known.notices[record] if one.key != kept.key]
        after = aftermath(ended, known.versions[record], beside, exchange)
        lifting = Taken(notice=ended, after=after, is_new=False)
        known.learn(lifting)
        done.append(lifting)
    waited: list[Taken] = []
    for notice in _waited(known, record, ending):
        taken = apply_waiting(notice, known.versions[record], known.notices[record], exchange)
        known.learn(taken)
        waited.append(taken)
    with exchange.store.writing() as work:
        acts: list[Act] = []
        for lifting in done:
            acts += [*lifting.after.write(work), _act(lifting.notice, person.name)]
            work.notices.move([lifting.notice], lifting.notice.state)
        tell_ahead([taken.notice for taken in waited], work, exchange)
        for taken in waited:
            acts += taken.write(work, exchange)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "keep.ended")
    return len(waited)


def _keeps(known: Known, record: str, person: Person) -> list[NoticeRow]:
    """Return what keeps this record for the person's organisation now."""
    found = known.notices.get(record, [])
    return [one for one in found if one.keeps and one.org == person.org]


def _ending(known: Known, record: str, person: Person) -> list[NoticeRow]:
    keeps = _keeps(known, record, person)
    own = [one for one in keeps if one.by == person.name]
    if own:
        return own
    if not keeps:
        raise NotFound("your organisation does not keep it for evidence")
    if ENDING_ANY not in person.roles:
        raise Conflict("another keeps it for evidence: they end it, or a data protection officer")
    return keeps


def _waited(known: Known, record: str, ending: list[NoticeRow]) -> list[NoticeRow]:
    """Return the notices that would have removed what was kept, in the order they came."""
    return [
        notice
        for notice in known.notices[record]
        if notice.state == "applied"
        and any(
            notice.takes(kept.version) and notice.reaches(row)
            for kept in ending
            for row in known.versions[record]
            if row.version == kept.version
        )
    ]


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
