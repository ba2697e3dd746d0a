"""Items of the lists that rules use → their shapes in `core.lists`; and who a partner is to us.

Part of reading a `configuration`; decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.facts import Recipient
from gateway.core.lists import (
    Adequacy,
    Condition,
    EndRecipient,
    Instrument,
    Lists,
    Membership,
    Reduction,
    Transfer,
    listed,
    way,
)
from gateway.core.moments import DAY_MS, moment
from gateway.flow.ports import ConfigStore
from gateway.flow.rows import ItemRow, PartnerRow
from keys.trust import Card


def read_lists(config: ConfigStore) -> Lists:
    """Return every list in force, with what in it starts or ends."""
    return listed(
        adequacy=tuple(
            Adequacy(countries=frozenset(item.body["countries"]), **_head(item))
            for item in config.active("adequacy")
        ),
        instruments=tuple(_instrument(item) for item in config.active("instrument")),
        transfers=tuple(
            Transfer(
                partner=str(item.body["partner"]),
                types=frozenset(item.body["types"]),
                by=frozenset(item.body["by"]),
                **_head(item),
            )
            for item in config.active("transfer")
        ),
        reductions=tuple(_reduction(item) for item in config.active("reduction")),
        conditions=tuple(
            Condition(
                text=str(item.body["text"]),
                by=frozenset(item.body["by"]),
                restrictions=_set(item, "restrictions"),
                purposes=_set(item, "purposes"),
                classes=_set(item, "classes"),
                **_head(item),
            )
            for item in config.active("condition")
        ),
    )


def _head(item: ItemRow) -> dict[str, Any]:
    return {
        "name": item.name,
        "version": item.version,
        "valid_from": item.valid_from,
        "valid_until": item.valid_until,
    }


def _set(item: ItemRow, name: str) -> frozenset[str]:
    return frozenset(item.body[name])


def _instrument(item: ItemRow) -> Instrument:
    return Instrument(
        recipients=_set(item, "recipients"),
        countries=_set(item, "countries"),
        types=_set(item, "types"),
        assurances=_set(item, "assurances"),
        **_head(item),
    )


def _reduction(item: ItemRow) -> Reduction:
    return Reduction(
        types=_set(item, "types"),
        partners=_set(item, "partners"),
        communities=_set(item, "communities"),
        classes=_set(item, "classes"),
        withhold=tuple(map(way, item.body["withhold"])),
        needed=tuple(
            (frozenset(one["necessity"]), tuple(map(way, one["members"])))
            for one in item.body["needed"]
        ),
        **_head(item),
    )


def memberships(items: Sequence[ItemRow]) -> Mapping[str, tuple[Membership, ...]]:
    """Return the memberships of each partner; the last day of one belongs to it."""
    found: dict[str, list[Membership]] = defaultdict(list)
    for item in items:
        for member in item.body["members"]:
            last = moment(member.get("until"))
            found[str(member["partner"])].append(
                Membership(
                    community=item.name,
                    since=moment(member.get("since")),
                    until=None if last is None else last + DAY_MS,
                    hidden=bool(member.get("hidden")),
                )
            )
    return {partner: tuple(one) for partner, one in found.items()}


def recipient(
    row: PartnerRow,
    card: Card | None,
    body: Mapping[str, Any] | None,
    belongs: Sequence[Membership],
) -> Recipient:
    """Return who a partner is to us: as the item `recipient` says, else as its confirmed card."""
    stated = body or {}
    org_class = stated.get("org_class") or (card.class_ if card else "")
    country = (stated["country"] if body else card.country if card else None) or ""
    needed = tuple(stated.get("assurances_needed", ()))
    behind = tuple(
        EndRecipient(
            org=str(one["org_id"]),
            org_class=one["org_class"] or org_class,
            country=one["country"] or country,
            assurances_needed=needed
            if one["assurances_needed"] is None
            else tuple(one["assurances_needed"]),
        )
        for one in stated.get("behind", ())
    )
    return Recipient(
        partner=row.id,
        orgs=tuple(one.org for one in behind),
        org_class=org_class,
        country=country,
        assurances_needed=needed,
        behind=behind,
        community=card.community if card else "",
        memberships=tuple(belongs),
        suite=row.suite,
        clearance=frozenset(stated.get("clearance", ())),
        state=row.state,
    )
