"""Who is calling: certificate bytes → client, partner or nobody.

Identity is the SHA-256 of the certificate's SubjectPublicKeyInfo, never a subject name. Each
digest is one row of `credentials` and belongs to one client or one partner, so no key is both.
Does not check the chain: TLS did, against exactly the certificates of `trusted_certificates`.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from gateway.core.errors import Forbidden, Unidentified
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
class PartnerCaller:
    """A partner's gateway."""

    partner: str


def caller_of_certificate(der: bytes, exchange: Exchange) -> Client | PartnerCaller:
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
        if partner is None or partner.state != "confirmed":
            raise Unidentified
        return PartnerCaller(credential.owner)
    client = configuration.clients.get(credential.owner)
    if client is None:
        raise Unidentified
    return client_of(credential.owner, exchange)


def client_of(name: str, exchange: Exchange) -> Client:
    """Return the client of this name, as configured now. Raises Unidentified."""
    with exchange.store.reading() as work:
        body = exchange.configuration(work).clients.get(name)
    if body is None:
        raise Unidentified
    return Client(
        name=name,
        org=str(body["org"]),
        scopes=frozenset(body.get("scopes", ())),
        sources=tuple(body.get("sources", ())),
    )


def demand_scope(client: Client, scope: str) -> None:
    """Raises Forbidden unless the client was given `scope`."""
    if scope not in client.scopes:
        raise Forbidden(f"this client was not given the scope {scope!r}")


def trusted_certificates(exchange: Exchange) -> list[bytes]:
    """Return the DER of every certificate that confirmed cards and client items name."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    ders = [der for card in configuration.cards.values() for der in card.tls]
    for client in configuration.clients.values():
        ders += [ssl.PEM_cert_to_DER_cert(text) for text in client.get("certificates", ())]
    return ders
