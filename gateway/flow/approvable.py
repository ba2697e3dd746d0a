"""What approving held releases takes and does: which rules a person can answer, and how many.

A yes is asked for only where it changes something: the decision is made again as if it had been
given. Where it would not help, the reason and the remedy of the rule that goes on holding are the
answer, so that nobody approves in vain.

Stays true:
  * A set is executed whole or not at all: each release must still be held by the same rules, and
    its record be the version that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.policy import Decision
from gateway.core.proposal import BasisChanged, NotApprovable
from gateway.flow.acts import Act
from gateway.flow.again import decide_again
from gateway.flow.deciding import Considered, considered_of, decide_batch, rows_of
from gateway.flow.exchange import Exchange
from gateway.flow.holds import held_rules, held_set, parse_group
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_people import ApprovalRow, ProposalRow
from gateway.flow.two_people import Body, TwoPeopleAct

_ROUNDS: Final = 8  # one rule is answered after the other, so that nobody answers more than needed

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answerable:
    """One held release and the rules that a yes has to answer so that it may go."""

    release: ReleaseRow
    rules: tuple[str, ...]

    def json(self) -> Json:
        """Return what is approved of it."""
        return {
            "release": self.release.id,
            "record": self.release.record,
            "version": self.release.version,
            "partner": self.release.partner,
            "held_by": list(held_rules(self.release)),
            "rules": list(self.rules),
        }


def answerable(
    rows: Sequence[ReleaseRow], by: Sequence[str], exchange: Exchange
) -> list[Answerable]:
    """Return these held releases with the rules to be answered by `by`.

    Raises NotApprovable when an answer would not let one of them go, BasisChanged when a record is
    not there any more.
    """
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        records = rows_of(((row.record, row.version) for row in rows), work)
    known = considered_of(records, exchange)
    if any((row.record, row.version) not in known for row in rows):
        raise BasisChanged
    pairs = [(known[row.record, row.version], row.partner) for row in rows]

    def decide(supposing: Sequence[ApprovalRow]) -> list[Decision]:
        return decide_batch(pairs, configuration, exchange, supposing=supposing)

    asked = _rules_to_answer(pairs, by, decide)
    return [Answerable(row, rules) for row, rules in zip(rows, asked, strict=True)]


def _rules_to_answer(
    pairs: Sequence[tuple[Considered, str]],
    by: Sequence[str],
    decide: Callable[[Sequence[ApprovalRow]], list[Decision]],
) -> list[tuple[str, ...]]:
    answered: list[set[str]] = [set() for _ in pairs]
    for _ in range(_ROUNDS):
        supposed = [
            approval(one.record.id, one.record.version, partner, rule, by)
            for (one, partner), rules in zip(pairs, answered, strict=True)
            for rule in sorted(rules)
        ]
        decisions = decide(supposed)
        if all(one.state == "due" for one in decisions):
            return [tuple(sorted(rules)) for rules in answered]
        for one, rules in zip(decisions, answered, strict=True):
            holding = {result.rule for result in one.trace if result.outcome == "hold"}
            if one.state == "refused" or (one.state == "held" and holding <= rules):
                raise NotApprovable(f"{one.rule}: {one.reason}. {one.remedy}")
            rules.update(sorted(holding - rules)[:1])
    raise NotApprovable("the rules go on holding it, whatever a person answers")


def approval(
    record: str, version: int, partner: str, rule: str, by: Sequence[str], **more: Any
) -> ApprovalRow:
    """Return an approval; without an `id` it is only supposed, never kept."""
    return ApprovalRow(
        **{"id": "", **more}, record=record, version=version, partner=partner, rule=rule, by=by
    )


def set_body(group: str, found: Sequence[Answerable]) -> Json:
    """Return the body of a proposal to approve this set: exact releases, exact versions."""
    return {"group": group, "releases": [one.json() for one in found], "until": None}


def _complete(asked: Body, person: Person, exchange: Exchange) -> Body:
    group = parse_group(str(asked.get("group", "")))
    rows = held_set(group, asked.get("releases"), person, exchange)
    return set_body(group.name, answerable(rows, (person.name, "second"), exchange))


def write_approvals(
    body: Body,
    by: Sequence[str],
    proposal: str | None,
    work: UnitOfWork,
    exchange: Exchange,
) -> list[Act]:
    """Write what was approved, in this commit, and have it decided on again.

    Raises BasisChanged unless each release is held as it was, and its record current.
    """
    acts: list[Act] = []
    approvals: list[ApprovalRow] = []
    for one in body["releases"]:
        _demand_unchanged(one, work)
        for rule in one["rules"]:
            row = approval(
                one["record"],
                one["version"],
                one["partner"],
                rule,
                tuple(by),
                id=exchange.new_id(),
                until=body["until"],
                proposal=proposal,
            )
            approvals.append(row)
            acts.append(allowed(row))
    work.proposals.add_approvals(approvals)
    for record, version in sorted({(one["record"], one["version"]) for one in body["releases"]}):
        decide_again(record, version, work)
    return acts


def allowed(row: ApprovalRow) -> Act:
    """Return the ledger act of an approval."""
    by = (*row.by, None)
    return (
        "allowed",
        {
            "record": row.record,
            "version": row.version,
            "partner": row.partner,
            "rule": row.rule,
            "by": by[0],
            "second": by[1],
            "until": row.until,
        },
    )


def _demand_unchanged(one: Mapping[str, Any], work: UnitOfWork) -> None:
    record = work.records.newest([one["record"]]).get(one["record"])
    release = next(
        (row for row in work.releases.of_record(one["record"]) if row.id == one["release"]), None
    )
    if record is None or (record.version, record.state) != (one["version"], "current"):
        raise BasisChanged("a record of the set is not the version that was read any more")
    if release is None or release.state != "held":
        raise BasisChanged("a release of the set is not held any more")
    if list(held_rules(release)) != one["held_by"]:
        raise BasisChanged("a release of the set is held for another reason by now")


def _execute(row: ProposalRow, exchange: Exchange) -> Callable[[UnitOfWork], list[Act]]:
    by = (row.proposer, str(row.approver))
    return lambda work: write_approvals(row.body, by, row.id, work, exchange)


APPROVE_HOLDS: Final = TwoPeopleAct(complete=_complete, execute=_execute)
