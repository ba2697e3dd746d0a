"""What tests of notices ask about a gateway: who holds what, and whether a person is in it."""

from __future__ import annotations

import sqlite3
from typing import Any

from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.records import open_texts
from gateway.flow.rows import RecordRow
from tests.journeys.gateways import client_named


def versions(exchange: Exchange, record: str) -> list[RecordRow]:
    with exchange.store.reading() as work:
        return list(work.records.versions(record))


def states(exchange: Exchange, record: str) -> dict[int, str]:
    return {row.version: row.state for row in versions(exchange, record)}


def texts(exchange: Exchange, record: str) -> str:
    """All that can still be read of a record here, in any version."""
    rows = [row for row in versions(exchange, record) if row.wrapped and row.text]
    return "".join(text.decode() for text in open_texts(rows, exchange))


def inbox(exchange: Exchange, client: str) -> list[dict[str, Any]]:
    return waiting(client_named(client, exchange), 0, 99, exchange).entries


def verdicts(exchange: Exchange, notice: str) -> dict[str, tuple[str | None, str, str | None]]:
    """partner → (verdict, code, own system) of the releases of one notice."""
    with exchange.store.reading() as work:
        (row,) = work.notices.of_id(notice)
        found = work.releases.of_record(row.record)
    return {
        one.partner: (one.verdict, one.code, one.own_system)
        for one in found
        if one.notice == notice
    }


def dump(exchange: Exchange) -> str:
    """Everything that lies in the database, as SQLite itself writes it out."""
    source = exchange.store._source  # noqa: SLF001 - to see what is really there
    with source.writing.connect() as connection:
        raw: sqlite3.Connection = connection.connection.driver_connection
        return "\n".join(raw.iterdump())
