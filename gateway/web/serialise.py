"""Values of the journeys as JSON, and the same shapes as schemas for the API description.

Owns what an outcome, a page, an entry look like outside. Each schema is built once.

Stays true:
  * What is described in /openapi.json is what is dumped: one schema does both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from gateway.flow.outcome import Outcome

NDJSON = "application/x-ndjson"


class FaultSchema(Schema):
    """One thing that is wrong, where, and how to mend it."""

    pointer = fields.String(required=True, metadata={"description": "RFC 6901, or ?parameter"})
    code = fields.String(required=True)
    detail = fields.String(required=True)
    hint = fields.String()


class ReleaseSchema(Schema):
    """What was decided about one partner."""

    partner = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "due, held or refused"})
    code = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class OutcomeSchema(Schema):
    """What became of one record of a submission."""

    state = fields.String(
        required=True,
        metadata={"enum": ["stored", "duplicate", "conflict", "quarantined", "refused"]},
    )
    record = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    original = fields.String(allow_none=True)
    provider_ref = fields.String(allow_none=True)
    type = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FaultSchema), attribute="faults")
    losses = fields.List(fields.Dict())
    releases = fields.List(fields.Nested(ReleaseSchema))


class ProblemSchema(Schema):
    """RFC 9457 problem details, with members of our own."""

    type = fields.String(required=True, metadata={"description": "a page of this gateway"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable; match on this"})
    detail = fields.String(required=True)
    request_id = fields.String(required=True)
    hint = fields.String()
    errors = fields.List(fields.Nested(FaultSchema))
    incident = fields.String(metadata={"description": "number of a refusal not explained further"})
    outcome = fields.Nested(OutcomeSchema)


class PageSchema(Schema):
    """A page of a list; `next` goes into `after`, and is null on the last page."""

    items = fields.List(fields.Dict(), required=True)
    next = fields.String(required=True, allow_none=True)


class SettledSchema(Schema):
    """The answer of a national system about one record that it was handed."""

    state = fields.String(required=True, metadata={"enum": ["accepted", "rejected"]})
    code = fields.String(allow_none=True, metadata={"description": "needed with rejected"})


class ClauseSchema(Schema):
    """One sentence of the terms a record came under."""

    id = fields.String(required=True)
    text = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "the law or rule behind it"})


class MaySchema(Schema):
    """What may be done with a record."""

    record = fields.String(required=True)
    version = fields.Integer(required=True)
    answer = fields.String(required=True, metadata={"enum": ["yes", "no", "ask"]})
    clause = fields.Nested(ClauseSchema, required=True)
    contact = fields.Dict(allow_none=True, metadata={"description": "whom to ask"})


class WrittenSchema(Schema):
    """One record in another format."""

    terms_in_words = fields.List(fields.Nested(ClauseSchema), required=True)
    record = fields.String(required=True)
    version = fields.Integer(required=True)
    rendering = fields.String(required=True)
    media_type = fields.String(required=True)
    losses = fields.List(
        fields.Dict(), required=True, metadata={"description": "pointer into the record, and code"}
    )
    document = fields.Raw(required=True)


class ProposalSchema(Schema):
    """An act that waits for its second person, or is settled."""

    id = fields.String(required=True)
    act = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"enum": ["open", "approved", "rejected", "lapsed"]}
    )
    proposer = fields.String(required=True)
    approver = fields.String(required=True, allow_none=True)
    approvers = fields.List(fields.String(), required=True)
    reason = fields.String(required=True)
    proposed_at = fields.Integer(required=True)
    expires_at = fields.Integer(required=True)
    settled_at = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True)
    executes = fields.String(
        required=True, metadata={"description": "exactly what the digest is over"}
    )


class ApprovedSchema(Schema):
    """How many held releases a yes or no is about; `proposal`: they wait for a second person."""

    count = fields.Integer(required=True)
    proposal = fields.Nested(ProposalSchema, allow_none=True)


_OUTCOME = OutcomeSchema()
_LOSSES_SHOWN = 1_000


def outcome_body(outcome: Outcome) -> dict[str, Any]:
    """Return one outcome as JSON; members without a value are left out."""
    dumped: dict[str, Any] = _OUTCOME.dump(outcome)
    dumped["losses"] = dumped["losses"][:_LOSSES_SHOWN]
    dumped["errors"] = [_without_empty(fault) for fault in dumped["errors"]]
    return _without_empty(dumped)


def page_body(items: Sequence[dict[str, Any]], following: str | None) -> dict[str, Any]:
    """Return a page as JSON."""
    return {"items": list(items), "next": following}


def json_answer(body: object, status: int = 200) -> Response:
    """Return `body` as a JSON answer."""
    return Response(compact(body), status=status, content_type="application/json")


def lines_answer(lines: Iterable[bytes], *, content_type: str = NDJSON) -> Response:
    """Return one JSON value a line, each ended by one LF."""
    kept = [part for line in lines for part in (line, b"\n")]
    answer = Response(iter(kept), content_type=content_type)
    answer.content_length = sum(map(len, kept))
    return answer


def compact(body: object) -> bytes:
    """Return `body` as JSON without white space."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _without_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], ())}
