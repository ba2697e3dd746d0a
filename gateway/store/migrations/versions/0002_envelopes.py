"""Envelopes both ways, the inbox, the ledger and the work on them.

Frozen: it says what was made then, and takes nothing from `gateway.store.tables`, which goes on
changing.
"""

from __future__ import annotations

from alembic import op

from gateway.store.migrations import layout

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, those first that others refer to."""
    _create_channels()
    _create_envelopes()
    _create_wires()
    _create_attempts()
    _create_receipts()
    _create_verdicts()
    _create_arrivals()
    _create_inbox()
    _create_ledger()
    _create_checkpoints()
    _create_leases()
    _create_idempotency()


def downgrade() -> None:
    """Drop the tables, those first that refer to others."""
    for name in (
        "idempotency",
        "leases",
        "checkpoints",
        "ledger",
        "inbox",
        "arrivals",
        "verdicts",
        "receipts",
        "attempts",
        "wires",
        "envelopes",
        "channels",
    ):
        op.drop_table(name)


def _create_channels() -> None:
    op.create_table(
        "channels",
        *layout.words("partner", "direction"),
        *layout.numbers("ep", "last_seq"),
        *layout.maybe_words("last_digest"),
        *layout.numbers("upto"),
        *layout.json("gaps"),
        *layout.words("state"),
        *layout.numbers("failures", "retry_at"),
        *layout.maybe_numbers("heard_at"),
        *layout.numbers("receipts_after", "reconsidered"),
        layout.key("channels", "partner", "direction"),
    )


def _create_envelopes() -> None:
    op.create_table(
        "envelopes",
        *layout.words("id", "partner"),
        *layout.numbers("ep", "seq"),
        *layout.words("kind", "digest"),
        *layout.numbers("count"),
        *layout.words("state"),
        *layout.numbers("epoch"),
        *layout.maybe_numbers("until"),
        *layout.numbers("expires_at", "sealed_at"),
        *layout.maybe_words("marked"),
        *layout.maybe_numbers("handed_at", "answered_at", "stored_at"),
        *layout.numbers("refusals"),
        *layout.maybe_words("void_code", "void_in"),
        *layout.numbers("revision"),
        *layout.bytes_("statement"),
        layout.key("envelopes", "id"),
        layout.unique("envelopes", "partner", "ep", "seq"),
    )
    layout.index("ix_envelopes_digest", "envelopes", "partner", "digest")
    layout.index(
        "ix_envelopes_open",
        "envelopes",
        "partner",
        "ep",
        "seq",
        where="state IN ('sealed', 'handed')",
    )
    layout.index("ix_envelopes_partner", "envelopes", "partner", "id")
    layout.index("ix_envelopes_state", "envelopes", "state", "id")


def _create_wires() -> None:
    op.create_table(
        "wires",
        *layout.words("envelope"),
        *layout.bytes_("wire"),
        layout.key("wires", "envelope"),
        layout.of_envelope("wires"),
    )


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        *layout.words("envelope"),
        *layout.numbers("n", "at", "milliseconds"),
        *layout.words("outcome"),
        layout.key("attempts", "envelope", "n"),
        layout.of_envelope("attempts"),
    )


def _create_receipts() -> None:
    op.create_table(
        "receipts",
        *layout.words("partner", "direction"),
        *layout.numbers("number"),
        *layout.words("digest"),
        *layout.numbers("ep", "seq"),
        *layout.words("state"),
        *layout.bytes_("text"),
        layout.key("receipts", "partner", "direction", "number"),
    )
    layout.index("ix_receipts_digest", "receipts", "partner", "direction", "digest", "number")
    layout.index(
        "ix_receipts_undelivered",
        "receipts",
        "partner",
        "direction",
        "number",
        where="direction = 'made' AND state = 'made'",
    )


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        *layout.words("id", "partner"),
        *layout.numbers("ep", "seq"),
        *layout.maybe_words("record"),
        *layout.maybe_numbers("version"),
        *layout.words("state"),
        *layout.maybe_words("code", "envelope"),
        layout.key("verdicts", "id"),
    )
    layout.index("ix_verdicts_envelope", "verdicts", "envelope", "id", where="envelope IS NOT NULL")
    layout.index("ix_verdicts_unsealed", "verdicts", "partner", "id", where="envelope IS NULL")


def _create_arrivals() -> None:
    op.create_table(
        "arrivals",
        *layout.words("id", "partner", "digest"),
        *layout.numbers("ep", "seq"),
        *layout.words("state"),
        *layout.numbers("arrived_at", "size"),
        *layout.maybe_words("step", "incident"),
        *layout.maybe_bytes("statement", "wire"),
        layout.key("arrivals", "id"),
        layout.unique("arrivals", "partner", "digest"),
    )
    layout.index(
        "ix_arrivals_claimed",
        "arrivals",
        "partner",
        "ep",
        "seq",
        where="state IN ('arrived', 'opened')",
    )
    layout.index(
        "ix_arrivals_opened",
        "arrivals",
        "partner",
        "ep",
        "seq",
        where="state = 'opened'",
        unique=True,
    )
    layout.index(
        "ix_arrivals_unopened",
        "arrivals",
        "state",
        "partner",
        "id",
        "size",
        where="state = 'arrived'",
    )


def _create_inbox() -> None:
    op.create_table(
        "inbox",
        *layout.words("client", "record"),
        *layout.numbers("version"),
        *layout.words("partner", "state"),
        *layout.maybe_numbers("position"),
        *layout.maybe_words("code"),
        *layout.maybe_numbers("handed_at"),
        *layout.numbers("ep", "seq"),
        layout.key("inbox", "client", "record", "version"),
        layout.of_record("inbox"),
    )
    layout.index("ix_inbox_held", "inbox", "record", "version", "client", where="state = 'held'")
    layout.index(
        "ix_inbox_position",
        "inbox",
        "client",
        "position",
        where="position IS NOT NULL",
        unique=True,
    )
    layout.index(
        "ix_inbox_open",
        "inbox",
        "client",
        "position",
        where="state IN ('waiting', 'handed') AND position IS NOT NULL",
    )
    layout.index(
        "ix_inbox_unnumbered",
        "inbox",
        "client",
        "record",
        "version",
        where="state = 'waiting' AND position IS NULL",
    )


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        *layout.words("id", "act"),
        *layout.numbers("at"),
        *layout.maybe_numbers("position"),
        *layout.bytes_("leaf", "salt", "entry"),
        layout.key("ledger", "id"),
    )
    layout.index(
        "ix_ledger_position", "ledger", "position", where="position IS NOT NULL", unique=True
    )
    layout.index("ix_ledger_unplaced", "ledger", "id", where="position IS NULL")


def _create_checkpoints() -> None:
    op.create_table(
        "checkpoints",
        *layout.numbers("size", "at"),
        *layout.bytes_("root", "frontier"),
        *layout.words("note"),
        layout.key("checkpoints", "size"),
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        *layout.words("name", "holder"),
        *layout.numbers("until", "fence"),
        layout.key("leases", "name"),
    )


def _create_idempotency() -> None:
    op.create_table(
        "idempotency",
        *layout.words("client", "key", "request_digest"),
        *layout.numbers("expires"),
        *layout.json("answer"),
        layout.key("idempotency", "client", "key"),
    )
    layout.index("ix_idempotency_expires", "idempotency", "expires")
