# ruff: noqa: SLF001 - what is kept inside is what is promised here
"""Published vectors of others open, decapsulate and verify unchanged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from keys import suite
from keys.errors import SignatureWrong

VECTORS = Path(__file__).parent.parent / "data" / "vectors"
X_WING = json.loads((VECTORS / "x-wing" / "xwing-test-vectors.json").read_text())
ML_DSA = json.loads((VECTORS / "jose-mldsa" / "ML_DSA_65.jose.json").read_text())


def test_the_hpke_10_ke_envelope_of_the_draft_opens_unchanged():
    jwk = json.loads((VECTORS / "jose-hpke-pq" / "jwk.json").read_text())
    jwe = json.loads((VECTORS / "jose-hpke-pq" / "jwe-flattened.json").read_text())
    header = json.loads(suite.unb64(jwe["protected"]))

    cek = suite.decapsulate(
        suite.unb64(jwk["priv"]), suite.unb64(header["ek"]), suite.unb64(jwe["encrypted_key"])
    )
    opened = suite.open_content(
        cek,
        suite.unb64(jwe["iv"]),
        f"{jwe['protected']}.{jwe['aad']}".encode(),
        suite.unb64(jwe["ciphertext"]) + suite.unb64(jwe["tag"]),
    )

    assert opened.startswith(b"You can trust us to stick with you")


def test_the_key_id_of_the_draft_is_our_thumbprint():
    jwk = json.loads((VECTORS / "jose-hpke-pq" / "jwk.json").read_text())

    key = suite.parse_public({name: jwk[name] for name in ("kty", "alg", "pub")})

    assert key.kid == jwk["kid"]
    assert suite.public_of(suite.HPKE_10_KE, suite.unb64(jwk["priv"])) == key


@pytest.mark.parametrize("vector", X_WING)
def test_x_wing_keys_and_shared_secrets_are_those_published(vector):
    seed, pk, ct = (bytes.fromhex(vector[name]) for name in ("seed", "pk", "ct"))
    ml_kem, x = suite._halves(seed)
    their_share = x25519.X25519PublicKey.from_public_bytes(ct[1088:])

    # The combiner of the X-Wing draft, written out.
    secret = hashlib.sha3_256(
        ml_kem.decapsulate(ct[:1088])
        + x.exchange(their_share)
        + ct[1088:]
        + pk[1184:]
        + rb"\.//^\\"[:6]
    )

    assert suite.public_of(suite.HPKE_10_KE, seed).raw == pk
    assert secret.hexdigest() == vector["ss"]


def test_the_ml_dsa_65_signature_of_the_draft_verifies():
    key = suite.parse_public({name: ML_DSA["jwk"][name] for name in ("kty", "alg", "pub")})
    signed, _, signature = ML_DSA["jws"].rpartition(".")

    suite.verify(key, suite.unb64(signature), signed.encode())

    assert key.kid == ML_DSA["jwk"]["kid"]
    assert suite.public_of(suite.ML_DSA_65, bytes.fromhex(ML_DSA["priv"])) == key
    with pytest.raises(SignatureWrong):
        suite.verify(key, suite.unb64(signature), signed.encode() + b".")
