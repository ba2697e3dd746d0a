# ruff: noqa: SLF001 - what is kept inside is what is promised here
"""A card proves its keys, changes only by keys confirmed before, and is compared by voice."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from importlib import resources

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import trust
from keys.errors import CardRefused
from keys.jws import Unsigned
from keys.memory import MemoryKeys
from keys.ring import Ring
from keys.strict import compact
from keys.suite import b64, digest
from keys.trust import Card, Duty, SealingKey

OLD, NEW, STRANGER = (MemoryKeys(name) for name in (b"old", b"new", b"stranger"))
NOW = 1_790_000_000


def certificate(key):
    name = x509.Name([])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 5, begin, begin.replace(2027))
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


TLS_KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = certificate(TLS_KEY)


def card_of(keys, **changes):
    ed25519, ml_dsa, sealing = (one.key for one in keys.public_keys())
    card = Card(
        id="fiu.ee",
        version=1,
        names={"en": "Financial Intelligence Unit", "et": "Rahapesu Andmebüroo"},
        community="empact",
        class_="fiu",
        country="EE",
        endpoints=("https://gateway.fiu.example:8443",),
        networks=("192.0.2.0/24", "2001:db8::/32"),
        tls=(CERTIFICATE,),
        signing=(ed25519, ml_dsa),
        encryption=(SealingKey(sealing, NOW, NOW + 90 * 86_400),),
        duty=Duty("Duty officer", "+372 5555 0100", None),
        iat=NOW,
    )
    return replace(card, **changes)


def signed(card, *signers):
    unsigned = trust.lay_out(
        card, confirmed=[one for keys in signers[1:] for one in keys.agent().signers(NOW)]
    )
    return sign_with(unsigned, *signers)


def sign_with(unsigned, *signers):
    seeds = {one.key.kid: keys for keys in signers for one in keys.public_keys()}
    parts = [seeds[part.kid].agent().sign([[part]])[0][0] for part in unsigned.to_sign()]
    return unsigned.assemble(parts)


def test_a_card_is_read_as_it_was_made():
    card = card_of(OLD)

    assert trust.parse_card(signed(card, OLD)).card == card


def test_a_card_needs_the_signature_of_every_key_it_lists():
    both = (*card_of(OLD).signing, *card_of(NEW).signing)
    card = card_of(OLD, signing=both)
    whole = sign_with(trust.lay_out(card), OLD, NEW)
    half = trust.lay_out(card)
    half = Unsigned(half.typ, half.payload, half.signers[:2])

    assert trust.parse_card(whole).card == card
    with pytest.raises(CardRefused):
        trust.parse_card(sign_with(half, OLD))


def test_a_card_signed_by_somebody_else_is_refused():
    unsigned = trust.lay_out(card_of(OLD))
    forged = Unsigned(unsigned.typ, unsigned.payload, tuple(STRANGER.agent().signers(NOW)))

    with pytest.raises(CardRefused):
        trust.parse_card(sign_with(forged, STRANGER))


@pytest.mark.parametrize("place", [0, 1])
def test_a_card_with_one_wrong_signature_is_refused(place):
    unsigned = trust.lay_out(card_of(OLD))
    values = list(OLD.agent().sign([unsigned.to_sign()])[0])
    values[place] = bytes(len(values[place]))

    with pytest.raises(CardRefused):
        trust.parse_card(unsigned.assemble(values))


ED, ML, HP = (one.key for one in OLD.public_keys())
WRONG = {
    "an unknown member": {"comment": "x"},
    "version 2 of the form": {"v": 2},
    "version zero": {"version": 0},
    "true for a version": {"version": True},
    "an id with capitals": {"id": "FIU.ee"},
    "no name": {"names": {}},
    "a name with a line end": {"names": {"en": "a\nb"}},
    "a country in small letters": {"country": "ee"},
    "an endpoint without TLS": {"endpoints": ["http://fiu.example"]},
    "an endpoint with a password": {"endpoints": ["https://a:b@fiu.example"]},
    "an endpoint with a query": {"endpoints": ["https://fiu.example?x"]},
    "an endpoint with a port of letters": {"endpoints": ["https://fiu.example:https"]},
    "an endpoint with a broken address": {"endpoints": ["https://[::1"]},
    "a network with host bits": {"networks": ["192.0.2.1/24"]},
    "a network in another form": {"networks": ["2001:DB8::/32"]},
    "no certificate": {"tls": []},
    "a certificate that is none": {"tls": [b64(b"certificate")]},
    "one signing key": {"signing": [{"jwk": ED.jwk}]},
    "signing keys in the other order": {"signing": [{"jwk": ML.jwk}, {"jwk": ED.jwk}]},
    "a low-order signing key": {
        "signing": [{"jwk": ED.jwk | {"x": b64(bytes(32))}}, {"jwk": ML.jwk}]
    },
    "no sealing key": {"encryption": []},
    "a signing key to seal to": {"encryption": [{"jwk": ED.jwk, "nbf": 0, "exp": 1}]},
    "a sealing key that ends before it begins": {
        "encryption": [{"jwk": HP.jwk, "nbf": 1, "exp": 1}]
    },
    "the same sealing key twice": {"encryption": [{"jwk": HP.jwk, "nbf": 0, "exp": 1}] * 2},
    "nobody to call": {"duty": {"name": "x", "phone": None, "email": None}},
    "an empty telephone number": {"duty": {"name": None, "phone": "", "email": "a@b.example"}},
    "a date as text": {"iat": "2026"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_card_with_something_wrong_in_it_is_refused(changes):
    payload = compact(trust._payload(card_of(OLD)) | changes)
    unsigned = Unsigned(trust.CARD_TYP, payload, tuple(OLD.agent().signers(NOW)))

    with pytest.raises(CardRefused):
        trust.parse_card(sign_with(unsigned, OLD))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\xff", b'{"payload":1,"signatures":2}'])
def test_what_is_no_card_is_refused(raw):
    with pytest.raises(CardRefused):
        trust.parse_card(raw)


def test_an_update_signed_by_old_and_new_keys_may_follow():
    confirmed = trust.parse_card(signed(card_of(OLD), OLD))
    update = trust.parse_card(signed(card_of(NEW, version=2), NEW, OLD))

    trust.demand_update(update, confirmed)

    assert not trust.changes_only_sealing(update.card, confirmed.card)


UPDATES = {
    "signed by the new keys alone": (card_of(NEW, version=2), (NEW,)),
    "signed by a stranger's as well": (card_of(NEW, version=2), (NEW, STRANGER)),
    "the same version": (card_of(OLD), (OLD,)),
    "an earlier date": (card_of(OLD, version=2, iat=NOW - 1), (OLD,)),
    "the id of another": (card_of(OLD, version=2, id="fiu.lv"), (OLD,)),
}


@pytest.mark.parametrize(("card", "signers"), UPDATES.values(), ids=UPDATES.keys())
def test_an_update_that_may_not_follow_is_refused(card, signers):
    confirmed = trust.parse_card(signed(card_of(OLD), OLD))

    with pytest.raises(CardRefused):
        trust.demand_update(trust.parse_card(signed(card, *signers)), confirmed)


def test_an_update_by_revoked_keys_is_refused():
    confirmed = trust.parse_card(signed(card_of(OLD), OLD))
    update = trust.parse_card(signed(card_of(OLD, version=2), OLD))

    trust.demand_update(update, confirmed)
    with pytest.raises(CardRefused):
        trust.demand_update(update, confirmed, revoked=frozenset({ML.kid}))


def test_a_forged_signature_of_a_confirmed_key_is_refused():
    confirmed = trust.parse_card(signed(card_of(OLD), OLD))
    unsigned = trust.lay_out(card_of(NEW, version=2), confirmed=OLD.agent().signers(NOW))
    values = [NEW.agent().sign([unsigned.to_sign()[:2]])[0], (bytes(64), bytes(3309))]
    update = trust.parse_card(unsigned.assemble([one for pair in values for one in pair]))

    with pytest.raises(CardRefused):
        trust.demand_update(update, confirmed)


def test_new_sealing_keys_alone_ask_no_person():
    newer = card_of(OLD, version=2, iat=NOW + 1, encryption=card_of(NEW).encryption)

    assert trust.changes_only_sealing(newer, card_of(OLD))


def test_a_confirmed_card_becomes_a_ring_that_seals_only_to_what_opens():
    card = card_of(OLD)

    assert Ring(trust.ring_keys(card)).unconfirmed(NOW) == [HP]
    assert Ring(trust.ring_keys(card, opens=frozenset({HP.kid}))).recipient(NOW) == HP


def test_the_words_are_the_first_88_bits():
    payload = b"payload"
    bits = f"{int.from_bytes(hashlib.sha256(payload).digest(), 'big'):0256b}"[:88]
    words = resources.files("keys").joinpath("bip39_english.txt").read_text().split()

    expected = tuple(words[int(bits[at : at + 11], 2)] for at in range(0, 88, 11))

    assert trust.fingerprint_words(payload) == expected
    assert len(expected) == 8


def test_the_word_list_is_the_published_one():
    raw = resources.files("keys").joinpath("bip39_english.txt").read_bytes()

    assert hashlib.sha256(raw).hexdigest() == (
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )


def test_a_caller_is_known_by_the_public_key_of_its_certificate():
    spki = TLS_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert trust.spki_digest(certificate(TLS_KEY)) == trust.spki_digest(CERTIFICATE) == digest(spki)
