"""The journeys of an act that takes two people: propose, approve, reject, lapse.

A proposal holds exactly what is executed. The second person gives its digest back; what it does is
done in the commit that writes the approval, after what it rested on was looked at again there.

Stays true:
  * What is another organisation's looks exactly like what does not exist.
  * A proposal is settled once: the commit finds it open, or does nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.core.errors import NotFound
from gateway.core.lifecycle import step
from gateway.core.proposal import (
    READERS,
    ActUnknown,
    DigestDiffers,
    ProposalSettled,
    act_kind,
    demand_proposer,
    demand_second,
    executed_bytes,
    executed_digest,
    parse_reason,
)
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.lease import Lease
from gateway.flow.ports import UnitOfWork
from gateway.flow.proposable import PROPOSABLE
from gateway.flow.rows_people import ProposalRow
from gateway.flow.two_people import Body

BATCH = 50


def propose(
    act: str, asked: Body, person: Person, exchange: Exchange, *, reason: str
) -> ProposalRow:
    """Propose `act`; the same proposal of the same person that is open already is returned.

    Raises Forbidden, ActUnknown, and what the act's own check raises.
    """
    kind = act_kind(act)
    if not kind.alone:
        raise ActUnknown(f"{act} comes with another act; it cannot be proposed by itself")
    demand_proposer(kind, person.roles)
    body = PROPOSABLE[act].complete(asked, person, exchange)
    row = new_proposal(act, body, person, exchange, reason=reason)
    with exchange.store.writing() as work:
        held = _same_open(row, work)
        if held is not None:
            return held
        work.proposals.add(row)
        work.ledger.add(entries([proposed(row)], exchange))
        exchange.commit(work, "propose")
    return row


def new_proposal(
    act: str, body: Body, person: Person, exchange: Exchange, *, reason: str
) -> ProposalRow:
    """Return the row of a proposal; whoever calls it adds it in a commit of its own."""
    now = exchange.now_ms()
    return ProposalRow(
        id=exchange.new_id(),
        org=person.org,
        act=act,
        body=body,
        digest=executed_digest(act, person.org, body),
        proposer=person.name,
        approver=None,
        state="open",
        reason=parse_reason(reason),
        proposed_at=now,
        expires_at=now + act_kind(act).lasts_ms,
    )


def proposed(row: ProposalRow) -> Act:
    """Return the ledger act of a new proposal."""
    return ("proposed", {**_named(row), "by": row.proposer, "reason": row.reason})


def _same_open(row: ProposalRow, work: UnitOfWork) -> ProposalRow | None:
    after = ""
    while page := work.proposals.page(row.org, open_only=True, after=after, limit=BATCH):
        for one in page:
            if (one.digest, one.proposer) == (row.digest, row.proposer):
                return one
        after = page[-1].id
    return None


def approve(id_: str, digest: str, person: Person, exchange: Exchange) -> ProposalRow:
    """Approve a proposal and do what it says, in one commit.

    Repeated by the same person it returns what was done. Raises NotFound, Forbidden,
    SecondPersonNeeded, DigestDiffers, ProposalSettled, BasisChanged.
    """
    row = shown(id_, person, exchange)
    kind = act_kind(row.act)
    demand_second(kind, row.proposer, person.name, person.roles)
    # The row itself is not trusted either: the digest is over what would be executed.
    if not digest == row.digest == executed_digest(row.act, row.org, row.body):
        raise DigestDiffers
    if (row.state, row.approver) == ("approved", person.name):
        return row
    now = exchange.now_ms()
    if row.state != "open" or row.expires_at <= now:
        raise ProposalSettled
    settled = replace(
        row, state=step("proposal", "open", "approve"), approver=person.name, settled_at=now
    )
    commit = PROPOSABLE[row.act].execute(settled, exchange)
    with exchange.store.writing() as work:
        if not work.proposals.settle(settled):
            raise ProposalSettled
        acts: list[Act] = [("approved", {**_named(row), "by": person.name}), *commit(work)]
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "propose.approve")
    return settled


def reject(id_: str, reason: str, person: Person, exchange: Exchange) -> ProposalRow:
    """Say no to a proposal; whoever proposed it may take it back in the same way.

    Raises NotFound, Forbidden, ReasonMalformed, ProposalSettled.
    """
    parse_reason(reason)
    row = shown(id_, person, exchange)
    if person.name != row.proposer:
        demand_second(act_kind(row.act), row.proposer, person.name, person.roles)
    if row.state != "open":
        raise ProposalSettled
    settled = replace(
        row,
        state=step("proposal", "open", "reject"),
        approver=person.name,
        settled_at=exchange.now_ms(),
    )
    act: Act = ("rejected", {**_named(row), "by": person.name, "reason": reason})
    with exchange.store.writing() as work:
        if not _end(settled, act, work, exchange):
            raise ProposalSettled
        exchange.commit(work, "propose.reject")
    return settled


def lapse(lease: Lease, exchange: Exchange) -> int:
    """End the proposals whose time is over, each with what it left behind; return how many."""
    with exchange.store.reading() as work:
        overdue = work.proposals.overdue(now_ms=exchange.now_ms(), limit=BATCH)
    for row in overdue:
        settled = replace(
            row, state=step("proposal", "open", "lapse"), settled_at=exchange.now_ms()
        )
        with exchange.store.writing() as work:
            lease.demand(work)
            if _end(settled, ("lapsed", _named(row)), work, exchange):
                exchange.commit(work, "propose.lapse")
    return len(overdue)


def _end(settled: ProposalRow, act: Act, work: UnitOfWork, exchange: Exchange) -> bool:
    """Settle without executing, and undo what stood on the hope of it; whether it was open."""
    if not work.proposals.settle(settled):
        return False
    undo = PROPOSABLE[settled.act].undo
    undone: Sequence[Act] = undo(settled, work, exchange) if undo else ()
    work.ledger.add(entries([act, *undone], exchange))
    return True


def shown(id_: str, person: Person, exchange: Exchange) -> ProposalRow:
    """Return one proposal of the person's organisation. Raises Forbidden, NotFound."""
    demand_role(person, *READERS)
    with exchange.store.reading() as work:
        row = work.proposals.get(id_)
    if row is None or row.org != person.org:
        raise NotFound
    return row


def page(
    person: Person, exchange: Exchange, *, open_only: bool, after: str, limit: int
) -> tuple[Sequence[ProposalRow], str | None]:
    """Return proposals of the person's organisation, oldest first, and where to go on."""
    demand_role(person, *READERS)
    with exchange.store.reading() as work:
        rows = work.proposals.page(person.org, open_only=open_only, after=after, limit=limit)
    return rows, rows[-1].id if len(rows) == limit else None


def view(row: ProposalRow) -> dict[str, Any]:
    """Return a proposal as people see it; `executes` is exactly what its digest is over."""
    kind = act_kind(row.act)
    return {
        "id": row.id,
        "act": row.act,
        "title": kind.title,
        "state": row.state,
        "proposer": row.proposer,
        "approver": row.approver,
        "approvers": list(kind.approvers),
        "reason": row.reason,
        "proposed_at": row.proposed_at,
        "expires_at": row.expires_at,
        "settled_at": row.settled_at,
        "digest": row.digest,
        "executes": executed_bytes(row.act, row.org, row.body).decode(),
    }


def _named(row: ProposalRow) -> dict[str, str]:
    return {"proposal": row.id, "org": row.org, "kind": row.act, "digest": row.digest}
