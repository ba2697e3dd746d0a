"""The journey of a yes to held releases: at once where one person is enough, else as a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.proposal import NotApprovable, act_kind, demand_proposer, parse_reason
from gateway.flow.acts import entries
from gateway.flow.approvable import answerable, set_body, write_approvals
from gateway.flow.exchange import Exchange
from gateway.flow.holds import Group, held_set
from gateway.flow.identify import Person
from gateway.flow.propose import propose
from gateway.flow.rows_people import ProposalRow

ACT = "approve-holds"


@dataclass(frozen=True, slots=True)
class Approved:
    """What a yes did: `count` releases are decided on again, or wait for the second person."""

    count: int
    proposal: ProposalRow | None  # None: one person was enough, it is done


def approve_set(
    group: Group,
    wanted: Sequence[str] | None,
    reason: str,
    person: Person,
    exchange: Exchange,
) -> Approved:
    """Let a group of held releases go, or those of it that are `wanted`.

    Raises Forbidden, NotFound, NotApprovable, BasisChanged.
    """
    demand_proposer(act_kind(ACT), person.roles)
    parse_reason(reason)
    rows = held_set(group, wanted, person, exchange)
    try:
        found = answerable(rows, (person.name,), exchange)
    except NotApprovable:  # by one person: the rules themselves say whether two are enough
        asked = {"group": group.name, "releases": [row.id for row in rows]}
        return Approved(len(rows), propose(ACT, asked, person, exchange, reason=reason))
    body = set_body(group.name, found)
    with exchange.store.writing() as work:
        acts = write_approvals(body, (person.name,), None, work, exchange)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "approving")
    return Approved(len(rows), None)
