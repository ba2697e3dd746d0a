"""Reading: what a national system may do with a record that a partner sent it. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from gateway.core import terms
from gateway.core.errors import NotFound
from gateway.core.facts import Consent, in_force
from gateway.core.tlp import codes_of
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, demand_scope
from gateway.flow.matching import is_shut
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_texts
from gateway.flow.rows import RecordRow

_WHEN: Final = "%Y-%m-%dT%H:%M:%SZ"


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
        since = laid_since([row.id], exchange.now_ms(), work).get(row.id, frozenset())
        consents = _consents(row, exchange.configuration(work).consents, exchange)
        signed = _signed(consents, work)
    grants = _grants(consents, _conditions(signed, exchange))
    # An erased record has no terms any more; its state alone then says no.
    body = json.loads(open_texts([row], exchange)[0]) if row.text and row.wrapped else {}
    if body.get("tlp"):  # it binds, whatever the terms beside it say
        laid = codes_of(str(body["tlp"]))
        since |= laid.handling | laid.restrictions
    answer = terms.may(
        question, body.get("terms") or {}, state=row.state, since=since, grants=grants
    )
    return {
        "record": row.id,
        "version": row.version,
        "from": row.from_partner,
        **answer.json(),
    }


def _consents(row: RecordRow, consents: Sequence[Consent], exchange: Exchange) -> Sequence[Consent]:
    """Return the consents in force of the sender of the record; for us, or to others."""
    now = exchange.now_ms()
    return [
        one
        for one in consents
        if one.org == row.from_partner
        and row.id in one.records
        and one.valid_until is not None
        and in_force(one.valid_from, one.valid_until, now)
        and (one.use == "pass_on" or exchange.own.id in one.recipients)
    ]


def _signed(consents: Sequence[Consent], work: UnitOfWork) -> Mapping[str, RecordRow]:
    """Return by name the newest message behind each consent; none for those of a file."""
    names = {one.name for one in consents}
    if not names:
        return {}
    messages = {
        item.name: item.body["messages"][-1]
        for item in work.config.active("consent")
        if item.name in names and item.body.get("messages")
    }
    held = work.records.newest(sorted(messages.values()))
    return {name: held[id_] for name, id_ in messages.items() if id_ in held}


def _conditions(signed: Mapping[str, RecordRow], exchange: Exchange) -> Mapping[str, str]:
    texts = {name: row for name, row in signed.items() if row.text and row.wrapped}
    opened = open_texts(list(texts.values()), exchange)
    return {
        name: str(json.loads(text).get("conditions") or "")
        for name, text in zip(texts, opened, strict=True)
    }


def _grants(consents: Sequence[Consent], conditions: Mapping[str, str]) -> list[terms.Grant]:
    return [
        terms.Grant(
            name=one.name,
            use=one.use,
            until=datetime.fromtimestamp((one.valid_until or 0) / 1000, UTC).strftime(_WHEN),
            to=frozenset(one.recipients),
            purposes=frozenset(one.purposes),
            conditions=conditions.get(one.name, ""),
        )
        for one in consents
    ]


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


def laid_since(
    records: Sequence[str], now_ms: int, work: UnitOfWork
) -> Mapping[str, frozenset[str]]:
    """Return by record the restrictions and codes that notices have laid on it since it came."""
    laid: dict[str, set[str]] = {}
    for notice in work.notices.of_records(records):
        if (
            notice.kind == "change_restrictions"
            and notice.state == "applied"
            and notice.code
            and (notice.until is None or now_ms < notice.until)
        ):
            laid.setdefault(notice.record, set()).add(notice.code)
    return {record: frozenset(codes) for record, codes in laid.items()}
