"""What follows a record after its release, as frozen rows. Times are milliseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

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
class SubjectTagRow:
    """One person or identifier of a disclosed rendition, as a tag that only audit can compute."""

    tag: str
    release: str
