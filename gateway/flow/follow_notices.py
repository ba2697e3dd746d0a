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
from gateway.flow.reporting import report
from gateway.flow.rows_after import InboxNoticeRow

DONE: Final = "done"
KEPT: Final = "kept"


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Notices that wait for an answer; `next` is where the following page begins, or None."""

    entries: list[dict[str, Any]]
    next: str | None


def open_notices(client: Client, after: str, limit: int, exchange: Exchange) -> NoticePage:
    """Return notices that this client has not answered. Raises Forbidden without `inbox`."""
    demand_scope(client, "inbox")
    with exchange.store.reading() as work:
        rows = work.follow.entries(client.name, after=after, limit=limit)
    following = rows[-1].notice if len(rows) == limit else None
    return NoticePage([_entry(row) for row in rows], following)


def _entry(row: InboxNoticeRow) -> dict[str, Any]:
    return {
        "notice": row.notice,
        "record": row.record,
        "version": row.version,
        "kind": row.kind,
        "person": row.person,
        "code": row.code,
        "until": row.until,
        "at": row.at,
        "from": row.partner,
    }


def settle_notice(
    client: Client, notice: str, exchange: Exchange, *, done: bool, reason: str | None = None
) -> None:
    """Take the national system's answer; who gave the notice learns it by a verdict.

    `reason` is a code: on what basis it is kept. Idempotent. Raises NotFound, and Conflict for
    the other answer after the first.
    """
    demand_scope(client, "inbox")
    state = DONE if done else KEPT
    with exchange.store.writing() as work:
        row = work.follow.entry(client.name, notice)
        if row is None:
            raise NotFound
        if row.state == state:
            return
        settled = replace(row, state=state, reason=reason, settled_at=exchange.now_ms())
        if not work.follow.settle_entry(settled):
            raise Conflict("this notice was answered the other way before")
        for about in work.notices.get([notice]):
            report(about, work, exchange)
        fields = {"client": client.name, "notice": notice, "state": state, "code": reason}
        act: Act = ("notice_settled", fields)
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "hand_on.notice")
