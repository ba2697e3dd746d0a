"""Open one envelope with nothing but `cryptography`: a second reader, written from wire.md alone.

    python open_envelope.py ENVELOPE SEED-HEX ED25519-KEY ML-DSA-KEY

The keys are the sender's public bytes in base64url. It decrypts, checks both signatures and the
digests, and prints the texts. It does not take the other steps of section 6: no substitute for
a gateway.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def raw(text: str) -> bytes:
    """Return the bytes behind unpadded base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read(envelope: bytes, seed: bytes, ed25519_key: bytes, ml_dsa_key: bytes) -> list[bytes]:
    """Return the texts of an envelope of suite xg1."""
    box = json.loads(envelope)
    (to,) = box["recipients"]
    halves = hashlib.shake_256(seed).digest(96)
    private = hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(halves[:64]),
        x25519.X25519PrivateKey.from_private_bytes(halves[64:]),
    )
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.SHAKE256, hpke.AEAD.AES_256_GCM)
    sealed_key = raw(to["header"]["ek"]) + raw(to["encrypted_key"])
    cek = suite.decrypt(sealed_key, private, b"JOSE-HPKE rcpt\xffA256GCM\xff")
    aad = f"{box['protected']}.{box['aad']}".encode()
    plain = AESGCM(cek).decrypt(raw(box["iv"]), raw(box["ciphertext"]) + raw(box["tag"]), aad)
    line, *texts, _padding = plain.split(b"\n")
    signed = json.loads(line)
    first, second = (f"{s['protected']}.{signed['payload']}".encode() for s in signed["signatures"])
    one, two = (raw(s["signature"]) for s in signed["signatures"])
    ed25519.Ed25519PublicKey.from_public_bytes(ed25519_key).verify(one, first)
    mldsa.MLDSA65PublicKey.from_public_bytes(ml_dsa_key).verify(two, second)
    body = json.loads(raw(signed["payload"]))["body"]
    digests = [raw(digest) for digest in body["items"] + body["evidence"]]
    if digests != [hashlib.sha256(text).digest() for text in texts]:
        raise ValueError("the texts are not those that were signed")
    return texts


if __name__ == "__main__":
    path, seed_hex, *keys = sys.argv[1:]
    for text in read(Path(path).read_bytes(), bytes.fromhex(seed_hex), *map(raw, keys)):
        sys.stdout.write(text.decode() + "\n")
