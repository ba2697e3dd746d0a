"""What people decide: /v1/holds, /v1/proposals, /v1/urgent, /v1/preview.

For persons alone, known by their own certificate; each call asks for a role, and shows nothing of
another organisation. What is decided, and on what ground, is the journeys' behind.
"""

from __future__ import annotations

from flask import Response, url_for
from flask_smorest import Blueprint

from gateway.flow import approving, configuring, holds, propose, urgent
from gateway.flow.holds import parse_group
from gateway.flow.named import record_named
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, number, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_person, calling_person
from gateway.web.said import FLAG, OBJECT, TEXT, TEXTS, described, said
from gateway.web.serialise import (
    ApprovedSchema,
    PageSchema,
    ProposalSchema,
    json_answer,
    page_body,
)

blp = Blueprint("people", __name__, url_prefix="/v1", description="What people decide.")
blp.before_request(admit_person("release_officer", "duty_officer", "administrator"))

_SET = {"reason": TEXT, "records": TEXTS}
_PROPOSING = {"act": TEXT, "body": OBJECT, "reason": TEXT}
_SECOND = {"digest": TEXT}
_NO = {"reason": TEXT}
_LIFTED = ("record", "partners", "fields", "reason")
_LIFTING = {"record": TEXT, "partners": TEXTS, "fields": TEXTS, "reason": TEXT, "raise": FLAG}
_MOST_PREVIEWED = 10_000
_USUALLY_PREVIEWED = 1_000


@blp.route("/holds", methods=["GET"])
@blp.doc(responses=answers({200: ("All groups, urgent first", PageSchema)}, 403))
def list_holds() -> Response:
    """List what is held in groups that wait for the same: one rule, source and recipient."""
    asked.demand_parameters()
    return json_answer(page_body(holds.groups(calling_person(), exchange()), None))


@blp.route("/holds/<group>/sample", methods=["GET"])
@blp.doc(
    parameters=[query("reason", "the code that justifies the look; in the ledger", required=True)],
    responses=answers({200: ("A few records, opened", PageSchema)}, 400, 403, 404),
)
def get_sample(group: str) -> Response:
    """Read a few records of a group; every look is in the ledger."""
    person = calling_person()
    asked.demand_parameters("reason")
    found = holds.sample(parse_group(group), asked.text("reason"), person, exchange())
    return json_answer(page_body(found, None))


@blp.route("/holds/<group>/approve", methods=["POST"])
@blp.doc(
    requestBody=described(_SET, "reason"),
    responses=answers(
        {
            200: ("Done: one person was enough", ApprovedSchema),
            202: ("Proposed: a second person is needed", ApprovedSchema),
        },
        *(400, 403, 404, 409, 415, 422),
    ),
)
def post_approval(group: str) -> Response:
    """Let a group of held releases go, or those of it that are named."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_SET, "reason")
    done = approving.approve_set(
        parse_group(group), given.get("records"), given["reason"], person, exchange()
    )
    row = done.proposal
    body = {"count": done.count, "proposal": None if row is None else propose.view(row)}
    return json_answer(body, 200 if row is None else 202)


@blp.route("/holds/<group>/refuse", methods=["POST"])
@blp.doc(
    requestBody=described(_SET, "reason"),
    responses=answers({200: ("They will not go", ApprovedSchema)}, 400, 403, 404, 409, 415),
)
def post_refusal(group: str) -> Response:
    """Say no for good to a group of held releases, or to those of it that are named."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_SET, "reason")
    count = holds.decline(
        parse_group(group), given.get("records"), given["reason"], person, exchange()
    )
    return json_answer({"count": count, "proposal": None})


@blp.route("/proposals", methods=["GET"])
@blp.doc(
    parameters=[query("state", "open (the default) or all"), *PAGE_PARAMETERS],
    responses=answers({200: ("A page", PageSchema)}, 400, 403),
)
def list_proposals() -> Response:
    """List what waits for a second person, oldest first."""
    person = calling_person()
    asked.demand_parameters("state", "after", "limit")
    state = asked.choice("state", "open", "all")
    limit = asked.page_limit(exchange().limits.page_size)
    rows, following = propose.page(
        person, exchange(), open_only=state == "open", after=asked.cursor(), limit=limit
    )
    after = None if following is None else asked.as_cursor(following)
    answer = json_answer(page_body([propose.view(row) for row in rows], after))
    if after is not None:
        there = url_for("people.list_proposals", state=state, after=after, limit=limit)
        answer.headers["Link"] = f'<{there}>; rel="next"'
    return answer


@blp.route("/proposals", methods=["POST"])
@blp.doc(
    requestBody=described(_PROPOSING, *_PROPOSING),
    responses=answers(
        {202: ("Proposed, or proposed before", ProposalSchema)}, 400, 403, 404, 409, 415, 422
    ),
)
def post_proposal() -> Response:
    """Propose an act that takes two people."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_PROPOSING, *_PROPOSING)
    row = propose.propose(given["act"], given["body"], person, exchange(), reason=given["reason"])
    return json_answer(propose.view(row), 202)


@blp.route("/proposals/<proposal_id>", methods=["GET"])
@blp.doc(responses=answers({200: ("With exactly what is executed", ProposalSchema)}, 403, 404))
def get_proposal(proposal_id: str) -> Response:
    """Show a proposal: who wants what, and exactly what would be executed."""
    asked.demand_parameters()
    return json_answer(propose.view(propose.shown(proposal_id, calling_person(), exchange())))


@blp.route("/proposals/<proposal_id>/preview", methods=["GET"])
@blp.doc(
    parameters=[number("last", "of the newest records; 1,000 unless you say, 10,000 at most")],
    responses=answers({200: ("What would newly go, and what would stop", None)}, 400, 403, 404),
)
def get_preview(proposal_id: str) -> Response:
    """Show what a proposed change of configuration would do to the newest records."""
    person = calling_person()
    asked.demand_parameters("last")
    last = asked.integer("last", default=_USUALLY_PREVIEWED, lowest=1, highest=_MOST_PREVIEWED)
    row = propose.shown(proposal_id, person, exchange())
    return json_answer(configuring.preview_of(row, exchange(), last=last).json())


@blp.route("/proposals/<proposal_id>/approve", methods=["POST"])
@blp.doc(
    requestBody=described(_SECOND, "digest"),
    responses=answers({200: ("Done", ProposalSchema)}, 400, 403, 404, 409, 415),
)
def post_second(proposal_id: str) -> Response:
    """Approve a proposal as its second person: it is done at once."""
    person = calling_person()
    asked.demand_parameters()
    digest = said(_SECOND, "digest")["digest"]
    return json_answer(propose.view(propose.approve(proposal_id, digest, person, exchange())))


@blp.route("/proposals/<proposal_id>/reject", methods=["POST"])
@blp.doc(
    requestBody=described(_NO, "reason"),
    responses=answers({200: ("It will not be done", ProposalSchema)}, 400, 403, 404, 409, 415),
)
def post_rejection(proposal_id: str) -> Response:
    """Reject a proposal, or take your own back."""
    person = calling_person()
    asked.demand_parameters()
    reason = said(_NO, "reason")["reason"]
    return json_answer(propose.view(propose.reject(proposal_id, reason, person, exchange())))


@blp.route("/urgent", methods=["GET"])
@blp.doc(responses=answers({200: ("The longest waiting first", PageSchema)}, 403))
def list_urgent() -> Response:
    """List urgent releases without a receipt, with their clocks and whom to call."""
    asked.demand_parameters()
    return json_answer(page_body(urgent.waiting(calling_person(), exchange()), None))


@blp.route("/urgent", methods=["POST"])
@blp.doc(
    requestBody=described(_LIFTING, *_LIFTED),
    responses=answers(
        {202: ("It goes; a second person confirms within 60 minutes", ProposalSchema)},
        *(400, 403, 404, 409, 415, 422),
    ),
)
def post_urgent() -> Response:
    """Let members of a record go at once, for the sake of a life (R-20)."""
    person = calling_person()
    asked.demand_parameters()
    given = said(_LIFTING, *_LIFTED)
    row = urgent.lift(
        record_named(given["record"], exchange(), org=person.org),
        given["partners"],
        given["reason"],
        person,
        exchange(),
        fields=given["fields"],
        raised=given.get("raise", False),
    )
    return json_answer(propose.view(row), 202)
