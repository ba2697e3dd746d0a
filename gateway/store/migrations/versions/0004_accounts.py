"""How people sign in: accounts and sessions.

Frozen: it says what was made then, and takes nothing from `gateway.store.tables`, which goes on
changing.
"""

from __future__ import annotations

from alembic import op

from gateway.store.migrations import layout

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "accounts",
        *layout.words("person", "state"),
        *layout.maybe_words("invite"),
        *layout.maybe_numbers("invite_until"),
        *layout.maybe_words("password", "data_key"),
        *layout.numbers("used_step", "failures", "locked_until", "changed_at"),
        *layout.maybe_bytes("secret"),
        layout.key("accounts", "person"),
    )
    invited = "invite IS NOT NULL"
    layout.index("ix_accounts_invite", "accounts", "invite", where=invited, unique=True)
    op.create_table(
        "sessions",
        *layout.words("id", "person"),
        *layout.numbers("started_at", "seen_at", "proven_at"),
        layout.key("sessions", "id"),
    )
    layout.index("ix_sessions_person", "sessions", "person", "id")
    layout.index("ix_sessions_seen", "sessions", "seen_at", "id")
    layout.index("ix_sessions_started", "sessions", "started_at", "id")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("sessions")
    op.drop_table("accounts")
