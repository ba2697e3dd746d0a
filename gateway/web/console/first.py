"""The guided first run: what is there already, and what to type next."""

from __future__ import annotations

from flask import Response

from gateway.flow import partners
from gateway.flow.first_steps import first_steps as steps_of
from gateway.web.console import frame
from gateway.web.console.frame import blp, person
from gateway.web.edge import exchange


@blp.get("/first-steps")
def first_steps() -> Response:
    """Show each step from an own identity to a first delivered record."""
    frame.demand("administrator")
    own = exchange().own
    return frame.page(
        "first_steps.html",
        steps=steps_of(person(), exchange()),
        own=own,
        words=partners.own_words(exchange()),
        address=next(iter(own.endpoints), None),
    )
