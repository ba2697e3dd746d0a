"""The pages on which people decide: what is held, and what waits for a second person."""

from __future__ import annotations

from flask import Response, request

from gateway.core.errors import Forbidden
from gateway.flow import approving, holds, mappings, propose, urgent
from gateway.flow.alarms import ringing_for
from gateway.flow.holds import parse_group
from gateway.flow.identify import Person
from gateway.flow.rows_people import ProposalRow
from gateway.web.console import frame
from gateway.web.console.door import demand_proof
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange

_PAGE = 50
RESPONSIBLE = ("administrator", "duty_officer")  # who is to see alarms without looking for them
# What is offered in the field of a reason; any code may be typed.
_REASONS = ("reviewed", "read_and_cleared", "child_at_risk", "not_needed", "wrong_recipient")


@blp.get("/")
def to_do() -> Response:
    """Show what needs this person now, urgent first."""
    me = person()
    return frame.page(
        "to_do.html",
        groups=holds.groups(me, exchange()) if _may(me, holds.OFFICERS) else None,
        proposals=_open(me),
        ringing=len(ringing_for(me, exchange())) if _may(me, RESPONSIBLE) else 0,
        urgent=urgent.waiting(me, exchange()) if _may(me, urgent.READERS) else [],
    )


@blp.get("/held")
def held() -> Response:
    """List what is held, in groups that wait for the same."""
    return frame.page("held.html", groups=holds.groups(person(), exchange()))


@blp.get("/held/<group>")
def held_group(group: str) -> Response:
    """Show one group; with a reason, a few of its records opened."""
    return _group(group, request.args.get("reason", ""))


@blp.post("/held/<group>/approve")
def approve_group(group: str) -> Response:
    """Let a group go, or propose that it goes."""
    demand_proof()
    done = approving.approve_set(parse_group(group), None, field("reason"), person(), exchange())
    if done.proposal is None:
        return frame.go("console.held")
    return frame.go("console.proposal", id_=done.proposal.id)


@blp.post("/held/<group>/refuse")
def refuse_group(group: str) -> Response:
    """Say no for good to a group."""
    demand_proof()
    holds.decline(parse_group(group), None, field("reason"), person(), exchange())
    return frame.go("console.held")


@blp.get("/proposals/<id_>")
def proposal(id_: str) -> Response:
    """Show a proposal: exactly the bytes that are executed."""
    row = propose.shown(id_, person(), exchange())
    lines = mappings.difference(row, exchange())
    return frame.page("proposal.html", found=propose.view(row), lines=lines, reasons=_REASONS)


@blp.post("/proposals/<id_>/approve")
def approve(id_: str) -> Response:
    """Execute what was proposed, as the second person; by the digest of what they were shown."""
    demand_proof()
    propose.approve(id_, field("digest"), person(), exchange())
    return frame.go("console.proposal", id_=id_)


@blp.post("/proposals/<id_>/reject")
def reject(id_: str) -> Response:
    """Say no to a proposal."""
    demand_proof()
    propose.reject(id_, field("reason"), person(), exchange())
    return frame.go("console.proposal", id_=id_)


def _group(name: str, reason: str) -> Response:
    group = parse_group(name)
    found = next(
        (one for one in holds.groups(person(), exchange()) if one["group"] == group.name), None
    )
    if found is None:
        return frame.go("console.held")
    sample = holds.sample(group, reason, person(), exchange()) if reason else []
    return frame.page("group.html", group=found, sample=sample, reason=reason, reasons=_REASONS)


def _open(me: Person) -> list[ProposalRow]:
    try:
        rows, _ = propose.page(me, exchange(), open_only=True, after="", limit=_PAGE)
    except Forbidden:
        return []
    return [row for row in rows if row.proposer != me.name]


def _may(me: Person, roles: tuple[str, ...]) -> bool:
    return not me.roles.isdisjoint(roles)
