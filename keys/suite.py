"""The cipher suites of the wire format: verify, seal and open with a given key. Pure.

Owns every call into the cryptographic library that needs no stored key, and the checks a public
key must pass before anybody relies on it. Leaves to others: where private keys live (files,
agent), which key may be used when (ring), how signed texts look (jws).

Ruled by docs/spec/wire.md, sections 2 to 4.

Stays true:
  * A suite is looked up by the name pinned for a partner, never chosen by what a message says.
  * A `PublicKey` has passed all checks of one key; nothing else is ever used to verify or seal.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke, keywrap
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.errors import CannotOpen, KeyRefused, NotEncoded, SignatureWrong
from keys.points import is_usable_ed25519, is_usable_x25519
from keys.strict import compact

ED25519: Final = "Ed25519"
ML_DSA_65: Final = "ML-DSA-65"
HPKE_10_KE: Final = "HPKE-10-KE"
CONTENT: Final = "A256GCM"
SEED_BYTES: Final = 32  # every private key of these three algorithms
KEY_BYTES: Final = 32
IV_BYTES: Final = 12
TAG_BYTES: Final = 16
SIGNATURE_BYTES: Final = {ED25519: 64, ML_DSA_65: 3309}
PUBLIC_BYTES: Final = {ED25519: 32, ML_DSA_65: 1952, HPKE_10_KE: 1216}
_ML_KEM_BYTES: Final = 1184


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What a suite's name stands for. Lengths in bytes."""

    name: str
    key_management: str
    content: str
    signatures: tuple[str, str]  # both must verify, in this order
    ek_bytes: int
    encrypted_key_bytes: int


SUITES: Final[Mapping[str, Suite]] = {
    "xg1": Suite(
        name="xg1",
        key_management=HPKE_10_KE,
        content=CONTENT,
        signatures=(ED25519, ML_DSA_65),
        ek_bytes=1120,
        encrypted_key_bytes=48,
    )
}
DEFAULT_SUITE: Final = "xg1"

_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.SHAKE256, hpke.AEAD.AES_256_GCM)
# Recipient_structure of draft-ietf-jose-hpke-encrypt: the content algorithm is bound to the key.
_RECIPIENT_INFO = b"JOSE-HPKE rcpt\xff" + CONTENT.encode() + b"\xff"
_B64 = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that passed every check of one key; `kid` is its RFC 7638 thumbprint."""

    kid: str
    alg: str
    raw: bytes = field(repr=False)

    @property
    def jwk(self) -> dict[str, str]:
        """The public JWK, members in the order that the thumbprint hashes."""
        return _jwk(self.alg, self.raw)


@dataclass(frozen=True, slots=True)
class Encapsulated:
    """A content key sealed to the key `kid`."""

    kid: str
    ek: bytes = field(repr=False)
    encrypted_key: bytes = field(repr=False)


def b64(raw: bytes) -> str:
    """Return `raw` as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str, length: int | None = None) -> bytes:
    """Return the bytes of `text`, if it is their only encoding and they are `length` many."""
    if not _B64.fullmatch(text) or len(text) % 4 == 1:
        raise NotEncoded
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    whole = len(text) // 4  # only the last, shorter group can have spare bits
    if b64(raw[whole * 3 :]) != text[whole * 4 :]:
        raise NotEncoded
    if length is not None and len(raw) != length:
        raise NotEncoded(f"{len(raw)} bytes where {length} belong")
    return raw


def digest(raw: bytes) -> str:
    """Return the SHA-256 of `raw` in base64url: 43 characters."""
    return b64(hashlib.sha256(raw).digest())


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the key id of a public JWK that holds exactly the members RFC 7638 hashes."""
    return digest(compact(dict(sorted(jwk.items()))))


def parse_public(jwk: object) -> PublicKey:
    """Return the key of a public JWK, after every check that one key alone allows.

    Exactly the members of its kind; the right length; for Ed25519 a canonical point that is not
    of low order; for ML-KEM a key reduced by the modulus; for X25519 a canonical value that is
    not of low order. Raises KeyRefused.
    """
    if not isinstance(jwk, dict) or not all(isinstance(value, str) for value in jwk.values()):
        raise KeyRefused("not a public JWK")
    alg = jwk.get("crv" if jwk.get("kty") == "OKP" else "alg", "")
    if alg not in PUBLIC_BYTES:
        raise KeyRefused("an algorithm of no suite")
    try:
        raw = unb64(jwk.get("x" if alg == ED25519 else "pub", ""), PUBLIC_BYTES[alg])
    except NotEncoded as fault:
        raise KeyRefused(f"{alg}: {fault.detail}") from fault
    if _jwk(alg, raw) != jwk:
        raise KeyRefused(f"{alg}: members are missing, wrong or too many")
    return _public(alg, raw)


def distinct(keys: Sequence[PublicKey]) -> None:
    """Raise KeyRefused if two keys, or a part of one, are the same bytes.

    The X25519 half of a sealing key counts by itself: it must be nobody's Ed25519 key either.
    """
    parts: list[bytes] = []
    for key in keys:
        halves = (key.raw[:_ML_KEM_BYTES], key.raw[_ML_KEM_BYTES:])
        parts.extend(halves if key.alg == HPKE_10_KE else (key.raw,))
    if len(set(parts)) != len(parts):
        raise KeyRefused("the same public bytes stand in two places")


def public_of(alg: str, seed: bytes) -> PublicKey:
    """Return the public key of a private one."""
    match alg:
        case "Ed25519":
            raw = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        case "ML-DSA-65":
            raw = mldsa.MLDSA65PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
        case "HPKE-10-KE":
            ml_kem, x = _halves(seed)
            raw = ml_kem.public_key().public_bytes_raw() + x.public_key().public_bytes_raw()
        case _:
            raise KeyRefused("an algorithm of no suite")
    return _public(alg, raw)


def sign(alg: str, seed: bytes, signed: bytes) -> bytes:
    """Return the signature over `signed`: Ed25519, or ML-DSA-65 with an empty context."""
    if alg == ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(signed)
    if alg == ML_DSA_65:
        return mldsa.MLDSA65PrivateKey.from_seed_bytes(seed).sign(signed)
    raise KeyRefused("not a signing algorithm")


def verify(key: PublicKey, signature: bytes, signed: bytes) -> None:
    """Return only if `signature` over `signed` is by `key`; raises SignatureWrong."""
    if len(signature) != SIGNATURE_BYTES.get(key.alg):
        raise SignatureWrong
    try:
        if key.alg == ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, signed)
        else:
            mldsa.MLDSA65PublicKey.from_public_bytes(key.raw).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise SignatureWrong from None


def verify_both(
    keys: tuple[PublicKey, PublicKey],
    signatures: tuple[bytes, bytes],
    signed: tuple[bytes, bytes],
    suite: Suite = SUITES[DEFAULT_SUITE],
) -> None:
    """Return only if both signatures of the suite verify, each by a key of its algorithm."""
    for key, alg, signature, text in zip(keys, suite.signatures, signatures, signed, strict=True):
        if key.alg != alg:
            raise SignatureWrong
        verify(key, signature, text)


def encapsulate(recipient: PublicKey, cek: bytes) -> Encapsulated:
    """Seal a content key to a public key. Draws its own randomness from the system."""
    if recipient.alg != HPKE_10_KE:
        raise KeyRefused("not a sealing key")
    public = hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(recipient.raw[:_ML_KEM_BYTES]),
        x25519.X25519PublicKey.from_public_bytes(recipient.raw[_ML_KEM_BYTES:]),
    )
    blob = _HPKE.encrypt(cek, public, _RECIPIENT_INFO)
    ek_bytes = SUITES["xg1"].ek_bytes
    return Encapsulated(recipient.kid, blob[:ek_bytes], blob[ek_bytes:])


def decapsulate(seed: bytes, ek: bytes, encrypted_key: bytes) -> bytes:
    """Return the 32-byte content key sealed to the key of `seed`. Raises CannotOpen."""
    try:
        cek = _HPKE.decrypt(
            ek + encrypted_key, hpke.MLKEM768X25519PrivateKey(*_halves(seed)), _RECIPIENT_INFO
        )
    except (InvalidTag, ValueError):
        raise CannotOpen from None
    if len(cek) != KEY_BYTES:
        raise CannotOpen
    return cek


def close_content(key: bytes, iv: bytes, aad: bytes, plaintext: bytes) -> bytes:
    """Return `plaintext` under AES-256-GCM: ciphertext, then the 16-byte tag.

    The pair of `key` and `iv` must never have been used before.
    """
    return AESGCM(key).encrypt(iv, plaintext, aad)


def open_content(key: bytes, iv: bytes, aad: bytes, sealed: bytes) -> bytes:
    """Return what `close_content` closed. Raises CannotOpen."""
    try:
        return AESGCM(key).decrypt(iv, sealed, aad)
    except (InvalidTag, ValueError):
        raise CannotOpen from None


def wrap_key(wrapping: bytes, key: bytes) -> bytes:
    """Return `key` under AES-256-KWP (RFC 5649)."""
    return keywrap.aes_key_wrap_with_padding(wrapping, key)


def unwrap_key(wrapping: bytes, wrapped: bytes) -> bytes:
    """Return what `wrap_key` wrapped. Raises CannotOpen."""
    try:
        return keywrap.aes_key_unwrap_with_padding(wrapping, wrapped)
    except (keywrap.InvalidUnwrap, ValueError):
        raise CannotOpen from None


def _jwk(alg: str, raw: bytes) -> dict[str, str]:
    if alg == ED25519:
        return {"crv": alg, "kty": "OKP", "x": b64(raw)}
    return {"alg": alg, "kty": "AKP", "pub": b64(raw)}


@lru_cache(maxsize=1024)
def _public(alg: str, raw: bytes) -> PublicKey:
    if alg == ED25519 and not is_usable_ed25519(raw):
        raise KeyRefused("Ed25519: not a canonical point, or of low order")
    try:
        if alg == ML_DSA_65:
            mldsa.MLDSA65PublicKey.from_public_bytes(raw)
        elif alg == HPKE_10_KE:
            mlkem.MLKEM768PublicKey.from_public_bytes(raw[:_ML_KEM_BYTES])
    except ValueError:
        raise KeyRefused(f"{alg}: not a key") from None
    if alg == HPKE_10_KE and not is_usable_x25519(raw[_ML_KEM_BYTES:]):
        raise KeyRefused("X25519: not a canonical value, or of low order")
    return PublicKey(thumbprint(_jwk(alg, raw)), alg, raw)


def _halves(seed: bytes) -> tuple[mlkem.MLKEM768PrivateKey, x25519.X25519PrivateKey]:
    """Return the two private keys that X-Wing expands a seed to."""
    if len(seed) != SEED_BYTES:
        raise KeyRefused("a private key is 32 bytes")
    expanded = hashlib.shake_256(seed).digest(96)
    return (
        mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
    )
