"""The journey of one officer's word for the sake of a life (R-20), and what must follow it.

The approval is written for sixty minutes and the record goes first. In the same commit the second
person is asked, and the originator and the data protection officer are told: by acts of the ledger,
and by the open proposal that both can read. Confirmed, the approval lasts; rejected or lapsed, it
ends, whatever is still here is stopped, who got the record by it is told to restrict it, and both
are told again.

Stays true:
  * Nothing is lifted but what R-20 names; a refusal never is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.core.errors import Conflict, NotFound
from gateway.core.looked import look
from gateway.core.notice import UNCONFIRMED
from gateway.core.proposal import (
    ActUnknown,
    BasisChanged,
    NotOverridable,
    override_reason,
)
from gateway.flow.acts import Act
from gateway.flow.again import decide_again
from gateway.flow.approvable import allowed, approval
from gateway.flow.deciding import considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow
from gateway.flow.rows_people import ApprovalRow, ProposalRow
from gateway.flow.telling import may_hold, tell_some
from gateway.flow.two_people import Body, TwoPeopleAct

ACT: Final = "override-confirm"
RULE: Final = "R-20"
THREAT_TO_LIFE: Final = 0  # the urgency that goes before all others
RESTRICT: Final = "restrict"  # kind and code of the notice
REPORTED: Final = "override_unconfirmed"  # code of the report
_INSIDE: Final = ("held", "due", "sealed")


class GoneAlready(Conflict):
    """The record is at the partner, or was withdrawn from it: there is nothing to lift."""

    code = "gone-already"


def _complete(asked: Body, person: Person, exchange: Exchange) -> Body:
    """Return the body: who gets what, in ids and pointers; refuse what no override may lift."""
    record = str(asked["record"])
    override_reason(str(asked["reason"]))
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        row = _own(record, person, work)
        rows = work.records.get([(row.id, row.version)])
    considered = considered_of(rows, exchange).get((row.id, row.version))
    if considered is None:
        raise NotFound
    if not look(considered.record).life:
        raise NotOverridable(
            "the record does not say that a life is at stake: set risk.urgency to threat_to_life, "
            "or risk.child_at_risk_now to yes"
        )
    partners, fields = sorted(set(asked["partners"])), sorted(set(asked["fields"]))
    if not partners or not fields:
        raise ActUnknown("name the partners and the members; the empty pointer is the whole record")
    supposed = [
        approval(row.id, row.version, one, RULE, (person.name,), fields=tuple(fields))
        for one in partners
    ]
    pairs = [(considered, one) for one in partners]
    decisions = decide_batch(pairs, configuration, exchange, supposing=supposed)
    for partner, decision in zip(partners, decisions, strict=True):
        if decision.state != "due":
            raise NotOverridable(
                f"{partner}: {decision.rule}: {decision.reason}. {decision.remedy}"
            )
    return {
        "record": row.id,
        "version": row.version,
        "partners": partners,
        "fields": fields,
        "reason": asked["reason"],
    }


def _own(record: str, person: Person, work: UnitOfWork) -> RecordRow:
    row = work.records.newest([record]).get(record)
    if row is None or row.org != person.org or row.from_partner is not None:
        raise NotFound
    return row


def begin(row: ProposalRow, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Lift the rules until the proposal's time is over, and tell who must be told, in this commit.

    Raises BasisChanged, GoneAlready.
    """
    body = row.body
    record = work.records.newest([body["record"]]).get(body["record"])
    if record is None or (record.version, record.state) != (body["version"], "current"):
        raise BasisChanged("the record is not the version that was read any more")
    given = [_approval(row, partner, row.expires_at, exchange) for partner in body["partners"]]
    work.proposals.add_approvals(given)
    _put_first(row, work)
    decide_again(body["record"], body["version"], work)
    return [*map(allowed, given), *_informed(row)]


def _informed(row: ProposalRow) -> list[Act]:
    """Return the acts that tell the originator and its data protection officer."""
    about = {"proposal": row.id, "record": row.body["record"], "version": row.body["version"]}
    return [
        ("informed", {**about, "whom": f"{whom}:{row.org}"})
        for whom in ("originator", "data_protection_officer")
    ]


def _approval(row: ProposalRow, partner: str, until: int | None, exchange: Exchange) -> ApprovalRow:
    by = (row.proposer,) if row.approver is None else (row.proposer, row.approver)
    return approval(
        row.body["record"],
        row.body["version"],
        partner,
        RULE,
        by,
        id=exchange.new_id(),
        until=until,
        fields=tuple(row.body["fields"]),
        proposal=row.id,
    )


def _put_first(row: ProposalRow, work: UnitOfWork) -> None:
    for partner in row.body["partners"]:
        release = next(
            (
                one
                for one in work.releases.of_record(row.body["record"])
                if (one.partner, one.version, one.notice) == (partner, row.body["version"], "")
            ),
            None,
        )
        if release is None or release.state not in _INSIDE:
            raise GoneAlready
        work.releases.replace([replace(release, urgency=THREAT_TO_LIFE)], expect=release.state)


def _execute(row: ProposalRow, exchange: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    """Make it last: both people stand behind it, without an end."""
    given = [_approval(row, partner, None, exchange) for partner in row.body["partners"]]

    def commit(work: UnitOfWork) -> Sequence[Act]:
        # Its first approvals end with the hour; ended now, they bound no later decision.
        work.proposals.end_approvals(row.id, now_ms=exchange.now_ms())
        work.proposals.add_approvals(given)
        decide_again(row.body["record"], row.body["version"], work)
        return [allowed(one) for one in given]

    return commit


def _undo(row: ProposalRow, work: UnitOfWork, exchange: Exchange) -> Sequence[Act]:
    """End it: stop what is here, have it restricted where it went, and report it."""
    body, now = row.body, exchange.now_ms()
    work.proposals.end_approvals(row.id, now_ms=now)
    decide_again(body["record"], body["version"], work)
    went = sorted(
        one.partner
        for one in work.releases.of_record(body["record"])
        if one.version == body["version"] and one.partner in body["partners"] and may_hold(one)
    )
    about: dict[str, Any] = {"record": body["record"], "version": body["version"]}
    acts: list[Act] = []
    if went:
        notice = (RESTRICT, UNCONFIRMED, body["record"], body["version"])
        acts.append(tell_some(*notice, went, work, exchange))
    acts += [
        ("reported", {"proposal": row.id, **about, "partner": partner, "code": REPORTED})
        for partner in (went or body["partners"])
    ]
    return [*acts, *_informed(row)]


OVERRIDE_CONFIRM: Final = TwoPeopleAct(complete=_complete, execute=_execute, undo=_undo)
