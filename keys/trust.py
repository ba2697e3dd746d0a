"""Partner cards: what a gateway says about itself, and how people come to believe it. Pure.

A card is a signed self-statement. It proves that its maker holds the signing keys in it and
nothing else; a person confirms it by comparing eight spoken words. Leaves to others: who
confirmed what, and what a confirmed card changes (flow).

Ruled by docs/spec/wire.md, section 10.

Stays true:
  * A `SignedCard` is signed by every signing key that it lists.
  * An update counts only if the keys confirmed before signed it too.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import jws
from keys.errors import CardRefused, KeyRefused, KeysError, NotEncoded, NotExact, NotStrict
from keys.jws import Signed, Signer, Unsigned
from keys.ring import ACTIVE, SEAL, SIGN, RingKey
from keys.strict import array, compact, integer, members, strict_json, text
from keys.suite import (
    DEFAULT_SUITE,
    SUITES,
    PublicKey,
    b64,
    distinct,
    parse_public,
    unb64,
    verify,
)

CARD_TYP: Final = "xg-card+jws"
FINGERPRINT_WORDS: Final = 8
_MOST = 8  # of anything a card lists
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_URL = re.compile(r"https://[!-~]{1,2000}")


@dataclass(frozen=True, slots=True)
class Duty:
    """Whom to call when life is at stake and no receipt comes; a phone or an e-mail at least."""

    name: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key to seal to, and the days on which to do so (`nbf` included, `exp` not)."""

    key: PublicKey
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a gateway says about itself. `class_` and `country` are claims: confirming sets them."""

    id: str
    version: int
    names: Mapping[str, str]  # by language tag
    community: str
    class_: str
    country: str | None  # None: not of one country
    endpoints: Sequence[str]  # empty: it only fetches
    networks: Sequence[str]  # addresses it calls from, as CIDR; empty: any
    tls: Sequence[bytes] = field(repr=False)  # certificates in DER, in use and next
    signing: Sequence[PublicKey]  # pairs: Ed25519, ML-DSA-65
    encryption: Sequence[SealingKey]
    duty: Duty
    iat: int


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card whose own signatures verify. Nobody has confirmed it yet."""

    card: Card
    signed: Signed

    @property
    def words(self) -> tuple[str, ...]:
        """The words that two people compare by voice."""
        return fingerprint_words(self.signed.payload)


def lay_out(card: Card, *, confirmed: Sequence[Signer] = ()) -> Unsigned:
    """Return the card for its signers: all that it lists, then `confirmed` if not among them."""
    payload = _payload(card)
    _card(payload)  # never sign what a partner would refuse
    listed = tuple(Signer(key.alg, key.kid) for key in card.signing)
    others = tuple(one for one in confirmed if one not in listed)
    return Unsigned(CARD_TYP, compact(payload), listed + others)


def parse_card(raw: bytes) -> SignedCard:
    """Return the card in `raw`, once every key it lists has been seen to have signed it.

    Signatures by other keys may follow; they are looked at in `demand_update`. Raises CardRefused.
    """
    try:
        signed = jws.parse(raw, CARD_TYP, most_pairs=4)
        card = _card(strict_json(signed.payload))
        _demand_own_signatures(card, signed)
    except CardRefused:
        raise
    except KeysError as fault:
        raise CardRefused(f"{fault.code}: {fault.detail}") from fault
    return SignedCard(card, signed)


def demand_update(
    new: SignedCard, confirmed: SignedCard, *, revoked: frozenset[str] = frozenset()
) -> None:
    """Raise CardRefused unless `new` may follow `confirmed`.

    The same id, a higher version, not older, and signed by one whole pair of the keys that were
    confirmed and are not `revoked`. Its own keys still wait for a person.
    """
    old = confirmed.card
    if new.card.id != old.id:
        raise CardRefused("the card of another gateway")
    if new.card.version <= old.version or new.card.iat < old.iat:
        raise CardRefused("not newer than the card that was confirmed")
    by_kid = {one.signer.kid: one for one in new.signed.signatures}
    pairs = zip(old.signing[::2], old.signing[1::2], strict=True)
    for pair in pairs:
        if all(key.kid in by_kid and key.kid not in revoked for key in pair):
            try:
                for key in pair:
                    verify(key, by_kid[key.kid].value, by_kid[key.kid].signed)
            except KeysError:
                raise CardRefused("the signature of a confirmed key does not verify") from None
            return
    raise CardRefused("not signed by a pair of keys that was confirmed")


def changes_only_sealing(new: Card, confirmed: Card) -> bool:
    """Return whether nothing but sealing keys, version and date differ: then no person is asked."""
    ours, theirs = (_payload(card) for card in (new, confirmed))
    free = ("encryption", "version", "iat")
    return all(ours[name] == theirs[name] for name in ours if name not in free)


def ring_keys(card: Card, *, opens: frozenset[str] = frozenset()) -> list[RingKey]:
    """Return the keys of a confirmed card; sealing keys in `opens` have shown that they open."""
    signing = [RingKey(key=key, use=SIGN, state=ACTIVE) for key in card.signing]
    sealing = [
        RingKey(
            key=one.key,
            use=SEAL,
            state=ACTIVE,
            not_before=one.nbf,
            not_after=one.exp,
            confirmed=one.key.kid in opens,
        )
        for one in card.encryption
    ]
    return signing + sealing


def fingerprint_words(payload: bytes) -> tuple[str, ...]:
    """Return the first 88 bits of the payload's SHA-256 as 8 words of the BIP-39 English list."""
    number = int.from_bytes(hashlib.sha256(payload).digest()[:11], "big")
    words = _words()
    return tuple(
        words[number >> 11 * place & 0x7FF] for place in reversed(range(FINGERPRINT_WORDS))
    )


def spki_digest(certificate: bytes) -> str:
    """Return the digest of the public key of a DER certificate: who is calling.

    Raises CardRefused for bytes that are no certificate.
    """
    try:
        public = x509.load_der_x509_certificate(certificate).public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CardRefused("not a certificate that can be read") from None
    return b64(hashlib.sha256(spki).digest())


def ends_at(certificate: bytes) -> int | None:
    """Return when a DER certificate ends, in seconds since 1970; None if it cannot be read."""
    try:
        return int(x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp())
    except (ValueError, TypeError):
        return None


def _payload(card: Card) -> dict[str, Any]:
    return {
        "v": 1,
        "id": card.id,
        "version": card.version,
        "names": dict(card.names),
        "community": card.community,
        "class": card.class_,
        "country": card.country,
        "endpoints": list(card.endpoints),
        "networks": list(card.networks),
        "tls": [b64(one) for one in card.tls],
        "signing": [{"jwk": key.jwk} for key in card.signing],
        "encryption": [
            {"jwk": one.key.jwk, "nbf": one.nbf, "exp": one.exp} for one in card.encryption
        ],
        "duty": {"name": card.duty.name, "phone": card.duty.phone, "email": card.duty.email},
        "iat": card.iat,
    }


_MEMBERS: Final = (
    *("v", "id", "version", "names", "community", "class", "country", "endpoints", "networks"),
    *("tls", "signing", "encryption", "duty", "iat"),
)


def _card(value: object) -> Card:
    """Return the card in a payload. Raises CardRefused, saying which member is at fault."""
    try:
        found = members(value, *_MEMBERS)
    except NotStrict:
        raise CardRefused("members are missing or unknown") from None
    read: dict[str, Any] = {}
    for name, reader in _READERS.items():
        try:
            read[name] = reader(found[name])
        except (NotStrict, NotEncoded, NotExact, KeyRefused, ValueError) as fault:
            raise CardRefused(f"{name}: not as the specification says") from fault
    del read["v"]
    card = Card(class_=read.pop("class"), **read)
    try:
        distinct([*card.signing, *(one.key for one in card.encryption)])
    except KeyRefused as fault:
        raise CardRefused(fault.detail) from fault
    return card


def _demand_own_signatures(card: Card, signed: Signed) -> None:
    listed = [Signer(key.alg, key.kid) for key in card.signing]
    if [one.signer for one in signed.signatures[: len(listed)]] != listed:
        raise CardRefused("not signed by every key that it lists, in that order")
    for key, one in zip(card.signing, signed.signatures, strict=False):
        verify(key, one.value, one.signed)


def _version_one(value: object) -> int:
    if integer(value) != 1:
        raise NotStrict
    return 1


def _names(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not 1 <= len(value) <= _MOST:
        raise NotStrict
    return {text(tag, _LANGUAGE): text(name, _LINE) for tag, name in value.items()}


def _endpoint(value: object) -> str:
    url = text(value, _URL)
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or "?" in url or "#" in url:
        raise NotStrict
    _ = parts.port  # a ValueError if it is none
    return url


def _network(value: object) -> str:
    if not isinstance(value, str):
        raise NotStrict
    if str(ipaddress.ip_network(value)) != value:
        raise NotStrict
    return value


def _certificate(value: object) -> bytes:
    if not isinstance(value, str):
        raise NotStrict
    der = unb64(value)
    spki_digest(der)
    return der


def _signing(value: object) -> tuple[PublicKey, ...]:
    keys = tuple(parse_public(members(one, "jwk")["jwk"]) for one in array(value, 2, 4))
    pair = SUITES[DEFAULT_SUITE].signatures
    if len(keys) % 2 or any(key.alg != pair[place % 2] for place, key in enumerate(keys)):
        raise NotStrict
    return keys


def _sealing(value: object) -> SealingKey:
    entry = members(value, "jwk", "nbf", "exp")
    key = parse_public(entry["jwk"])
    nbf = integer(entry["nbf"])
    if key.alg != SUITES[DEFAULT_SUITE].key_management:
        raise NotStrict
    return SealingKey(key, nbf, integer(entry["exp"], nbf + 1))


def _duty(value: object) -> Duty:
    entry = members(value, "name", "phone", "email")
    duty = Duty(**{n: None if line is None else text(line, _LINE) for n, line in entry.items()})
    if not (duty.phone or duty.email):
        raise NotStrict
    return duty


_READERS: Final = {
    "v": _version_one,
    "id": lambda value: text(value, _ID),
    "version": lambda value: integer(value, 1),
    "names": _names,
    "community": lambda value: text(value, _ID),
    "class": lambda value: text(value, _CODE),
    "country": lambda value: value if value is None else text(value, _COUNTRY),
    "endpoints": lambda value: tuple(map(_endpoint, array(value, 0, _MOST))),
    "networks": lambda value: tuple(map(_network, array(value, 0, 8 * _MOST))),
    "tls": lambda value: tuple(map(_certificate, array(value, 1, _MOST))),
    "signing": _signing,
    "encryption": lambda value: tuple(map(_sealing, array(value, 1, _MOST))),
    "duty": _duty,
    "iat": integer,
}


@lru_cache(maxsize=1)
def _words() -> tuple[str, ...]:
    return tuple(resources.files("keys").joinpath("bip39_english.txt").read_text().split())
