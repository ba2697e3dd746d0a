"""Records, as national systems push and look at them: /v1/records, /v1/quarantine, /v1/status.

Owns the calls and their statuses. What a record means, and who may see it, is decided by the
journeys behind. One document with one record is answered by status; several are answered one
outcome a line, never merged.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, request, url_for
from flask_smorest import Blueprint

from gateway.core.ids import is_name, parse_record_id
from gateway.flow import look
from gateway.flow.bulks import bulk_view
from gateway.flow.identify import Client, demand_scope
from gateway.flow.outcome import Outcome
from gateway.flow.replay import replay
from gateway.flow.submit import Submission, submit
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, header, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_client, calling_client
from gateway.web.problems import problem
from gateway.web.serialise import (
    NDJSON,
    OutcomeSchema,
    PageSchema,
    compact,
    json_answer,
    lines_answer,
    outcome_body,
    page_body,
)

blp = Blueprint("records", __name__, url_prefix="/v1", description="Push records, look at them.")
blp.before_request(admit_client)

_STATUSES: dict[str, int] = {"stored": 201, "duplicate": 200, "quarantined": 202}
_PROBLEMS: dict[str, tuple[int, str, str]] = {
    "conflict": (409, "conflict", "This reference was used before, with other content."),
    "refused": (422, "record-refused", "The record is refused; errors say what is wrong."),
}
_PUSHED = {
    200: ("A duplicate; or several records, one outcome a line", OutcomeSchema),
    201: ("Stored, and decided on for each partner", OutcomeSchema),
    202: ("Quarantined: kept, and not understood yet", OutcomeSchema),
}


@blp.route("/records", methods=["POST"])
@blp.doc(
    parameters=[
        header("Source", "which of your sources it comes from; needed if you have several"),
        header("Idempotency-Key", "the same key and body get the same answer again"),
        header("Bulk", "the name that the pieces of one file have in common: GET /v1/bulks/NAME"),
        header("Urgent-Reason", "why it must go first; percent-encoded UTF-8"),
    ],
    requestBody={"required": True, "content": {"*/*": {"schema": {"type": "string"}}}},
    responses=answers(_PUSHED, 400, 403, 409, 413, 415, 422, 503),
)
def post_records() -> Response:
    """Push a document of one record or of several, in any format the gateway reads."""
    client = calling_client()
    demand_scope(client, "submit")
    asked.demand_parameters()
    submission = Submission(
        client=client,
        source=_source(client),
        media_type=asked.media_type(),
        idempotency_key=asked.idempotency_key(),
        bulk=asked.bulk_name(),
        urgent_reason=asked.urgent_reason(),
        raw=asked.read_body(exchange().limits.caps.max_bytes),
    )
    outcomes = submit(submission, exchange())
    return _present(outcomes, bulk=submission.media_type == NDJSON)


def _source(client: Client) -> str:
    named = request.headers.get("Source")
    if named is None and len(client.sources) == 1:
        return client.sources[0]
    if named is None or not is_name(named):
        names = ", ".join(client.sources) or "none, this client has no source"
        raise asked.RequestMalformed(f"Source: one of your sources is needed: {names}")
    return named


def _present(outcomes: list[Outcome], *, bulk: bool) -> Response:
    if bulk or len(outcomes) != 1:
        return lines_answer(compact(outcome_body(outcome)) for outcome in outcomes)
    (outcome,) = outcomes
    body = outcome_body(outcome)
    if outcome.state in _PROBLEMS:
        status, code, detail = _PROBLEMS[outcome.state]
        return problem(status, code, detail, faults=outcome.faults, more={"outcome": body})
    answer = json_answer(body, _STATUSES[outcome.state])
    if outcome.state == "stored" and outcome.record:
        answer.headers["Location"] = url_for("records.get_record", record_id=outcome.record)
    return answer


@blp.route("/bulks/<name>", methods=["GET"])
@blp.doc(
    responses=answers({200: ("How far it has come, by outcomes", None)}, 403, 404),
)
def get_bulk(name: str) -> Response:
    """Show how far a file has come that you push in pieces under one name."""
    client = calling_client()
    if "submit" not in client.scopes:
        demand_scope(client, "read")
    asked.demand_parameters()
    return json_answer(bulk_view(name, client, exchange()))


@blp.route("/records", methods=["GET"])
@blp.doc(
    parameters=PAGE_PARAMETERS,
    responses=answers({200: ("A page", PageSchema)}, 400, 403),
)
def list_records() -> Response:
    """List your records, oldest first."""
    client = _reading()
    asked.demand_parameters("after", "limit")
    limit = asked.page_limit(exchange().limits.page_size)
    items, following = look.records_page(client, asked.cursor(), limit, exchange())
    return _page("records.list_records", items, following, limit)


@blp.route("/records/<record_id>", methods=["GET"])
@blp.doc(
    responses=answers({200: ("The record as it is now", None), 304: ("As you know it", None)}, 404),
)
def get_record(record_id: str) -> Response:
    """Show one record."""
    client = _reading()
    asked.demand_parameters()
    view = look.record_view(parse_record_id(record_id), client, exchange())
    answer = json_answer(view)
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


@blp.route("/records/<record_id>/timeline", methods=["GET"])
@blp.doc(
    responses=answers({200: ("All events, oldest first", PageSchema)}, 404),
)
def get_timeline(record_id: str) -> Response:
    """Show what happened to one record, and to whom it went."""
    client = _reading()
    asked.demand_parameters()
    events = look.timeline(parse_record_id(record_id), client, exchange())
    return json_answer(page_body(events, None))


@blp.route("/records/<record_id>/explain", methods=["GET"])
@blp.doc(
    parameters=[query("partner", "id of the partner", required=True)],
    responses=answers({200: ("Every rule, and the deciding one", None)}, 400, 404),
)
def get_explanation(record_id: str) -> Response:
    """Explain why a record may or may not go to a partner, rule by rule."""
    client = _reading()
    asked.demand_parameters("partner")
    known = parse_record_id(record_id)
    return json_answer(look.explain(known, asked.text("partner"), client, exchange()))


@blp.route("/quarantine", methods=["GET"])
@blp.doc(
    parameters=PAGE_PARAMETERS,
    responses=answers({200: ("A page", PageSchema)}, 400, 403),
)
def list_quarantine() -> Response:
    """List your documents that could not be understood yet."""
    client = _mending()
    asked.demand_parameters("after", "limit")
    limit = asked.page_limit(exchange().limits.page_size)
    items, following = look.quarantine_page(client.org, asked.cursor(), limit, exchange())
    return _page("records.list_quarantine", items, following, limit)


@blp.route("/quarantine/<original_id>", methods=["GET"])
@blp.doc(
    responses=answers({200: ("Stage, cause and faults", None)}, 403, 404),
)
def get_quarantined(original_id: str) -> Response:
    """Show one quarantined document: where it failed, and why."""
    client = _mending()
    asked.demand_parameters()
    return json_answer(look.quarantine_show(original_id, client.org, exchange()))


@blp.route("/quarantine/<original_id>/replay", methods=["POST"])
@blp.doc(
    responses=answers(_PUSHED, 403, 404, 409, 422, 503),
)
def post_replay(original_id: str) -> Response:
    """Try a quarantined document again, after its mapping was mended."""
    client = _mending()
    asked.demand_parameters()
    look.quarantine_show(original_id, client.org, exchange())  # NotFound unless it is theirs
    return _present(replay([original_id], f"client:{client.name}", exchange()), bulk=False)


@blp.route("/status", methods=["GET"])
@blp.doc(
    responses=answers({200: ("Counts", None)}, 403),
)
def get_status() -> Response:
    """Show how the exchange stands: counts by state and partner, no content."""
    _reading()
    asked.demand_parameters()
    return json_answer(look.status(exchange()))


def _reading() -> Client:
    client = calling_client()
    demand_scope(client, "read")
    return client


def _mending() -> Client:
    client = calling_client()
    demand_scope(client, "quarantine")
    return client


def _page(
    endpoint: str, items: list[dict[str, Any]], following: str | None, limit: int
) -> Response:
    after = None if following is None else asked.as_cursor(following)
    answer = json_answer(page_body(items, after))
    if after is not None:
        answer.headers["Link"] = f'<{url_for(endpoint, after=after, limit=limit)}>; rel="next"'
    return answer
