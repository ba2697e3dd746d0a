"""The tables of what people decide, and of what follows a release.

With `tables` the layout of the database, under the same promises.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table, text

from gateway.store.table_parts import (
    binary,
    binary_or_none,
    flag,
    index,
    json_text,
    key,
    metadata,
    number,
    number_or_none,
    of_record,
    sealed,
    word,
    word_or_none,
    words,
    words_or_none,
)

OF_PROPOSAL: Final = text("proposal IS NOT NULL")
OPEN_PROPOSAL: Final = text("state = 'open'")
STANDING: Final = text("state NOT IN ('answered', 'refused')")
REPLIED: Final = text("reply IS NOT NULL")
STANDING_PROMOTION: Final = text("state = 'standing'")
STANDING_LINK: Final = text("ended_at IS NULL")
ENDED_LINK: Final = text("ended_at IS NOT NULL")
WITH_AN_END: Final = text("state = 'applied' AND until IS NOT NULL")
UNSETTLED: Final = text("settled_at IS NULL")
WAITING: Final = text("state = 'waiting'")
NOT_ENDED: Final = text("state <> 'ended'")
UNSAID: Final = text("direction = 'out' AND envelope IS NULL")
SAID: Final = text("envelope IS NOT NULL")
NOT_ANSWERED: Final = text("direction = 'in' AND state = 'open'")

proposals: Final = Table(
    "proposals", metadata, *words("id org act digest proposer"), word_or_none("approver"),
    *words("state reason"), number("proposed_at"), number("expires_at"),
    number_or_none("settled_at"), json_text("body"),
    key("id"),
    index("ix_proposals_org", "org", "id"),
    index("ix_proposals_open", "org", "id", where=OPEN_PROPOSAL),
    index("ix_proposals_overdue", "expires_at", "id", where=OPEN_PROPOSAL),
)  # fmt: skip
approvals: Final = Table(
    "approvals", metadata, *words("id record"), number("version"), *words("partner rule"),
    json_text("by"), number_or_none("until"), json_text("fields"),
    *words_or_none("proposal ground necessity"),
    key("id"),
    of_record(),
    index("ix_approvals_record", "record", "version", "id"),
    index("ix_approvals_proposal", "proposal", where=OF_PROPOSAL),
)  # fmt: skip
# Two records of one subject, as two persons said; and assertions that were promoted on a ground.
subject_links: Final = Table(
    "subject_links", metadata, *words("id org record"), number("version"), word("other"),
    number("other_version"), *words("part other_part proposer approver"), number("at"),
    number_or_none("ended_at"), word_or_none("ended_by"), json_text("on"),
    key("id"),
    index("ix_subject_links_record", "record", "other", where=STANDING_LINK),
    index("ix_subject_links_other", "other", "record", where=STANDING_LINK),
    index("ix_subject_links_at", "at"),
    index("ix_subject_links_ended", "ended_at", where=ENDED_LINK),
)  # fmt: skip
promotions: Final = Table(
    "promotions", metadata, *words("id org record"), number("version"), word("origin"),
    number("origin_version"), word("ground"), number("ground_version"),
    *words("kind link proposer approver"), number("at"), word("state"), word_or_none("code"),
    number_or_none("fell_at"),
    key("id"),
    index("ix_promotions_record", "record", "id"),
    index("ix_promotions_origin", "origin", "id"),
    index("ix_promotions_ground", "ground", "id", where=STANDING_PROMOTION),
    index("ix_promotions_standing", "id", where=STANDING_PROMOTION),
)  # fmt: skip
# No reference to `records`: a notice may come before its record.
notices: Final = Table(
    "notices", metadata, *words("id author record"), number("version"), word("kind"),
    *words_or_none("person code from_partner"), number_or_none("until"), number("at"),
    word("state"), *words_or_none("data_key answer org by"), json_text("told"), json_text("via"),
    sealed("text"),
    key("id", "author"),
    index("ix_notices_record", "record", "id"),
    index("ix_notices_until", "until", "id", where=WITH_AN_END),
)  # fmt: skip
inbox_notices: Final = Table(
    "inbox_notices", metadata, *words("client notice cause record"), number("version"),
    json_text("versions"), word("kind"), word_or_none("person"), word_or_none("code"),
    number_or_none("until"), number("at"), word("partner"), word("state"),
    word_or_none("reason"), number_or_none("settled_at"),
    key("client", "notice", "partner"),
    index("ix_inbox_notices_open", "client", "notice", "partner", where=WAITING),
    index("ix_inbox_notices_cause", "cause", "partner", "client", "notice"),
)  # fmt: skip
marks: Final = Table(
    "marks", metadata, *words("org record field tag"),
    key("record", "field", "tag"), index("ix_marks_tag", "org", "tag"), sqlite_with_rowid=False,
)  # fmt: skip
# No reference to `records`: what was claimed stays said when the record is gone.
claims: Final = Table(
    "claims", metadata, *words("record partner"), number("version"), word("holder"),
    number("at"), number_or_none("settled_at"), number_or_none("given"),
    key("record", "partner"),
    index("ix_claims_open", "record", "partner", where=UNSETTLED),
)  # fmt: skip
evidence: Final = Table(
    "evidence", metadata, *words("text author"), binary("line"), key("text", "author"),
)  # fmt: skip
copies: Final = Table(
    "copies", metadata, *words("id record"), number("version"), *words("holder way"),
    number("copies"), word("by"), number("at"), word("state"), number_or_none("settled_at"),
    key("id"),
    of_record(),
    index("ix_copies_record", "record", "id"),
)  # fmt: skip
further: Final = Table(
    "further", metadata, *words("notice author direction partner path"), word_or_none("parent"),
    word("record"), word_or_none("name"), number("hops"), word("state"),
    *words_or_none("own_system passed_on"), number("at"), number("ep"), number("seq"),
    word_or_none("envelope"),
    key("notice", "author", "direction", "partner", "path"),
    index("ix_further_record", "record", "direction"),
    index("ix_further_unsaid", "partner", "at", where=UNSAID),
    index("ix_further_envelope", "envelope", where=SAID),
    index("ix_further_open", "at", "partner", where=NOT_ANSWERED),
)  # fmt: skip
# No references here either: what was given is remembered when its record is gone.
disclosures: Final = Table(
    "disclosures", metadata, *words("id release envelope org partner record"),
    number("version"), *words("type rendition"), number("sealed_at"),
    *words("recipient_class recipient_country"),
    *words_or_none("purpose agreement legal_basis ground"), json_text("consents"),
    json_text("approvals"), json_text("withheld"), json_text("terms"), json_text("trace"),
    key("id"),
    index("ix_disclosures_record", "record", "id"),
    index("ix_disclosures_partner", "partner", "id"),
)  # fmt: skip
subjects: Final = Table(
    "subjects", metadata, *words("id envelope kid"), number("at"), binary("block"), key("id"),
)  # fmt: skip

# No reference to `records`: what was asked stays counted when its record is erased.
asked: Final = Table(
    "asked", metadata, *words("record kind"), number("version"),
    *words("partner org direction state"), number("asked_at"), number("due_at"),
    word("clock"), flag("urgent"), *words_or_none("direct action question reply"),
    number_or_none("replied_at"), word_or_none("code"), number("matches"),
    key("record", "kind", "partner", "org", "direction"),
    index("ix_asked_reply", "reply", where=REPLIED),
    index("ix_asked_due", "org", "kind", "due_at", "record", "partner"),
    index("ix_asked_open", "org", "kind", "due_at", "record", "partner", where=STANDING),
)  # fmt: skip
# Of partners, for partners: sealed, so that nothing here says what it is about.
carried: Final = Table(
    "carried", metadata, *words("kind sender recipient digest"), number("ep"), number("seq"),
    *words("action state"), number("at"), number("size"), number("expires_at"),
    number("failures"), number("retry_at"), binary_or_none("wire"),
    key("kind", "sender", "recipient", "digest"),
    index("ix_carried_due", "recipient", "at", "seq", where=WAITING),
    index("ix_carried_waiting", "sender", "size", where=WAITING),
    index("ix_carried_over", "expires_at", where=NOT_ENDED),
)  # fmt: skip
