"""What partners sent, as national systems take it over: /v1/inbox.

An entry stays until the national system says what became of it; reading settles nothing.
"""

from __future__ import annotations

import re

from flask import Response, request, url_for
from flask_smorest import Blueprint

from gateway.core import terms
from gateway.core.errors import Fault
from gateway.core.ids import parse_record_id
from gateway.flow.hand_on import settle, waiting
from gateway.flow.identify import Client, demand_scope
from gateway.flow.may import may
from gateway.flow.written_as import written_as
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, query
from gateway.web.edge import exchange
from gateway.web.identity import admit_client, calling_client
from gateway.web.serialise import (
    MaySchema,
    PageSchema,
    SettledSchema,
    WrittenSchema,
    json_answer,
    page_body,
)
from schemas import vocab

blp = Blueprint("inbox", __name__, url_prefix="/v1", description="Take over what partners sent.")
blp.before_request(admit_client)

_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")


@blp.route("/inbox", methods=["GET"])
@blp.doc(
    parameters=PAGE_PARAMETERS,
    responses=answers({200: ("A page", PageSchema)}, 400, 403),
)
def list_inbox() -> Response:
    """List what waits for you, in the order it came."""
    client = _receiving()
    asked.demand_parameters("after", "limit")
    limit = asked.page_limit(exchange().limits.page_size)
    page = waiting(client, _position(), limit, exchange())
    after = None if page.next is None else asked.as_cursor(page.next)
    answer = json_answer(page_body(page.entries, after))
    if after is not None:
        following = url_for("inbox.list_inbox", after=after, limit=limit)
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


@blp.route("/inbox/<record_id>/<version>", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": SettledSchema}}},
    responses=answers({200: ("Noted; the partner will be told", None)}, 400, 403, 404, 409, 415),
)
def post_settled(record_id: str, version: str) -> Response:
    """Say that your system took a record over, or why not."""
    client = _receiving()
    asked.demand_parameters()
    record = parse_record_id(record_id)
    number = _version(version)
    accepted, code = _settlement()
    settle(client, record, number, exchange(), accepted=accepted, code=code)
    state = "accepted" if accepted else "rejected"
    return json_answer({"record": record, "version": number, "state": state, "code": code})


@blp.route("/inbox/<record_id>/<version>/may", methods=["GET"])
@blp.doc(
    parameters=[
        query("pass_on", "may it go on to this organisation"),
        query("evidence", "`yes`: may it be used as evidence in court"),
        query("keep_until", "may it be kept until this day, e.g. 2027-12-31"),
        query("purpose", "may it be used for this purpose, by its code"),
    ],
    responses=answers({200: ("Yes, no or ask; the clause that says so", MaySchema)}, 400, 403, 404),
)
def get_may(record_id: str, version: str) -> Response:
    """Ask what you may do with a record you were given; the version may be `newest`."""
    client = _receiving()
    asked.demand_parameters("pass_on", "evidence", "keep_until", "purpose")
    record = parse_record_id(record_id)
    wanted = None if version == "newest" else _version(version)
    return json_answer(may(client, record, wanted, _question(), exchange()))


@blp.route("/inbox/<record_id>/<version>/as/<rendering>", methods=["GET"])
@blp.doc(responses=answers({200: ("The document", WrittenSchema)}, 400, 403, 404, 422))
def get_written(record_id: str, version: str, rendering: str) -> Response:
    """Read one record in another format, with what found no place in it; settles nothing."""
    client = _receiving()
    asked.demand_parameters()
    record = parse_record_id(record_id)
    return json_answer(written_as(client, record, _version(version), rendering, exchange()))


def _question() -> terms.Question:
    if len(request.args) != 1:
        raise asked.RequestMalformed("ask one of pass_on, evidence, keep_until and purpose a call")
    if "pass_on" in request.args:
        return terms.PassOn(asked.text("pass_on"))
    if "purpose" in request.args:
        code = asked.text("purpose")
        if code not in vocab.PURPOSES:
            raise asked.RequestMalformed(f"purpose: one of {', '.join(vocab.PURPOSES)}")
        return terms.Purpose(code)
    if "evidence" in request.args:
        if asked.text("evidence") != "yes":
            raise asked.RequestMalformed("evidence: the only value is yes")
        return terms.Evidence()
    return terms.KeepUntil(asked.day("keep_until"))


def _version(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise asked.RequestMalformed("a version is a whole number from 1")
    return int(text)


def _settlement() -> tuple[bool, str | None]:
    given = asked.small_object()
    faults = []
    if set(given) - {"state", "code"}:
        faults.append(Fault("", "unknown-member", "the members are state and code"))
    state, code = given.get("state"), given.get("code")
    if state not in ("accepted", "rejected"):
        faults.append(Fault("/state", "unknown-value", "accepted or rejected"))
    if code is not None and not (isinstance(code, str) and _CODE.fullmatch(code)):
        faults.append(Fault("/code", "grammar", "1 to 64 of a-z, 0-9 and hyphen, a letter first"))
    if state == "rejected" and code is None:
        faults.append(Fault("/code", "missing", "a rejection needs a code"))
    if faults:
        raise asked.RequestMalformed("the body does not say what became of it", faults=(*faults,))
    return state == "accepted", code


def _position() -> int:
    place = asked.cursor()
    if not place:
        return 0
    if not re.fullmatch(r"[0-9]{1,16}", place):
        raise asked.RequestMalformed("after: not a cursor that this gateway gave")
    return int(place)


def _receiving() -> Client:
    client = calling_client()
    demand_scope(client, "inbox")
    return client
