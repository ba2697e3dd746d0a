"""What follows a record after its release, as frozen rows. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.notice import REMOVING, is_lift
from gateway.flow.rows import RecordRow, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice about a record, or about one person in it: ours, or a partner's.

    Its id is unique to its author only: whoever writes ids may write one that another has used.
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
    # waiting (the record is not here yet) | applied | replaced | ended | told (to some holders)
    state: str
    text: Sealed | None = None
    data_key: str | None = None
    told: Sequence[Mapping[str, Any]] = ()  # who brought it to us, at which ep and seq
    answer: str | None = None  # our last verdict on it: state, then its code if any
    # By whose hands the copies came that it is about, if it was meant for those alone; (): all.
    via: Sequence[str] = ()
    org: str | None = None  # set where a person keeps a version for a court: for whom,
    by: str | None = None  # and who said so

    @property
    def author(self) -> str:
        """The partner that gave it; empty: we did."""
        return self.from_partner or ""

    @property
    def key(self) -> tuple[str, str]:
        """Author and id: what tells notices apart."""
        return self.author, self.id

    @property
    def removes(self) -> bool:
        """Whether nothing is kept of the versions it is about but tombstones."""
        return self.kind in REMOVING and self.person is None

    @property
    def lifts(self) -> bool:
        """Whether it ends what held, and lays nothing on."""
        return is_lift(self.until, self.at)

    def covers(self, version: int) -> bool:
        """Return whether it is about this version of its record."""
        if self.kind == "correct":
            return version < self.version
        if self.person is not None:
            return version == self.version  # its place holds for one version only
        return version <= self.version

    def reaches(self, copy: RecordRow) -> bool:
        """Return whether it speaks of this copy of a version, as it came here."""
        if self.org is not None:
            return copy.version == self.version
        return not self.via or not {copy.via, copy.brought_by}.isdisjoint(self.via)

    def takes(self, version: int) -> bool:
        """Return whether it removes this version, or something of it."""
        if self.person is not None:
            return self.kind in REMOVING and version <= self.version
        return (self.removes or self.kind == "correct") and self.covers(version)

    @property
    def keeps(self) -> bool:
        """Whether a version is kept for a court by it, now."""
        return self.org is not None and self.state == "applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxNoticeRow:
    """One notice about a record that a national system has: for it to follow, and to say so.

    `partner` gave it (our own id: we did); ids of different partners may be the same. What is kept
    for a court is told of when that ends, by a further entry with an id of its own.
    """

    client: str
    notice: str
    cause: str  # the notice that is carried out; the first entry about it has its id
    record: str
    version: int
    versions: Sequence[int]  # which the client has, and this is about
    kind: str
    person: str | None
    code: str | None
    until: int | None
    at: int
    partner: str
    state: str  # waiting | done | kept
    reason: str | None = None  # a code: why it is kept
    settled_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRow:
    """An identifier that this record is not linked by again, as a keyed tag.

    `org`: whose record it is; the person comes back into none of theirs unseen.
    """

    org: str
    record: str
    field: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A partner sent a record under an id that is another's here: a person says whose it is."""

    record: str
    partner: str  # whose record it would be
    version: int
    holder: str  # whose record is held under it; empty: ours
    at: int
    settled_at: int | None = None
    given: int | None = None  # the id was given: versions up to this one stay the holder's


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """The statement of `author` that proves a text, by the text's digest.

    Another may have sent the same text as its own: its statement proves nothing about the author.
    """

    author: str
    text: str
    line: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRow:
    """Copies that went out beside the gateway, as a person entered them."""

    id: str
    record: str
    version: int
    holder: str  # an organisation's id
    way: str  # paper | telephone | e-mail | siena | other
    copies: int
    by: str
    at: int
    state: str  # out | back | destroyed
    settled_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherRow:
    """How far one further holder is with one notice, as we say it to a partner or were told by one.

    A further holder has the record by a partner's hands: what we say is of those we passed it on
    to and those beyond, what we are told is of those beyond the partner.
    """

    direction: str  # in: `partner` told us | out: for `partner`, who brought the notice
    partner: str
    author: str  # of the notice; empty: we are
    notice: str
    # In: the tag that the partner gave it. Out: the partner that has it from us or, after a slash,
    # the tag which that one gave to who has it by its hands.
    path: str
    parent: str | None  # the path of who passed the record to it; None: who tells of it
    record: str
    name: str | None
    hops: int
    state: str  # open, or that of its verdict
    own_system: str | None
    passed_on: str | None
    at: int
    ep: int = 0  # in: the place where it was said; what a later place says holds
    seq: int = 0
    envelope: str | None = None  # out: what carries it; None: it is still to be sealed

    @property
    def news(self) -> tuple[object, ...]:
        """What is worth telling: all but when, and by what it was carried."""
        told = (self.name, self.parent, self.hops, self.state, self.own_system, self.passed_on)
        return (*told, self.record)


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
    withheld: Sequence[Mapping[str, str]]  # pointer into the unreduced version, and code
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
