"""Who is calling: certificate bytes → client, person, partner or nobody.

Identity is the SHA-256 of the certificate's SubjectPublicKeyInfo, never a subject name. Each
digest is one row of `credentials` and belongs to one client, person or partner: no key is two.
Does not check the chain: TLS did, against exactly the certificates of `trusted_certificates`.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from gateway.core.errors import Forbidden, Unidentified
from gateway.flow.configuration import REACHED, Configuration
from gateway.flow.exchange import Exchange
from keys.errors import KeysError
from keys.trust import spki_digest

SCOPES = ("submit", "inbox", "read", "quarantine")


@dataclass(frozen=True, slots=True)
class Client:
    """A machine of one organisation: a national system."""

    name: str
    org: str
    scopes: frozenset[str]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A person of one organisation, as `person` items say; `name` is a staff number."""

    name: str
    org: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class PartnerCaller:
    """A partner's gateway."""

    partner: str


Caller = Client | Person | PartnerCaller


def caller_of_certificate(der: bytes, exchange: Exchange) -> Caller:
    """Return whose key this certificate (DER) shows. Raises Unidentified, the same for all."""
    try:
        digest = spki_digest(der)
    except KeysError:
        raise Unidentified from None  # not a certificate: nobody
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        credential = work.config.credential(digest)
    if credential is None or credential.revoked_at is not None:
        raise Unidentified
    if (credential.valid_from or 0) > now or now >= (credential.valid_until or now + 1):
        raise Unidentified
    if credential.kind == "partner":
        partner = configuration.partners.get(credential.owner)
        if partner is None or partner.state not in REACHED:
            raise Unidentified
        return PartnerCaller(credential.owner)
    if credential.kind == "person":
        return _person(credential.owner, configuration)
    return _client(credential.owner, configuration)


def client_of(name: str, exchange: Exchange) -> Client:
    """Return the client of this name, as configured now. Raises Unidentified."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    return _client(name, configuration)


def person_of(name: str, exchange: Exchange) -> Person:
    """Return the person of this name, as configured now. Raises Unidentified."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    return _person(name, configuration)


def _client(name: str, configuration: Configuration) -> Client:
    body = configuration.clients.get(name)
    if body is None:
        raise Unidentified
    return Client(
        name=name,
        org=str(body["org"]),
        scopes=frozenset(body.get("scopes", ())),
        sources=tuple(body.get("sources", ())),
    )


def _person(name: str, configuration: Configuration) -> Person:
    body = configuration.persons.get(name)
    if body is None:
        raise Unidentified
    return Person(name=name, org=str(body["org"]), roles=frozenset(body["roles"]))


def demand_scope(client: Client, scope: str) -> None:
    """Raises Forbidden unless the client was given `scope`."""
    if scope not in client.scopes:
        raise Forbidden(f"this client was not given the scope {scope!r}")


def demand_role(person: Person, *roles: str) -> None:
    """Raises Forbidden unless the person has one of `roles`."""
    if person.roles.isdisjoint(roles):
        raise Forbidden(f"this takes the role {' or '.join(roles)}")


def trusted_certificates(exchange: Exchange) -> list[bytes]:
    """Return the DER of every certificate that clients, persons and cards in force name."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        known = {
            credential.digest
            for partner in configuration.cards
            for credential in work.config.credentials("partner", partner)
        }
    named = [der for card in configuration.cards.values() for der in card.tls]
    ders = [der for der in named if spki_digest(der) in known]  # not of one whose keys are lost
    for holder in (*configuration.clients.values(), *configuration.persons.values()):
        ders += [ssl.PEM_cert_to_DER_cert(text) for text in holder.get("certificates", ())]
    return ders
