"""Proposals and approvals of people, notices, questions, and what was disclosed about whom.

Frozen: it says what was made then, and takes nothing from `gateway.store.tables`, which goes on
changing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.migrations import layout

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TO_REVIEW = "state = 'current' AND review_by IS NOT NULL"


def upgrade() -> None:
    """Create the tables."""
    _create_proposals()
    _create_approvals()
    _create_notices()
    for column in layout.maybe_words("via", "brought_by"):
        op.add_column("records", column)
    _create_what_follows()
    layout.index("ix_inbox_record", "inbox", "record", "client", "version")
    op.drop_index("ix_records_review", "records")
    layout.index("ix_records_review", "records", "org", "review_by", where=_TO_REVIEW)
    layout.index(
        "ix_releases_unanswered",
        "releases",
        "decided_at",
        "id",
        where="notice <> '' AND verdict IS NULL",
    )
    _create_asked()
    layout.index(
        "ix_releases_left",
        "releases",
        "partner",
        "decided_at",
        where="envelope IS NOT NULL AND notice = ''",
    )
    _create_disclosures()
    _create_subjects()
    _create_urgent_path()
    _create_subject_links()
    _create_promotions()
    _create_parking()
    _create_claims()
    _create_carried()
    _create_national()
    layout.index("ix_originals_source", "originals", "source", "id", where="content IS NOT NULL")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_originals_source", "originals")
    for name in ("tries", "claims"):
        op.drop_table(name)
    op.drop_index("ix_arrivals_parked", "arrivals")
    op.drop_index("ix_arrivals_claimed", "arrivals")
    claimed = "state IN ('arrived', 'opened')"
    layout.index("ix_arrivals_claimed", "arrivals", "partner", "ep", "seq", where=claimed)
    op.drop_index("ix_releases_unanswered", "releases")
    op.drop_index("ix_records_review", "records")
    layout.index("ix_records_review", "records", "review_by", where=_TO_REVIEW)
    op.drop_index("ix_inbox_record", "inbox")
    op.drop_index("ix_releases_left", "releases")
    for name in ("via", "brought_by"):
        op.drop_column("records", name)
    with op.batch_alter_table("partners") as partners:
        partners.drop_column("pulls")
    for name in ("ix_releases_urgent", "ix_releases_held"):
        op.drop_index(name, "releases")
    follows = ("copies", "evidence", "marks", "inbox_notices")
    tables = (
        "carried",
        "wakes",
        "asked",
        "subjects",
        "disclosures",
        "notices",
        "approvals",
        "proposals",
    )
    for name in ("picked", "pulls", "handovers", "promotions", "subject_links", *follows, *tables):
        op.drop_table(name)


def _create_proposals() -> None:
    op.create_table(
        "proposals",
        *layout.words("id", "org", "act", "digest", "proposer"),
        *layout.maybe_words("approver"),
        *layout.words("state", "reason"),
        *layout.numbers("proposed_at", "expires_at"),
        *layout.maybe_numbers("settled_at"),
        *layout.json("body"),
        layout.key("proposals", "id"),
    )
    layout.index("ix_proposals_org", "proposals", "org", "id")
    layout.index("ix_proposals_open", "proposals", "org", "id", where="state = 'open'")
    layout.index("ix_proposals_overdue", "proposals", "expires_at", "id", where="state = 'open'")


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        *layout.words("id", "record"),
        *layout.numbers("version"),
        *layout.words("partner", "rule"),
        *layout.json("by"),
        *layout.maybe_numbers("until"),
        *layout.json("fields"),
        *layout.maybe_words("proposal", "ground", "necessity"),
        layout.key("approvals", "id"),
        layout.of_record("approvals"),
    )
    layout.index("ix_approvals_record", "approvals", "record", "version", "id")
    layout.index("ix_approvals_proposal", "approvals", "proposal", where="proposal IS NOT NULL")


def _create_notices() -> None:
    op.create_table(
        "notices",
        *layout.words("id", "author", "record"),
        *layout.numbers("version"),
        *layout.words("kind"),
        *layout.maybe_words("person", "code", "from_partner"),
        *layout.maybe_numbers("until"),
        *layout.numbers("at"),
        *layout.words("state"),
        *layout.maybe_words("data_key", "answer", "org", "by"),
        *layout.json("told", "via"),
        *layout.maybe_bytes("text"),
        layout.key("notices", "id", "author"),
    )
    layout.index("ix_notices_record", "notices", "record", "id")
    layout.index(
        "ix_notices_until",
        "notices",
        "until",
        "id",
        where="state = 'applied' AND until IS NOT NULL",
    )


def _create_disclosures() -> None:
    op.create_table(
        "disclosures",
        *layout.words("id", "release", "envelope", "org", "partner", "record"),
        *layout.numbers("version"),
        *layout.words("type", "rendition"),
        *layout.numbers("sealed_at"),
        *layout.words("recipient_class", "recipient_country"),
        *layout.maybe_words("purpose", "agreement", "legal_basis", "ground"),
        *layout.json("consents", "approvals", "withheld", "terms", "trace"),
        layout.key("disclosures", "id"),
    )
    layout.index("ix_disclosures_record", "disclosures", "record", "id")
    layout.index("ix_disclosures_partner", "disclosures", "partner", "id")


def _create_subjects() -> None:
    op.create_table(
        "subjects",
        *layout.words("id", "envelope", "kid"),
        *layout.numbers("at"),
        *layout.bytes_("block"),
        layout.key("subjects", "id"),
    )


def _create_what_follows() -> None:
    op.create_table(
        "inbox_notices",
        *layout.words("client", "notice", "cause", "record"),
        *layout.numbers("version"),
        *layout.json("versions"),
        *layout.words("kind"),
        *layout.maybe_words("person", "code"),
        *layout.maybe_numbers("until"),
        *layout.numbers("at"),
        *layout.words("partner", "state"),
        *layout.maybe_words("reason"),
        *layout.maybe_numbers("settled_at"),
        layout.key("inbox_notices", "client", "notice", "partner"),
    )
    layout.index(
        "ix_inbox_notices_open",
        "inbox_notices",
        "client",
        "notice",
        "partner",
        where="state = 'waiting'",
    )
    by_cause = ("cause", "partner", "client", "notice")
    layout.index("ix_inbox_notices_cause", "inbox_notices", *by_cause)
    op.create_table(
        "marks",
        *layout.words("org", "record", "field", "tag"),
        layout.key("marks", "record", "field", "tag"),
        sqlite_with_rowid=False,
    )
    layout.index("ix_marks_tag", "marks", "org", "tag")
    op.create_table(
        "evidence",
        *layout.words("text", "author"),
        *layout.bytes_("line"),
        layout.key("evidence", "text", "author"),
    )
    op.create_table(
        "copies",
        *layout.words("id", "record"),
        *layout.numbers("version"),
        *layout.words("holder", "way"),
        *layout.numbers("copies"),
        *layout.words("by"),
        *layout.numbers("at"),
        *layout.words("state"),
        *layout.maybe_numbers("settled_at"),
        layout.key("copies", "id"),
        layout.of_record("copies"),
    )
    layout.index("ix_copies_record", "copies", "record", "id")


def _create_asked() -> None:
    op.create_table(
        "asked",
        *layout.words("record", "kind"),
        *layout.numbers("version"),
        *layout.words("partner", "org", "direction", "state"),
        *layout.numbers("asked_at", "due_at"),
        *layout.words("clock"),
        *layout.flags("urgent"),
        *layout.maybe_words("direct", "action", "question", "reply"),
        *layout.maybe_numbers("replied_at"),
        *layout.maybe_words("code"),
        *layout.numbers("matches"),
        layout.key("asked", "record", "kind", "partner", "org", "direction"),
    )
    due = ("org", "kind", "due_at", "record", "partner")
    layout.index("ix_asked_reply", "asked", "reply", where="reply IS NOT NULL")
    layout.index("ix_asked_due", "asked", *due)
    layout.index("ix_asked_open", "asked", *due, where="state NOT IN ('answered', 'refused')")


def _create_urgent_path() -> None:
    op.create_table(
        "wakes",
        *layout.words("partner"),
        *layout.numbers("at"),
        layout.key("wakes", "partner"),
    )
    urgent = "state IN ('due', 'sealed') AND urgency <= 1 AND notice = ''"
    layout.index("ix_releases_urgent", "releases", "state", "urgency", "id", where=urgent)
    layout.index("ix_releases_held", "releases", "partner", "code", "id", where="state = 'held'")
    with op.batch_alter_table("partners") as partners:
        partners.add_column(
            sa.Column("pulls", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("partners") as partners:  # whoever writes a row says it
        partners.alter_column("pulls", server_default=None, existing_type=sa.Boolean())


def _create_parking() -> None:
    op.create_table(
        "tries", *layout.words("arrival"), *layout.numbers("count"), layout.key("tries", "arrival")
    )
    parked = "state = 'parked'"
    layout.index("ix_arrivals_parked", "arrivals", "partner", "id", "size", where=parked)
    op.drop_index("ix_arrivals_claimed", "arrivals")
    claimed = "state IN ('arrived', 'opened', 'parked')"
    layout.index("ix_arrivals_claimed", "arrivals", "partner", "ep", "seq", where=claimed)


def _create_claims() -> None:
    op.create_table(
        "claims",
        *layout.words("record", "partner"),
        *layout.numbers("version"),
        *layout.words("holder"),
        *layout.numbers("at"),
        *layout.maybe_numbers("settled_at", "given"),
        layout.key("claims", "record", "partner"),
    )
    layout.index("ix_claims_open", "claims", "record", "partner", where="settled_at IS NULL")


def _create_subject_links() -> None:
    op.create_table(
        "subject_links",
        *layout.words("id", "org", "record"),
        *layout.numbers("version"),
        *layout.words("other"),
        *layout.numbers("other_version"),
        *layout.words("part", "other_part", "proposer", "approver"),
        *layout.numbers("at"),
        *layout.maybe_numbers("ended_at"),
        *layout.maybe_words("ended_by"),
        *layout.json("on"),
        layout.key("subject_links", "id"),
    )
    standing = "ended_at IS NULL"
    layout.index("ix_subject_links_record", "subject_links", "record", "other", where=standing)
    layout.index("ix_subject_links_other", "subject_links", "other", "record", where=standing)
    layout.index("ix_subject_links_at", "subject_links", "at")
    layout.index(
        "ix_subject_links_ended", "subject_links", "ended_at", where="ended_at IS NOT NULL"
    )


def _create_promotions() -> None:
    op.create_table(
        "promotions",
        *layout.words("id", "org", "record"),
        *layout.numbers("version"),
        *layout.words("origin"),
        *layout.numbers("origin_version"),
        *layout.words("ground"),
        *layout.numbers("ground_version"),
        *layout.words("kind", "link", "proposer", "approver"),
        *layout.numbers("at"),
        *layout.words("state"),
        *layout.maybe_words("code"),
        *layout.maybe_numbers("fell_at"),
        layout.key("promotions", "id"),
    )
    standing = "state = 'standing'"
    layout.index("ix_promotions_record", "promotions", "record", "id")
    layout.index("ix_promotions_origin", "promotions", "origin", "id")
    layout.index("ix_promotions_ground", "promotions", "ground", "id", where=standing)
    layout.index("ix_promotions_standing", "promotions", "id", where=standing)


def _create_carried() -> None:
    op.create_table(
        "carried",
        *layout.words("kind", "sender", "recipient", "digest"),
        *layout.numbers("ep", "seq"),
        *layout.words("action", "state"),
        *layout.numbers("at", "size", "expires_at", "failures", "retry_at"),
        *layout.maybe_bytes("wire"),
        layout.key("carried", "kind", "sender", "recipient", "digest"),
    )
    waiting = "state = 'waiting'"
    layout.index("ix_carried_due", "carried", "recipient", "at", "seq", where=waiting)
    layout.index("ix_carried_waiting", "carried", "sender", "size", where=waiting)
    layout.index("ix_carried_over", "carried", "expires_at", where="state <> 'ended'")


def _create_national() -> None:
    op.create_table(
        "handovers",
        *layout.words("client", "about"),
        *layout.numbers("version"),
        *layout.words("partner", "stage"),
        *layout.numbers("at", "retry_at", "failures"),
        *layout.maybe_words("outcome", "name"),
        layout.key("handovers", "client", "about", "version", "partner"),
        sqlite_with_rowid=False,
    )
    layout.index("ix_handovers_laid", "handovers", "client", "at", "about", where="stage = 'laid'")
    op.create_table(
        "pulls",
        *layout.words("source"),
        *layout.numbers("since", "quiet_ms"),
        *layout.maybe_numbers("heard_at"),
        *layout.numbers("failures", "retry_at"),
        *layout.maybe_words("outcome", "etag", "modified"),
        layout.key("pulls", "source"),
    )
    op.create_table(
        "picked",
        *layout.words("source", "digest", "name", "state"),
        *layout.numbers("size", "at"),
        *layout.words("read_by"),
        *layout.json("report"),
        layout.key("picked", "source", "digest", "name"),
    )
    layout.index("ix_picked_source", "picked", "source", "at")
