"""The metadata with every table in it: for migrations, and for whoever compares a database with it.

A table exists once its page was read, and no page needs another.
"""

from __future__ import annotations

from gateway.store import tables, tables_accounts, tables_after, tables_alarms, tables_national
from gateway.store.table_parts import metadata

__all__ = [
    "metadata",
    "tables",
    "tables_accounts",
    "tables_after",
    "tables_alarms",
    "tables_national",
]
