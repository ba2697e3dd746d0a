"""The journey of a quarantined original, once what failed it is mended: again from its bytes.

Nothing leaves quarantine silently: every replay is an act of somebody, and what fails again stays
with its new faults. A person may discard an original instead; then its data key is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from adapters.base import Adapter
from gateway.core.errors import NotFound, StaleDecision
from gateway.core.ids import OrgId
from gateway.core.lifecycle import step
from gateway.flow.acts import Act, entries
from gateway.flow.booking import book
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.intake import Candidate, Failed, Feed, take_apart
from gateway.flow.linked import corrections
from gateway.flow.originals import Booking
from gateway.flow.outcome import Outcome
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import corrected
from gateway.flow.reading import adapter_of
from gateway.flow.rows import OriginalRow
from gateway.flow.vault import ORIGINAL, Opening

TRIES = 8


def replay(original_ids: Sequence[str], by: str, exchange: Exchange) -> list[Outcome]:
    """Submit these originals again, each in a commit of its own; outcomes in the same order.

    `by` is who asked. Raises NotFound for one that is not in quarantine.
    """
    return [outcome for id_ in original_ids for outcome in _replay_one(id_, by, exchange)]


def _quarantined(id_: str, exchange: Exchange) -> OriginalRow:
    with exchange.store.reading() as work:
        row = work.records.original(id_)
    if row is None or row.state != "quarantined" or row.content is None:
        raise NotFound("not in quarantine")
    return row


def _replay_one(id_: str, by: str, exchange: Exchange) -> list[Outcome]:
    row = _quarantined(id_, exchange)
    raw = read_original(row, exchange)
    for attempt in range(TRIES):
        feed = feed_of_original(row, exchange)
        booking = Booking(
            org=row.org,
            client=row.client,
            source=row.source,
            format=feed.adapter.name,
            adapter_version=feed.adapter.version,
            raw=raw,
            original=row,
        )
        found = take_apart(raw, feed, exchange)
        booked = book(booking, found, exchange)
        if booked.replayed is None:
            booked.replayed = _without_a_record(row, found, feed)
        after = corrections([one for one, _ in booked.superseded], booked.made, exchange)
        try:
            with exchange.store.writing() as work:
                booked.acts.append(("replayed", {"original": id_, "by": by}))
                booked.write(work, exchange)
                corrected(after, work, exchange)
                exchange.commit(work, "replay")
        except StaleDecision:
            if attempt == TRIES - 1:
                raise
            continue
        return booked.outcomes
    raise AssertionError("the last attempt returns or raises")


def _without_a_record(
    row: OriginalRow, found: Sequence[Candidate | Failed], feed: Feed
) -> OriginalRow:
    """Return the row of an original that no new record rests on and no fault quarantines.

    All of it was known already, and nothing keeps it here; or it would be refused today. Then it
    stays, with what is wrong now, until somebody discards it.
    """
    refused = [one for one in found if isinstance(one, Failed)]
    if not refused:
        state = step("original", row.state, "replay")
        return replace(row, state=state, stage=None, cause=None, faults=())
    faults = [asdict(fault) for one in refused for fault in one.faults]
    return replace(
        row,
        stage=refused[0].stage,
        cause=faults[0]["code"] if faults else None,
        faults=faults,
        adapter_version=feed.adapter.version,
    )


def read_original(row: OriginalRow, exchange: Exchange) -> bytes:
    """Open the bytes of an original. Raises NotFound if they were erased."""
    with exchange.store.reading() as work:
        keys = work.records.data_keys([row.data_key] if row.data_key else [])
    if row.content is None or row.data_key is None or row.data_key not in keys:
        raise NotFound("the original was erased")
    return exchange.vault.open(
        [
            Opening(
                sealed=row.content,
                data_key=keys[row.data_key],
                table=ORIGINAL,
                id=row.id,
                version=1,
            )
        ]
    )[0]


def feed_of_original(
    row: OriginalRow, exchange: Exchange, *, adapter: Adapter | None = None
) -> Feed:
    """Return the feed that an original came by, as it is now. Raises NotFound."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    feed = feed_of(row.source, configuration, exchange, adapter=adapter)
    if feed.org != row.org:
        raise NotFound("the source of this original is now another organisation's")
    return feed


def feed_of(
    name: str, configuration: Configuration, exchange: Exchange, *, adapter: Adapter | None = None
) -> Feed:
    """Return the feed of a source as it is configured; `adapter`: another one in its place.

    Raises NotFound.
    """
    source = configuration.sources.get(name)
    if source is None:
        raise NotFound("the source of this original is no longer configured")
    organisation = configuration.organisations.get(str(source["org"]), {})
    return Feed(
        org=OrgId(str(source["org"])),
        country=str(organisation.get("country", "")),
        org_class=str(organisation.get("org_class", "")),
        source=name,
        adapter=adapter or adapter_of(source, configuration, exchange),
        profile=configuration.profiles.get(str(source.get("profile") or "")),
    )


def discard(id_: str, by: str, exchange: Exchange) -> None:
    """Erase a quarantined original for good; only that it was here remains. Raises NotFound."""
    _quarantined(id_, exchange)
    with exchange.store.writing() as work:
        work.ledger.add(entries([discarded(id_, by, work)], exchange))
        exchange.commit(work, "discard")


def discarded(id_: str, by: str, work: UnitOfWork) -> Act:
    """Erase a quarantined original in this commit; return its ledger act. Raises NotFound."""
    row = work.records.original(id_)
    if row is None or row.state != "quarantined":
        raise NotFound("not in quarantine")
    gone = replace(row, state=step("original", row.state, "discard"), content=None, data_key=None)
    work.records.set_original(gone)
    if row.data_key:
        work.records.erase_data_keys([row.data_key])
    return ("discarded", {"original": id_, "by": by})
