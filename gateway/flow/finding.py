"""People find a record again: by filters, by its reference, by an identifier; and where it is from.

Owns who may. A list shows that records exist, never what stands in them. A search by identifier
tells of whom records speak, and the origin of a record shows all of it: both take a reason, and
what was found or opened is in the ledger before it is shown.

Stays true:
  * What is another organisation's looks exactly like what does not exist.
  * What was searched for is in no ledger and no log: the kind of identifier alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Final

from gateway.core.errors import Fault, GatewayError, NotFound
from gateway.core.ids import record_id
from gateway.core.links import joined
from gateway.core.proposal import parse_reason
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.linking import link_tags
from gateway.flow.matching import MOST_LINKS, sees
from gateway.flow.ports import UnitOfWork, Wanted
from gateway.flow.records import opening
from gateway.flow.replay import read_original
from gateway.flow.rows import RecordRow
from schemas import normal
from schemas.faults import NotNormal

SEARCHING: Final = ("analyst", "release_officer", "duty_officer", "contact_point")
MOST: Final = 50  # records of one search; who finds more narrows it
_NO_CHANCE: Final = bytes(10)

Json = dict[str, Any]


class NotSearchable(GatewayError):
    """What was typed cannot be searched for."""

    code: ClassVar[str] = "not-searchable"


def _handle(text: str) -> str:
    platform, slash, name = text.partition("/")
    if not slash or not platform.strip() or not name.strip():
        raise NotNormal("bad-handle", "Not a handle with its platform.", "platform.example/name")
    return joined(platform.strip().casefold(), name.strip().casefold())


# The kind → how what a person types becomes what records are linked by (`core.links`).
_KINDS: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "iban": ("account", normal.iban),
    "email": ("email", lambda text: normal.email(text).casefold()),
    "phone": ("phone", normal.phone),
    "handle": ("handle", _handle),
    "device": ("device", lambda text: normal.text(text).casefold()),
}
KINDS: Final = tuple(_KINDS)


def page(
    filters: Mapping[str, str], before: str, limit: int, person: Person, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return the organisation's own records by `type`, `source`, `state`, `since`, `until`.

    The newest first, and where to go on. `since` and `until` are days. Raises NotSearchable.
    """
    until = _day(filters, "until", days=1)
    wanted = Wanted(
        org=person.org,
        **{name: filters.get(name) or None for name in ("type", "source", "state")},
        since=_day(filters, "since"),
        before=min(filter(None, (before, until)), default=""),
    )
    with exchange.store.reading() as work:
        rows = work.found.records(wanted, limit=limit + 1)
    following = rows[limit - 1].id if len(rows) > limit else None
    return [summary(row) for row in rows[:limit]], following


def sources(person: Person, exchange: Exchange) -> list[str]:
    """Return the sources of the organisation."""
    with exchange.store.reading() as work:
        return _sources(person.org, work, exchange)


def by_reference(reference: str, person: Person, exchange: Exchange) -> list[Json]:
    """Return the newest version of the own records that a source sent under this reference."""
    with exchange.store.reading() as work:
        names = _sources(person.org, work, exchange)
        places = [f"{person.org}\x1f{name}\x1f{reference.strip()}".encode() for name in names]
        tags = exchange.vault.tags("ref", places)
        refs = [(person.org, name, tag) for name, tag in zip(names, tags, strict=True)]
        rows = work.records.by_ref(refs)
    return [summary(row) for row in rows.values()]


def by_identifier(
    kind: str, typed: str, reason: str, person: Person, exchange: Exchange
) -> list[Json]:
    """Return the records in which an identifier stands, at most `MOST`; the search is kept.

    Raises Forbidden, ReasonMalformed, NotSearchable.
    """
    demand_role(person, *SEARCHING)
    parse_reason(reason)
    pair = _identifier(kind, typed)
    (tag,) = link_tags([pair], exchange)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        links = work.records.linked([(pair[0], tag)], limit=MOST_LINKS)
        rows = work.records.newest(sorted({link.record for link in links}))
        versions = {(link.record, link.version) for link in links}
        found = [
            row
            for row in sorted(rows.values(), key=lambda row: row.received_at, reverse=True)
            if (row.id, row.version) in versions
            and row.text is not None
            and sees(person.org, row, configuration, work)
        ][:MOST]
    about = {"field": pair[0], "count": len(found), "by": person.name, "reason": reason}
    _note([("searched", about), *(_look(row, reason, person) for row in found)], exchange)
    return [summary(row) for row in found]


def origin(id_: str, reason: str, person: Person, exchange: Exchange) -> Json:
    """Return an own record beside the document it came from, with the way of each value.

    `document` is None where it was erased. Raises Forbidden, ReasonMalformed, NotFound.
    """
    demand_role(person, *SEARCHING)
    parse_reason(reason)
    with exchange.store.reading() as work:
        row = work.records.newest([id_]).get(id_)
        if row is None or row.org != person.org or row.from_partner is not None:
            raise NotFound
        if row.text is None or row.trail is None:
            raise NotFound("the record was erased")
        original = work.records.original(row.original) if row.original else None
    _note([_look(row, reason, person)], exchange)
    text, trail = exchange.vault.open([opening(row, "text"), opening(row, "trail")])
    try:
        document = None if original is None else read_original(original, exchange)
    except NotFound:
        document = None
    told = json.loads(trail)
    return {
        "id": row.id,
        "version": row.version,
        "document": None if document is None else document.decode(errors="replace"),
        "result": json.loads(text),
        "trail": told["steps"],
        "losses": told["losses"],
    }


def summary(row: RecordRow) -> Json:
    """Return what a list says of one version; nothing of what stands in it."""
    return {
        "id": row.id,
        "version": row.version,
        "type": row.type,
        "state": row.state,
        "source": row.source or "",
        "from": row.from_partner,
        "received_at": row.received_at,
    }


def _sources(org: str, work: UnitOfWork, exchange: Exchange) -> list[str]:
    configured = exchange.configuration(work).sources
    return sorted(name for name, body in configured.items() if body["org"] == org)


def _identifier(kind: str, typed: str) -> tuple[str, str]:
    if kind not in _KINDS:
        fault = Fault("/kind", "unknown-value", f"One of {', '.join(KINDS)}.")
        raise NotSearchable("the kind of identifier is not known", faults=(fault,))
    field, normalised = _KINDS[kind]
    try:
        return field, normalised(typed)
    except NotNormal as error:
        fault = Fault("/identifier", error.code, error.detail, error.hint)
        raise NotSearchable(faults=(fault,)) from None


def _day(filters: Mapping[str, str], name: str, *, days: int = 0) -> str:
    """Return the first id of a day, or of one some days later; "" where none is given."""
    given = filters.get(name)
    if not given:
        return ""
    try:
        day = date.fromisoformat(given) + timedelta(days=days)
        at = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        return str(record_id(round(at * 1000), _NO_CHANCE))
    except (ValueError, OverflowError):
        fault = Fault(f"/{name}", "date", "A day, as 2027-12-31.")
        raise NotSearchable("a day is not one", faults=(fault,)) from None


def _look(row: RecordRow, reason: str, person: Person) -> Act:
    about = {"record": row.id, "version": row.version, "by": person.name, "reason": reason}
    return ("looked", about)


def _note(acts: Sequence[Act], exchange: Exchange) -> None:
    with exchange.store.writing() as work:
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "finding")
