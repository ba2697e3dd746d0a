"""The journey of a notice to the national system that has the record: it follows, and says so.

The record itself may be gone here; what is left to tell is which one, and what to do with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.core.errors import Conflict, NotFound
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, demand_scope
from gateway.flow.reporting import report_settled
from gateway.flow.rows_after import InboxNoticeRow

DONE: Final = "done"
KEPT: Final = "kept"


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Notices that wait for an answer; `next` is where the following page begins, or None."""

    entries: list[dict[str, Any]]
    next: str | None


def open_notices(client: Client, after: str, limit: int, exchange: Exchange) -> NoticePage:
    """Return notices that this client has not answered. Raises Forbidden without `inbox`.

    `after` is the id of the last one seen, a space, and the partner that gave it.
    """
    demand_scope(client, "inbox")
    with exchange.store.reading() as work:
        notice, _, partner = after.partition(" ")
        rows = work.follow.entries(client.name, after=(notice, partner), limit=limit)
    following = f"{rows[-1].notice} {rows[-1].partner}" if len(rows) == limit else None
    return NoticePage([notice_entry(row) for row in rows], following)


def notice_entry(row: InboxNoticeRow) -> dict[str, Any]:
    """Return what a national system is told of a notice."""
    return {
        "notice": row.notice,
        "cause": row.cause,
        "record": row.record,
        "version": row.version,
        "versions": list(row.versions),
        "kind": row.kind,
        "person": row.person,
        "code": row.code,
        "until": row.until,
        "at": row.at,
        "from": row.partner,
    }


def settle_notice(
    client: Client,
    notice: str,
    exchange: Exchange,
    *,
    done: bool,
    reason: str | None = None,
    partner: str | None = None,
) -> None:
    """Take the national system's answer; who gave the notice learns it by a verdict.

    `reason` is a code: on what basis it is kept. `partner` gave the notice, which has to be said
    where two gave one of this id. Idempotent. Raises NotFound, and Conflict for the other answer
    after the first, or where `partner` is missing.
    """
    demand_scope(client, "inbox")
    state = DONE if done else KEPT
    with exchange.store.writing() as work:
        named = work.follow.entries_named(client.name, notice)
        found = [row for row in named if partner in (None, row.partner)]
        if not found:
            raise NotFound
        if len(found) > 1:
            raise Conflict("two partners gave a notice with this id: say `from`")
        row = found[0]
        if row.state == state:
            return
        settled = replace(row, state=state, reason=reason, settled_at=exchange.now_ms())
        if not work.follow.settle_entry(settled):
            raise Conflict("this notice was answered the other way before")
        author = "" if row.partner == exchange.own.id else row.partner
        for about in work.notices.get([(author, row.cause)]):
            report_settled(about, work, exchange)
        fields = {"client": client.name, "notice": row.cause, "state": state, "code": reason}
        act: Act = ("notice_settled", fields)
        work.handovers.forget(client.name, notice, 0, row.partner)
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "hand_on.notice")
