"""The tables of configuration, records, what goes out and comes in, evidence and work.

Owns the layout of the database together with `tables_after` (what people decide, and what follows
a release); `columns` owns how a value lies in one column. The rows themselves are `flow.rows`; a
table has the columns of its row under the same names. A change goes with a migration
(`migrations/versions`): a test compares the two on both engines.

Stays true:
  * Text that describes a person lies here only as `Sealed`, and is named as its row names it.
  * Indexes for work that is due are partial: they hold what waits, not what ever was.
  * Wide columns come last, since SQLite reads a row from its start.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint, text

from gateway.store.columns import DigestsColumn
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

DUE: Final = text("state = 'due'")
LEFT: Final = text("envelope IS NOT NULL AND notice = ''")
UNDECIDED: Final = text("state IN ('held', 'refused')")
UNDECIDED_UNTIL: Final = text("state IN ('held', 'refused') AND until IS NOT NULL")
OPEN_ENVELOPE: Final = text("state IN ('sealed', 'handed')")
OPEN_INBOX: Final = text("state IN ('waiting', 'handed') AND position IS NOT NULL")
UNNUMBERED: Final = text("state = 'waiting' AND position IS NULL")
UNOPENED: Final = text("state = 'arrived'")
PARKED: Final = text("state = 'parked'")
CLAIMED: Final = text("state IN ('arrived', 'opened', 'parked')")
ACTIVE: Final = text("state = 'active'")
CURRENT: Final = text("state = 'current'")
LISTED: Final = text("state = 'current' AND received_at >= 0")  # for who filters alone
PAST: Final = text("state <> 'current'")
COUNTED: Final = text("received_at >= 0")  # all: so that its index serves those who count alone
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
URGENT: Final = text("state IN ('due', 'sealed') AND urgency <= 1 AND notice = ''")
TO_ERASE: Final = text("state <> 'erased' AND erase_by IS NOT NULL")
UNANSWERED: Final = text("notice <> '' AND verdict IS NULL")

# Configuration
items: Final = Table(
    "items", metadata, word("kind"), word("name"), number("version"), number("change"),
    word("digest"), word("origin"), word("state"), number_or_none("valid_from"),
    number_or_none("valid_until"), json_text("approved_by"), json_text("body"),
    key("kind", "name", "version"),
    UniqueConstraint("change"),
    index("ix_items_active", "kind", "name", where=ACTIVE, unique=True),
)  # fmt: skip
partners: Final = Table(
    "partners", metadata, word("id"), number("card_version"), word("suite"), word("state"),
    flag("fetch"), word("card"), flag("pulls"),
    key("id"),
)  # fmt: skip
credentials: Final = Table(
    "credentials", metadata, *words("digest kind owner"), json_text("scopes"),
    number_or_none("valid_from"), number_or_none("valid_until"), number_or_none("revoked_at"),
    key("digest"),
    index("ix_credentials_owner", "kind", "owner"),
)  # fmt: skip
keys: Final = Table(
    "keys", metadata, *words("kid owner use algorithm state"), number_or_none("not_before"),
    number_or_none("not_after"), number_or_none("revoked_at"), word_or_none("confirmed_by"),
    json_text("public"),
    key("kid"),
    index("ix_keys_owner", "owner", "use", "state"),
)  # fmt: skip

# Records
data_keys: Final = Table(
    "data_keys", metadata, word("id"), word("kek"), binary("wrapped"), key("id"),
)  # fmt: skip
originals: Final = Table(
    "originals", metadata, *words("id org client source format digest"), number("size"),
    word_or_none("data_key"), word("state"), word_or_none("stage"), word_or_none("cause"),
    word("adapter_version"), number("received_at"), number("erase_at"), json_text("faults"),
    sealed("content"),
    key("id"),
    index("ix_originals_digest", "org", "digest", "id"),
    index("ix_originals_quarantined", "id", where=QUARANTINED),
    index("ix_originals_quarantined_org", "org", "id", where=QUARANTINED),
    index("ix_originals_erase", "erase_at", "id", where=WITH_CONTENT),
    index("ix_originals_source", "source", "id", where=WITH_CONTENT),
    index("ix_originals_counted", "org", "source", "received_at", "state", where=COUNTED),
)  # fmt: skip
records: Final = Table(
    "records", metadata, word("id"), number("version"), word("org"),
    word_or_none("from_partner"), *words("type schema source ref_tag content_tag sha256"),
    number("urgency"), *words_or_none("data_key original statement"), word("state"),
    number("received_at"), number_or_none("review_by"), number_or_none("erase_by"),
    sealed("text"), sealed("trail"), *words_or_none("via brought_by"),
    key("id", "version"),
    UniqueConstraint("org", "source", "ref_tag", "version"),
    index("ix_records_org", "org", "id", where=CURRENT),
    index("ix_records_listed", "org", "id", "version", "type", "source", where=LISTED),
    index("ix_records_past", "org", "state", "id", "version", "type", "source", where=PAST),
    index("ix_records_review", "org", "review_by", where=TO_REVIEW),
    index("ix_records_erase", "erase_by", where=TO_ERASE),
)  # fmt: skip
links: Final = Table(
    "links", metadata, *words("field tag record"), number("version"),
    key("field", "tag", "record", "version"),
    of_record(),
    index("ix_links_record", "record", "version"),
    sqlite_with_rowid=False,
)  # fmt: skip

# Out
releases: Final = Table(
    "releases", metadata, *words("id partner record"), number("version"), number("urgency"),
    *words("state code"), number("epoch"), number("decided_at"), word("notice"),
    *words_or_none("purpose basis agreement ground"), number_or_none("until"),
    *words_or_none("rendition envelope verdict"), number_or_none("verdict_at"),
    word_or_none("own_system"), flag("tried"), number("revision"), json_text("withheld"),
    json_text("approvers"), json_text("terms"), json_text("trace"),
    key("id"),
    UniqueConstraint("partner", "record", "version", "notice"),
    of_record(),
    index("ix_releases_due", "partner", "urgency", "id", where=DUE),
    index("ix_releases_epoch", "partner", "epoch", "id", where=UNDECIDED),
    index("ix_releases_until", "partner", "until", "id", where=UNDECIDED_UNTIL),
    index("ix_releases_record", "record", "id"),
    index("ix_releases_envelope", "envelope", "id", where=IN_ENVELOPE),
    index("ix_releases_left", "partner", "decided_at", where=LEFT),
    index("ix_releases_state", "state", "partner"),
    index("ix_releases_held", "partner", "code", "id", where=HELD),
    index("ix_releases_urgent", "state", "urgency", "id", where=URGENT),
    index("ix_releases_unanswered", "decided_at", "id", where=UNANSWERED),
    index("ix_releases_stopped", "partner", "id", where=UNDECIDED),
)  # fmt: skip
channels: Final = Table(
    "channels", metadata, word("partner"), word("direction"), number("ep"), number("last_seq"),
    word_or_none("last_digest"), number("upto"), json_text("gaps"), word("state"),
    number("failures"), number("retry_at"), number_or_none("heard_at"),
    number("receipts_after"), number("reconsidered"),
    key("partner", "direction"),
)  # fmt: skip
# Apart from `channels`, which other journeys read and write back.
wakes: Final = Table(
    "wakes", metadata, word("partner"), number("at"), key("partner"),
)  # fmt: skip
envelopes: Final = Table(
    "envelopes", metadata, *words("id partner"), number("ep"), number("seq"),
    *words("kind digest"), number("count"), word("state"), number("epoch"),
    number_or_none("until"), number("expires_at"), number("sealed_at"), word_or_none("marked"),
    number_or_none("handed_at"), number_or_none("answered_at"), number_or_none("stored_at"),
    number("refusals"), word_or_none("void_code"), word_or_none("void_in"), number("revision"),
    binary("statement"),
    key("id"),
    UniqueConstraint("partner", "ep", "seq"),
    index("ix_envelopes_open", "partner", "ep", "seq", where=OPEN_ENVELOPE),
    index("ix_envelopes_digest", "partner", "digest"),
    index("ix_envelopes_partner", "partner", "id"),
    index("ix_envelopes_state", "state", "id"),
    index("ix_envelopes_kind", "kind", "id"),
)  # fmt: skip
# Apart from `envelopes`, so that moving a state never copies megabytes, and dropping is a delete.
wires: Final = Table(
    "wires", metadata, word("envelope"), binary("wire"),
    key("envelope"),
    ForeignKeyConstraint(["envelope"], ["envelopes.id"], deferrable=True, initially="DEFERRED"),
)  # fmt: skip
attempts: Final = Table(
    "attempts", metadata, word("envelope"), number("n"), number("at"), number("milliseconds"),
    word("outcome"), word_or_none("headers"),
    key("envelope", "n"),
    ForeignKeyConstraint(["envelope"], ["envelopes.id"], deferrable=True, initially="DEFERRED"),
)  # fmt: skip
receipts: Final = Table(
    "receipts", metadata, word("partner"), word("direction"), number("number"), word("digest"),
    number("ep"), number("seq"), word("state"), binary("text"),
    key("partner", "direction", "number"),
    index("ix_receipts_digest", "partner", "direction", "digest", "number"),
    index("ix_receipts_undelivered", "partner", "direction", "number", where=UNDELIVERED),
)  # fmt: skip
verdicts: Final = Table(
    "verdicts", metadata, word("id"), word("partner"), number("ep"), number("seq"),
    word_or_none("record"), number_or_none("version"), word("state"), word_or_none("code"),
    word_or_none("envelope"),
    key("id"),
    index("ix_verdicts_unsealed", "partner", "id", where=UNSEALED),
    index("ix_verdicts_envelope", "envelope", "id", where=IN_ENVELOPE),
)  # fmt: skip

# In
arrivals: Final = Table(
    "arrivals", metadata, *words("id partner digest"), number("ep"), number("seq"),
    word("state"), number("arrived_at"), number("size"), word_or_none("step"),
    word_or_none("incident"), binary_or_none("statement"), binary_or_none("wire"),
    key("id"),
    UniqueConstraint("partner", "digest"),
    index("ix_arrivals_opened", "partner", "ep", "seq", where=OPENED, unique=True),
    index("ix_arrivals_claimed", "partner", "ep", "seq", where=CLAIMED),
    index("ix_arrivals_unopened", "state", "partner", "id", "size", where=UNOPENED),
    index("ix_arrivals_parked", "partner", "id", "size", where=PARKED),
)  # fmt: skip
# Apart from `arrivals`: hardly any arrival ever has a row here.
tries: Final = Table(
    "tries", metadata, word("arrival"), number("count"), key("arrival"),
)  # fmt: skip
inbox: Final = Table(
    "inbox", metadata, word("client"), word("record"), number("version"), word("partner"),
    word("state"), number_or_none("position"), word_or_none("code"),
    number_or_none("handed_at"), number("ep"), number("seq"),
    key("client", "record", "version"),
    of_record(),
    index("ix_inbox_position", "client", "position", where=PLACED, unique=True),
    index("ix_inbox_open", "client", "position", where=OPEN_INBOX),
    index("ix_inbox_unnumbered", "client", "record", "version", where=UNNUMBERED),
    index("ix_inbox_held", "record", "version", "client", where=HELD),
    index("ix_inbox_record", "record", "client", "version"),
)  # fmt: skip

# Evidence and work
ledger: Final = Table(
    "ledger", metadata, word("id"), word("act"), number("at"), number_or_none("position"),
    binary("leaf"), binary("salt"), binary("entry"),
    key("id"),
    index("ix_ledger_position", "position", where=PLACED, unique=True),
    index("ix_ledger_unplaced", "id", where=UNPLACED),
)  # fmt: skip
checkpoints: Final = Table(
    "checkpoints", metadata, number("size"), number("at"), binary("root"),
    Column("frontier", DigestsColumn, nullable=False), word("note"),
    key("size"),
)  # fmt: skip
leases: Final = Table(
    "leases", metadata, word("name"), word("holder"), number("until"), number("fence"),
    key("name"),
)  # fmt: skip
idempotency: Final = Table(
    "idempotency", metadata, *words("client key request_digest"), number("expires"),
    json_text("answer"),
    key("client", "key"),
    index("ix_idempotency_expires", "expires"),
)  # fmt: skip
# How far a file has come that is pushed in pieces under one name.
bulks: Final = Table(
    "bulks", metadata, *words("client name"),
    *(number(name) for name in
      ("pieces", "stored", "duplicate", "conflict", "quarantined", "refused")),
    word("last_key"), number("last_at"), number("expires"),
    key("client", "name"),
    index("ix_bulks_expires", "expires"),
)  # fmt: skip
