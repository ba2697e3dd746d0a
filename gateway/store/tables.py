"""All tables on one page, with their keys and indexes.

Owns the layout of the database; `columns` owns how a value lies in one column. The rows themselves
are `flow.rows`; a table has the columns of its row under the same names. A change of this page
goes with a migration (`migrations/versions`): a test compares the two on both engines.

Stays true:
  * Text that describes a person lies here only as `Sealed`, and is named as its row names it.
  * Indexes for work that is due are partial: they hold what waits, not what ever was.
  * Wide columns come last, since SQLite reads a row from its start.
"""

# over budget: all tables stand on one page, so that their keys can be read together
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from gateway.flow.rows import Sealed
from gateway.store.columns import WORD, DigestsColumn, JsonColumn, SealedColumn

DUE: Final = text("state = 'due'")
LEFT: Final = text("envelope IS NOT NULL AND notice = ''")
UNDECIDED: Final = text("state IN ('held', 'refused')")
UNDECIDED_UNTIL: Final = text("state IN ('held', 'refused') AND until IS NOT NULL")
OPEN_ENVELOPE: Final = text("state IN ('sealed', 'handed')")
OPEN_INBOX: Final = text("state IN ('waiting', 'handed') AND position IS NOT NULL")
UNNUMBERED: Final = text("state = 'waiting' AND position IS NULL")
UNOPENED: Final = text("state = 'arrived'")
CLAIMED: Final = text("state IN ('arrived', 'opened')")
ACTIVE: Final = text("state = 'active'")
CURRENT: Final = text("state = 'current'")
HELD: Final = text("state = 'held'")
OPENED: Final = text("state = 'opened'")
QUARANTINED: Final = text("state = 'quarantined'")
WITH_CONTENT: Final = text("content IS NOT NULL")
UNDELIVERED: Final = text("direction = 'made' AND state = 'made'")
UNSEALED: Final = text("envelope IS NULL")
UNPLACED: Final = text("position IS NULL")
PLACED: Final = text("position IS NOT NULL")
IN_ENVELOPE: Final = text("envelope IS NOT NULL")
TO_REVIEW: Final = text("state = 'current' AND review_by IS NOT NULL")
OF_PROPOSAL: Final = text("proposal IS NOT NULL")
OPEN_PROPOSAL: Final = text("state = 'open'")
STANDING: Final = text("state NOT IN ('answered', 'refused')")
REPLIED: Final = text("reply IS NOT NULL")
URGENT: Final = text("state IN ('due', 'sealed') AND urgency <= 1 AND notice = ''")
STANDING_PROMOTION: Final = text("state = 'standing'")
STANDING_LINK: Final = text("ended_at IS NULL")
TO_ERASE: Final = text("state <> 'erased' AND erase_by IS NOT NULL")
UNANSWERED: Final = text("notice <> '' AND verdict IS NULL")
WITH_AN_END: Final = text("state = 'applied' AND until IS NOT NULL")
WAITING: Final = text("state = 'waiting'")


metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)


def _word(name: str) -> Column[str]:
    return Column(name, WORD, nullable=False)


def _word_or_none(name: str) -> Column[str]:
    return Column(name, WORD, nullable=True)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _number_or_none(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _json(name: str) -> Column[Mapping[str, Any] | Sequence[Any]]:
    return Column(name, JsonColumn, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _bytes_or_none(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=True)


def _sealed(name: str) -> Column[Sealed]:
    return Column(name, SealedColumn, nullable=True)


def _words(names: str) -> list[Column[str]]:
    return [_word(name) for name in names.split()]


def _words_or_none(names: str) -> list[Column[str]]:
    return [_word_or_none(name) for name in names.split()]


def _key(*names: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*names)


def _index(name: str, *columns: str, where: Any = None, unique: bool = False) -> Index:
    """Return an index, partial on both engines where `where` says which rows it holds."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _of_record() -> ForeignKeyConstraint:
    """Return a reference that is checked at the commit: a unit may insert in any order."""
    return ForeignKeyConstraint(
        ["record", "version"],
        ["records.id", "records.version"],
        deferrable=True,
        initially="DEFERRED",
    )


# Configuration
items: Final = Table(
    "items", metadata, _word("kind"), _word("name"), _number("version"), _number("change"),
    _word("digest"), _word("origin"), _word("state"), _number_or_none("valid_from"),
    _number_or_none("valid_until"), _json("approved_by"), _json("body"),
    _key("kind", "name", "version"),
    UniqueConstraint("change"),
    _index("ix_items_active", "kind", "name", where=ACTIVE, unique=True),
)  # fmt: skip
partners: Final = Table(
    "partners", metadata, _word("id"), _number("card_version"), _word("suite"), _word("state"),
    _flag("fetch"), _word("card"), _flag("pulls"),
    _key("id"),
)  # fmt: skip
credentials: Final = Table(
    "credentials", metadata, *_words("digest kind owner"), _json("scopes"),
    _number_or_none("valid_from"), _number_or_none("valid_until"), _number_or_none("revoked_at"),
    _key("digest"),
    _index("ix_credentials_owner", "kind", "owner"),
)  # fmt: skip
keys: Final = Table(
    "keys", metadata, *_words("kid owner use algorithm state"), _number_or_none("not_before"),
    _number_or_none("not_after"), _number_or_none("revoked_at"), _word_or_none("confirmed_by"),
    _json("public"),
    _key("kid"),
    _index("ix_keys_owner", "owner", "use", "state"),
)  # fmt: skip

# Records
data_keys: Final = Table(
    "data_keys", metadata, _word("id"), _word("kek"), _bytes("wrapped"), _key("id"),
)  # fmt: skip
originals: Final = Table(
    "originals", metadata, *_words("id org client source format digest"), _number("size"),
    _word_or_none("data_key"), _word("state"), _word_or_none("stage"), _word_or_none("cause"),
    _word("adapter_version"), _number("received_at"), _number("erase_at"), _json("faults"),
    _sealed("content"),
    _key("id"),
    _index("ix_originals_digest", "org", "digest", "id"),
    _index("ix_originals_quarantined", "id", where=QUARANTINED),
    _index("ix_originals_quarantined_org", "org", "id", where=QUARANTINED),
    _index("ix_originals_erase", "erase_at", "id", where=WITH_CONTENT),
)  # fmt: skip
records: Final = Table(
    "records", metadata, _word("id"), _number("version"), _word("org"),
    _word_or_none("from_partner"), *_words("type schema source ref_tag content_tag sha256"),
    _number("urgency"), *_words_or_none("data_key original statement"), _word("state"),
    _number("received_at"), _number_or_none("review_by"), _number_or_none("erase_by"),
    _sealed("text"), _sealed("trail"),
    _key("id", "version"),
    UniqueConstraint("org", "source", "ref_tag", "version"),
    _index("ix_records_org", "org", "id", where=CURRENT),
    _index("ix_records_review", "org", "review_by", where=TO_REVIEW),
    _index("ix_records_erase", "erase_by", where=TO_ERASE),
)  # fmt: skip
links: Final = Table(
    "links", metadata, *_words("field tag record"), _number("version"),
    _key("field", "tag", "record", "version"),
    _of_record(),
    _index("ix_links_record", "record", "version"),
    sqlite_with_rowid=False,
)  # fmt: skip

# Out
releases: Final = Table(
    "releases", metadata, *_words("id partner record"), _number("version"), _number("urgency"),
    *_words("state code"), _number("epoch"), _number("decided_at"), _word("notice"),
    *_words_or_none("purpose basis agreement ground"), _number_or_none("until"),
    *_words_or_none("rendition envelope verdict"), _number_or_none("verdict_at"),
    _word_or_none("own_system"), _flag("tried"), _number("revision"), _json("withheld"),
    _json("approvers"), _json("terms"), _json("trace"),
    _key("id"),
    UniqueConstraint("partner", "record", "version", "notice"),
    _of_record(),
    _index("ix_releases_due", "partner", "urgency", "id", where=DUE),
    _index("ix_releases_epoch", "partner", "epoch", "id", where=UNDECIDED),
    _index("ix_releases_until", "partner", "until", "id", where=UNDECIDED_UNTIL),
    _index("ix_releases_record", "record", "id"),
    _index("ix_releases_envelope", "envelope", "id", where=IN_ENVELOPE),
    _index("ix_releases_left", "partner", "decided_at", where=LEFT),
    _index("ix_releases_state", "state", "partner"),
    _index("ix_releases_held", "partner", "code", "id", where=HELD),
    _index("ix_releases_urgent", "state", "urgency", "id", where=URGENT),
    _index("ix_releases_unanswered", "decided_at", "id", where=UNANSWERED),
)  # fmt: skip
channels: Final = Table(
    "channels", metadata, _word("partner"), _word("direction"), _number("ep"), _number("last_seq"),
    _word_or_none("last_digest"), _number("upto"), _json("gaps"), _word("state"),
    _number("failures"), _number("retry_at"), _number_or_none("heard_at"),
    _number("receipts_after"), _number("reconsidered"),
    _key("partner", "direction"),
)  # fmt: skip
# Apart from `channels`, which other journeys read and write back.
wakes: Final = Table(
    "wakes", metadata, _word("partner"), _number("at"), _key("partner"),
)  # fmt: skip
envelopes: Final = Table(
    "envelopes", metadata, *_words("id partner"), _number("ep"), _number("seq"),
    *_words("kind digest"), _number("count"), _word("state"), _number("epoch"),
    _number_or_none("until"), _number("expires_at"), _number("sealed_at"), _word_or_none("marked"),
    _number_or_none("handed_at"), _number_or_none("answered_at"), _number_or_none("stored_at"),
    _number("refusals"), _word_or_none("void_code"), _word_or_none("void_in"), _number("revision"),
    _bytes("statement"),
    _key("id"),
    UniqueConstraint("partner", "ep", "seq"),
    _index("ix_envelopes_open", "partner", "ep", "seq", where=OPEN_ENVELOPE),
    _index("ix_envelopes_digest", "partner", "digest"),
    _index("ix_envelopes_partner", "partner", "id"),
    _index("ix_envelopes_state", "state", "id"),
)  # fmt: skip
# Apart from `envelopes`, so that moving a state never copies megabytes, and dropping is a delete.
wires: Final = Table(
    "wires", metadata, _word("envelope"), _bytes("wire"),
    _key("envelope"),
    ForeignKeyConstraint(["envelope"], ["envelopes.id"], deferrable=True, initially="DEFERRED"),
)  # fmt: skip
attempts: Final = Table(
    "attempts", metadata, _word("envelope"), _number("n"), _number("at"), _number("milliseconds"),
    _word("outcome"),
    _key("envelope", "n"),
    ForeignKeyConstraint(["envelope"], ["envelopes.id"], deferrable=True, initially="DEFERRED"),
)  # fmt: skip
receipts: Final = Table(
    "receipts", metadata, _word("partner"), _word("direction"), _number("number"), _word("digest"),
    _number("ep"), _number("seq"), _word("state"), _bytes("text"),
    _key("partner", "direction", "number"),
    _index("ix_receipts_digest", "partner", "direction", "digest", "number"),
    _index("ix_receipts_undelivered", "partner", "direction", "number", where=UNDELIVERED),
)  # fmt: skip
verdicts: Final = Table(
    "verdicts", metadata, _word("id"), _word("partner"), _number("ep"), _number("seq"),
    _word_or_none("record"), _number_or_none("version"), _word("state"), _word_or_none("code"),
    _word_or_none("envelope"),
    _key("id"),
    _index("ix_verdicts_unsealed", "partner", "id", where=UNSEALED),
    _index("ix_verdicts_envelope", "envelope", "id", where=IN_ENVELOPE),
)  # fmt: skip

# In
arrivals: Final = Table(
    "arrivals", metadata, *_words("id partner digest"), _number("ep"), _number("seq"),
    _word("state"), _number("arrived_at"), _number("size"), _word_or_none("step"),
    _word_or_none("incident"), _bytes_or_none("statement"), _bytes_or_none("wire"),
    _key("id"),
    UniqueConstraint("partner", "digest"),
    _index("ix_arrivals_opened", "partner", "ep", "seq", where=OPENED, unique=True),
    _index("ix_arrivals_claimed", "partner", "ep", "seq", where=CLAIMED),
    _index("ix_arrivals_unopened", "state", "partner", "id", "size", where=UNOPENED),
)  # fmt: skip
inbox: Final = Table(
    "inbox", metadata, _word("client"), _word("record"), _number("version"), _word("partner"),
    _word("state"), _number_or_none("position"), _word_or_none("code"),
    _number_or_none("handed_at"), _number("ep"), _number("seq"),
    _key("client", "record", "version"),
    _of_record(),
    _index("ix_inbox_position", "client", "position", where=PLACED, unique=True),
    _index("ix_inbox_open", "client", "position", where=OPEN_INBOX),
    _index("ix_inbox_unnumbered", "client", "record", "version", where=UNNUMBERED),
    _index("ix_inbox_held", "record", "version", "client", where=HELD),
    _index("ix_inbox_record", "record", "client", "version"),
)  # fmt: skip

# What people decide, and what follows a release
proposals: Final = Table(
    "proposals", metadata, *_words("id org act digest proposer"), _word_or_none("approver"),
    *_words("state reason"), _number("proposed_at"), _number("expires_at"),
    _number_or_none("settled_at"), _json("body"),
    _key("id"),
    _index("ix_proposals_org", "org", "id"),
    _index("ix_proposals_open", "org", "id", where=OPEN_PROPOSAL),
    _index("ix_proposals_overdue", "expires_at", "id", where=OPEN_PROPOSAL),
)  # fmt: skip
approvals: Final = Table(
    "approvals", metadata, *_words("id record"), _number("version"), *_words("partner rule"),
    _json("by"), _number_or_none("until"), _json("fields"),
    *_words_or_none("proposal ground necessity"),
    _key("id"),
    _of_record(),
    _index("ix_approvals_record", "record", "version", "id"),
    _index("ix_approvals_proposal", "proposal", where=OF_PROPOSAL),
)  # fmt: skip
# Two records of one subject, as two persons said; and assertions that were promoted on a ground.
subject_links: Final = Table(
    "subject_links", metadata, *_words("id org record other part proposer approver"),
    _number("at"), _number_or_none("ended_at"), _word_or_none("ended_by"),
    _key("id"),
    _index("ix_subject_links_record", "record", "other", where=STANDING_LINK),
    _index("ix_subject_links_other", "other", "record", where=STANDING_LINK),
)  # fmt: skip
promotions: Final = Table(
    "promotions", metadata, *_words("id org record"), _number("version"), _word("origin"),
    _number("origin_version"), _word("ground"), _number("ground_version"),
    *_words("kind link proposer approver"), _number("at"), _word("state"), _word_or_none("code"),
    _number_or_none("fell_at"),
    _key("id"),
    _index("ix_promotions_record", "record", "id"),
    _index("ix_promotions_origin", "origin", "id"),
    _index("ix_promotions_ground", "ground", "id", where=STANDING_PROMOTION),
    _index("ix_promotions_standing", "id", where=STANDING_PROMOTION),
)  # fmt: skip
# No reference to `records`: a notice may come before its record.
notices: Final = Table(
    "notices", metadata, *_words("id record"), _number("version"), _word("kind"),
    *_words_or_none("person code from_partner"), _number_or_none("until"), _number("at"),
    _word("state"), *_words_or_none("data_key answer"), _json("told"), _sealed("text"),
    _key("id"),
    _index("ix_notices_record", "record", "id"),
    _index("ix_notices_until", "until", "id", where=WITH_AN_END),
)  # fmt: skip
inbox_notices: Final = Table(
    "inbox_notices", metadata, *_words("client notice record"), _number("version"), _word("kind"),
    _word_or_none("person"), _word_or_none("code"), _number_or_none("until"), _number("at"),
    _word("partner"), _word("state"), _word_or_none("reason"), _number_or_none("settled_at"),
    _key("client", "notice"),
    _index("ix_inbox_notices_open", "client", "notice", where=WAITING),
    _index("ix_inbox_notices_notice", "notice", "client"),
)  # fmt: skip
marks: Final = Table(
    "marks", metadata, *_words("record field tag"),
    _key("record", "field", "tag"), sqlite_with_rowid=False,
)  # fmt: skip
evidence: Final = Table(
    "evidence", metadata, _word("text"), _bytes("line"), _key("text"),
)  # fmt: skip
copies: Final = Table(
    "copies", metadata, *_words("id record"), _number("version"), *_words("holder way"),
    _number("copies"), _word("by"), _number("at"), _word("state"), _number_or_none("settled_at"),
    _key("id"),
    _of_record(),
    _index("ix_copies_record", "record", "id"),
)  # fmt: skip
# No references here either: what was given is remembered when its record is gone.
disclosures: Final = Table(
    "disclosures", metadata, *_words("id release envelope org partner record"),
    _number("version"), *_words("type rendition"), _number("sealed_at"),
    *_words("recipient_class recipient_country"),
    *_words_or_none("purpose agreement legal_basis ground"), _json("consents"),
    _json("approvals"), _json("withheld"), _json("terms"), _json("trace"),
    _key("id"),
    _index("ix_disclosures_record", "record", "id"),
    _index("ix_disclosures_partner", "partner", "id"),
)  # fmt: skip
subjects: Final = Table(
    "subjects", metadata, *_words("id envelope kid"), _number("at"), _bytes("block"), _key("id"),
)  # fmt: skip

# No reference to `records`: what was asked stays counted when its record is erased.
asked: Final = Table(
    "asked", metadata, *_words("record kind"), _number("version"),
    *_words("partner org direction state"), _number("asked_at"), _number("due_at"),
    _word("clock"), _flag("urgent"), *_words_or_none("direct action question reply"),
    _number_or_none("replied_at"), _word_or_none("code"), _number("matches"),
    _key("record", "kind", "partner", "org", "direction"),
    _index("ix_asked_reply", "reply", where=REPLIED),
    _index("ix_asked_due", "org", "kind", "due_at", "record", "partner"),
    _index("ix_asked_open", "org", "kind", "due_at", "record", "partner", where=STANDING),
)  # fmt: skip

# Evidence and work
ledger: Final = Table(
    "ledger", metadata, _word("id"), _word("act"), _number("at"), _number_or_none("position"),
    _bytes("leaf"), _bytes("salt"), _bytes("entry"),
    _key("id"),
    _index("ix_ledger_position", "position", where=PLACED, unique=True),
    _index("ix_ledger_unplaced", "id", where=UNPLACED),
)  # fmt: skip
checkpoints: Final = Table(
    "checkpoints", metadata, _number("size"), _number("at"), _bytes("root"),
    Column("frontier", DigestsColumn, nullable=False), _word("note"),
    _key("size"),
)  # fmt: skip
leases: Final = Table(
    "leases", metadata, _word("name"), _word("holder"), _number("until"), _number("fence"),
    _key("name"),
)  # fmt: skip
idempotency: Final = Table(
    "idempotency", metadata, *_words("client key request_digest"), _number("expires"),
    _json("answer"),
    _key("client", "key"),
    _index("ix_idempotency_expires", "expires"),
)  # fmt: skip
