"""The tables of alarms: what was told, and how often partners send."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table

from gateway.store.table_parts import key, metadata, number, word, words

told_alarms: Final = Table(
    "told_alarms", metadata, *words("bell code subject"), number("told_at"),
    key("bell", "code", "subject"),
)  # fmt: skip
rhythms: Final = Table(
    "rhythms", metadata, word("partner"), number("first_at"), number("heard_at"), number("times"),
    number("longest_ms"),
    key("partner"),
)  # fmt: skip
