"""Readers that are not ours: docs/spec/open_envelope.py opens, jwcrypto judges the signatures."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jwcrypto import jwk, jws

READER = Path(__file__).parent.parent / "docs" / "spec" / "open_envelope.py"
_FORM = importlib.util.spec_from_file_location("open_envelope", READER)
assert _FORM
assert _FORM.loader
open_envelope: Any = importlib.util.module_from_spec(_FORM)
_FORM.loader.exec_module(open_envelope)


def public_jwk(algorithm: str, key: str) -> dict[str, str]:
    """A public key as wire.md writes it, of its bytes in base64url."""
    if algorithm == "Ed25519":
        return {"kty": "OKP", "crv": "Ed25519", "x": key}
    return {"kty": "AKP", "alg": algorithm, "pub": key}


def payload_believed_by_jwcrypto(statement: bytes, keys: Sequence[dict[str, str]]) -> Any:
    """Return the payload, after each of the keys has verified the signature of its algorithm.

    Raises InvalidJWSSignature.
    """
    algorithms = [one.get("alg") or one["crv"] for one in keys]
    payloads = set()
    for algorithm, key in zip(algorithms, keys, strict=True):
        token = jws.JWS()
        token.allowed_algs = [algorithm]  # the other signature cannot stand in for this one
        token.deserialize(statement.decode())
        token.verify(jwk.JWK(**key), alg=algorithm)
        payloads.add(token.payload)
    (payload,) = payloads
    return json.loads(payload)
