"""Finding records again, for persons: /v1/found.

A list shows that records exist; a search by identifier and the origin of a record tell of whom
they speak, so they take a reason, and stand in the ledger.
"""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_smorest import Blueprint

from gateway.core.ids import parse_record_id
from gateway.flow import finding
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_person, calling_person
from gateway.web.said import TEXT, described, said
from gateway.web.serialise import PageSchema, json_answer, page_body

blp = Blueprint("finding", __name__, url_prefix="/v1/found", description="Find records again.")
blp.before_request(
    admit_person(
        "analyst", "release_officer", "duty_officer", "contact_point", "read_only", "auditor"
    )
)

_FILTERS = ("type", "source", "state", "since", "until")
_SEARCH = {"kind": TEXT, "identifier": TEXT, "reason": TEXT}


@blp.route("", methods=["GET"])
@blp.doc(
    parameters=[
        *(query(name, f"only those of this {name}") for name in _FILTERS[:3]),
        query("since", "only from this day on"),
        query("until", "only up to this day"),
        query("reference", "only those that a source sent under this reference"),
        *PAGE_PARAMETERS,
    ],
    responses=answers({200: ("A page, the newest first", PageSchema)}, 400, 403, 422),
)
def list_found() -> Response:
    """List the records of your organisation by filters; nothing of what stands in them."""
    person = calling_person()
    asked.demand_parameters(*_FILTERS, "reference", "after", "limit")
    names = (*_FILTERS, "reference")
    given: dict[str, Any] = {name: asked.text(name) for name in names if name in request.args}
    if "reference" in given:
        return json_answer(
            page_body(finding.by_reference(given["reference"], person, exchange()), None)
        )
    limit = asked.page_limit(exchange().limits.page_size)
    rows, following = finding.page(given, asked.cursor(), limit, person, exchange())
    after = None if following is None else asked.as_cursor(following)
    answer = json_answer(page_body(rows, after))
    if after is not None:
        there = url_for("finding.list_found", after=after, limit=limit, **given)
        answer.headers["Link"] = f'<{there}>; rel="next"'
    return answer


@blp.route("/search", methods=["POST"])
@blp.doc(
    requestBody=described(_SEARCH, *_SEARCH),
    responses=answers({200: ("At most 50, the newest first", PageSchema)}, 400, 403, 415, 422),
)
def post_search() -> Response:
    """Find the records in which an identifier stands; the search is in the ledger."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_SEARCH, *_SEARCH)
    found = finding.by_identifier(
        given["kind"], given["identifier"], given["reason"], person, exchange()
    )
    return json_answer(page_body(found, None))


@blp.route("/<record_id>/origin", methods=["GET"])
@blp.doc(
    parameters=[query("reason", "the code that justifies the look; in the ledger", required=True)],
    responses=answers(
        {200: ("The document, the record, the way of each value", None)}, 400, 403, 404
    ),
)
def get_origin(record_id: str) -> Response:
    """Show a record of your own beside the document it came from; the look is in the ledger."""
    person = calling_person()
    asked.demand_parameters("reason")
    reason = asked.text("reason")
    return json_answer(finding.origin(parse_record_id(record_id), reason, person, exchange()))
