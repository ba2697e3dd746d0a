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


def lines_of(envelope: bytes, seed: bytes) -> list[bytes]:
    """Return the statement and the texts of an envelope of suite xg1: sections 3 to 5."""
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
    return plain.split(b"\n")[:-1]  # the padding follows the last line


def check(statement: bytes, texts: list[bytes], ed25519_key: bytes, ml_dsa_key: bytes) -> None:
    """Check both signatures of a statement, and that it speaks of these texts: section 4."""
    signed = json.loads(statement)
    said = [f"{one['protected']}.{signed['payload']}".encode() for one in signed["signatures"]]
    first, second = (raw(one["signature"]) for one in signed["signatures"])
    ed25519.Ed25519PublicKey.from_public_bytes(ed25519_key).verify(first, said[0])
    mldsa.MLDSA65PublicKey.from_public_bytes(ml_dsa_key).verify(second, said[1])
    body = json.loads(raw(signed["payload"]))["body"]
    digests = [raw(digest) for digest in body["items"] + body["evidence"]]
    if digests != [hashlib.sha256(text).digest() for text in texts]:
        raise ValueError("the texts are not those that were signed")


if __name__ == "__main__":
    path, seed_hex, *keys = sys.argv[1:]
    line, *found = lines_of(Path(path).read_bytes(), bytes.fromhex(seed_hex))
    check(line, found, *map(raw, keys))
    for text in found:
        sys.stdout.write(text.decode() + "\n")
