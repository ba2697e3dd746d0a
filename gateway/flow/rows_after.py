"""What follows a record after its release, as frozen rows. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.flow.rows import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice about a record, or about one person in it: ours, or a partner's.

    `text` is the notice as it is sent or was received, under a data key of its own: it stays
    readable when the record is erased.
    """

    id: str
    record: str
    version: int
    kind: str
    person: str | None  # which person in the record; None: the whole record
    code: str | None
    from_partner: str | None  # None: it is ours
    until: int | None
    at: int
    state: str  # waiting (the record is not here yet) | applied | replaced
    text: Sealed | None = None
    data_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRow:
    """One rendition that was sealed for one partner, as it was decided at that moment.

    Written once, in the commit that sealed it, and never changed: a release is decided again, what
    was given stays given. It names no person and outlives the record. What became of it is its
    envelope's, its release's and its notices' to say.
    """

    id: str
    release: str
    envelope: str
    org: str  # whose disclosure it is; "": the gateway's own, of what a partner sent
    partner: str
    record: str
    version: int
    type: str
    rendition: str  # digest of the text that was sealed
    sealed_at: int
    recipient_class: str
    recipient_country: str
    purpose: str | None
    agreement: str | None  # name@version
    legal_basis: str | None  # the act and article the record is processed under
    ground: str | None  # of a transfer to a third country
    consents: Sequence[str]  # name@version
    approvals: Sequence[Mapping[str, Any]]  # rule and by: who said yes to what
    withheld: Sequence[Mapping[str, str]]  # pointer and code
    terms: Mapping[str, Any]
    trace: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectsRow:
    """Whom the records of one envelope speak of, sealed to the audit key: one block an envelope.

    Neither web nor worker can open it, so it tells nothing to whoever holds the database and their
    keys. It outlives the records, and has its own retention.
    """

    id: str
    envelope: str
    kid: str  # the audit key it is sealed to
    at: int
    block: bytes
