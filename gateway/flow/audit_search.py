"""What an auditor looks for in the ledger: acts, by kind, day, and an id or a staff number.

Where a gateway serves several organisations, each sees the acts about its own alone. A look needs
a reason, and stands in the ledger before it is answered.

Stays true:
  * One look reads a bounded number of entries, however long the ledger is, and says how far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.core.errors import GatewayError
from gateway.core.ids import first_of
from gateway.core.ledger import read_entry
from gateway.flow.configuration import Configuration
from gateway.flow.disclosures import ROLES, demand_reason, note_look
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.matching import sees
from gateway.flow.ports import UnitOfWork
from keys.suite import ED25519, PublicKey, parse_public

LOOKED_AT: Final = 2_000  # entries that one look reads
SHOWN: Final = 50
_LAST: Final = "~"  # above every id

Json = dict[str, Any]


class ServesSeveral(GatewayError):
    """The ledger speaks of several organisations; whole, it is for the gateway's own auditor."""

    code: ClassVar[str] = "serves-several"
    advice: ClassVar[str] = "On the machine: gateway audit verify, gateway audit export."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for; "" and None: any. In ms; `until` does not belong to it."""

    act: str = ""
    word: str = ""
    since: int | None = None
    until: int | None = None
    before: str = ""  # where the page before ended


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, how many entries were read for it, and where to go on."""

    entries: Sequence[Json]
    looked_at: int
    back_to: int | None  # the moment of the oldest entry that was read
    following: str | None


def search(sought: Sought, reason: str, person: Person, exchange: Exchange) -> Hits:
    """Return entries, newest first. Raises Forbidden, ReasonRefused."""
    demand_role(person, *ROLES)
    demand_reason(reason)
    until = _LAST if sought.until is None else first_of(sought.until)
    before = min(sought.before or _LAST, until)
    since = "" if sought.since is None else first_of(sought.since)
    with exchange.store.reading() as work:
        rows = work.ledger.newest(since=since, before=before, limit=LOOKED_AT)
        read = [(row, read_entry(row.entry)) for row in rows]
        wanted = [(row, entry) for row, entry in read if _is_sought(entry, sought)]
        seen = _seen([entry for _, entry in wanted], person, exchange.configuration(work), work)
        found = [pair for pair, ok in zip(wanted, seen, strict=True) if ok]
    shown = found[:SHOWN]
    if len(found) > SHOWN:
        following: str | None = shown[-1][0].id
    else:
        following = rows[-1].id if len(rows) == LOOKED_AT else None
    note_look("ledger", reason, person.name, len(shown), exchange)
    return Hits(
        entries=[_shown(entry, row.position) for row, entry in shown],
        looked_at=len(rows),
        back_to=rows[-1].at if rows else None,
        following=following,
    )


def demand_whole(reason: str, kind: str, person: Person, exchange: Exchange) -> None:
    """Note that somebody takes or verifies the whole ledger. Raises Forbidden, ServesSeveral."""
    demand_role(person, *ROLES)
    demand_reason(reason)
    with exchange.store.reading() as work:
        if len(exchange.configuration(work).organisations) > 1:
            raise ServesSeveral
        size = work.ledger.size()
    note_look(kind, reason, person.name, size, exchange)


def published_keys(exchange: Exchange) -> list[PublicKey]:
    """Return the keys that sign our tree heads, as they were published.

    Whoever trusts the database less than that brings keys of their own: `gateway audit verify`.
    """
    with exchange.store.reading() as work:
        rows = work.config.keys(exchange.own.id)
    return [parse_public(dict(row.public)) for row in rows if row.algorithm == ED25519]


def _is_sought(entry: Mapping[str, Any], sought: Sought) -> bool:
    if sought.act and entry["act"] != sought.act:
        return False
    return not sought.word or any(
        sought.word in (value, *str(value).split("+"), str(value).removeprefix("person:"))
        for name, value in entry.items()
        if name not in ("act", "at") and isinstance(value, str)
    )


def _seen(
    entries: Sequence[Mapping[str, Any]],
    person: Person,
    configuration: Configuration,
    work: UnitOfWork,
) -> list[bool]:
    """Return for each entry whether it is about this person's organisation, or the gateway."""
    if list(configuration.organisations) == [person.org]:
        return [True] * len(entries)
    named = sorted({str(one["record"]) for one in entries if one.get("record")})
    rows = work.records.newest(named)
    ours = {id_ for id_, row in rows.items() if sees(person.org, row, configuration, work)}
    # Also of those who left: what they did stays their organisation's.
    people = {item.name: str(item.body["org"]) for item in work.config.items("person")}
    return [_is_ours(one, ours, people, person, configuration) for one in entries]


def _is_ours(
    entry: Mapping[str, Any],
    ours: set[str],
    people: Mapping[str, str],
    person: Person,
    configuration: Configuration,
) -> bool:
    if entry.get("org"):
        return bool(entry["org"] == person.org)
    if entry.get("record"):
        return entry["record"] in ours
    if entry.get("client"):
        return configuration.clients.get(str(entry["client"]), {}).get("org") == person.org
    kind, _, name = str(entry.get("item") or "").partition("/")
    items = {
        "client": configuration.clients,
        "source": configuration.sources,
        "person": configuration.persons,
    }
    if kind in items:
        return items[kind].get(name, {}).get("org") == person.org
    by = str(entry.get("person") or entry.get("by") or "").split("+")
    orgs = {people.get(one.removeprefix("person:")) for one in by}
    return orgs <= {None, person.org}


def _shown(entry: Mapping[str, Any], position: int | None) -> Json:
    rest = {name: value for name, value in entry.items() if name not in ("act", "at")}
    return {"at": entry["at"], "act": entry["act"], "position": position, "fields": rest}
