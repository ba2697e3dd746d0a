"""What the store keeps, as frozen rows: one class per table of `docs/architecture.md`.

Owns the shapes that pass between journeys and the store. Times are integer milliseconds since
1970 unless a name says otherwise. What names or describes a person is only ever `Sealed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext of the vault: 12 bytes IV, then AES-256-GCM. The store sees nothing else."""

    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """One wrapped data key; deleting the row is erasing what it seals. `kek` names its origin."""

    id: str
    kek: str
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One version of one configured item. `change` grows over all kinds: it is the epoch."""

    kind: str
    name: str
    version: int
    change: int
    body: Mapping[str, Any]
    digest: str
    origin: str  # file | database | card | message; ended by one: command
    state: str  # active | superseded | ended
    valid_from: int | None
    valid_until: int | None
    approved_by: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """A partner gateway. `card` is the confirmed card's JWS; `fetch`: we read its mailbox.

    `pulls`: it reads ours; its endpoint, if it has one, is only told to look.
    """

    id: str
    card: str
    card_version: int
    suite: str
    state: str  # introduced | confirmed | revoked
    fetch: bool = False
    pulls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """Who a public key or token belongs to: one client, one person or one partner, no two."""

    digest: str  # b64 SHA-256 of the SubjectPublicKeyInfo
    kind: str  # client | person | partner
    owner: str
    scopes: Sequence[str]  # of a client; a person's roles
    valid_from: int | None = None
    valid_until: int | None = None
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A public key: ours (`owner` = our id) or a partner's. `public` is its JWK."""

    kid: str
    owner: str
    use: str  # sign | seal
    algorithm: str
    public: Mapping[str, Any]
    state: str  # next | active | retired | revoked
    not_before: int | None = None
    not_after: int | None = None
    revoked_at: int | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """One direction of the way to one partner. `ep` 0 means: nothing was ever sent or opened."""

    partner: str
    direction: str  # out | in
    ep: int = 0
    last_seq: int = 0
    last_digest: str | None = None
    upto: int = 0  # out: the partner has all up to here; in: we have
    gaps: Sequence[tuple[int, int]] = ()  # missing places above upto, closed ranges
    state: str = "open"  # open | paused | stalled
    failures: int = 0
    retry_at: int = 0
    heard_at: int | None = None
    receipts_after: int = 0  # the last number of the partner's receipts that we fetched
    reconsidered: int = 0  # the epoch up to which `reconsider` has looked at older records


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalRow:
    """The bytes as submitted. In quarantine `cause` is the first fault's code."""

    id: str
    org: str
    client: str
    source: str
    format: str
    digest: str  # keyed tag of the bytes, never a bare digest
    size: int
    content: Sealed | None
    data_key: str | None
    state: str  # kept | quarantined | replayed | discarded | refused | expired | erased
    stage: str | None = None
    cause: str | None = None
    faults: Sequence[Mapping[str, str]] = ()  # pointer, code, detail, hint; no content
    adapter_version: str = ""
    received_at: int = 0
    erase_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineGroup:
    """Originals in quarantine that wait for the same: one source, adapter version and cause."""

    org: str
    source: str
    format: str
    adapter_version: str
    stage: str | None
    cause: str | None
    count: int
    oldest: int  # when the oldest came
    first_erased: int  # when the first of them is erased


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One version of one record. `kek` and `wrapped` come joined from `data_keys` on reading."""

    id: str
    version: int
    org: str
    from_partner: str | None
    type: str
    schema: str
    source: str
    ref_tag: str
    content_tag: str
    sha256: str  # digest of the text as sealed to us, or as we hold it
    urgency: int
    text: Sealed | None
    trail: Sealed | None
    data_key: str | None
    original: str | None
    statement: str | None  # arrival id whose statement proves the origin
    state: str  # current | superseded | restricted | disputed | recalled | erased
    received_at: int
    review_by: int | None = None
    erase_by: int | None = None
    # To whom its originator gave this copy, and who brought it; None: us, itself, or it is ours.
    via: str | None = None
    brought_by: str | None = None
    kek: str | None = None
    wrapped: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One identifier of one record version, as a keyed tag: the blind index."""

    field: str
    tag: str
    record: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """One record for one partner: the decision, its proof and what became of it."""

    id: str
    partner: str
    record: str
    version: int
    urgency: int
    state: str  # lifecycle `release`
    trace: Sequence[Mapping[str, Any]]  # the decision's trace as plain JSON, no content
    code: str  # the deciding rule id, or the verdict's code later
    epoch: int
    decided_at: int
    notice: str = ""
    purpose: str | None = None
    basis: str | None = None  # agreement as name@version
    agreement: str | None = None  # agreement name: one per statement
    ground: str | None = None
    withheld: Sequence[Mapping[str, str]] = ()  # pointer and code
    until: int | None = None
    rendition: str | None = None  # digest of the text that was sealed
    terms: Mapping[str, Any] = field(default_factory=dict)
    envelope: str | None = None
    verdict: str | None = None
    verdict_at: int | None = None
    own_system: str | None = None
    approvers: Sequence[str] = ()
    tried: bool = False  # ever handed out, in any envelope
    revision: int = 0  # grows with each write: one that rests on an older row is not made


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeRow:
    """One sealed envelope. `wire` is dropped at `closed` and `void`; its digest stays."""

    id: str
    partner: str
    ep: int
    seq: int
    kind: str  # records | notice | verdict | void | key-notice
    digest: str
    statement: bytes  # the signed statement (exact-form JWS): proof of what we said
    wire: bytes | None
    count: int
    state: str  # sealed | handed | stored | closed | void
    epoch: int
    until: int | None
    expires_at: int
    sealed_at: int
    marked: str | None = None  # a void code: seal shall void it
    handed_at: int | None = None
    answered_at: int | None = None  # the partner said 2xx to these bytes
    stored_at: int | None = None  # their receipt came; the wire is dropped some time after
    refusals: int = 0
    void_code: str | None = None
    void_in: str | None = None  # envelope id of the void statement that names it
    revision: int = 0  # as of a release


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One try to hand over an envelope, and how it ended."""

    envelope: str
    at: int
    milliseconds: int
    outcome: str
    headers: str | None = None  # of the answer, masked, as JSON; None: there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRow:
    """One envelope that came in. `ep` and `seq` are the claimed place; believed once opened."""

    id: str
    partner: str
    digest: str
    ep: int
    seq: int
    wire: bytes | None
    state: str  # arrived | opened | refused | parked
    arrived_at: int
    size: int
    statement: bytes | None = None
    step: str | None = None  # error code of what refused or parked it; ours alone
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A receipt: `made` by us, or `got` from the partner. `number` counts per both."""

    partner: str
    direction: str  # made | got
    number: int
    digest: str
    ep: int
    seq: int
    text: bytes
    state: str  # made | delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """What we say became of one record or notice; `envelope` null: still to be sealed."""

    id: str
    partner: str
    ep: int
    seq: int
    record: str | None
    version: int | None
    state: str
    code: str | None
    envelope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One received record for one national system. `position` is null until first handed on."""

    client: str
    record: str
    version: int
    partner: str
    state: str  # held | waiting | handed | accepted | rejected | withdrawn
    position: int | None = None
    code: str | None = None
    handed_at: int | None = None
    ep: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One act: its entry, its salt, its leaf; `position` comes with `checkpoint`."""

    id: str
    act: str
    entry: bytes  # canonical JSON of ids, codes and digests
    salt: bytes
    leaf: bytes
    at: int
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A signed tree head. `frontier` are the roots of the full subtrees, left to right."""

    size: int
    root: bytes
    frontier: Sequence[bytes]
    note: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRow:
    """The answer to a request, kept to be given again under the same key."""

    client: str
    key: str
    request_digest: str
    answer: Mapping[str, Any]
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """How far a file has come whose pieces a client pushes under one name, by outcomes."""

    client: str
    name: str
    pieces: int = 0
    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    quarantined: int = 0
    refused: int = 0
    last_key: str  # of the newest piece
    last_at: int
    expires: int
