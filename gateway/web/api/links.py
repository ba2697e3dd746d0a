"""Records of one subject, for persons: /v1/links.

Each look takes a reason, and stands in the ledger. To confirm a link or to promote on one takes
two people: those are proposals (`people`).
"""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_smorest import Blueprint

from gateway.core.ids import parse_record_id
from gateway.flow import candidates
from gateway.flow.named import record_named
from gateway.flow.promotion import end_link
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_person, calling_person
from gateway.web.said import TEXT, described, said
from gateway.web.serialise import PageSchema, json_answer, page_body

blp = Blueprint(
    "links", __name__, url_prefix="/v1", description="See which records speak of one subject."
)
blp.before_request(admit_person("analyst", "release_officer", "duty_officer", "contact_point"))

_LARGEST_PAGE = 100  # records looked through: each may open several others
_ENDING = {"record": TEXT, "other": TEXT, "reason": TEXT}


@blp.route("/links", methods=["GET"])
@blp.doc(
    parameters=[
        query("reason", "why you look; it stands in the ledger", required=True),
        query("record", "of this record only"),
        *PAGE_PARAMETERS,
    ],
    responses=answers({200: ("Those with a link among a page of records", PageSchema)}, 400, 403),
)
def list_links() -> Response:
    """List your signals and cases that share an identifier with what is held, newest first."""
    person = calling_person()
    asked.demand_parameters("reason", "record", "after", "limit")
    reason = asked.text("reason")
    if "record" in request.args:
        record = record_named(request.args["record"], exchange(), org=person.org)
        found = candidates.of_record(record, person, reason, exchange())
        return json_answer(page_body([found], None))
    limit = asked.page_limit(min(exchange().limits.page_size, _LARGEST_PAGE))
    rows, following = candidates.page(person, reason, asked.cursor(), limit, exchange())
    after = None if following is None else asked.as_cursor(following)
    answer = json_answer(page_body(rows, after))
    if after is not None:
        there = url_for("links.list_links", reason=reason, after=after, limit=limit)
        answer.headers["Link"] = f'<{there}>; rel="next"'
    return answer


@blp.route("/links/end", methods=["POST"])
@blp.doc(
    requestBody=described(_ENDING, *_ENDING),
    responses=answers({200: ("It stands no more", None)}, 400, 403, 404, 415),
)
def post_end() -> Response:
    """Take a confirmed link back; what was promoted on it falls back at once."""
    person = calling_person()
    asked.demand_parameters()
    given: dict[str, Any] = said(_ENDING, *_ENDING)
    record, other = parse_record_id(given["record"]), parse_record_id(given["other"])
    end_link(record, other, given["reason"], person, exchange())
    return json_answer({"record": record, "other": other, "ended": True})
