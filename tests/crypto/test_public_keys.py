"""A public key is enrolled only if nothing about it is amiss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import suite
from keys.errors import KeyRefused, NotEncoded, SignatureWrong

P = 2**255 - 19
ED, ML, HP = (
    suite.public_of(alg, bytes(range(32)))
    for alg in (suite.ED25519, suite.ML_DSA_65, suite.HPKE_10_KE)
)


def le(number):
    return number.to_bytes(32, "little")


ED25519_REFUSED = {
    "the neutral element": le(1),
    "the neutral element with a sign": le(1 | 1 << 255),
    "the point of order 2": le(P - 1),
    "a point of order 4": le(0),
    "a point of order 4 with a sign": le(1 << 255),
    "a point of order 8": bytes.fromhex(
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
    ),
    "its negative": bytes.fromhex(
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"
    ),
    "y not below p": le(P + 3),
    "y = p": le(P),
    "y of no point": le(2),
}


@pytest.mark.parametrize("raw", ED25519_REFUSED.values(), ids=ED25519_REFUSED.keys())
def test_an_ed25519_point_nobody_should_have_is_refused(raw):
    with pytest.raises(KeyRefused):
        suite.parse_public({"crv": "Ed25519", "kty": "OKP", "x": suite.b64(raw)})


X25519_REFUSED = {
    "zero": le(0),
    "one": le(1),
    "minus one": le(P - 1),
    "order 8": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    "order 8, the other": bytes.fromhex(
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"
    ),
    "not below p": le(P + 9),
    "with the unused bit": le(9 | 1 << 255),
}


@pytest.mark.parametrize("raw", X25519_REFUSED.values(), ids=X25519_REFUSED.keys())
def test_an_x25519_half_nobody_should_have_is_refused(raw):
    with pytest.raises(KeyRefused):
        suite.parse_public(HP.jwk | {"pub": suite.b64(HP.raw[:1184] + raw)})


def test_an_ml_kem_key_not_reduced_by_the_modulus_is_refused():
    with pytest.raises(KeyRefused):
        suite.parse_public(HP.jwk | {"pub": suite.b64(b"\xff\xff\xff" + HP.raw[3:])})


JWKS_REFUSED = {
    "no object": "key",
    "nothing": {},
    "an unknown algorithm": ED.jwk | {"crv": "Ed448"},
    "the wrong kind": ED.jwk | {"kty": "EC"},
    "a member too many": ED.jwk | {"use": "sig"},
    "a private member": ED.jwk | {"d": suite.b64(bytes(32))},
    "a member that is no text": ED.jwk | {"x": 7},
    "31 bytes": ED.jwk | {"x": suite.b64(ED.raw[:31])},
    "33 bytes": ED.jwk | {"x": suite.b64(ED.raw + b"\0")},
    "padded": ED.jwk | {"x": ED.jwk["x"] + "="},
    "spare bits set": ED.jwk | {"x": ED.jwk["x"][:-1] + "B"},
    "a short ML-DSA key": ML.jwk | {"pub": suite.b64(ML.raw[:-1])},
    "a long HPKE key": HP.jwk | {"pub": suite.b64(HP.raw + b"\0")},
    "an ML-DSA key called by another name": ML.jwk | {"alg": "ML-DSA-44"},
}


@pytest.mark.parametrize("jwk", JWKS_REFUSED.values(), ids=JWKS_REFUSED.keys())
def test_a_jwk_that_is_not_exactly_a_public_key_is_refused(jwk):
    with pytest.raises(KeyRefused):
        suite.parse_public(jwk)


@pytest.mark.parametrize("key", [ED, ML, HP], ids=lambda key: key.alg)
def test_a_good_key_is_read_back_from_its_jwk(key):
    assert suite.parse_public(key.jwk) == key


def test_the_same_bytes_in_two_roles_are_refused():
    with pytest.raises(KeyRefused):
        suite.distinct([ED, ML, ED])


def test_the_sealing_key_must_not_hold_the_bytes_of_a_signing_key():
    smuggled = suite.PublicKey("kid", suite.HPKE_10_KE, HP.raw[:1184] + ED.raw)

    with pytest.raises(KeyRefused):
        suite.distinct([ED, smuggled])


@given(st.binary(max_size=40))
def test_base64url_is_read_back(raw):
    assert suite.unb64(suite.b64(raw)) == raw


@given(st.text(alphabet="AQgwZ-_9=+/ ", max_size=12))
def test_base64url_has_one_form_for_each_value(text):
    try:
        raw = suite.unb64(text)
    except NotEncoded:
        return
    assert suite.b64(raw) == text


def test_a_signature_must_be_by_the_named_algorithm():
    signature = suite.sign(suite.ED25519, bytes(range(32)), b"text")

    suite.verify(ED, signature, b"text")
    with pytest.raises(SignatureWrong):
        suite.verify(ML, signature, b"text")
    with pytest.raises(SignatureWrong):
        suite.verify_both((ML, ED), (signature, signature), (b"text", b"text"))
