"""The journeys of trust: our own card, a partner's card, its confirmation by a spoken fingerprint.

A card proves that its maker holds the keys in it and nothing else: until a person confirms the
eight words, nothing is sent to it and nothing taken from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from gateway.core.errors import Conflict, GatewayError, Malformed, NotFound
from gateway.core.ids import parse_partner_id
from gateway.core.lifecycle import step
from gateway.core.record import canonical
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import key_row
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import CredentialRow, ItemRow, PartnerRow
from keys.errors import KeysError
from keys.ring import Ring
from keys.suite import DEFAULT_SUITE, digest
from keys.trust import (
    Card,
    Duty,
    SealingKey,
    SignedCard,
    lay_out,
    parse_card,
    ring_keys,
    spki_digest,
)

OWN_CARD = "own_card"
FAR_FUTURE = 4_102_444_800  # 2100-01-01: a sealing key of ours without an end of its own


class CardUnusable(Malformed):
    """This is not a partner card that may be introduced."""

    code: ClassVar[str] = "card-unusable"


class FingerprintDiffers(GatewayError):
    """The words spoken are not the fingerprint of the card that was introduced."""

    code: ClassVar[str] = "fingerprint-differs"
    advice: ClassVar[str] = (
        "Do not go on. Ask the partner, over a channel you trust, for its card and words again."
    )


@dataclass(frozen=True, slots=True)
class PartnerView:
    """One partner as people see it."""

    id: str
    state: str
    community: str
    org_class: str
    country: str | None
    endpoints: tuple[str, ...]
    fetch: bool
    pulls: bool
    words: tuple[str, ...]
    channel: str
    sealing_key_proven: bool


def publish(exchange: Exchange) -> str:
    """Keep our public keys and card in the store, for the web; return the card.

    Needs the signing keys. Writes only when something changed; the card's version then grows.
    """
    keys = exchange.agent.public_keys()
    now = exchange.now_ms() // 1000
    with exchange.store.reading() as work:
        held = next(iter(work.config.active(OWN_CARD)), None)
    version = int(held.body["version"]) if held else 0
    content = digest(canonical(_content(exchange)))
    if held is not None and held.body["content"] == content:
        return str(held.body["card"])
    unsigned = lay_out(_card(exchange, version + 1, now))
    raw = unsigned.assemble(exchange.agent.sign([unsigned.to_sign()])[0])
    body = {
        "card": raw.decode(),
        "version": version + 1,
        "content": content,
        "made_at": exchange.now_ms(),
    }
    with exchange.store.writing() as work:
        work.config.put_keys([key_row(exchange.own.id, key, confirmed_by="own") for key in keys])
        _note(OWN_CARD, exchange.own.id, body, work)
        fields = {"partner": exchange.own.id, "event": "published", "by": "gateway"}
        work.ledger.add(entries([("partner", fields)], exchange))
        exchange.commit(work, "partners.publish")
    return raw.decode()


def own_card(exchange: Exchange) -> str:
    """Return our card as last published. Raises NotFound before the worker ran once."""
    with exchange.store.reading() as work:
        held = next(iter(work.config.active(OWN_CARD)), None)
    if held is None:
        raise NotFound
    return str(held.body["card"])


def own_words(exchange: Exchange) -> tuple[str, ...]:
    """Return the words of our card, to be read out to a partner. Raises NotFound."""
    return _parsed(own_card(exchange).encode()).words


def _content(exchange: Exchange) -> list[Any]:
    own = exchange.own
    return [
        own.id,
        dict(own.names),
        own.community,
        own.org_class,
        own.country,
        list(own.endpoints),
        list(own.networks),
        [digest(der) for der in own.tls],
        dict(own.duty),
        sorted([key.key.kid, key.state] for key in exchange.agent.public_keys()),
    ]


def _card(exchange: Exchange, version: int, now: int) -> Card:
    own = exchange.own
    keys = exchange.agent.public_keys()
    ring = Ring(keys)
    by_kid = {key.key.kid: key for key in keys}
    sealing = [
        key
        for key in keys
        if key.use == "seal" and key.state == "active" and (key.not_after or FAR_FUTURE) > now
    ]
    return Card(
        id=own.id,
        version=version,
        names=dict(own.names),
        community=own.community,
        class_=own.org_class,
        country=own.country,
        endpoints=tuple(own.endpoints),
        networks=tuple(own.networks),
        tls=tuple(own.tls),
        signing=tuple(by_kid[signer.kid].key for signer in ring.signers(now)),
        encryption=tuple(
            SealingKey(key.key, key.not_before or now, key.not_after or FAR_FUTURE)
            for key in sealing
        ),
        duty=Duty(own.duty.get("name"), own.duty.get("phone"), own.duty.get("email")),
        iat=now,
    )


def add_card(
    raw: bytes, exchange: Exchange, by: str = "administrator"
) -> tuple[str, tuple[str, ...]]:
    """Introduce a partner by its card; return its id and the words to compare by voice.

    Nothing is believed yet. Raises CardUnusable, and Conflict for a partner confirmed already.
    """
    raw = raw.strip()  # a file ends with a line end; the card itself is compared byte for byte
    signed = _parsed(raw)
    card = signed.card
    if card.id == exchange.own.id:
        raise CardUnusable("this is our own card")
    with exchange.store.writing() as work:
        held = {row.id: row for row in work.config.partners()}.get(card.id)
        if held is not None and held.state != "introduced":
            raise Conflict("this partner was confirmed or revoked before")
        work.config.put_partner(
            PartnerRow(
                id=card.id,
                card=raw.decode("ascii"),
                card_version=card.version,
                suite=DEFAULT_SUITE,
                state="introduced",
            )
        )
        fields = {"partner": card.id, "event": "introduced", "by": by}
        work.ledger.add(entries([("partner", fields)], exchange))
        exchange.commit(work, "partners.add")
    return card.id, signed.words


def _parsed(raw: bytes) -> SignedCard:
    try:
        return parse_card(raw)
    except KeysError as error:
        raise CardUnusable(f"{error.code}: {error.detail}") from None


def confirm(
    partner: str,
    words: Sequence[str],
    by: str,
    exchange: Exchange,
    *,
    fetch: bool = False,
    pulls: bool = False,
) -> None:
    """Confirm an introduced partner whose fingerprint a person has heard spoken.

    `fetch`: we read its mailbox, because it does not push to us. `pulls`: it reads ours; its
    endpoint, if its card names one, is only woken. Raises NotFound, FingerprintDiffers, Conflict.
    """
    parse_partner_id(partner)
    with exchange.store.writing() as work:
        act = confirmed(partner, words, by, work, fetch=fetch, pulls=pulls)
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "partners.confirm")


def introduced(partner: str, work: UnitOfWork) -> tuple[PartnerRow, SignedCard]:
    """Return the card that a partner was introduced by. Raises NotFound."""
    held = {row.id: row for row in work.config.partners()}.get(partner)
    if held is None:
        raise NotFound("no card of that partner was introduced")
    return held, _parsed(held.card.encode())


def demand_words(words: Sequence[str], signed: SignedCard) -> None:
    """Raise FingerprintDiffers unless these are the words of the card."""
    if tuple(word.strip().lower() for word in words) != signed.words:
        raise FingerprintDiffers


def confirmed(
    partner: str, words: Sequence[str], by: str, work: UnitOfWork, *, fetch: bool, pulls: bool
) -> Act:
    """Confirm an introduced partner in a commit of the caller; return the act to be ledgered."""
    held, signed = introduced(partner, work)
    demand_words(words, signed)
    state = step("partner", held.state, "confirm")
    work.config.put_partner(replace(held, state=state, fetch=fetch, pulls=pulls))
    work.config.put_keys(
        [
            key_row(partner, key, confirmed_by="card" if key.use == "sign" else None)
            for key in ring_keys(signed.card)
        ]
    )
    work.config.replace_credentials(
        "partner",
        partner,
        [
            CredentialRow(digest=spki_digest(der), kind="partner", owner=partner, scopes=())
            for der in signed.card.tls
        ],
    )
    note_partner(partner, {"state": state, "card": signed.card.version, "by": by}, work)
    return ("partner", {"partner": partner, "event": "confirmed", "by": by})


def prove_sealing_key(partner: str, kid: str, work: UnitOfWork) -> None:
    """Note that the partner opened something sealed to `kid`: from now on it takes records."""
    rows = [row for row in work.config.keys(partner) if row.kid == kid and not row.confirmed_by]
    if rows:
        work.config.put_keys([replace(row, confirmed_by="receipt") for row in rows])
        note_partner(partner, {"state": "confirmed", "proven": kid}, work)


def note_partner(partner: str, body: dict[str, Any], work: UnitOfWork) -> None:
    """Write a change of a partner as an item too."""
    _note("partner", partner, body, work)


def _note(kind: str, name: str, body: dict[str, Any], work: UnitOfWork) -> None:
    """Write the change as an item too, so that it has a history and moves the epoch."""
    work.config.put(
        ItemRow(
            kind=kind,
            name=name,
            version=0,
            change=0,
            body=body,
            digest=digest(canonical(body)),
            origin="card",
            state="active",
            valid_from=None,
            valid_until=None,
        )
    )


def pause(partner: str, by: str, exchange: Exchange) -> None:
    """Stop sealing for and sending to `partner` until `resume`; what arrives is still taken."""
    _channel(partner, "pause", by, exchange)


def resume(partner: str, by: str, exchange: Exchange) -> None:
    """Open a paused or stalled channel again; what waited goes out in order."""
    _channel(partner, "resume", by, exchange)


def _channel(partner: str, event: str, by: str, exchange: Exchange) -> None:
    with exchange.store.writing() as work:
        if partner not in {row.id for row in work.config.partners()}:
            raise NotFound("no such partner")
        channel = work.envelopes.channel(partner, "out")
        moved = replace(
            channel, state=step("channel", channel.state, event), failures=0, retry_at=0
        )
        work.envelopes.put_channel(moved, expect=None)
        fields = {"partner": partner, "event": moved.state, "by": by}
        work.ledger.add(entries([("channel", fields)], exchange))
        exchange.commit(work, "partners.channel")


def listing(exchange: Exchange) -> list[PartnerView]:
    """Return every partner as people see it, by id."""
    with exchange.store.reading() as work:
        rows = work.config.partners()
        channels = {row.id: work.envelopes.channel(row.id, "out").state for row in rows}
        proven = {
            row.id: any(key.use == "seal" and key.confirmed_by for key in work.config.keys(row.id))
            for row in rows
        }
    views = []
    for row in rows:
        signed = _parsed(row.card.encode())
        card = signed.card
        views.append(
            PartnerView(
                id=row.id,
                state=row.state,
                community=card.community,
                org_class=card.class_,
                country=card.country,
                endpoints=tuple(card.endpoints),
                fetch=row.fetch,
                pulls=row.pulls,
                words=signed.words,
                channel=channels[row.id],
                sealing_key_proven=proven[row.id],
            )
        )
    return views
