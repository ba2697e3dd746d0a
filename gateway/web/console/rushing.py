"""The urgent button: let a record go at once for the sake of a life, and watch the receipts.

No fresh proof is asked: at such a moment it costs more than it saves, and within the hour a second
person, who does prove themselves, confirms or ends it.
"""

from __future__ import annotations

from typing import Final

from flask import Response, request

from gateway.core.errors import Fault
from gateway.core.ids import MalformedId, parse_record_id
from gateway.core.proposal import OVERRIDE_REASONS, act_kind
from gateway.flow import override, partners, propose, urgent
from gateway.web.asked import RequestMalformed
from gateway.web.console import frame
from gateway.web.console.forms import Form, chosen, form_key, tried
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange

_WHOLE: Final = ("",)  # the pointer of a whole record
_PAGE: Final = 50


@blp.get("/urgent")
def urgent_page() -> Response:
    """Show the button, what has no receipt yet, and what a second person must confirm."""
    return _shown(Form("urgent", typed={"record": [request.args.get("record", "")]}))


@blp.post("/urgent")
def lift() -> Response:
    """Let the record go now; a second person confirms within the hour."""

    def act() -> Response:
        form_key()
        record, to, reason = _record(), chosen("partners"), field("reason")
        _demand(to, reason)
        me, raised = person(), field("raised") == "yes"
        done = urgent.already(record, to, reason, me, exchange())
        if done is None:
            done = urgent.lift(record, to, reason, me, exchange(), fields=_WHOLE, raised=raised)
        return frame.go("console.urgent_page", sent=done.id)

    return tried(act, _shown, "urgent")


def _record() -> str:
    given = field("record").strip()
    try:
        return parse_record_id(given if ":" in given else f"urn:uuid:{given}")
    except MalformedId:
        raise _wrong("record", "This is no id of a record.") from None


def _demand(to: list[str], reason: str) -> None:
    if not to:
        raise _wrong("partners", "To whom?")
    if reason not in OVERRIDE_REASONS:
        raise _wrong("reason", "Why now?")


def _wrong(name: str, detail: str) -> RequestMalformed:
    return RequestMalformed("the form is not complete", faults=(Fault(f"/{name}", "x", detail),))


def _shown(form: Form) -> Response:
    me = person()
    kind = act_kind(override.ACT)
    rows, _ = propose.page(me, exchange(), open_only=True, after="", limit=_PAGE)
    return frame.page(
        "urgent.html",
        waiting=urgent.waiting(me, exchange()),
        open=[row for row in rows if row.act == override.ACT],
        form=form,
        sent=request.args.get("sent"),
        may_lift=not me.roles.isdisjoint(kind.proposers),
        may_confirm=not me.roles.isdisjoint(kind.approvers),
        reasons=OVERRIDE_REASONS,
        known=[one.id for one in partners.listing(exchange()) if one.state == "confirmed"],
    )
