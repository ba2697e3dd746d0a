"""For those who run the gateway: alive, ready, counted, described.

Owns what may be known without an identity: that the process lives, that it can work, and how
the API looks. Counts need a client certificate with the scope `read`, from loopback too: behind
a forwarder on the same machine every stranger would look local, and how much goes to whom is
not for strangers.
"""

from __future__ import annotations

from flask import Response, current_app
from flask_smorest import Blueprint

from gateway.flow import look
from gateway.flow.identify import demand_scope
from gateway.web.counts import exposition
from gateway.web.describe import answers, page_of_calls
from gateway.web.edge import exchange
from gateway.web.identity import calling_client
from gateway.web.problems import page_of
from gateway.web.serialise import json_answer

blp = Blueprint("health", __name__, description="For those who run the gateway.")

_HTML = "text/html; charset=utf-8"
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@blp.route("/healthz", methods=["GET"])
@blp.doc(responses=answers({200: ("It is", None)}))
def get_health() -> Response:
    """Say whether the process is alive."""
    return json_answer({"state": "alive"})


@blp.route("/readyz", methods=["GET"])
@blp.doc(
    responses=answers({200: ("It can", None)}, 503),
)
def get_readiness() -> Response:
    """Say whether it can work: its database is there, with the tables it knows."""
    with exchange().store.reading() as work:
        work.config.epoch()
    return json_answer({"state": "ready"})


@blp.route("/metrics", methods=["GET"])
@blp.doc(
    responses=answers({200: ("Counts", None)}, 401, 403, content_type="text/plain"),
)
def get_metrics() -> Response:
    """Show counts for Prometheus; needs a client certificate with the scope read."""
    demand_scope(calling_client(), "read")
    return Response(exposition(look.status(exchange())), content_type=_EXPOSITION)


@blp.route("/docs", methods=["GET"])
@blp.doc(
    responses=answers({200: ("A page", None)}, content_type="text/html"),
)
def get_docs() -> Response:
    """Show the calls of this gateway, for people."""
    return Response(page_of_calls(current_app.extensions["api-description"]), content_type=_HTML)


@blp.route("/openapi.json", methods=["GET"])
@blp.doc(
    responses=answers({200: ("OpenAPI 3.1", None)}),
)
def get_description() -> Response:
    """Show the calls of this gateway, for machines."""
    return json_answer(current_app.extensions["api-description"])


@blp.route("/problems/<code>", methods=["GET"])
@blp.doc(
    responses=answers({200: ("A page", None)}, 404, content_type="text/html"),
)
def get_problem(code: str) -> Response:
    """Show what a problem code means."""
    return Response(page_of(code), content_type=_HTML)
