"""How people sign in; what the console shows and alarms tell; what further holders answered.

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

_COUNTED = ("org", "source", "received_at", "state")
_LISTED = ("id", "version", "type", "source")


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
    op.create_table(
        "passkeys",
        *layout.words("id", "person", "host"),
        *layout.bytes_("public_key"),
        *layout.numbers("count", "added_at", "used_at"),
        layout.key("passkeys", "id"),
    )
    layout.index("ix_passkeys_person", "passkeys", "person", "added_at", "id")
    _create_bulks()
    _create_further()
    _create_alarms()
    stopped = "state IN ('held', 'refused')"
    layout.index("ix_releases_stopped", "releases", "partner", "id", where=stopped)
    layout.index("ix_envelopes_kind", "envelopes", "kind", "id")
    op.add_column("attempts", *layout.maybe_words("headers"))
    _create_lists()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_records_past", "records")
    op.drop_index("ix_records_listed", "records")
    op.drop_index("ix_originals_counted", "originals")
    op.drop_table("bulks")
    op.drop_table("further")
    op.drop_table("rhythms")
    op.drop_table("told_alarms")
    op.drop_table("passkeys")
    op.drop_column("attempts", "headers")
    op.drop_index("ix_envelopes_kind", "envelopes")
    op.drop_index("ix_releases_stopped", "releases")
    op.drop_table("sessions")
    op.drop_table("accounts")


def _create_lists() -> None:
    """What people filter records by, and count documents by."""
    layout.index("ix_originals_counted", "originals", *_COUNTED, where="received_at >= 0")
    current, past = "state = 'current' AND received_at >= 0", "state <> 'current'"
    layout.index("ix_records_listed", "records", "org", *_LISTED, where=current)
    layout.index("ix_records_past", "records", "org", "state", *_LISTED, where=past)


def _create_further() -> None:
    op.create_table(
        "further",
        *layout.words("notice", "author", "direction", "partner", "path"),
        *layout.maybe_words("parent"),
        *layout.words("record"),
        *layout.maybe_words("name"),
        *layout.numbers("hops"),
        *layout.words("state"),
        *layout.maybe_words("own_system", "passed_on"),
        *layout.numbers("at", "ep", "seq"),
        *layout.maybe_words("envelope"),
        layout.key("further", "notice", "author", "direction", "partner", "path"),
    )
    unsaid = "direction = 'out' AND envelope IS NULL"
    layout.index("ix_further_record", "further", "record", "direction")
    layout.index("ix_further_unsaid", "further", "partner", "at", where=unsaid)
    layout.index("ix_further_envelope", "further", "envelope", where="envelope IS NOT NULL")
    unanswered = "direction = 'in' AND state = 'open'"
    layout.index("ix_further_open", "further", "at", "partner", where=unanswered)


def _create_alarms() -> None:
    op.create_table(
        "told_alarms",
        *layout.words("bell", "code", "subject"),
        *layout.numbers("told_at"),
        layout.key("told_alarms", "bell", "code", "subject"),
    )
    op.create_table(
        "rhythms",
        *layout.words("partner"),
        *layout.numbers("first_at", "heard_at", "times", "longest_ms"),
        layout.key("rhythms", "partner"),
    )


def _create_bulks() -> None:
    op.create_table(
        "bulks",
        *layout.words("client", "name"),
        *layout.numbers("pieces", "stored", "duplicate", "conflict", "quarantined", "refused"),
        *layout.words("last_key"),
        *layout.numbers("last_at", "expires"),
        layout.key("bulks", "client", "name"),
    )
    layout.index("ix_bulks_expires", "bulks", "expires")
