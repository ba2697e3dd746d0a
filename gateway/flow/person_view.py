"""What a person sees in the console: their organisation's, and nothing of another's.

Writes nothing but the ledger's line of a look. Everybody may see that a record exists and what
became of it; what stands in it is shown with a justification only (`holds.sample`, `audit`).

Stays true:
  * What is another organisation's looks exactly like what does not exist.
  * Nothing here reads more than a page, however much there is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.flow import look
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow, ReleaseRow

Json = dict[str, Any]
LATEST: Final = 500  # records that the overview counts by source
_AT_PARTNER: Final = ("stored", "parked", "accepted")
_WAITING: Final = ("due", "sealed")
_STOPS: Final = ("hold", "refuse")


def overview(person: Person, exchange: Exchange) -> Json:
    """Return the flow: sources with their latest records, partners with what stands there."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        latest = work.records.latest(person.org, before="", limit=LATEST)
        states = work.releases.count_by_state()
        channels = {
            row.partner: row.state for row in work.envelopes.channels() if row.direction == "out"
        }
    found = look.status(exchange)
    named = {alarm["partner"] for alarm in (*found["alarms"], *found["notices_overdue"])}
    return {
        "sources": _sources(person, latest, configuration),
        "partners": _partners(
            states if len(configuration.organisations) == 1 or _oversees(person) else (),
            channels,
            named,
            configuration,
        ),
        "latest": len(latest),
        "status": found,
    }


def _oversees(person: Person) -> bool:
    """Return whether somebody may see counts over all organisations of the gateway."""
    return not person.roles.isdisjoint(("administrator", "auditor"))


def _sources(
    person: Person, latest: Sequence[RecordRow], configuration: Configuration
) -> list[Json]:
    counts = Counter(row.source for row in latest if row.from_partner is None)
    names = sorted(
        name for name, body in configuration.sources.items() if body.get("org") == person.org
    )
    return [
        {"name": name, "counts": {"records": counts.get(name, 0)}, "alarm": False}
        for name in dict.fromkeys([*names, *sorted(filter(None, counts))])
    ]


def _partners(
    states: Sequence[tuple[str, str, int]],
    channels: Mapping[str, str],
    named: set[str],
    configuration: Configuration,
) -> list[Json]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for partner, state, count in states:
        name = "delivered" if state in _AT_PARTNER else "waiting" if state in _WAITING else state
        counts[partner][name] += count
    return [
        {
            "name": name,
            "state": row.state,
            "channel": channels.get(name, ""),
            "counts": {
                one: counts[name][one] for one in ("waiting", "delivered", "held", "refused")
            },
            "alarm": name in named or channels.get(name) not in (None, "open"),
        }
        for name, row in sorted(configuration.partners.items())
    ]


def record(record_id: str, person: Person, exchange: Exchange) -> Json:
    """Return what became of a record: its versions, partners and timeline. Raises NotFound."""
    with exchange.store.reading() as work:
        versions = _visible(record_id, person, work, exchange)
        releases = [row for row in work.releases.of_record(record_id) if not row.notice]
    newest = {row.partner: row for row in sorted(releases, key=lambda row: row.version)}
    return {
        "id": record_id,
        "versions": [look.summary(row) for row in versions],
        "partners": [
            {
                "partner": partner,
                "version": row.version,
                "state": row.state,
                **_stopped_by(row),
            }
            for partner, row in sorted(newest.items())
        ],
        "timeline": look.timeline(record_id, None, exchange),
    }


def _stopped_by(row: ReleaseRow) -> Json:
    """Return the first rule that holds or refuses a release, as last decided."""
    stops = [one for one in row.trace if one["outcome"] in _STOPS]
    first: Mapping[str, Any] = stops[0] if stops else {}
    return {name: str(first.get(name, "")) for name in ("rule", "reason", "remedy")}


def stopped(
    partner: str, person: Person, before: str, limit: int, exchange: Exchange
) -> list[Json]:
    """Return what of the person's organisation does not go to a partner now, newest first."""
    with exchange.store.reading() as work:
        rows = work.deliveries.stopped(person.org, partner, before=before, limit=limit)
    return [
        {
            "id": row.id,
            "record": row.record,
            "version": row.version,
            "state": row.state,
            "decided_at": row.decided_at,
            **_stopped_by(row),
        }
        for row in rows
    ]


def why(record_id: str, partner: str, person: Person, exchange: Exchange) -> Json:
    """Return every rule's answer for one partner, as decided now. Raises NotFound."""
    with exchange.store.reading() as work:
        _visible(record_id, person, work, exchange)
    return look.explain(record_id, partner, None, exchange)


def _visible(
    record_id: str, person: Person, work: UnitOfWork, exchange: Exchange
) -> Sequence[RecordRow]:
    """Return the versions of a record that is the organisation's, or was handed on to it."""
    rows = work.records.versions(record_id)
    if not rows:
        raise NotFound
    if rows[-1].from_partner is None:
        if rows[-1].org != person.org:
            raise NotFound
        return rows
    clients = exchange.configuration(work).clients
    orgs = {
        str(clients[entry.client]["org"])
        for entry in work.arrivals.inbox_of_record(record_id)
        if entry.client in clients
    }
    if person.org not in orgs:
        raise NotFound
    return rows
