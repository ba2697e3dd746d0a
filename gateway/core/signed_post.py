"""How a signed POST to a national system looks: its headers and the bytes that are signed. Pure.

HTTP Message Signatures (RFC 9421) with a digest of the body (RFC 9530), so that any library for
them verifies it. Signed with the Ed25519 key of our card alone: the call is inside one country
and under TLS, and many servers take no header as long as a signature of ML-DSA.

A signature base begins with a quotation mark, so it is never a signed text of the wire or a tree
head, which the same key signs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_LABEL: Final = "gateway"
_SIGNED_HEADERS: Final = ("content-type", "content-digest", "idempotency-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedPost:
    """A POST laid out: what to sign, and the headers that go with the signature."""

    to_sign: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    parameters: str

    def signed(self, signature: bytes) -> dict[str, str]:
        """Return all headers."""
        return {
            **self.headers,
            "Signature-Input": f"{_LABEL}={self.parameters}",
            "Signature": f"{_LABEL}={_bytes(signature)}",
        }


def lay_out(
    url: str, body: bytes, *, media_type: str, key: str, kid: str, now_ms: int
) -> UnsignedPost:
    """Return the POST of `body` to `url`; `key` names what is given, the same at each try."""
    headers = {
        "Content-Type": media_type,
        "Content-Digest": f"sha-256={_bytes(hashlib.sha256(body).digest())}",
        "Idempotency-Key": f'"{key}"',
    }
    values = {name.lower(): value for name, value in headers.items()}
    covered = " ".join(f'"{name}"' for name in ("@method", "@target-uri", *_SIGNED_HEADERS))
    parameters = f'({covered});created={now_ms // 1000};keyid="{kid}";alg="ed25519"'
    lines = [
        '"@method": POST',
        f'"@target-uri": {url}',
        *(f'"{name}": {values[name]}' for name in _SIGNED_HEADERS),
        f'"@signature-params": {parameters}',
    ]
    return UnsignedPost(to_sign="\n".join(lines).encode(), headers=headers, parameters=parameters)


def _bytes(value: bytes) -> str:
    """Return bytes as a structured field has them (RFC 8941)."""
    return f":{base64.b64encode(value).decode()}:"
