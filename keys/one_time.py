"""Time codes, the second factor of people (RFC 6238): six digits, a new one every 30 seconds.

Stays true:
  * A code is told with the step it belongs to, so that its user can refuse the same one again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
from typing import Final

import pyotp
import segno

STEP_SECONDS: Final = 30
_DRIFT_STEPS: Final = 1  # a telephone may be half a minute off
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20


def secret_of(seed: bytes) -> bytes:
    """Return the secret of 160 bits that is made of `seed`, in base32 as apps take it."""
    return base64.b32encode(hashlib.sha256(seed).digest()[:_SECRET_BYTES])


def step_of(code: str, secret: bytes, now: int) -> int | None:
    """Return the step (of 30 seconds since 1970) for which `code` is right about now, or None.

    `now` in seconds. Takes as long for a wrong code as for a right one.
    """
    found = None
    digits = "".join(code.split())
    here = now // STEP_SECONDS
    totp = pyotp.TOTP(secret.decode(), digits=_DIGITS, interval=STEP_SECONDS)
    for step in range(here - _DRIFT_STEPS, here + _DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits.encode("ascii", "replace").decode()):
            found = step
    return found


def code_of(secret: bytes, now: int) -> str:
    """Return the code that an app shows at `now`, in seconds."""
    return pyotp.TOTP(secret.decode(), digits=_DIGITS, interval=STEP_SECONDS).at(now)


def address(secret: bytes, person: str, issuer: str) -> str:
    """Return the ``otpauth://`` address that an app reads."""
    return pyotp.TOTP(secret.decode(), digits=_DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=person, issuer_name=issuer
    )


def picture(text: str) -> str:
    """Return a QR code of `text` as an SVG element for a page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True, omitsize=False,
        svgclass=None, lineclass=None,
    )  # fmt: skip
    return out.getvalue().decode()
