"""What rings: the page of alarms."""

from __future__ import annotations

from flask import Response

from gateway.flow.alarms import ringing_for
from gateway.web.console import frame
from gateway.web.console.frame import blp, person
from gateway.web.edge import exchange


@blp.get("/alarms")
def alarms() -> Response:
    """List what rings now, urgent first."""
    return frame.page("alarms.html", alarms=ringing_for(person(), exchange()))
