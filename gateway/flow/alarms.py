"""Everything that rings now, as one list: what, since when, whom it concerns, whom to call.

Owns the codes of alarms, and when keys, certificates, disk and silence are alarms. The others are
found by the journeys that they belong to. Codes, ids and counts only, no content. Told to nobody
here: `alarm_bells` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.deadlines import is_over
from gateway.core.rhythm import Rhythm
from gateway.flow import claims, park, urgent
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.overdue import overdue_notices
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import KeyRow
from gateway.flow.rows_alarms import RhythmRow
from gateway.flow.standing import failing_ways, standing_of_sources
from gateway.flow.workbench import MOST_GROUPS, is_overdue
from keys.certificates import ends_at

# Urgent first; what each means and what to do: docs/howto/alarms.md.
CODES: Final = (
    "urgent-overdue",
    "request-overdue",
    "disk-low",
    "answer-overdue",
    "notices-overdue",
    "envelopes-parked",
    "partner-silent",
    "system-failing",
    "source-failing",
    "source-quiet",
    "quarantine-old",
    "certificate-ends",
    "key-ends",
    "ids-claimed",
)
ENDS_SOON_MS: Final = 30 * 86_400_000
LEAST_FREE_PERCENT: Final = 10
_MOST_ASKED: Final = 500  # per organisation, the soonest due first
_START: Final = (0, "", "")
OVERSEERS: Final = ("administrator", "auditor", "data_protection_officer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that rings. `since`: when what it is about began, or for an end when that is."""

    code: str
    subject: str = ""  # a partner, source, client, cause or key; "" for the gateway itself
    org: str = ""  # whose alone it is; "" for the gateway's
    since: int
    count: int = 1
    duty: Mapping[str, str | None] = field(default_factory=dict)


def ringing(work: UnitOfWork, exchange: Exchange) -> list[Alarm]:
    """Return every alarm of this moment, urgent ones first."""
    configuration, now = exchange.configuration(work), exchange.now_ms()
    found = [
        *_of_partners(work, configuration, now),
        *_of_questions(work, configuration, now),
        *_of_systems(work, configuration, now),
        *_of_quarantine(work, exchange),
        *_ending(work, configuration, exchange),
        *_of_disk(exchange),
    ]
    return sorted(found, key=lambda one: (CODES.index(one.code), one.subject))


def ringing_now(exchange: Exchange) -> list[Alarm]:
    """Return every alarm of this moment."""
    with exchange.store.reading() as work:
        return ringing(work, exchange)


def ringing_for(person: Person, exchange: Exchange) -> list[Alarm]:
    """Return the alarms of the gateway and of the person's organisation; an overseer's: all."""
    sees_all = not person.roles.isdisjoint(OVERSEERS)
    return [one for one in ringing_now(exchange) if sees_all or one.org in ("", person.org)]


def counted(alarms: Iterable[Alarm], now: int) -> list[dict[str, Any]]:
    """Return them for the status and the metrics, whose readers may be of any organisation."""
    return [
        {
            "code": one.code,
            "subject": "" if one.org else one.subject,
            "count": one.count,
            "seconds": (now - one.since) // 1000,
        }
        for one in alarms
    ]


def rhythm_of(row: RhythmRow) -> Rhythm:
    """Return the rhythm that a row keeps."""
    return Rhythm(row.first_at, row.heard_at, row.times, row.longest_ms)


def _of_partners(work: UnitOfWork, configuration: Configuration, now: int) -> Iterator[Alarm]:
    lists = {
        "urgent-overdue": urgent.alarms(work, configuration, now),
        "notices-overdue": overdue_notices(work, configuration, now),
        "ids-claimed": claims.alarms(work, configuration, now),
        "envelopes-parked": park.alarms(work, configuration, now),
    }
    for code, alarms in lists.items():
        for one in alarms:
            yield Alarm(
                code=code,
                subject=one["partner"],
                since=now - one["oldest_seconds"] * 1000,
                count=one.get("urgent_overdue") or one["count"],
                duty=one["duty"] or {},
            )
    for row in work.alarms.rhythms():
        partner = configuration.partners.get(row.partner)
        if partner and partner.state == "confirmed" and rhythm_of(row).is_silent(now):
            duty = configuration.duty_of(row.partner) or {}
            yield Alarm(code="partner-silent", subject=row.partner, since=row.heard_at, duty=duty)


def _of_questions(work: UnitOfWork, configuration: Configuration, now: int) -> Iterator[Alarm]:
    """Yield per organisation and partner whose answer is overdue: ours, or theirs."""
    for org in configuration.organisations:
        rows = work.asked.page(org, "request", open_only=True, after=_START, limit=_MOST_ASKED)
        late: dict[tuple[str, str], list[int]] = {}
        for row in rows:
            if row.state != "clarifying" and is_over(row.due_at, now):
                code = "request-overdue" if row.direction == "in" else "answer-overdue"
                late.setdefault((code, row.partner), []).append(row.due_at)
        for (code, partner), since in late.items():
            duty = configuration.duty_of(partner) or {}
            yield Alarm(
                code=code, subject=partner, org=org, since=min(since), count=len(since), duty=duty
            )


def _of_systems(work: UnitOfWork, configuration: Configuration, now: int) -> Iterator[Alarm]:
    for one in failing_ways(work, now):
        org = str(configuration.clients.get(one["client"], {}).get("org", ""))
        since = now - one["oldest_seconds"] * 1000
        count = max(1, one["count"])
        yield Alarm(code="system-failing", subject=one["client"], org=org, since=since, count=count)
    for one in standing_of_sources(work, now):
        if one["state"] != "listening":
            org = str(configuration.sources.get(one["source"], {}).get("org", ""))
            since = now - one["silent_seconds"] * 1000
            code = f"source-{one['state']}"
            yield Alarm(code=code, subject=one["source"], org=org, since=since)


def _of_quarantine(work: UnitOfWork, exchange: Exchange) -> Iterator[Alarm]:
    now = exchange.now_ms()
    old: dict[tuple[str, str], Alarm] = {}
    for one in work.records.quarantine_groups(org=None, limit=MOST_GROUPS):
        if is_overdue(one, now, exchange):
            place = (one.org, one.source)
            before = old.get(place)
            old[place] = Alarm(
                code="quarantine-old",
                subject=one.source,
                org=one.org,
                since=min(one.oldest, before.since if before else one.oldest),
                count=one.count + (before.count if before else 0),
            )
    yield from old.values()


def _ending(work: UnitOfWork, configuration: Configuration, exchange: Exchange) -> Iterator[Alarm]:
    """Yield whose certificates and keys end soon, unless what follows them is there already."""
    soon = exchange.now_ms() + ENDS_SOON_MS
    certificates = {str(exchange.own.id): exchange.own.tls}
    certificates |= {
        name: card.tls
        for name, card in configuration.cards.items()
        if configuration.partners[name].state == "confirmed"
    }
    for owner, ders in certificates.items():
        last = max((seconds * 1000 for der in ders if (seconds := ends_at(der))), default=None)
        if last is not None and last < soon:
            yield Alarm(code="certificate-ends", subject=owner, since=last)
        ends = [end for end in _ends_of_keys(work.config.keys(owner)) if end < soon]
        if ends:
            yield Alarm(code="key-ends", subject=owner, since=min(ends), count=len(ends))


def _ends_of_keys(rows: Sequence[KeyRow]) -> Iterator[int]:
    """Yield for each kind of key when its last one ends; none for a kind that lasts."""
    kinds: dict[tuple[str, str], list[int | None]] = {}
    for row in rows:
        if row.state in ("active", "next"):
            kinds.setdefault((row.use, row.algorithm), []).append(row.not_after)
    for ends in kinds.values():
        known = [end for end in ends if end is not None]
        if len(known) == len(ends):
            yield max(known) * 1000  # rows of keys count in seconds


def _of_disk(exchange: Exchange) -> Iterator[Alarm]:
    free = exchange.disk.free_percent() if exchange.disk is not None else None
    if free is not None and free < LEAST_FREE_PERCENT:
        yield Alarm(code="disk-low", since=exchange.now_ms(), count=free)
