"""The pages that show: overview, records, people, about."""

from __future__ import annotations

from importlib.metadata import version

from flask import Response

from gateway.core.errors import NotFound
from gateway.flow import finding, look, person_view, welcome
from gateway.web.console import flow_picture, frame
from gateway.web.console.frame import blp, person
from gateway.web.edge import exchange

_PAGE = 50


@blp.get("/overview")
def overview() -> Response:
    """Show the flow as a picture with counts, and the same as tables."""
    found = person_view.overview(person(), exchange())
    drawn = flow_picture.draw(found["sources"], found["partners"], exchange().own.id)
    return frame.page("overview.html", found=found, drawn=drawn)


@blp.get("/records/<record_id>")
def record(record_id: str) -> Response:
    """Show what became of one record."""
    found = person_view.record(record_id, person(), exchange())
    may_look = not person().roles.isdisjoint(finding.SEARCHING)
    return frame.page("record.html", found=found, may_look=may_look)


@blp.get("/records/<record_id>/why/<partner>")
def why(record_id: str, partner: str) -> Response:
    """Show every rule's answer for one record and one partner."""
    found = person_view.why(record_id, partner, person(), exchange())
    return frame.page("why.html", found=found, record=record_id, partner=partner)


@blp.get("/people")
def people() -> Response:
    """List the people of the organisation, and whether they can sign in."""
    return frame.page("people.html", people=welcome.people(person(), exchange()))


@blp.get("/<path:_>")
def nowhere(_: str) -> Response:
    """Say that there is no such page, as a page."""
    raise NotFound("there is no such page")


@blp.get("/about")
def about() -> Response:
    """Say which gateway this is, and of what it is made."""
    return frame.page(
        "about.html",
        version=version("exchange-gateway"),
        status=look.status(exchange()),
        own=exchange().own,
    )
