"""Reading: the register of transfers to third countries and international organisations.

Counted from the disclosures of some time: to whom, on which ground, authorised by whom, how often.
Only what was handed out is a transfer. Ruled by Directive (EU) 2016/680, articles 35 to 39.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gateway.core.ids import first_of
from gateway.flow.disclosures import ROLES, demand_reason, note_look
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_after import DisclosureRow

Json = dict[str, Any]
PAGE: Final = 500
ABROAD: Final = frozenset({"third_country", "international_organisation"})
# Rules whose approval by people authorises a transfer: a derogation, and what takes two persons.
_AUTHORISING: Final = frozenset({"R-08", "R-19"})


def transfers(
    person: Person, reason: str, since_ms: int, until_ms: int, exchange: Exchange
) -> list[Json]:
    """Return the register for the person's organisation, from `since_ms` to before `until_ms`.

    Raises Forbidden, ReasonRefused.
    """
    demand_role(person, *ROLES)
    demand_reason(reason)
    register: dict[tuple[str, ...], Json] = {}
    with exchange.store.reading() as work:
        for row in _abroad(person.org, since_ms, until_ms, work):
            line = _line(row, work)
            key = tuple(str(value) for value in line.values())
            kept = register.setdefault(key, {**line, "count": 0, "first": row.sealed_at})
            kept["count"] += 1
            kept["last"] = row.sealed_at
    found = sorted(register.values(), key=lambda line: (line["partner"], line["first"]))
    note_look("transfers", reason, person.name, len(found), exchange)
    return found


def _abroad(org: str, since_ms: int, until_ms: int, work: UnitOfWork) -> Iterator[DisclosureRow]:
    """Yield what was handed out abroad: what has a ground, or went to a class that needs one."""
    after, before = first_of(since_ms), first_of(until_ms)
    while True:
        rows = work.disclosures.page(org, after=after, before=before, limit=PAGE)
        abroad = [row for row in rows if row.ground or row.recipient_class in ABROAD]
        envelopes = work.envelopes.heads([row.envelope for row in abroad])
        for row in abroad:
            envelope = envelopes.get(row.envelope)
            if envelope is None or envelope.handed_at is not None:
                yield row
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def _line(row: DisclosureRow, work: UnitOfWork) -> Json:
    """Return what one line of the register is about; `ground` None is a finding, not a ground."""
    return {
        "partner": row.partner,
        "country": row.recipient_country or None,
        "class": row.recipient_class or None,
        "type": row.type,
        "ground": row.ground,
        "authorised_by": _authorisers(row, work),
        "legal_basis": row.legal_basis,
        "agreement": row.agreement,
    }


def _authorisers(row: DisclosureRow, work: UnitOfWork) -> list[str]:
    """Return who said yes to this transfer, or approved the item that is its ground."""
    people = {
        str(person) for yes in row.approvals if yes["rule"] in _AUTHORISING for person in yes["by"]
    }
    for ground in (row.ground or "").split(","):
        kind, _, item = ground.partition(":")
        name, _, version = item.partition("@")
        people |= {
            person
            for one in work.config.history(kind, name)
            if str(one.version) == version
            for person in one.approved_by
        }
    return sorted(people)
