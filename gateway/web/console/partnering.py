"""The pages of partners: who they are, and why one of them did not get something."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from gateway.core.errors import Fault, NotFound
from gateway.core.ids import MalformedId, parse_record_id
from gateway.flow import partners, person_view
from gateway.web.asked import RequestMalformed
from gateway.web.console import frame
from gateway.web.console.forms import Form
from gateway.web.console.frame import blp, person
from gateway.web.edge import exchange

_PAGE: Final = 50


@blp.get("/partners")
def list_partners() -> Response:
    """List partners, with the words of their cards."""
    return frame.page(
        "partners.html",
        partners=partners.listing(exchange()),
        words=partners.own_words(exchange()),
    )


@blp.get("/partners/<partner>")
def partner_page(partner: str) -> Response:
    """Show one partner: its state, and what of ours did not go to it, with why."""
    return _shown(partner, Form())


@blp.get("/partners/<partner>/why")
def why_not(partner: str) -> Response:
    """Lead from a record that somebody names to every rule's answer for this partner."""
    given = request.args.get("record", "").strip()
    try:
        record = parse_record_id(given if ":" in given else f"urn:uuid:{given}")
    except MalformedId:
        fault = Fault("/record", "malformed", "This is no id of a record.")
        error = RequestMalformed("the record is not named by its id", faults=(fault,))
        form = Form("why", typed={"record": [given]}, faults=frame.said(error), error=error)
        answer = _shown(partner, form)
        answer.status_code = 422
        return answer
    return frame.go("console.why", record_id=record, partner=partner)


def _shown(partner: str, form: Form) -> Response:
    found = next((one for one in partners.listing(exchange()) if one.id == partner), None)
    if found is None:
        raise NotFound("no such partner")
    before = request.args.get("before", "")
    rows = person_view.stopped(partner, person(), before, _PAGE, exchange())
    more: dict[str, Any] = {"following": rows[-1]["id"] if len(rows) == _PAGE else None}
    return frame.page("partner.html", found=found, stopped=rows, form=form, **more)
