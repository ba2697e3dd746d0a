"""The pages that find records: filters, a reference, an identifier; and where a record is from."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from gateway.core.lifecycle import STATES
from gateway.flow import finding
from gateway.web.asked import as_cursor, cursor
from gateway.web.console import frame
from gateway.web.console.forms import Form, tried
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange
from schemas.reading import TYPES

_PAGE: Final = 50
_FILTERS: Final = ("type", "source", "state", "since", "until")
_REASONS: Final = ("investigation", "request_of_a_partner", "complaint", "quality_check")


@blp.get("/records")
def records() -> Response:
    """List the organisation's records by filters, newest first; or those of one reference."""
    reference = request.args.get("reference", "").strip()
    if reference:
        return _records(finding.by_reference(reference, person(), exchange()))
    filters = _filters()

    def act() -> Response:
        found, following = finding.page(filters, cursor(), _PAGE, person(), exchange())
        return _records(found, following=following)

    return tried(act, lambda form: _records([], form=form), "filter")


@blp.post("/records/search")
def search_records() -> Response:
    """Find the records in which an identifier stands; the search is in the ledger."""

    def act() -> Response:
        found = finding.by_identifier(
            field("kind"), field("identifier"), field("reason"), person(), exchange()
        )
        return _records(found, searched=True)

    return tried(act, lambda form: _records([], form=form), "search")


@blp.get("/records/<record_id>/origin")
def record_origin(record_id: str) -> Response:
    """Show a record beside its document, with the way of each value; for a reason."""
    reason = request.args.get("reason", "")
    frame.demand(*finding.SEARCHING)
    found = finding.origin(record_id, reason, person(), exchange())
    one = {**found, "state": "stored", "stage": None, "faults": ()}
    return frame.page(
        "record_origin.html", record=record_id, document=found["document"], tried=[one]
    )


def _filters() -> dict[str, str]:
    return {name: value for name in _FILTERS if (value := request.args.get(name, "").strip())}


def _records(
    found: list[dict[str, Any]],
    *,
    following: str | None = None,
    form: Form | None = None,
    searched: bool = False,
) -> Response:
    filters = _filters()
    shown = form or Form("filter", typed={name: [value] for name, value in filters.items()})
    return frame.page(
        "records.html",
        records=found,
        following=as_cursor(following) if following else None,
        filters=filters,
        form=shown,
        reference=request.args.get("reference", ""),
        searched=searched,
        may_search=not person().roles.isdisjoint(finding.SEARCHING),
        kinds=finding.KINDS,
        reasons=_REASONS,
        types=sorted(TYPES),
        states=sorted(STATES["record"]),
        sources=finding.sources(person(), exchange()),
    )
