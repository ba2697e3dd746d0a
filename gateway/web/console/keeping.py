"""The page of our own keys: their life cycle, what runs out, and who knows the newest.

A web process holds no signing keys, so a new one is made by a command on the machine.
"""

from __future__ import annotations

from flask import Response

from gateway.flow import key_care
from gateway.web.console import frame
from gateway.web.console.frame import blp
from gateway.web.edge import exchange


@blp.get("/keys")
def keys_page() -> Response:
    """Show our keys and what needs care."""
    frame.demand(*frame.OVERSEERS)
    return frame.page(
        "keys.html",
        keys=key_care.own_keys(exchange()),
        findings=key_care.check(exchange()),
        certificates=key_care.certificates(exchange()),
        partners=key_care.knowing(exchange()),
    )
