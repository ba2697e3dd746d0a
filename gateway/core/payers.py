"""Who pays in a record, and how much may be said of them. Pure.

A payer may be a perpetrator who buys abuse, or a victim who is extorted. Where it may be the
latter, nobody who paid is called a suspect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.looked import SUSPECTING

AT_MOST: Final = "person_of_interest_not_suspect"
_PAYER: Final = "payer"


def payers(body: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the places of the persons who pay: by relation, or as sender of a transaction."""
    ends = [
        str(relation.get("from", ""))
        for relation in body.get("relations") or ()
        if relation.get("role") == _PAYER
    ]
    ends += [str(one.get("sender", "")) for one in body.get("transactions") or ()]
    found = {place for end in ends if (place := _person(end, body)) is not None}
    return tuple(sorted(found))


def capped(body: Mapping[str, Any], paying: tuple[int, ...]) -> dict[str, Any]:
    """Return `body` with the persons at these places called persons of interest at most."""
    persons = [
        {**person, "category": AT_MOST}
        if place in paying and person.get("category") in SUSPECTING
        else person
        for place, person in enumerate(body.get("persons") or ())
    ]
    return {**body, "persons": persons} if persons else dict(body)


def _person(end: str, body: Mapping[str, Any]) -> int | None:
    """Return which person a pointer leads to, by way of an account or identity they hold."""
    _, _, rest = end.partition("/")
    name, _, index = rest.partition("/")
    parts = body.get(name)
    if not isinstance(parts, list) or not index.isdigit() or int(index) >= len(parts):
        return None
    if name == "persons":
        return int(index)
    holder = parts[int(index)].get("holder_ref")
    return None if holder is None or holder == end else _person(str(holder), body)
