"""What two people allow for one record and one recipient, beyond a hold: `derogation`, `disclose`.

A derogation lets a record go to a third country for which there is no other ground (R-08). To
disclose is to let members go that would be left out: of protected persons and sources (R-10), or
the free text that may name somebody who is left out.

Stays true:
  * Asked for is only what changes the decision; a yes in vain stands for no transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.core.policy import Decision
from gateway.core.proposal import ActUnknown, BasisChanged, NotApprovable, parse_reason
from gateway.flow.acts import Act
from gateway.flow.again import decide_again
from gateway.flow.approvable import allowed, approval
from gateway.flow.deciding import considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_people import ApprovalRow, ProposalRow
from gateway.flow.two_people import Body, TwoPeopleAct
from schemas import vocab

ABROAD: Final = "R-08"
PROTECTED: Final = "R-10"
TEXT: Final = "text"
_TWO: Final = "R-19"
_UNDECIDED: Final = ("held", "refused", "due")

Json = dict[str, Any]


def _derogation(asked: Body, person: Person, exchange: Exchange) -> Body:
    _demand_members(asked, "record", "partner", "ground", "necessity")
    ground = parse_reason(str(asked["ground"]))
    if asked["necessity"] not in vocab.NECESSITY_CODES:
        raise ActUnknown(f"necessity is one of {', '.join(vocab.NECESSITY_CODES)}")
    more = {"rule": ABROAD, "fields": [], "ground": ground, "necessity": asked["necessity"]}
    body = _body(asked, more, person, exchange)
    before, after = _with_and_without(body, person, exchange)
    if ABROAD not in _holding(before):
        raise NotApprovable("R-08 does not hold it: no derogation is needed")
    if not {ABROAD, _TWO}.isdisjoint(_holding(after)) or after.state == "refused":
        raise NotApprovable(f"{after.rule}: {after.reason}. {after.remedy}")
    return body


def _disclose(asked: Body, person: Person, exchange: Exchange) -> Body:
    _demand_members(asked, "record", "partner", "rule", "fields")
    fields = asked["fields"]
    if asked["rule"] not in (PROTECTED, TEXT) or not isinstance(fields, list):
        raise ActUnknown(f"rule is {PROTECTED} or {TEXT}, fields a list of pointers")
    if any(not isinstance(one, str) for one in fields) or bool(fields) == (asked["rule"] == TEXT):
        raise ActUnknown("fields names members for R-10, and nothing for text")
    more = {"rule": asked["rule"], "fields": sorted(set(fields)), "ground": None, "necessity": None}
    body = _body(asked, more, person, exchange)
    before, after = _with_and_without(body, person, exchange)
    if not _says_more(before, after):
        raise NotApprovable("it would not change what goes to this recipient")
    return body


def _demand_members(asked: Body, *names: str) -> None:
    if set(asked) != set(names):
        raise ActUnknown(f"the members are {', '.join(names)}")
    if any(not isinstance(asked[name], str) for name in names if name != "fields"):
        raise ActUnknown("each of them is a text, but for fields")


def _body(asked: Body, more: Json, person: Person, exchange: Exchange) -> Json:
    with exchange.store.reading() as work:
        row = work.records.newest([asked["record"]]).get(asked["record"])
    if row is None or row.org != person.org or row.from_partner is not None:
        raise NotFound
    return {"record": row.id, "version": row.version, "partner": asked["partner"], **more}


def _with_and_without(body: Body, person: Person, exchange: Exchange) -> tuple[Decision, Decision]:
    """Decide as things are, and as if two people had allowed it."""
    supposed = _approval(body, (person.name, "second"))
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = work.records.get([(body["record"], body["version"])])
    considered = considered_of(rows, exchange).get((body["record"], body["version"]))
    if considered is None:
        raise NotFound
    pair = (considered, body["partner"])
    (before,) = decide_batch([pair], configuration, exchange)
    (after,) = decide_batch([pair], configuration, exchange, supposing=[supposed])
    return before, after


def _holding(decision: Decision) -> set[str]:
    return {one.rule for one in decision.trace if one.outcome == "hold"}


def _says_more(before: Decision, after: Decision) -> bool:
    if after.state != "due":
        return False
    return before.state != "due" or set(after.withheld) < set(before.withheld)


def _approval(body: Body, by: Sequence[str], **more: Any) -> ApprovalRow:
    return approval(
        body["record"],
        body["version"],
        body["partner"],
        body["rule"],
        tuple(by),
        fields=tuple(body["fields"]),
        ground=body["ground"],
        necessity=body["necessity"],
        **more,
    )


def _execute(row: ProposalRow, exchange: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    by = (row.proposer, str(row.approver))
    given = _approval(row.body, by, id=exchange.new_id(), proposal=row.id)

    def commit(work: UnitOfWork) -> Sequence[Act]:
        record = work.records.newest([given.record]).get(given.record)
        if record is None or (record.version, record.state) != (given.version, "current"):
            raise BasisChanged("the record is not the version that was read any more")
        if not any(
            one.partner == given.partner
            and one.version == given.version
            and one.state in _UNDECIDED
            and not one.notice
            for one in work.releases.of_record(given.record)
        ):
            raise BasisChanged("it has gone to this recipient, or was withdrawn from it")
        work.proposals.add_approvals([given])
        decide_again(given.record, given.version, work)
        return [allowed(given)]

    return commit


DEROGATION: Final = TwoPeopleAct(complete=_derogation, execute=_execute)
DISCLOSE: Final = TwoPeopleAct(complete=_disclose, execute=_execute)
