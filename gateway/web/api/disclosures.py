"""What was given to whom, for auditors and the data protection officer: /v1/disclosures.

Each look takes a reason, and stands in the ledger. About whom a disclosure was is in no call: that
takes two people with the audit key, and the command `gateway audit subject`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from flask_smorest import Blueprint

from gateway.core.ids import parse_partner_id, parse_record_id
from gateway.flow.disclosures import Wanted, midnight, page, show
from gateway.flow.transfers import transfers
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_person, calling_person
from gateway.web.serialise import PageSchema, json_answer, page_body

blp = Blueprint(
    "disclosures", __name__, url_prefix="/v1", description="See what was given to whom."
)
blp.before_request(admit_person("auditor", "data_protection_officer"))

_REASON = query("reason", "why you look; it stands in the ledger", required=True)
_DAYS = [
    query("from", "the first day, e.g. 2026-01-01; UTC"),
    query("to", "the last day, which is part of it"),
]
_OPTIONAL = ("record", "partner", "from", "to")


@blp.route("/disclosures", methods=["GET"])
@blp.doc(
    parameters=[
        _REASON,
        query("record", "of this record only"),
        query("partner", "to this partner only"),
        *_DAYS,
        *PAGE_PARAMETERS,
    ],
    responses=answers({200: ("A page", PageSchema)}, 400, 403),
)
def list_disclosures() -> Response:
    """List what was given to partners, oldest first."""
    person = calling_person()
    asked.demand_parameters("reason", *_OPTIONAL, "after", "limit")
    limit = asked.page_limit(exchange().limits.page_size)
    found, after = page(person, asked.text("reason"), _wanted(), asked.cursor(), limit, exchange())
    following = None if after is None else asked.as_cursor(after)
    answer = json_answer(page_body(found, following))
    if following is not None:
        given: dict[str, Any] = {
            name: request.args[name] for name in _OPTIONAL if name in request.args
        }
        reason = asked.text("reason")
        link = url_for(
            "disclosures.list_disclosures", reason=reason, after=following, limit=limit, **given
        )
        answer.headers["Link"] = f'<{link}>; rel="next"'
    return answer


@blp.route("/disclosures/<disclosure_id>", methods=["GET"])
@blp.doc(parameters=[_REASON], responses=answers({200: ("One, in full", None)}, 400, 403, 404))
def get_disclosure(disclosure_id: str) -> Response:
    """Show one disclosure: its ground, terms, trace, what came back and what followed."""
    person = calling_person()
    asked.demand_parameters("reason")
    return json_answer(show(person, asked.text("reason"), disclosure_id, exchange()))


@blp.route("/transfers", methods=["GET"])
@blp.doc(
    parameters=[_REASON, *({**day, "required": True} for day in _DAYS)],
    responses=answers({200: ("The register", PageSchema)}, 400, 403),
)
def list_transfers() -> Response:
    """Count the transfers to third countries and international organisations of some time."""
    person = calling_person()
    asked.demand_parameters("reason", "from", "to")
    since, until = asked.day("from"), asked.day("to") + timedelta(days=1)
    found = transfers(person, asked.text("reason"), midnight(since), midnight(until), exchange())
    return json_answer(page_body(found, None))


def _wanted() -> Wanted:
    given = request.args
    return Wanted(
        record=parse_record_id(given["record"]) if "record" in given else None,
        partner=parse_partner_id(given["partner"]) if "partner" in given else None,
        since=midnight(asked.day("from")) if "from" in given else None,
        until=midnight(asked.day("to") + timedelta(days=1)) if "to" in given else None,
    )
