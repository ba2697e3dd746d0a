"""The journey of a submission: bytes of a national system → records, decided on for each partner.

Guard, adapter, normal form, facts, decisions and sealing happen with no transaction open; the one
commit holds originals, data keys, records, links, releases, ledger and the remembered answer, and
demands the epoch that the decisions rested on.

Stays true:
  * One outcome per record, never merged; a bulk is one transaction.
  * Same reference, same content: duplicate. Same reference, other content: conflict, unless it
    names the version that it corrects.
  * What was refused leaves its keyed tag and the reason, nothing else.
  * The same key gives the same answer, but what failed is looked at again once the adapter or the
    source profile is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gateway.core.errors import Conflict, Forbidden, StaleDecision, TooLarge
from gateway.core.ids import OrgId
from gateway.flow.booking import book
from gateway.flow.bulks import counted
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, demand_scope
from gateway.flow.intake import Candidate, Failed, Feed, take_apart
from gateway.flow.linked import corrections
from gateway.flow.originals import Booking
from gateway.flow.outcome import GOOD, Outcome, outcome_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import corrected
from gateway.flow.reading import adapter_of, read_by
from gateway.flow.rows import IdempotencyRow

TRIES = 8  # decisions made again because configuration or a reference changed meanwhile


class KeyReused(Conflict):
    """This Idempotency-Key came before with other content."""

    code: ClassVar[str] = "idempotency-key-reused"
    advice: ClassVar[str] = "Use a fresh key for each new request; repeat a key only to retry."


class TooManyRecords(TooLarge):
    """More records than one request may carry."""

    code: ClassVar[str] = "too-many-records"
    advice: ClassVar[str] = "Send at most `max_bulk_records` in one request."


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One request of a national system."""

    client: Client
    source: str
    media_type: str
    raw: bytes
    idempotency_key: str | None = None
    urgent_reason: str | None = None
    bulk: str | None = None  # the name that the pieces of one file have in common


def submit(submission: Submission, exchange: Exchange) -> list[Outcome]:
    """Take one submission in; decide for each partner whether it may go.

    Returns one outcome per record, in the order of the document; a document refused as a whole
    is one outcome. Raises Forbidden, TooLarge, KeyReused, Unavailable.
    """
    demand_scope(submission.client, "submit")
    if len(submission.raw) > exchange.limits.caps.max_bytes:
        raise TooLarge(f"at most {exchange.limits.caps.max_bytes} bytes in one submission")
    with exchange.store.reading() as work:
        feed = bind(submission, exchange.configuration(work), exchange)
        remembered = _remembered(submission, work)
    request_digest = exchange.vault.tags("request", [_all_said(submission)])[0]
    asked = _Asked(submission, request_digest, read_by(feed.adapter, feed.profile))
    if remembered is not None and asked.is_answered_by(remembered):
        return _same_answer(remembered)
    found = take_apart(submission.raw, feed, exchange)
    if len(found) > exchange.limits.max_bulk_records:
        raise TooManyRecords
    booking = Booking(
        org=feed.org,
        client=submission.client.name,
        source=submission.source,
        format=feed.adapter.name,
        adapter_version=feed.adapter.version,
        raw=submission.raw,
    )
    for _ in range(TRIES - 1):
        try:
            return _book(booking, found, asked, exchange)
        except KeyReused:
            raise
        except (StaleDecision, Conflict):
            continue  # configuration changed, or another request took a reference or the key
    return _book(booking, found, asked, exchange)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A submission, the digest of all it says, and who reads it."""

    submission: Submission
    digest: str
    read_by: str

    def is_answered_by(self, row: IdempotencyRow) -> bool:
        """Return whether what was answered under its key stands. Raises KeyReused."""
        if row.request_digest != self.digest:
            raise KeyReused
        failed = any(one["state"] not in GOOD for one in row.answer["outcomes"])
        return not failed or row.answer.get("read_by") == self.read_by


def _all_said(submission: Submission) -> bytes:
    """Return everything of a request that its answer rests on."""
    head = (submission.source, submission.media_type, submission.urgent_reason or "")
    return "\x1f".join((*head, "")).encode() + submission.raw


def _remembered(submission: Submission, work: UnitOfWork) -> IdempotencyRow | None:
    if submission.idempotency_key is None:
        return None
    return work.idempotent(submission.client.name, submission.idempotency_key)


def _book(
    booking: Booking,
    found: Sequence[Candidate | Failed],
    asked: _Asked,
    exchange: Exchange,
) -> list[Outcome]:
    submission = asked.submission
    prepared = book(booking, found, exchange)
    after = corrections([one for one, _ in prepared.superseded], prepared.made, exchange)
    with exchange.store.writing() as work:
        remembered = _remembered(submission, work)
        if remembered is not None:
            if asked.is_answered_by(remembered):
                return _same_answer(remembered)
            work.unremember(remembered.client, remembered.key)
        if submission.bulk is not None:
            piece = (submission.bulk, submission.idempotency_key or "")
            outcomes = prepared.outcomes
            work.count_bulk(counted(submission.client.name, piece, outcomes, remembered, exchange))
        if submission.idempotency_key is not None:
            work.remember(
                IdempotencyRow(
                    client=submission.client.name,
                    key=submission.idempotency_key,
                    request_digest=asked.digest,
                    answer={
                        "outcomes": [outcome.json() for outcome in prepared.outcomes],
                        "read_by": asked.read_by,
                    },
                    expires=exchange.now_ms() + exchange.limits.idempotency_seconds * 1000,
                )
            )
        prepared.write(work, exchange)
        corrected(after, work, exchange)
        exchange.commit(work, "submit")
    return prepared.outcomes


def _same_answer(row: IdempotencyRow) -> list[Outcome]:
    return [outcome_of(answer) for answer in row.answer["outcomes"]]


def bind(submission: Submission, configuration: Configuration, exchange: Exchange) -> Feed:
    """Return the feed that a submission names. Raises Forbidden if it is not the client's."""
    source = configuration.sources.get(submission.source)
    client = submission.client
    if source is None or submission.source not in client.sources or source["org"] != client.org:
        raise Forbidden("this client may not submit to that source, or there is no such source")
    organisation = configuration.organisations.get(client.org, {})
    return Feed(
        org=OrgId(client.org),
        country=str(organisation.get("country", "")),
        org_class=str(organisation.get("org_class", "")),
        source=submission.source,
        adapter=adapter_of(source, configuration, exchange),
        profile=configuration.profiles.get(str(source.get("profile") or "")),
        media_type=submission.media_type,
        urgent_reason=submission.urgent_reason,
    )
