"""The pages of deliveries: what was sealed, each try to hand it over, and sending it once more."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from gateway.core.errors import GatewayError
from gateway.core.ids import first_of
from gateway.flow import look, partners
from gateway.flow.redeliver import OPEN, Which, count, redeliver
from gateway.web.asked import RequestMalformed
from gateway.web.console import frame
from gateway.web.console.forms import Form, chosen, first_moment, form_key, tried
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange

_PAGE: Final = 50
_DAY_MS: Final = 86_400_000
STATES: Final = ("sealed", "handed", "stored", "closed", "void")
KINDS: Final = ("records", "notice", "verdict", "void", "key-notice")
_ADMINISTRATOR: Final = "administrator"


@blp.get("/deliveries")
def deliveries() -> Response:
    """List what was sealed, newest first, by partner, state, kind and day."""
    frame.demand(*frame.OVERSEERS)
    return _listed(dict(request.args.items()), Form())


@blp.get("/deliveries/<envelope>")
def delivery(envelope: str) -> Response:
    """Show one delivery: every try with its answer, and what is inside."""
    frame.demand(*frame.OVERSEERS)
    found = look.delivery_show(envelope, exchange())
    waits = found["state"] in OPEN
    return frame.page(
        "delivery.html",
        found=found,
        again=count(Which(ids=(envelope,)), exchange()) if waits else None,
        form=Form(),
        may_send=_ADMINISTRATOR in person().roles,
    )


@blp.post("/deliveries/again")
def send_again() -> Response:
    """Have exactly the deliveries that were counted sent once more."""
    frame.demand(_ADMINISTRATOR)
    asked = {name: field(name) for name in ("partner", "state", "kind", "since")}

    def act() -> Response:
        form_key()
        which = Which(ids=tuple(chosen("id"))) if field("id") else _which(asked)
        redeliver(which, field("digest"), f"person:{person().name}", exchange())
        return frame.go("console.deliveries", **{k: v for k, v in asked.items() if v})

    return tried(act, lambda form: _listed(asked, form), "again")


def _which(asked: dict[str, str]) -> Which:
    since = first_moment(asked.get("since", ""), "since")
    return Which(
        partner=asked.get("partner") or None,
        state=asked.get("state") or None,
        kind=asked.get("kind") or None,
        since="" if since is None else first_of(since),
    )


def _listed(asked: dict[str, str], form: Form) -> Response:
    fault: GatewayError | None = None
    which = Which()
    until = before = ""
    try:
        which = _which(asked)
        last = first_moment(asked.get("until", ""), "until")
        until = "" if last is None else first_of(last + _DAY_MS)
        before = min(filter(None, (asked.get("before", ""), until)), default="")
    except RequestMalformed as error:
        fault = error
    rows = [] if fault else look.latest_deliveries(which, before, _PAGE, exchange())
    may_send = _ADMINISTRATOR in person().roles
    again = count(which, exchange()) if may_send and not fault and not until else None
    names = ("partner", "state", "kind", "since", "until")
    filters = {name: asked.get(name, "") for name in names}
    return frame.page(
        "deliveries.html",
        422 if fault else 200,
        deliveries=rows,
        following=rows[-1]["id"] if len(rows) == _PAGE else None,
        filters=filters,
        query={name: value for name, value in filters.items() if value},
        faults=frame.said(fault) if fault else {},
        form=form,
        again=again,
        known=[one.id for one in partners.listing(exchange())],
        states=STATES,
        kinds=KINDS,
    )
