"""Reading: what a national system may do with a record that a partner sent it. Writes nothing."""

from __future__ import annotations

import json
from typing import Any

from gateway.core import terms
from gateway.core.errors import NotFound
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, demand_scope
from gateway.flow.matching import is_shut
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_texts
from gateway.flow.rows import RecordRow


def may(
    client: Client,
    record: str,
    version: int | None,
    question: terms.Question,
    exchange: Exchange,
) -> dict[str, Any]:
    """Answer from the terms that were signed with the record; `version` None: the newest.

    Raises Forbidden without the scope `inbox`, and NotFound for what this client was not given.
    """
    demand_scope(client, "inbox")
    with exchange.store.reading() as work:
        row = _given(client, record, version, work)
        since = _since(row, exchange.now_ms(), work)
    # An erased record has no terms any more; its state alone then says no.
    body = json.loads(open_texts([row], exchange)[0]) if row.text and row.wrapped else {}
    answer = terms.may(question, body.get("terms") or {}, state=row.state, since=since)
    return {
        "record": row.id,
        "version": row.version,
        "from": row.from_partner,
        **answer.json(),
    }


def _given(client: Client, record: str, version: int | None, work: UnitOfWork) -> RecordRow:
    if version is None:
        row = work.records.newest([record]).get(record)
    else:
        row = next(iter(work.records.get([(record, version)])), None)
    if row is None or row.from_partner is None:
        raise NotFound
    entry = work.arrivals.inbox_of(client.name, row.id, row.version)
    if entry is None or entry.state == "held" or is_shut(entry, row):
        raise NotFound
    return row


def _since(row: RecordRow, now_ms: int, work: UnitOfWork) -> frozenset[str]:
    """Return the restrictions and codes that notices have laid on the record since it came."""
    return frozenset(
        notice.code
        for notice in work.notices.of_records([row.id])
        if notice.kind == "change_restrictions"
        and notice.state == "applied"
        and notice.code
        and (notice.until is None or now_ms < notice.until)
    )
