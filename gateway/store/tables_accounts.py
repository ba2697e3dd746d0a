"""The tables of how people sign in. With `tables` the layout of the database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table, text

from gateway.store.table_parts import (
    binary,
    index,
    key,
    metadata,
    number,
    number_or_none,
    sealed,
    word,
    word_or_none,
    words,
    words_or_none,
)

INVITED: Final = text("invite IS NOT NULL")

accounts: Final = Table(
    "accounts", metadata, *words("person state"), word_or_none("invite"),
    number_or_none("invite_until"), *words_or_none("password data_key"), number("used_step"),
    number("failures"), number("locked_until"), number("changed_at"), sealed("secret"),
    key("person"),
    index("ix_accounts_invite", "invite", where=INVITED, unique=True),
)  # fmt: skip
passkeys: Final = Table(
    "passkeys", metadata, *words("id person host"), binary("public_key"), number("count"),
    number("added_at"), number("used_at"),
    key("id"),
    index("ix_passkeys_person", "person", "added_at", "id"),
)  # fmt: skip
sessions: Final = Table(
    "sessions", metadata, word("id"), word("person"), number("started_at"), number("seen_at"),
    number("proven_at"),
    key("id"),
    index("ix_sessions_person", "person", "id"),
    index("ix_sessions_seen", "seen_at", "id"),
    index("ix_sessions_started", "started_at", "id"),
)  # fmt: skip
