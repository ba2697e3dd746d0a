"""Reading: what a submitter, a partner's officer or an administrator may see. Writes nothing.

Everything a national system asks for carries its organisation: what is another's looks exactly
like what does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.errors import NotFound
from gateway.core.facts import Recipient
from gateway.core.policy import Decision
from gateway.core.rules import RULES
from gateway.flow import alarms as bells
from gateway.flow import claims, park, workbench
from gateway.flow.configuration import A_RECIPIENT, Configuration
from gateway.flow.deciding import Considered, considered_of, decide_batch
from gateway.flow.exchange import Exchange
from gateway.flow.happened import events_of_overrides, events_of_release, notices_by_id
from gateway.flow.identify import Client
from gateway.flow.matching import is_shut
from gateway.flow.originators import WANTING_CONSENT, originators
from gateway.flow.overdue import overdue_further, overdue_notices
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import opening
from gateway.flow.redeliver import Which
from gateway.flow.rows import EnvelopeRow, OriginalRow, RecordRow, ReleaseRow
from gateway.flow.standing import standing_of_sources, standing_of_systems
from gateway.flow.unnamed import partners_meant, strictest, without_names
from gateway.flow.urgent import alarms

Json = dict[str, Any]
_TITLES = {rule.id: rule for rule in RULES}


def _own(record_id: str, client: Client | None, exchange: Exchange) -> RecordRow:
    with exchange.store.reading() as work:
        row = work.records.newest([record_id]).get(record_id)
        if row is not None and row.from_partner is not None and client is not None:
            given = work.arrivals.inbox_of(client.name, row.id, row.version)
            if given is None or given.state == "held" or is_shut(given, row):
                row = None
    if row is None:
        raise NotFound
    if client is not None and row.from_partner is None and row.org != client.org:
        raise NotFound
    return row


def record_view(record_id: str, client: Client | None, exchange: Exchange) -> Json:
    """Return the newest version with its body; `client` None is an administrator.

    Raises NotFound, the same for what is another's.
    """
    row = _own(record_id, client, exchange)
    view = summary(row)
    if row.text is not None:
        view["body"] = json.loads(exchange.vault.open([opening(row, "text")])[0])
    return view


def trail(record_id: str, client: Client | None, exchange: Exchange) -> Json:
    """Return the mapping trail and the losses of our own record. Raises NotFound."""
    row = _own(record_id, client, exchange)
    if row.trail is None:
        raise NotFound
    found: Json = json.loads(exchange.vault.open([opening(row, "trail")])[0])
    return found


def summary(row: RecordRow) -> Json:
    """Return what a list says of one version; nothing of what stands in it."""
    return {
        "id": row.id,
        "version": row.version,
        "type": row.type,
        "schema": row.schema,
        "state": row.state,
        "from": row.from_partner,
        "source": row.source or None,
        "received_at": row.received_at,
        "original": row.original,
    }


def records_page(
    client: Client, after: str | None, limit: int, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return the client's organisation's current records above `after`, and where to go on."""
    with exchange.store.reading() as work:
        rows = work.records.page(client.org, after=after or "", limit=limit)
    return [summary(row) for row in rows], rows[-1].id if len(rows) == limit else None


def timeline(record_id: str, client: Client | None, exchange: Exchange) -> list[Json]:
    """Return what happened to a record, oldest first; times in milliseconds, null if not known."""
    row = _own(record_id, client, exchange)
    events: list[Json] = [{"at": row.received_at, "event": "received", "version": row.version}]
    with exchange.store.reading() as work:
        configuration, now = exchange.configuration(work), exchange.now_ms()

        def told(partner: str) -> str:
            return partner if client is None else configuration.told(partner, now)

        notices = notices_by_id(record_id, work)
        for release in work.releases.of_record(record_id):
            envelope = work.envelopes.get(release.envelope) if release.envelope else None
            events += events_of_release(release, envelope, told(release.partner), notices)
        if row.from_partner is None:
            events += events_of_overrides(record_id, told, work, names=client is None)
    return sorted(events, key=lambda event: event["at"] or 2**62)


def explain(record_id: str, partner: str, client: Client | None, exchange: Exchange) -> Json:
    """Return every rule's answer for one record and one partner, as decided now.

    What is at the partner already is shown beside it as `release`. A client is told of its own
    partners only, and of hidden ones as "a recipient". Raises NotFound.
    """
    row = _own(record_id, client, exchange)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = work.records.get([(row.id, row.version)])
        releases = [
            one
            for one in work.releases.of_record(record_id)
            if one.version == row.version and not one.notice
        ]
    considered = considered_of(rows, exchange).get((row.id, row.version))
    if considered is None:
        raise NotFound
    if client is None:
        return _explain(considered, partner, releases, configuration, exchange)
    meant = partners_meant(partner, releases, configuration, exchange.now_ms())
    found = [_explain(considered, one, releases, configuration, exchange) for one in meant]
    return without_names(strictest(found)) if partner == A_RECIPIENT else found[0]


def _explain(
    considered: Considered,
    partner: str,
    releases: Sequence[ReleaseRow],
    configuration: Configuration,
    exchange: Exchange,
) -> Json:
    record = considered.record
    release = next((one.state for one in reversed(releases) if one.partner == partner), None)
    at_partner = release not in (None, "due", "held", "refused")
    (decision,) = decide_batch(
        [(considered, partner)], configuration, exchange, counting=not at_partner
    )
    known = configuration.recipients.get(partner, Recipient(partner=partner, state="unknown"))
    return {
        "record": str(record.id),
        "version": record.version,
        "type": record.type,
        "partner": partner,
        "partner_state": known.state,
        "release": release,
        **_explained(decision),
        "ask": _to_ask(str(record.id), partner, decision, exchange),
    }


def _to_ask(record: str, partner: str, decision: Decision, exchange: Exchange) -> list[str]:
    """Return the partners whose consent would be asked for, where one is missing."""
    if decision.state != "held" or decision.rule not in WANTING_CONSENT:
        return []
    return list(originators(record, partner, exchange))


def _explained(decision: Decision) -> Json:
    return {
        "outcome": {"due": "release", "held": "hold", "refused": "refuse"}[decision.state],
        "deciding": decision.rule or None,
        "reason": decision.reason,
        "remedy": decision.remedy,
        "agreement": decision.basis,
        "purpose": decision.purpose,
        "ground": decision.ground,
        "withheld": decision.withheld_json(),
        "trace": [
            {
                "rule": one.rule,
                "title": _TITLES[one.rule].title,
                "outcome": one.outcome,
                "reason": one.reason,
                "remedy": one.remedy,
                "source": one.source,
            }
            for one in decision.trace
        ],
    }


def quarantine_page(
    org: str | None, after: str | None, limit: int, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return what waits in quarantine (of one organisation, or all), and where to go on."""
    with exchange.store.reading() as work:
        rows = work.records.quarantined(org=org, after=after or "", limit=limit)
    return [original_view(row) for row in rows], rows[-1].id if len(rows) == limit else None


def quarantine_show(id_: str, org: str | None, exchange: Exchange) -> Json:
    """Return one quarantined original: its faults, never its bytes. Raises NotFound."""
    with exchange.store.reading() as work:
        row = work.records.original(id_)
    if row is None or row.state != "quarantined" or (org is not None and row.org != org):
        raise NotFound
    return original_view(row)


def original_view(row: OriginalRow) -> Json:
    """Return one original: where it came from and what failed, never its bytes."""
    return {
        "id": row.id,
        "org": row.org,
        "source": row.source,
        "format": row.format,
        "size": row.size,
        "stage": row.stage,
        "cause": row.cause,
        "faults": [dict(fault) for fault in row.faults],
        "adapter_version": row.adapter_version,
        "received_at": row.received_at,
        "erase_at": row.erase_at,
    }


def deliveries_page(
    partner: str | None, state: str | None, after: str | None, limit: int, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return envelopes we sealed, oldest first, and where to go on."""
    with exchange.store.reading() as work:
        rows = work.envelopes.page(partner=partner, state=state, after=after or "", limit=limit)
    return [_delivery(row) for row in rows], rows[-1].id if len(rows) == limit else None


def latest_deliveries(which: Which, before: str, limit: int, exchange: Exchange) -> list[Json]:
    """Return envelopes we sealed, newest first, those with an id below `before` (empty: all)."""
    with exchange.store.reading() as work:
        rows = work.deliveries.latest(
            partner=which.partner,
            state=which.state,
            kind=which.kind,
            since=which.since,
            before=before,
            limit=limit,
        )
    return [_delivery(row) for row in rows]


def delivery_show(id_: str, exchange: Exchange) -> Json:
    """Return one envelope with its attempts and what was in it. Raises NotFound."""
    with exchange.store.reading() as work:
        row = work.envelopes.get(id_)
        if row is None:
            raise NotFound
        attempts = work.envelopes.attempts(id_)
        inside = work.releases.of_envelope(id_)
    return {
        **_delivery(row),
        "attempts": [
            {
                "at": one.at,
                "milliseconds": one.milliseconds,
                "outcome": one.outcome,
                "headers": None if one.headers is None else json.loads(one.headers),
            }
            for one in attempts
        ],
        "records": [
            {
                "record": one.record,
                "version": one.version,
                "state": one.state,
                "verdict": one.verdict,
                "agreement": one.basis,
                "purpose": one.purpose,
                "withheld": [dict(cut) for cut in one.withheld],
            }
            for one in inside
        ],
    }


def _delivery(row: EnvelopeRow) -> Json:
    return {
        "id": row.id,
        "partner": row.partner,
        "ep": row.ep,
        "seq": row.seq,
        "kind": row.kind,
        "count": row.count,
        "state": row.state,
        "digest": row.digest,
        "sealed_at": row.sealed_at,
        "handed_at": row.handed_at,
        "stored_at": row.stored_at,
        "refusals": row.refusals,
        "void_code": row.void_code,
    }


def status(exchange: Exchange) -> Json:
    """Return counts and states, no content: for `gateway status`, `/v1/status` and metrics."""
    with exchange.store.reading() as work:
        latest = work.ledger.latest()
        waiting = workbench.tell(work, exchange)
        configuration = exchange.configuration(work)
        return {
            "gateway": exchange.own.id,
            "epoch": work.config.epoch(),
            "releases": [
                {"partner": partner, "state": state, "count": count}
                for partner, state, count in work.releases.count_by_state()
            ],
            "channels": _channels(work),
            "alarms": alarms(work, configuration, exchange.now_ms()),
            "notices_overdue": overdue_notices(work, configuration, exchange.now_ms()),
            "further_overdue": overdue_further(work, configuration, exchange.now_ms()),
            "ids_claimed": claims.alarms(work, configuration, exchange.now_ms()),
            "arrivals_parked": park.alarms(work, configuration, exchange.now_ms()),
            "national_systems": standing_of_systems(work, exchange.now_ms()),
            "pulled_sources": standing_of_sources(work, exchange.now_ms()),
            "ringing": bells.counted(bells.ringing(work, exchange), exchange.now_ms()),
            "quarantined": sum(one["count"] for one in waiting),
            "quarantine": waiting,
            "ledger_entries": work.ledger.size(),
            "checkpoint_size": latest.size if latest else 0,
        }


def _channels(work: UnitOfWork) -> list[Mapping[str, Any]]:
    return [
        {
            "partner": row.partner,
            "direction": row.direction,
            "state": row.state,
            "last_seq": row.last_seq,
            "upto": row.upto,
            "failures": row.failures,
            "missing": sum(high - low + 1 for low, high in row.gaps),
        }
        for row in work.envelopes.channels()
    ]
