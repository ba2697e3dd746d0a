"""Configuration, records and releases.

Frozen: it says what was made then, and takes nothing from `gateway.store.tables`, which goes on
changing.
"""

from __future__ import annotations

from alembic import op

from gateway.store.migrations import layout

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, those first that others refer to."""
    _create_items()
    _create_partners()
    _create_credentials()
    _create_keys()
    _create_data_keys()
    _create_originals()
    _create_records()
    _create_links()
    _create_releases()


def downgrade() -> None:
    """Drop the tables, those first that refer to others."""
    for name in (
        "releases",
        "links",
        "records",
        "originals",
        "data_keys",
        "keys",
        "credentials",
        "partners",
        "items",
    ):
        op.drop_table(name)


def _create_items() -> None:
    op.create_table(
        "items",
        *layout.words("kind", "name"),
        *layout.numbers("version", "change"),
        *layout.words("digest", "origin", "state"),
        *layout.maybe_numbers("valid_from", "valid_until"),
        *layout.json("approved_by", "body"),
        layout.key("items", "kind", "name", "version"),
        layout.unique("items", "change"),
    )
    layout.index("ix_items_active", "items", "kind", "name", where="state = 'active'", unique=True)


def _create_partners() -> None:
    op.create_table(
        "partners",
        *layout.words("id"),
        *layout.numbers("card_version"),
        *layout.words("suite", "state"),
        *layout.flags("fetch"),
        *layout.words("card"),
        layout.key("partners", "id"),
    )


def _create_credentials() -> None:
    op.create_table(
        "credentials",
        *layout.words("digest", "kind", "owner"),
        *layout.json("scopes"),
        *layout.maybe_numbers("valid_from", "valid_until", "revoked_at"),
        layout.key("credentials", "digest"),
    )
    layout.index("ix_credentials_owner", "credentials", "kind", "owner")


def _create_keys() -> None:
    op.create_table(
        "keys",
        *layout.words("kid", "owner", "use", "algorithm", "state"),
        *layout.maybe_numbers("not_before", "not_after", "revoked_at"),
        *layout.maybe_words("confirmed_by"),
        *layout.json("public"),
        layout.key("keys", "kid"),
    )
    layout.index("ix_keys_owner", "keys", "owner", "use", "state")


def _create_data_keys() -> None:
    op.create_table(
        "data_keys",
        *layout.words("id", "kek"),
        *layout.bytes_("wrapped"),
        layout.key("data_keys", "id"),
    )


def _create_originals() -> None:
    op.create_table(
        "originals",
        *layout.words("id", "org", "client", "source", "format", "digest"),
        *layout.numbers("size"),
        *layout.maybe_words("data_key"),
        *layout.words("state"),
        *layout.maybe_words("stage", "cause"),
        *layout.words("adapter_version"),
        *layout.numbers("received_at", "erase_at"),
        *layout.json("faults"),
        *layout.maybe_bytes("content"),
        layout.key("originals", "id"),
    )
    layout.index("ix_originals_digest", "originals", "org", "digest", "id")
    layout.index("ix_originals_erase", "originals", "erase_at", "id", where="content IS NOT NULL")
    layout.index("ix_originals_quarantined", "originals", "id", where="state = 'quarantined'")
    layout.index(
        "ix_originals_quarantined_org", "originals", "org", "id", where="state = 'quarantined'"
    )


def _create_records() -> None:
    op.create_table(
        "records",
        *layout.words("id"),
        *layout.numbers("version"),
        *layout.words("org"),
        *layout.maybe_words("from_partner"),
        *layout.words("type", "schema", "source", "ref_tag", "content_tag", "sha256"),
        *layout.numbers("urgency"),
        *layout.maybe_words("data_key", "original", "statement"),
        *layout.words("state"),
        *layout.numbers("received_at"),
        *layout.maybe_numbers("review_by", "erase_by"),
        *layout.maybe_bytes("text", "trail"),
        layout.key("records", "id", "version"),
        layout.unique("records", "org", "source", "ref_tag", "version"),
    )
    layout.index(
        "ix_records_erase",
        "records",
        "erase_by",
        where="state <> 'erased' AND erase_by IS NOT NULL",
    )
    layout.index("ix_records_org", "records", "org", "id", where="state = 'current'")
    layout.index(
        "ix_records_review",
        "records",
        "review_by",
        where="state = 'current' AND review_by IS NOT NULL",
    )


def _create_links() -> None:
    op.create_table(
        "links",
        *layout.words("field", "tag", "record"),
        *layout.numbers("version"),
        layout.key("links", "field", "tag", "record", "version"),
        layout.of_record("links"),
        sqlite_with_rowid=False,
    )
    layout.index("ix_links_record", "links", "record", "version")


def _create_releases() -> None:
    op.create_table(
        "releases",
        *layout.words("id", "partner", "record"),
        *layout.numbers("version", "urgency"),
        *layout.words("state", "code"),
        *layout.numbers("epoch", "decided_at"),
        *layout.words("notice"),
        *layout.maybe_words("purpose", "basis", "agreement", "ground"),
        *layout.maybe_numbers("until"),
        *layout.maybe_words("rendition", "envelope", "verdict"),
        *layout.maybe_numbers("verdict_at"),
        *layout.maybe_words("own_system"),
        *layout.flags("tried"),
        *layout.numbers("revision"),
        *layout.json("withheld", "approvers", "terms", "trace"),
        layout.key("releases", "id"),
        layout.unique("releases", "partner", "record", "version", "notice"),
        layout.of_record("releases"),
    )
    layout.index("ix_releases_due", "releases", "partner", "urgency", "id", where="state = 'due'")
    layout.index("ix_releases_envelope", "releases", "envelope", "id", where="envelope IS NOT NULL")
    layout.index(
        "ix_releases_epoch",
        "releases",
        "partner",
        "epoch",
        "id",
        where="state IN ('held', 'refused')",
    )
    layout.index("ix_releases_record", "releases", "record", "id")
    layout.index("ix_releases_state", "releases", "state", "partner")
    layout.index(
        "ix_releases_until",
        "releases",
        "partner",
        "until",
        "id",
        where="state IN ('held', 'refused') AND until IS NOT NULL",
    )
