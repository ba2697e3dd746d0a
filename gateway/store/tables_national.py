"""The tables of what passes between the gateway and national systems by itself.

With `tables` and `tables_after` the layout of the database, under the same promises.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table, text

from gateway.store.table_parts import (
    index,
    json_text,
    key,
    metadata,
    number,
    number_or_none,
    word,
    word_or_none,
    words,
    words_or_none,
)

LAID_OUT: Final = text("stage = 'laid'")

# No reference to what it is about: that is a record's version or a notice.
handovers: Final = Table(
    "handovers", metadata, *words("client about"), number("version"), *words("partner stage"),
    number("at"), number("retry_at"), number("failures"), word_or_none("outcome"),
    word_or_none("name"),
    key("client", "about", "version", "partner"),
    index("ix_handovers_laid", "client", "at", "about", where=LAID_OUT),
    sqlite_with_rowid=False,
)  # fmt: skip
pulls: Final = Table(
    "pulls", metadata, word("source"), number("since"), number("quiet_ms"),
    number_or_none("heard_at"), number("failures"), number("retry_at"),
    *words_or_none("outcome etag modified"),
    key("source"),
)  # fmt: skip
picked: Final = Table(
    "picked", metadata, *words("source digest name state"), number("size"), number("at"),
    word("read_by"), json_text("report"),
    key("source", "digest", "name"),
    index("ix_picked_source", "source", "at"),
)  # fmt: skip
