"""Questions between partners, as our persons work on them: /v1/requests, consents, outcomes.

For persons only. What they say becomes records that go the way of all records; the answer of a
call is what became of the record here, decided on for its recipient.
"""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_smorest import Blueprint

from gateway.core.ids import parse_record_id
from gateway.flow import consent_questions, consents, outcomes, requests
from gateway.flow.compose import Pen
from gateway.flow.outcome import Outcome
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, header, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_person, calling_person
from gateway.web.said import FLAG, OBJECT, RECORDS, TEXT, TEXTS, as_place, described, place, said
from gateway.web.serialise import (
    OutcomeSchema,
    PageSchema,
    json_answer,
    outcome_body,
    page_body,
)

blp = Blueprint(
    "questions", __name__, url_prefix="/v1", description="Requests, consents and outcomes."
)
blp.before_request(admit_person("contact_point", "duty_officer", "release_officer", "analyst"))

_ANSWER = {
    "state": TEXT,
    "text": TEXT,
    "language": TEXT,
    "directly_accessible": FLAG,
    "use": RECORDS,
    "outstanding": TEXT,
    "clarification": TEXT,
    "authorisation": OBJECT,
    "evidence": TEXT,
    "europol": OBJECT,
    "outcome_by": TEXT,
    "handling": TEXTS,
    "legal_basis": OBJECT,
    "source": TEXT,
}
_REFUSAL = {
    "ground": TEXT,
    "concerns": TEXT,
    "text": TEXT,
    "handling": TEXTS,
    "legal_basis": OBJECT,
    "source": TEXT,
}
_ASK = {
    "record": TEXT,
    "partner": TEXT,
    "use": TEXT,
    "consent_purposes": TEXTS,
    "reason": TEXT,
    "until": TEXT,
    "answer_by": TEXT,
    "source": TEXT,
}
_GIVE = {
    "decision": TEXT,
    "until": TEXT,
    "use": TEXT,
    "records": RECORDS,
    "recipients": TEXTS,
    "communities": TEXTS,
    "consent_purposes": TEXTS,
    "conditions": TEXT,
    "reason": TEXT,
    "source": TEXT,
}
_WITHDRAW = {"reason": TEXT, "source": TEXT}
_OUTCOME = {"code": TEXT, "at": TEXT, "missing": TEXTS, "source": TEXT}
_KEY = [header("Idempotency-Key", "the same key and body get the same answer again")]
_LISTED = [*PAGE_PARAMETERS, query("all", "yes: also what is answered or refused")]
_MADE = {201: ("Stored, and decided on for its recipient", OutcomeSchema)}
_WRONG = (400, 403, 404, 409, 415, 422, 503)


@blp.route("/requests", methods=["GET"])
@blp.doc(parameters=_LISTED, responses=answers({200: ("A page", PageSchema)}, 400, 403))
def list_requests() -> Response:
    """List requests asked of us and by us, the soonest due first; `over` marks the overdue."""
    return _listed("request", "questions.list_requests")


@blp.route("/requests/<record_id>", methods=["GET"])
@blp.doc(responses=answers({200: ("The request, and what was found", None)}, 403, 404))
def get_request(record_id: str) -> Response:
    """Show one request, and beside each match what the rules say for this requester."""
    asked.demand_parameters()
    return json_answer(requests.show(parse_record_id(record_id), calling_person(), exchange()))


@blp.route("/requests/<record_id>/answer", methods=["POST"])
@blp.doc(
    parameters=_KEY,
    requestBody=described(_ANSWER, "state"),
    responses=answers(_MADE, *_WRONG),
)
def post_answer(record_id: str) -> Response:
    """Answer a request or a part of it, tell a delay, or ask for something clearer."""
    given = _said(_ANSWER, "state")
    return _made(requests.answer(parse_record_id(record_id), *given, exchange()))


@blp.route("/requests/<record_id>/refuse", methods=["POST"])
@blp.doc(
    parameters=_KEY,
    requestBody=described(_REFUSAL, "ground"),
    responses=answers(_MADE, *_WRONG),
)
def post_refusal(record_id: str) -> Response:
    """Refuse a request, or the part named, on a ground of the law."""
    given = _said(_REFUSAL, "ground")
    return _made(requests.refuse(parse_record_id(record_id), *given, exchange()))


@blp.route("/consents", methods=["GET"])
@blp.doc(parameters=_LISTED, responses=answers({200: ("A page", PageSchema)}, 400, 403))
def list_consents() -> Response:
    """List consents asked of us and by us, with what is asked, the soonest due first."""
    return _listed("consent_request", "questions.list_consents")


@blp.route("/consents/<record_id>", methods=["GET"])
@blp.doc(responses=answers({200: ("What is asked, and what was said", None)}, 403, 404))
def get_consent(record_id: str) -> Response:
    """Show one consent that is asked for, and what was said to it."""
    asked.demand_parameters()
    wanted = parse_record_id(record_id)
    return json_answer(consent_questions.show(wanted, calling_person(), exchange()))


@blp.route("/consents/in-force", methods=["GET"])
@blp.doc(responses=answers({200: ("All of them", PageSchema)}, 400, 403))
def list_consents_in_force() -> Response:
    """List the consents that hold now, with what they allow."""
    asked.demand_parameters()
    return json_answer(page_body(consents.in_force(calling_person(), exchange()), None))


@blp.route("/consents", methods=["POST"])
@blp.doc(
    parameters=_KEY,
    requestBody=described(_ASK, "record", "reason"),
    responses=answers({201: ("One outcome per originator asked", PageSchema)}, *_WRONG),
)
def post_consent_request() -> Response:
    """Ask every originator whose consent a record needs: to go to a partner, or for our use."""
    given, pen = _said(_ASK, "record", "reason")
    made = consents.ask(parse_record_id(given.pop("record")), given, pen, exchange())
    return json_answer(page_body([outcome_body(one) for one in made], None), 201)


@blp.route("/consents/<record_id>/give", methods=["POST"])
@blp.doc(parameters=_KEY, requestBody=described(_GIVE), responses=answers(_MADE, *_WRONG))
def post_consent(record_id: str) -> Response:
    """Answer a consent request: as asked, in part, or no; what is granted needs an end."""
    return _made(consents.give(parse_record_id(record_id), *_said(_GIVE), exchange()))


@blp.route("/consents/<record_id>/withdraw", methods=["POST"])
@blp.doc(parameters=_KEY, requestBody=described(_WITHDRAW), responses=answers(_MADE, *_WRONG))
def post_withdrawal(record_id: str) -> Response:
    """Withdraw a consent that we gave."""
    given = _said(_WITHDRAW)
    return _made(consents.withdraw(_consent(record_id), *given, exchange()))


@blp.route("/consents/<record_id>/accept", methods=["POST"])
@blp.doc(responses=answers({200: ("In force now", None)}, 403, 404, 409, 503))
def post_acceptance(record_id: str) -> Response:
    """Accept the conditions of a consent that came; only then it allows anything."""
    asked.demand_parameters()
    name = consents.accept(_consent(record_id), calling_person(), exchange())
    return json_answer({"consent": name})


@blp.route("/outcomes", methods=["GET"])
@blp.doc(parameters=_LISTED, responses=answers({200: ("A page", PageSchema)}, 400, 403))
def list_outcomes() -> Response:
    """List outcomes owed by us and to us, the soonest due first."""
    return _listed("outcome", "questions.list_outcomes")


@blp.route("/outcomes/counts", methods=["GET"])
@blp.doc(
    parameters=[query("direction", "out: owed to us (default); in: owed by us")],
    responses=answers({200: ("All groups", PageSchema)}, 400, 403),
)
def count_outcomes() -> Response:
    """Count outcomes per partner and operational action, the share unanswered beside."""
    asked.demand_parameters("direction")
    direction = asked.text("direction") if "direction" in request.args else "out"
    if direction not in ("in", "out"):
        raise asked.RequestMalformed("direction: in or out")
    return json_answer(page_body(outcomes.counts(calling_person(), direction, exchange()), None))


@blp.route("/outcomes/<record_id>", methods=["POST"])
@blp.doc(
    parameters=_KEY,
    requestBody=described(_OUTCOME, "code"),
    responses=answers(_MADE, *_WRONG),
)
def post_outcome(record_id: str) -> Response:
    """Tell the originator what became of a record it sent."""
    return _made(outcomes.give(parse_record_id(record_id), *_said(_OUTCOME, "code"), exchange()))


def _consent(named: str) -> str:
    return consent_questions.message_of(named, exchange())


def _listed(kind: str, endpoint: str) -> Response:
    person = calling_person()
    asked.demand_parameters("after", "limit", "all")
    limit = asked.page_limit(exchange().limits.page_size)
    open_only = not ("all" in request.args and asked.text("all") == "yes")
    if kind == consent_questions.KIND:
        rows, following = consent_questions.page(
            person, open_only=open_only, after=place(), limit=limit, exchange=exchange()
        )
    else:
        rows, following = requests.page(
            kind, person, open_only=open_only, after=place(), limit=limit, exchange=exchange()
        )
    after = as_place(following)
    answer = json_answer(page_body(rows, after))
    if after is not None:
        every = None if open_only else "yes"
        link = url_for(endpoint, after=after, limit=limit, all=every)
        answer.headers["Link"] = f'<{link}>; rel="next"'
    return answer


def _said(known: Any, *needed: str) -> tuple[dict[str, Any], Pen]:
    person = calling_person()
    asked.demand_parameters()
    given = said(known, *needed)
    return given, Pen(person=person, source=given.pop("source", None), key=asked.idempotency_key())


def _made(outcome: Outcome) -> Response:
    return json_answer(outcome_body(outcome), 201)
