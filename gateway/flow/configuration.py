"""What is configured at one epoch, in the types that decisions use; read once per epoch.

Owns the translation from item bodies to `core.facts`. Decides nothing. A cache holds the newest
epoch only: a unit of work that sees an older moment reads for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.facts import Agreement, Consent, Recipient, Route, When, in_force
from gateway.core.inward import InwardRoute
from gateway.core.lists import NO_LISTS, Lists
from gateway.core.profile import SourceProfile, read_profile
from gateway.flow.listing import memberships, read_lists, recipient
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ItemRow, KeyRow, PartnerRow
from keys.ring import Ring, RingKey
from keys.suite import parse_public
from keys.trust import Card, parse_card

A_RECIPIENT = "a recipient"
# A revoked partner is given no record, and still has to hear what to destroy, and to say so.
REACHED: Final = ("confirmed", "revoked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything items and cards say, at one epoch."""

    epoch: int
    organisations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    clients: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    persons: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    profiles: Mapping[str, SourceProfile] = field(default_factory=dict)
    mappings: Mapping[str, ItemRow] = field(default_factory=dict)  # and `goaml:NAME` dialects
    agreements: Mapping[str, tuple[Agreement, ...]] = field(default_factory=dict)  # by partner
    routes: tuple[Route, ...] = ()
    inward_routes: tuple[InwardRoute, ...] = ()
    consents: tuple[Consent, ...] = ()
    lists: Lists = NO_LISTS
    partners: Mapping[str, PartnerRow] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)  # of confirmed and revoked partners
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    rings: Mapping[str, Ring] = field(default_factory=dict)  # public keys, ours too

    def covering(self, partner: str) -> tuple[Agreement, ...]:
        """Agreements with `partner`, also ended ones."""
        return self.agreements.get(partner, ())

    def told(self, partner: str, now_ms: int) -> str:
        """Return how a submitter is told of `partner`; a hidden member of a community is nobody."""
        known = self.recipients.get(partner)
        hidden = known is not None and any(
            one.hidden and in_force(one.since, one.until, now_ms) for one in known.memberships
        )
        return A_RECIPIENT if hidden else partner

    def read_by(self, adapter: str) -> set[str]:
        """Return the organisations that have a source which this adapter reads."""
        using = (one for one in self.sources.values() if str(one["adapter"]) == adapter)
        return {str(one["org"]) for one in using}

    def duty_of(self, partner: str) -> Mapping[str, str | None] | None:
        """Return the duty contact of the partner's card, None if there is no confirmed card."""
        card = self.cards.get(partner)
        if card is None:
            return None
        return {"name": card.duty.name, "phone": card.duty.phone, "email": card.duty.email}


class ConfigurationCache:
    """Keeps the newest configuration read by this process, read once for all its threads."""

    def __init__(self) -> None:
        self._newest: Configuration | None = None
        self._reading = threading.Lock()

    def at(self, work: UnitOfWork, own: str) -> Configuration:
        """Return the configuration of this unit's moment."""
        epoch = work.config.epoch()
        if (held := self._newest) is not None and held.epoch == epoch:
            return held
        with self._reading:  # after a change all jobs come at once: the first reads for them all
            if (held := self._newest) is not None and held.epoch == epoch:
                return held
            read = read_configuration(work, epoch, own)
            if held is None or read.epoch > held.epoch:
                self._newest = read
            return read


def read_configuration(work: UnitOfWork, epoch: int, own: str) -> Configuration:
    """Read all of it; `own` is our own id, under which our public keys are kept."""
    config = work.config
    partners = {row.id: row for row in config.partners()}
    cards = {
        row.id: parse_card(row.card.encode()).card
        for row in partners.values()
        if row.state in REACHED
    }
    belonging = memberships(config.active("community"))
    described = {item.name: item.body for item in config.active("recipient")}
    return Configuration(
        epoch=epoch,
        organisations={item.name: item.body for item in config.active("organisation")},
        clients={item.name: item.body for item in config.active("client")},
        persons={item.name: item.body for item in config.active("person")},
        sources={item.name: item.body for item in config.active("source")},
        profiles={
            item.name: read_profile(item.name, item.version, item.body)
            for item in config.active("source_profile")
        },
        mappings={item.name: item for item in config.active("mapping")}
        | {f"goaml:{item.name}": item for item in config.active("goaml_dialect")},
        agreements=_agreements(config.items("agreement")),
        routes=tuple(_route(item) for item in config.active("route") if item.body.get("partners")),
        inward_routes=tuple(
            _inward(item) for item in config.active("route") if item.body.get("clients")
        ),
        consents=tuple(_consent(item) for item in config.active("consent")),
        partners=partners,
        cards=cards,
        recipients={
            row.id: recipient(
                row, cards.get(row.id), described.get(row.id), belonging.get(row.id, ())
            )
            for row in partners.values()
        },
        lists=read_lists(config),
        rings={owner: ring_of(config.keys(owner)) for owner in (own, *partners)},
    )


def ring_of(rows: Sequence[KeyRow]) -> Ring:
    """Return the ring of public keys that these rows describe."""
    return Ring(
        RingKey(
            key=parse_public(dict(row.public)),
            use=row.use,
            state=row.state,
            not_before=row.not_before,
            not_after=row.not_after,
            revoked_at=row.revoked_at,
            confirmed=row.confirmed_by is not None,
        )
        for row in rows
    )


def key_row(owner: str, key: RingKey, *, confirmed_by: str | None) -> KeyRow:
    """Return the row that keeps a public key of `owner`."""
    return KeyRow(
        kid=key.key.kid,
        owner=owner,
        use=key.use,
        algorithm=key.key.alg,
        public=key.key.jwk,
        state=key.state,
        not_before=key.not_before,
        not_after=key.not_after,
        revoked_at=key.revoked_at,
        confirmed_by=confirmed_by,
    )


def _agreements(items: Sequence[ItemRow]) -> Mapping[str, tuple[Agreement, ...]]:
    by_partner: dict[str, tuple[Agreement, ...]] = {}
    for item in items:
        body = item.body
        agreement = Agreement(
            name=item.name,
            version=item.version,
            partner=str(body["partner"]),
            direction=str(body["direction"]),
            types=tuple(body["types"]),
            crime_areas=tuple(body["crime_areas"]),
            purposes=tuple(body["purposes"]),
            operational_action=body.get("operational_action"),
            members=None if body["members"] is None else tuple(body["members"]),
            carrier=body.get("carrier"),
            valid_from=item.valid_from,
            valid_until=item.valid_until,
            state=item.state,
        )
        by_partner[agreement.partner] = (*by_partner.get(agreement.partner, ()), agreement)
    return by_partner


def _route(item: ItemRow) -> Route:
    when = item.body["when"]
    return Route(
        name=item.name,
        version=item.version,
        when=When(
            types=tuple(when.get("types", ())),
            crime_areas=tuple(when.get("crime_areas", ())),
            jurisdictions=tuple(when.get("jurisdictions", ())),
            phenomenon=tuple(when.get("phenomenon", ())),
            orgs=(str(when["org"]),) if when.get("org") else (),
            operational_action=when.get("operational_action"),
        ),
        partners=tuple(item.body.get("partners", ())),
        valid_from=item.valid_from,
        valid_until=item.valid_until,
        state=item.state,
    )


def _inward(item: ItemRow) -> InwardRoute:
    when = item.body["when"]

    def named(member: str) -> frozenset[str]:
        found = when.get(member) or ()
        return frozenset([found] if isinstance(found, str) else found)

    return InwardRoute(
        clients=frozenset(item.body["clients"]),
        types=named("types"),
        orgs=named("org"),
        partners=named("from_partners"),
        agreements=named("agreements"),
        crime_areas=named("crime_areas"),
        phenomenon=named("phenomenon"),
        jurisdictions=named("jurisdictions"),
        operational_actions=named("operational_action"),
        otherwise=bool(item.body.get("otherwise")),
        valid_from=item.valid_from,
        valid_until=item.valid_until,
    )


def _consent(item: ItemRow) -> Consent:
    body = item.body
    return Consent(
        name=item.name,
        version=item.version,
        org=str(body["originator"]),
        recipients=tuple(body["recipients"]),
        communities=tuple(body["communities"]),
        records=tuple(body["records"]),
        types=tuple(body["types"]),
        purposes=tuple(body["purposes"]),
        use=str(body.get("use", "pass_on")),
        valid_from=item.valid_from,
        valid_until=item.valid_until,
    )
