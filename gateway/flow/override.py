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
from gateway.core.policy import Decision
from gateway.core.proposal import (
    ActUnknown,
    BasisChanged,
    NotOverridable,
    override_reason,
)
from gateway.core.record import Record
from gateway.core.rules.base import RAISED
from gateway.flow.acts import Act
from gateway.flow.again import decide_again
from gateway.flow.approvable import allowed, approval
from gateway.flow.configuration import Configuration
from gateway.flow.deciding import Considered, considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow, ReleaseRow
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


class NothingToOverride(Conflict):
    """No rule holds it for this recipient: nothing to override."""

    code = "nothing-to-override"


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
    raised = bool(asked.get("raise"))
    if not raised and not look(considered.record).life:
        raise NotOverridable(
            "the record does not say that a life is at stake: raise its urgency with the override "
            "(`gateway urgent --raise`), or set risk.urgency to threat_to_life, or "
            "risk.child_at_risk_now to yes"
        )
    partners, fields = sorted(set(asked["partners"])), sorted(set(asked["fields"]))
    if not partners or not fields:
        raise ActUnknown("name the partners and the members; the empty pointer is the whole record")
    supposed = [
        approval(row.id, row.version, one, rule, (person.name,), fields=members)
        for one in partners
        for rule, members in _rules(raised=raised, fields=fields)
    ]
    pairs = [(considered, one) for one in partners]
    decisions = decide_batch(pairs, configuration, exchange, supposing=supposed)
    for partner, decision in zip(partners, decisions, strict=True):
        if decision.state != "due":
            raise NotOverridable(
                f"{partner}: {decision.rule}: {decision.reason}. {decision.remedy}"
            )
    hastened = _hastened(pairs, decisions, configuration, exchange, raised=raised)
    return {
        "record": row.id,
        "version": row.version,
        "partners": partners,
        "fields": fields,
        "reason": asked["reason"],
        **({"raise": True} if raised else {}),
        **({"hastened": hastened} if hastened else {}),
    }


def _hastened(
    pairs: Sequence[tuple[Considered, str]],
    lifted: Sequence[Decision],
    configuration: Configuration,
    exchange: Exchange,
    *,
    raised: bool,
) -> list[str]:
    """Return the partners to whom it goes unlifted, and is only put first by a raised urgency.

    Raises NothingToOverride where not even that changes anything.
    """
    found = []
    record = pairs[0][0].record
    with exchange.store.reading() as work:
        rows = work.releases.of_record(record.id)
    releases = {
        one.partner: one for one in rows if (one.version, one.notice) == (record.version, "")
    }
    plain = decide_batch(pairs, configuration, exchange)
    for (_, partner), before, after in zip(pairs, plain, lifted, strict=True):
        release = releases.get(partner)
        if release is None or release.state not in ("due", "sealed"):
            continue  # held by what is over already, or gone: `begin` says it
        if (before.state, before.withheld_json()) != ("due", after.withheld_json()):
            continue
        if not raised or release.state != "due" or release.urgency == THREAT_TO_LIFE:
            raise NothingToOverride(_how_it_stands(partner, release))
        found.append(partner)
    return found


def _how_it_stands(partner: str, release: ReleaseRow) -> str:
    if release.state == "sealed":
        now = "it is sealed and on its way"
    elif release.urgency == THREAT_TO_LIFE:
        now = "it is due and goes before all others"
    else:
        now = "it is due and goes in its turn; to let it go first, raise its urgency (--raise)"
    return f"{partner}: no rule holds it for this recipient: nothing to override; {now}"


def _rules(*, raised: bool, fields: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the rules under which the officer approves, with the members each names."""
    lifting = (RULE, tuple(fields))
    return [lifting, (RAISED, ())] if raised else [lifting]


def told_of(
    body: Body, by: str, exchange: Exchange
) -> tuple[RecordRow, Record, list[tuple[str, Decision]]]:
    """Return the record and what is decided for each partner once the override is in force.

    Raises BasisChanged.
    """
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = list(work.records.get([(body["record"], body["version"])]))
    considered = considered_of(rows, exchange).get((body["record"], body["version"]))
    if considered is None:
        raise BasisChanged
    supposed = [
        approval(body["record"], body["version"], one, rule, (by,), fields=members)
        for one in body["partners"]
        for rule, members in _rules(raised=bool(body.get("raise")), fields=body["fields"])
    ]
    pairs = [(considered, one) for one in body["partners"]]
    decisions = decide_batch(pairs, configuration, exchange, supposing=supposed)
    return rows[0], considered.record, list(zip(body["partners"], decisions, strict=True))


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
    given = _approvals(row, row.expires_at, exchange)
    work.proposals.add_approvals(given)
    _put_first(row, work)
    decide_again(body["record"], body["version"], work)
    about = {"proposal": row.id, "record": body["record"], "version": body["version"]}
    raised: list[Act] = [("raised", {**about, "by": row.proposer, "reason": body["reason"]})]
    said = raised if body.get("raise") else []
    return [*said, *map(allowed, given), *_informed(row)]


def informed_partner(row: ProposalRow, originator: str) -> Act:
    """Return the act that a third party is told by a message to its gateway."""
    about = {"proposal": row.id, "record": row.body["record"], "version": row.body["version"]}
    return ("informed", {**about, "whom": f"partner:{originator}"})


def _informed(row: ProposalRow) -> list[Act]:
    """Return the acts that tell the originator and its data protection officer."""
    about = {"proposal": row.id, "record": row.body["record"], "version": row.body["version"]}
    return [
        ("informed", {**about, "whom": f"{whom}:{row.org}"})
        for whom in ("originator", "data_protection_officer")
    ]


def _approvals(row: ProposalRow, until: int | None, exchange: Exchange) -> list[ApprovalRow]:
    by = (row.proposer,) if row.approver is None else (row.proposer, row.approver)
    return [
        approval(
            row.body["record"],
            row.body["version"],
            partner,
            rule,
            by,
            id=exchange.new_id(),
            until=until,
            fields=members,
            proposal=row.id,
        )
        for partner in row.body["partners"]
        for rule, members in _rules(raised=bool(row.body.get("raise")), fields=row.body["fields"])
        if rule != RULE or partner not in _only_put_first(row)
    ]


def _only_put_first(row: ProposalRow) -> Sequence[str]:
    """Return the partners for whom nothing is lifted: they get it whoever says no."""
    found: Sequence[str] = row.body.get("hastened", ())
    return found


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
    given = _approvals(row, None, exchange)

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
        if one.version == body["version"]
        and one.partner in body["partners"]
        and one.partner not in _only_put_first(row)
        and may_hold(one)
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
