"""The journey of an act on a record of ours that was handed out: everybody who holds it is told.

One commit: what changes here, the notice, one release of it for each holder, and whatever has not
left is stopped or decided on again. `seal` and the rest of the way are those of records.

Stays true:
  * What was done before is refused, not done twice.
  * The ledger says who did it, and to how many it goes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.core.errors import Conflict, NotFound, StaleDecision
from gateway.core.leaving_out import has_person, withheld_of
from gateway.core.lifecycle import step
from gateway.core.links import RESTS_ON
from gateway.core.notice import NOT_RELEASABLE, Notice, demand_sense, lay_out
from gateway.core.places import whole_of
from gateway.core.rules.corroboration import SIGNAL_CATEGORIES
from gateway.flow.about_persons import lacking, not_for
from gateway.flow.acts import entries
from gateway.flow.aftermath import Aftermath, aftermath
from gateway.flow.again import decide_again
from gateway.flow.exchange import Exchange
from gateway.flow.holders import Resting, resting_on, seen_by
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import follow
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.telling import FOR_SOME, announce, notified, replaced_by, stop, tell, tell_some
from keys.suite import b64

NONCE_BYTES: Final = 32
TRIES: Final = 4  # laid out again because the record changed meanwhile
BY_AN_ACT: Final = (  # a correction comes with the corrected submission
    *("restrict", "recall", "erase", "change_restrictions"),
    *("category_change", "demote", "expire", "dispute"),
)  # and `promote` is what two people do, on a ground: flow/promoting


class NoSuchPerson(NotFound):
    """The record has no such person, or no longer."""

    code = "no-such-person"
    advice = "Look at the record: `person` is a place in it, such as /persons/0."


class NotByOne(Conflict):
    """Financial information alone makes nobody a suspect (R-11)."""

    code = "not-by-one"
    advice = "Promote the signal on a ground of another kind; that takes two people."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What shall be done. `person` is a place in the record as it stands here now."""

    kind: str
    record: str
    person: str | None = None
    code: str | None = None
    until: int | None = None  # milliseconds; not after now: what holds is lifted


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What was done: the notice, whom it goes to, and what leans on the record."""

    notice: str
    record: str
    version: int
    kind: str
    holders: tuple[str, ...]
    resting: tuple[Resting, ...] = ()


def notify(wanted: Wanted, by: str, org: str | None, exchange: Exchange) -> Notified:
    """Do it; `org` None is an administrator of this gateway.

    Raises NotFound for what is not that organisation's own record, NoSuchPerson, NoticeMalformed
    for what makes no sense, Conflict for what was done before, StillNamed, Unavailable.
    """
    for _ in range(TRIES - 1):
        try:
            return _once(wanted, by, org, exchange)
        except StaleDecision:
            continue
    return _once(wanted, by, org, exchange)


def _once(wanted: Wanted, by: str, org: str | None, exchange: Exchange) -> Notified:
    with exchange.store.reading() as work:
        versions = work.records.versions(wanted.record)
        all_ = work.notices.of_records([wanted.record])
    before = [one for one in all_ if one.from_partner is None and one.state == "applied"]
    newest = _own(versions, org)
    notice = _notice(wanted, newest, all_, exchange)
    _demand_news(notice, newest)
    _demand_standing(notice, all_)
    replaced = replaced_by(notice, before)
    gone = {one.id for one in replaced}
    after = aftermath(notice, versions, [one for one in before if one.id not in gone], exchange)
    refused = not_for(notice, newest, exchange)
    resting = resting_on(wanted.record, exchange)
    with exchange.store.writing() as work:
        holders = carry_out(notice, replaced, after, by, work, exchange, not_for=refused)
        for one in resting:
            if one.by == RESTS_ON:
                decide_again(one.record, one.version, work)
        exchange.commit(work, "notify")
    return Notified(
        notice=notice.id,
        record=notice.record,
        version=notice.version,
        kind=notice.kind,
        holders=tuple(holders),
        resting=tuple(seen_by(org, resting, exchange)),
    )


def carry_out(
    notice: NoticeRow,
    replaced: Sequence[NoticeRow],
    after: Aftermath,
    by: str,
    work: UnitOfWork,
    exchange: Exchange,
    *,
    not_for: Collection[str] = (),
) -> list[str]:
    """Write what one notice of ours does, in the caller's commit; return who is told.

    Those in `not_for` are told to destroy what they have of the person instead.
    """
    acts = after.write(work)
    work.notices.move(replaced, "replaced")
    work.notices.add([notice])
    stop(notice, work)
    strangers = lacking(notice, work, exchange)
    holders = tell(notice, work, exchange, but={*strangers, *not_for})
    acts = [notified(notice, by, holders), *acts]
    instead = sorted(set(not_for) - strangers)
    if instead:
        recall = ("recall", NOT_RELEASABLE, notice.record, notice.version)
        name, fields = tell_some(*recall, instead, work, exchange, notice.person)
        acts.append((name, {**fields, "by": by}))
    follow(notice, work, exchange)
    work.ledger.add(entries(acts, exchange))
    return sorted({*holders, *instead})


def correction(record: str, version: int, work: UnitOfWork, exchange: Exchange) -> None:
    """Tell holders of earlier versions that `version` replaces them; in a submission's commit."""
    announce("correct", record, version, work, exchange)


def _own(versions: Sequence[RecordRow], org: str | None) -> RecordRow:
    if not versions or versions[-1].from_partner is not None:
        raise NotFound
    if org is not None and versions[-1].org != org:
        raise NotFound
    return versions[-1]


def _notice(
    wanted: Wanted, newest: RecordRow, before: Sequence[NoticeRow], exchange: Exchange
) -> NoticeRow:
    now = exchange.now_ms()
    # Two acts within one second still have an order, and it is that of the acts.
    latest = max((one.at // 1000 for one in before), default=0)
    lifted = wanted.until is not None and wanted.until <= now
    said = demand_sense(
        Notice(
            id=f"urn:uuid:{exchange.new_id()}",
            record=newest.id,
            version=newest.version,
            kind=wanted.kind,
            person=wanted.person,
            code=wanted.code,
            until=None if wanted.until is None else wanted.until // 1000,
            at=max(now // 1000, latest + 1),
        )
    )
    _demand_leave(said, newest)
    whole = replace(said, person=_whole_place(wanted.person, newest, exchange))
    # What nobody would take is refused here: sealed, it would stop all that comes after it.
    lay_out(whole, b64(exchange.entropy.bytes(NONCE_BYTES)))
    return NoticeRow(
        id=said.id,
        record=said.record,
        version=said.version,
        kind=said.kind,
        person=whole.person,
        code=said.code,
        from_partner=None,
        until=None if said.until is None else said.until * 1000,
        at=said.at * 1000,
        state=step("notice", "applied", "end") if lifted else "applied",
    )


def _demand_leave(notice: Notice, newest: RecordRow) -> None:
    """Raises NotByOne where rules forbid what one person asks for."""
    if notice.kind != "category_change" or newest.type != "financial_signal":
        return
    if notice.code not in SIGNAL_CATEGORIES:
        raise NotByOne


def _whole_place(person: str | None, newest: RecordRow, exchange: Exchange) -> str | None:
    """Return the place of that person in the unreduced version. Raises NoSuchPerson."""
    if person is None:
        return None
    if newest.text is None:
        raise NoSuchPerson
    (record,) = open_records([newest], exchange)
    place = whole_of(person, withheld_of(record.body))
    if not has_person(record, place):
        raise NoSuchPerson
    return place


def _demand_standing(notice: NoticeRow, all_: Sequence[NoticeRow]) -> None:
    """Refuse to lift what does not stand: another reason would seem to be lifted. Raises Conflict.

    What only some holders were told can be lifted, too.
    """
    standing = [one for one in all_ if one.state in ("applied", FOR_SOME)]
    if notice.state == "ended" and not replaced_by(notice, standing):
        raise Conflict(f"no {notice.kind} with the code {notice.code} holds")


def _demand_news(notice: NoticeRow, newest: RecordRow) -> None:
    """Refuse what is done already. Raises Conflict."""
    if newest.state == "erased" or (newest.state == "recalled" and notice.kind != "erase"):
        raise Conflict(f"this record is {newest.state} already")
