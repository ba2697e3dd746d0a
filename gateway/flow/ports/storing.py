"""What the journeys need of the store: configuration, records, releases, envelopes, arrivals.

Stays true:
  * Each call that lists takes a limit and has an index behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.flow.rows import (
    ArrivalRow,
    AttemptRow,
    ChannelRow,
    CredentialRow,
    DataKey,
    EnvelopeRow,
    InboxRow,
    ItemRow,
    KeyRow,
    LinkRow,
    OriginalRow,
    PartnerRow,
    QuarantineGroup,
    ReceiptRow,
    RecordRow,
    ReleaseRow,
    VerdictRow,
)
from gateway.flow.rows_people import HeldGroup, UrgentRow


class ConfigStore(Protocol):
    """Items, partners, credentials and public keys."""

    def epoch(self) -> int:
        """The highest change of any item; 0 before the first."""

    def active(self, kind: str) -> Sequence[ItemRow]:
        """The active items of a kind, by name."""

    def items(self, kind: str) -> Sequence[ItemRow]:
        """The newest version of each item of a kind, also of ended ones."""

    def history(self, kind: str, name: str) -> Sequence[ItemRow]:
        """All versions of one item, oldest first."""

    def put(self, item: ItemRow) -> ItemRow:
        """Add a version: `version` and `change` are given here; the one before is superseded.

        An item with state ``ended`` ends its name.
        """

    def partners(self) -> Sequence[PartnerRow]:
        """All partners, by id."""

    def put_partner(self, partner: PartnerRow) -> None:
        """Insert or replace."""

    def credential(self, digest: str) -> CredentialRow | None:
        """Who owns this public key or token."""

    def credentials(self, kind: str, owner: str) -> Sequence[CredentialRow]:
        """All of one owner."""

    def replace_credentials(self, kind: str, owner: str, rows: Sequence[CredentialRow]) -> None:
        """Make these the owner's only ones. Raises Conflict if a digest belongs to another."""

    def keys(self, owner: str) -> Sequence[KeyRow]:
        """All public keys of an owner."""

    def put_keys(self, rows: Sequence[KeyRow]) -> None:
        """Insert or replace by kid."""


class RecordStore(Protocol):
    """Originals, data keys, records, links."""

    def add(
        self,
        *,
        data_keys: Sequence[DataKey] = (),
        originals: Sequence[OriginalRow] = (),
        records: Sequence[RecordRow] = (),
        links: Sequence[LinkRow] = (),
    ) -> None:
        """Insert all, in bulk. Raises Conflict on a taken (org, source, ref_tag, version)."""

    def get(self, keys: Sequence[tuple[str, int]]) -> Sequence[RecordRow]:
        """The versions asked for that exist, with `kek` and `wrapped` joined in."""

    def newest(self, ids: Sequence[str]) -> Mapping[str, RecordRow]:
        """The highest version of each id that exists."""

    def by_ref(
        self, refs: Sequence[tuple[str, str, str]]
    ) -> Mapping[tuple[str, str, str], RecordRow]:
        """The newest version by (org, source, ref_tag)."""

    def page(self, org: str, *, after: str, limit: int) -> Sequence[RecordRow]:
        """Current records of one organisation with id > `after`, in id order."""

    def holding(self, *, after: str, limit: int) -> Sequence[RecordRow]:
        """Current records with content, own and received, with id > `after`, in id order."""

    def latest(self, org: str | None, *, before: str, limit: int) -> Sequence[RecordRow]:
        """Own current records (of one organisation, or all) with id < `before`, newest first.

        An empty `before` begins with the newest.
        """

    def unreleased(self, partner: str, *, after: str, limit: int) -> Sequence[RecordRow]:
        """Own current records (not received ones) without a release for `partner`, id order."""

    def set_state(self, record: str, version: int, state: str) -> None:
        """Move one version."""

    def versions(self, record: str) -> Sequence[RecordRow]:
        """All versions of one record, oldest first."""

    def rewrite(self, rows: Sequence[RecordRow]) -> None:
        """Write state, text and what goes with it over the rows of these versions."""

    def hand_over(self, record: str, partner: str) -> None:
        """Let all versions of a received record be that partner's."""

    def drop_links(self, keys: Sequence[tuple[str, int]]) -> None:
        """Delete the links of these versions."""

    def links_of(self, record: str) -> Sequence[LinkRow]:
        """The links of all versions of one record."""

    def to_erase(self, *, now_ms: int, limit: int) -> Sequence[RecordRow]:
        """Versions with content whose `erase_by` has passed; restricted ones are left out."""

    def to_review(self, org: str, *, before_ms: int, limit: int) -> Sequence[RecordRow]:
        """Current records of one organisation whose `review_by` is not after that, oldest first."""

    def original(self, id_: str) -> OriginalRow | None:
        """One original."""

    def original_by_digest(self, org: str, digests: Sequence[str]) -> Mapping[str, OriginalRow]:
        """Originals of these keyed tags, of one organisation, newest per tag."""

    def quarantined(self, *, org: str | None, after: str, limit: int) -> Sequence[OriginalRow]:
        """Originals in quarantine with id > `after`, in id order."""

    def expired_originals(self, *, now_ms: int, limit: int) -> Sequence[OriginalRow]:
        """Originals with content whose `erase_at` has passed, oldest first."""

    def quarantine_groups(self, *, org: str | None, limit: int) -> Sequence[QuarantineGroup]:
        """What waits in quarantine for the same, the largest groups first."""

    def originals_of(self, source: str, *, after: str, limit: int) -> Sequence[OriginalRow]:
        """Originals of one source that still have content, with id > `after`, in id order."""

    def count_originals_of(self, source: str) -> int:
        """How many those are."""

    def set_original(self, row: OriginalRow) -> None:
        """Replace all but what says whose it is, where it came from and when."""

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, DataKey]:
        """By id."""

    def erase_data_keys(self, ids: Sequence[str]) -> None:
        """Delete: what they seal is gone."""

    def linked(self, tags: Sequence[tuple[str, str]], *, limit: int) -> Sequence[LinkRow]:
        """Links with one of these (field, tag)."""


class ReleaseStore(Protocol):
    """One row per record and partner: decided, and what became of it."""

    def add(self, rows: Sequence[ReleaseRow]) -> None:
        """Insert in bulk."""

    def due(self, partner: str, *, limit: int) -> Sequence[ReleaseRow]:
        """Due ones, urgent first, then in order of id; index ix_releases_due."""

    def partners_due(self) -> Sequence[str]:
        """Partners for which anything is due."""

    def of_record(self, record: str) -> Sequence[ReleaseRow]:
        """All of one record, oldest first."""

    def of_envelope(self, envelope: str) -> Sequence[ReleaseRow]:
        """All inside one envelope."""

    def stale(self, partner: str, *, epoch: int, now_ms: int, limit: int) -> Sequence[ReleaseRow]:
        """Held and refused ones decided before `epoch`, or whose `until` has passed."""

    def replace(self, rows: Sequence[ReleaseRow], *, expect: str) -> int:
        """Write these rows over those they rest on: same id and revision, state `expect`.

        Returns how many were written: the caller compares, unless it read them in this unit.
        """

    def hand_out(self, envelope: str) -> int:
        """Set `tried` on all that is sealed in this envelope. Returns for how many it was new."""

    def holders(self, record: str) -> Sequence[ReleaseRow]:
        """Those that are at the partner: sealed, stored, parked or accepted."""

    def records_at(self, partner: str, *, after: str, limit: int) -> Sequence[str]:
        """Ids above `after` of the records that were handed out to this partner, in order."""

    def left_since(
        self, partner: str, since_ms: int, *, least: int
    ) -> Sequence[tuple[str, str, int, int]]:
        """(organisation, purpose, count, first moment) of what was sealed for `partner` since then.

        Empty, without counting further, where fewer than `least` were in all.
        """

    def unanswered(self, *, decided_before: int, limit: int) -> Sequence[ReleaseRow]:
        """Releases of notices without a verdict, decided before that; the oldest first."""

    def count_unanswered(self, *, decided_before: int) -> Sequence[tuple[str, int, int]]:
        """(partner, count, earliest `decided_at`) of those releases, by partner."""

    def count_by_state(self) -> Sequence[tuple[str, str, int]]:
        """(partner, state, count), in order; of what is gone records, not releases, are counted."""

    def held_groups(self, org: str, *, limit: int) -> Sequence[HeldGroup]:
        """Held releases of one organisation's records, grouped; urgent first, then the oldest."""

    def held(
        self, org: str, *, rule: str, source: str, partner: str, after: str, limit: int
    ) -> Sequence[ReleaseRow]:
        """Those of one group with id > `after`, in order of id."""

    def urgent(self, *, up_to: int, limit: int) -> Sequence[UrgentRow]:
        """Due and sealed ones of an urgency up to this, the longest waiting first."""


class EnvelopeStore(Protocol):
    """Sealed envelopes, channels, attempts; receipts both ways; our verdicts."""

    def channel(self, partner: str, direction: str) -> ChannelRow:
        """The channel, or a fresh one with ep 0."""

    def channels(self) -> Sequence[ChannelRow]:
        """All."""

    def put_channel(self, row: ChannelRow, *, expect: ChannelRow | None) -> bool:
        """Insert or replace; with `expect`, only if ep, last_seq and last_digest are still its."""

    def add(self, row: EnvelopeRow) -> None:
        """Insert. Raises Conflict on a taken place."""

    def get(self, id_: str) -> EnvelopeRow | None:
        """One, with wire."""

    def heads(self, ids: Sequence[str]) -> Mapping[str, EnvelopeRow]:
        """Those that exist, without wire."""

    def by_digest(self, partner: str, digests: Sequence[str]) -> Mapping[str, EnvelopeRow]:
        """Ours to `partner`, without wire."""

    def open_after(self, partner: str, ep: int, seq: int, *, limit: int) -> Sequence[EnvelopeRow]:
        """Sealed and handed ones of `ep` above `seq`, in order, with wire (void kinds included)."""

    def to_send(self, partner: str, *, answered_before: int, limit: int) -> Sequence[EnvelopeRow]:
        """Sealed and handed ones never answered, or answered before that; oldest first, wire."""

    def unreceipted(self, partner: str) -> int:
        """How many sealed or handed ones there are, kind void not counted."""

    def marked(self, partner: str, *, limit: int) -> Sequence[EnvelopeRow]:
        """Sealed and handed ones with a mark, in order, without wire."""

    def stale(self, partner: str, *, epoch: int, now_ms: int, limit: int) -> Sequence[EnvelopeRow]:
        """Unmarked sealed and handed ones before `epoch`, or past `until`, or past expires_at."""

    def replace(self, rows: Sequence[EnvelopeRow], *, expect: Sequence[str]) -> int:
        """Write all but id, place, kind, digest and statement over the rows these rest on.

        They must be in one of the states, and not written by anybody since they were read.

        The wire goes where the new state is closed or void, and is never replaced: rows read
        without it can be written. Returns how many were.
        """

    def page(
        self, *, partner: str | None, state: str | None, after: str, limit: int
    ) -> Sequence[EnvelopeRow]:
        """Deliveries with id > after, without wire."""

    def to_close(self, *, stored_before: int, limit: int) -> Sequence[EnvelopeRow]:
        """Stored ones whose wire can be dropped: by stored_at, else answered_at, handed_at."""

    def add_attempt(self, row: AttemptRow) -> None:
        """Append."""

    def attempts(self, envelope: str) -> Sequence[AttemptRow]:
        """Of one envelope, oldest first."""

    def add_receipts(self, rows: Sequence[ReceiptRow]) -> None:
        """Append; `number` is given here (per partner and direction, from 1)."""

    def receipt(self, partner: str, direction: str, digest: str) -> ReceiptRow | None:
        """The newest for an envelope digest."""

    def receipts_after(
        self, partner: str, direction: str, number: int, *, limit: int
    ) -> Sequence[ReceiptRow]:
        """In order of number."""

    def undelivered(self, partner: str, *, limit: int) -> Sequence[ReceiptRow]:
        """Receipts made and not yet delivered, oldest first."""

    def delivered(self, partner: str, numbers: Sequence[int]) -> None:
        """Mark receipts of ours as delivered."""

    def add_verdicts(self, rows: Sequence[VerdictRow]) -> None:
        """Append."""

    def unsealed_verdicts(self, partner: str, *, limit: int) -> Sequence[VerdictRow]:
        """Verdicts still to be sealed, oldest first."""

    def seal_verdicts(self, ids: Sequence[str], envelope: str | None) -> int:
        """Say which envelope carries them (None: to be sealed again). Returns how many."""

    def verdicts_of(self, envelope: str) -> Sequence[VerdictRow]:
        """Verdicts inside one of our envelopes."""


class ArrivalStore(Protocol):
    """Envelopes that came in, and the inbox of national systems."""

    def by_digest(self, partner: str, digest: str) -> ArrivalRow | None:
        """One, without wire."""

    def add(self, row: ArrivalRow) -> bool:
        """Insert; False if (partner, digest) is there already."""

    def replace(self, row: ArrivalRow, *, expect: str) -> bool:
        """Write over the row with this id if it is in state `expect`."""

    def unopened(self, partner: str, *, limit: int) -> Sequence[ArrivalRow]:
        """Arrived ones, oldest first, with wire."""

    def partners_unopened(self) -> Sequence[str]:
        """Partners with anything unopened."""

    def unopened_bytes(self, partner: str) -> int:
        """Sum of sizes waiting to be opened, parked ones too."""

    def failed(self, id_: str) -> int:
        """Count one more failed try of an arrival. Returns how many there were."""

    def parked(self, *, limit: int) -> Sequence[ArrivalRow]:
        """Parked ones by partner, oldest first, without wire."""

    def unpark(self, id_: str, state: str) -> None:
        """Put a parked one into this state, its step, incident and tries forgotten."""

    def at_place(self, partner: str, ep: int, seq: int) -> ArrivalRow | None:
        """The opened one at a place, without wire."""

    def claimed(self, partner: str, ep: int, *, above: int) -> Sequence[int]:
        """Places above `above` that are opened or waiting, in order (at most 256)."""

    def get(self, id_: str) -> ArrivalRow | None:
        """One, with statement."""

    def add_inbox(self, rows: Sequence[InboxRow]) -> None:
        """Insert, ignoring what is there already."""

    def has_unnumbered(self, client: str) -> bool:
        """Whether a waiting row of this client has no position yet."""

    def number_inbox(self, client: str) -> None:
        """Give positions to waiting rows that have none: one order for all, urgent first."""

    def inbox(self, client: str, *, after: int, limit: int, open_only: bool) -> Sequence[InboxRow]:
        """Numbered rows above position `after`, in order; `open_only`: waiting and handed ones."""

    def inbox_of(self, client: str, record: str, version: int) -> InboxRow | None:
        """One."""

    def inbox_of_record(self, record: str) -> Sequence[InboxRow]:
        """Those of all clients and versions of one record."""

    def inbox_held(self, *, limit: int) -> Sequence[InboxRow]:
        """Held ones, oldest record first."""

    def drop_withdrawn(self, rows: Sequence[InboxRow]) -> None:
        """Delete these where they are withdrawn: what comes now is new."""

    def replace_inbox(self, rows: Sequence[InboxRow], *, expect: Sequence[str]) -> int:
        """Write state, code, handed_at over rows in one of the states. Returns how many."""
