"""Which national systems get a record that came in. Pure.

Owns how an inward route selects. Inwards nothing is disclosed, so a type alone may select; what
leaves goes by `rules.reach`, where it may not.

Stays true: an empty member narrows nothing, and a route that names nothing selects nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.core.facts import in_force
from gateway.core.record import Record
from gateway.core.rules.reach import jurisdictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How a record came: from which partner, under which agreement, when."""

    partner: str
    agreement: str | None
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InwardRoute:
    """One standing order: what a record must be, and which clients then get it."""

    clients: frozenset[str]
    types: frozenset[str] = frozenset()
    orgs: frozenset[str] = frozenset()  # originators
    partners: frozenset[str] = frozenset()
    agreements: frozenset[str] = frozenset()
    crime_areas: frozenset[str] = frozenset()
    phenomenon: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    operational_actions: frozenset[str] = frozenset()
    otherwise: bool = False  # gets what no other route selects
    valid_from: int | None = None
    valid_until: int | None = None


def chosen(record: Record, came: Came, routes: Iterable[InwardRoute]) -> frozenset[str]:
    """Return the clients that the routes in force name for this record."""
    standing = [one for one in routes if in_force(one.valid_from, one.valid_until, came.now_ms)]
    found = _clients([one for one in standing if not one.otherwise and _selects(one, record, came)])
    return found or _clients([one for one in standing if one.otherwise])


def _clients(routes: Sequence[InwardRoute]) -> frozenset[str]:
    return frozenset(client for route in routes for client in route.clients)


def _selects(route: InwardRoute, record: Record, came: Came) -> bool:
    governance = record.governance
    originator = record.body.get("originator") or {}
    pairs: list[tuple[frozenset[str], set[str]]] = [
        (route.types, {record.type}),
        (route.orgs, {str(originator.get("org_id"))}),
        (route.partners, {came.partner}),
        (route.agreements, {str(came.agreement)}),
        (route.crime_areas, {str(governance.get("crime_area"))}),
        (route.phenomenon, set(governance.get("phenomenon") or ())),
        (route.jurisdictions, jurisdictions(record)),
        (route.operational_actions, {str(governance.get("operational_action_ref"))}),
    ]
    named = [(wanted, found) for wanted, found in pairs if wanted]
    return bool(named) and all(wanted & found for wanted, found in named)
