"""Make the web application: one factory, nothing built per request.

Owns the order in which its parts are put together, what every answer carries, and one line of
log for each request: ids only, never a body, a query or a header.

Stays true:
  * Outside /console there is no session, no cookie and no form; nowhere is there a redirect between
    spellings of a path.
  * Every answer says that it may not be kept, and that nothing in it may be run.
"""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response, g, request

from gateway.flow.exchange import Exchange
from gateway.web.api import (
    after,
    disclosures,
    finding,
    health,
    inbox,
    links,
    people,
    questions,
    records,
    workbench,
)
from gateway.web.api import exchange as between_gateways
from gateway.web.console import (
    account,
    agreeing,
    alarms,
    asking,
    auditing,
    decisions,
    door,
    editing,
    first,
    help,  # noqa: A004 - the console's
    keeping,
    mending,
    pages,
    partnering,
    rushing,
    sent,
)
from gateway.web.console import finding as console_finding
from gateway.web.console import frame as console
from gateway.web.describe import describing_api
from gateway.web.edge import Edge, bind
from gateway.web.identity import caller_name
from gateway.web.problems import register, request_id

_log = structlog.get_logger(__name__)

# Read for their pages, which they hang into the blueprint.
CONSOLE = (
    console_finding,
    account,
    agreeing,
    alarms,
    asking,
    auditing,
    decisions,
    door,
    editing,
    first,
    help,
    keeping,
    mending,
    pages,
    partnering,
    rushing,
    sent,
)


# Read for their pages, which they hang into the blueprint.

_EVERY_ANSWER = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(exchange: Exchange, edge: Edge) -> Flask:
    """Return the WSGI application that serves `exchange`."""
    app = Flask("gateway.web", static_folder=None)
    app.config.update(PROPAGATE_EXCEPTIONS=False, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    bind(app, exchange, edge)
    api = describing_api()
    api.init_app(app)
    for blueprint in (
        records.blp,
        inbox.blp,
        after.blp,
        after.inbox_blp,
        questions.blp,
        disclosures.blp,
        people.blp,
        links.blp,
        finding.blp,
        workbench.blp,
        between_gateways.blp,
        between_gateways.open_blp,
        health.blp,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(console.blp)
    register(app)
    app.extensions["api-description"] = api.spec.to_dict()
    app.before_request(_start)
    app.after_request(_finish)
    return app


def _start() -> None:
    g.started = time.monotonic()


def _finish(answer: Response) -> Response:
    for name, value in _EVERY_ANSWER.items():
        answer.headers.setdefault(name, value)
    answer.headers["Request-Id"] = request_id()
    started = g.get("started")
    _log.info(
        "web.answered",
        method=request.method,
        route=str(request.url_rule) if request.url_rule else None,
        status=answer.status_code,
        milliseconds=None if started is None else round((time.monotonic() - started) * 1000),
        request_id=request_id(),
        caller=caller_name(),
    )
    return answer
