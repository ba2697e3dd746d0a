"""What follows a record after its release, for people: /v1/records/ID/notices and beside it.

Owns the calls and their statuses; who may do what is decided by the journeys behind. And the
notices that national systems follow: /v1/inbox/notices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Response, url_for
from flask_smorest import Blueprint

from gateway.core.errors import Fault
from gateway.core.ids import is_name, parse_record_id
from gateway.core.moments import moment
from gateway.flow.admit import admit, held
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.holders import COPY_ENDS, WAYS, holders, note_copy, settle_copy
from gateway.flow.identify import Client, Person, demand_role, demand_scope
from gateway.flow.keep import keep, release
from gateway.flow.named import record_named
from gateway.flow.notify import BY_AN_ACT, Wanted, notify
from gateway.flow.pass_on import pass_on
from gateway.flow.review import review_queue
from gateway.web import asked
from gateway.web.describe import PAGE_PARAMETERS, answers, number
from gateway.web.edge import exchange
from gateway.web.identity import admit_client, admit_person, calling_client, calling_person
from gateway.web.said import TEXT, described, said
from gateway.web.serialise import PageSchema, json_answer, page_body

blp = Blueprint("after", __name__, url_prefix="/v1", description="Follow what was released.")
inbox_blp = Blueprint(
    "inbox-notices", __name__, url_prefix="/v1", description="Follow notices about what you have."
)
inbox_blp.before_request(admit_client)

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,63}")
_PARTNER = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_ACTS = "release_officer"
_ENDS_KEEPING = (_ACTS, "data_protection_officer")  # to keep takes the former
_SEES = ("release_officer", "auditor", "data_protection_officer")
_LONG_AGO_MS = 0  # of what is lifted: its end is past
_MOST_COPIES = 10_000
_MOST_DAYS = 3_650
blp.before_request(admit_person(*_SEES))


@blp.route("/records/<record_id>/notices", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    responses=answers({201: ("Done here; whom it goes to", None)}, 400, 403, 404, 409, 415, 503),
)
def post_notice(record_id: str) -> Response:
    """Restrict, recall, erase or dispute a record of yours, or change what holds for it."""
    person = _person(_ACTS)
    asked.demand_parameters()
    given = _object("kind", "person", "code", "until", "lift")
    kind = _one_of(given, "kind", BY_AN_ACT)
    wanted = Wanted(
        kind=kind,
        record=record_named(record_id, exchange(), org=person.org),
        person=_text(given, "person", re.compile(r"/persons/[0-9]{1,6}")),
        code=_code(given),
        until=_end(given),
    )
    done = notify(wanted, person.name, person.org, exchange())
    body = {
        "notice": done.notice,
        "record": done.record,
        "version": done.version,
        "kind": done.kind,
        "holders": list(done.holders),
        "resting": [
            {"record": one.record, "version": one.version, "by": one.by} for one in done.resting
        ],
    }
    return json_answer(body, 201)


@blp.route("/records/<record_id>/holders", methods=["GET"])
@blp.doc(
    responses=answers({200: ("Who has it, and what each answered", None)}, 403, 404),
)
def get_holders(record_id: str) -> Response:
    """Show who holds a record of yours, and what became of each notice about it."""
    person = _person(*_SEES)
    asked.demand_parameters()
    known = record_named(record_id, exchange(), org=person.org)
    return json_answer(holders(known, person.org, exchange()))


@blp.route("/records/<record_id>/copies", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    responses=answers({201: ("Entered", None)}, 400, 403, 404, 415),
)
def post_copy(record_id: str) -> Response:
    """Enter copies of a record that went out beside the gateway."""
    person = _person(_ACTS)
    asked.demand_parameters()
    given = _object("holder", "way", "copies")
    holder, copies = given.get("holder"), given.get("copies", 1)
    if not isinstance(holder, str) or not is_name(holder):
        _refuse("/holder", "the id of an organisation")
    if type(copies) is not int or not 0 < copies <= _MOST_COPIES:
        _refuse("/copies", f"a whole number from 1 to {_MOST_COPIES}")
    way = _one_of(given, "way", WAYS)
    known = record_named(record_id, exchange(), org=person.org)
    copy = note_copy(known, str(holder), way, copies, person.name, person.org, exchange())
    return json_answer(copy, 201)


@blp.route("/records/<record_id>/copies/<copy_id>", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    responses=answers({200: ("Noted", None)}, 400, 403, 404, 409, 415),
)
def post_copy_settled(record_id: str, copy_id: str) -> Response:
    """Say that copies came back, or were destroyed."""
    person = _person(_ACTS)
    asked.demand_parameters()
    state = _one_of(_object("state"), "state", COPY_ENDS)
    known = record_named(record_id, exchange(), org=person.org)
    return json_answer(settle_copy(known, copy_id, state, person.name, person.org, exchange()))


@blp.route("/records/<record_id>/passes", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    responses=answers({201: ("It will go", None)}, 400, 403, 404, 409, 415, 503),
)
def post_pass(record_id: str) -> Response:
    """Pass a record that a partner sent on to another partner, unchanged."""
    person = _person(_ACTS)
    asked.demand_parameters()
    partner = _object("partner").get("partner")
    if not isinstance(partner, str) or not is_name(partner):
        _refuse("/partner", "the id of a partner")
    return json_answer(pass_on(parse_record_id(record_id), str(partner), person, exchange()), 201)


@blp.route("/records/<record_id>/keeping", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    responses=answers({200: ("Noted", None)}, 400, 403, 404, 409, 415),
)
def post_keeping(record_id: str) -> Response:
    """Keep a record that a partner sent as evidence, whatever its notices say; or end that."""
    person = _person(*_ENDS_KEEPING)
    asked.demand_parameters()
    known = parse_record_id(record_id)
    if _one_of(_object("state"), "state", ("kept", "ended")) == "kept":
        keep(known, person, exchange())
        return json_answer({"record": known, "state": "kept", "notices_applied": 0})
    applied = release(known, person, exchange())
    return json_answer({"record": known, "state": "ended", "notices_applied": applied})


@blp.route("/held", methods=["GET"])
@blp.doc(
    parameters=PAGE_PARAMETERS[1:],
    responses=answers({200: ("One page, by record", PageSchema)}, 400, 403),
)
def list_held() -> Response:
    """List what partners sent to your organisation and a rule holds back here."""
    person = _person(_ACTS)
    asked.demand_parameters("limit")
    limit = asked.page_limit(exchange().limits.page_size)
    return json_answer(page_body(held(person, exchange())[:limit], None))


@blp.route("/held/<record_id>", methods=["POST"])
@blp.doc(
    requestBody=described({"reason": TEXT}, "reason"),
    responses=answers({200: ("It is in the inbox now", None)}, 400, 403, 404, 409, 415),
)
def post_admitted(record_id: str) -> Response:
    """Let a record of a partner into the inboxes of your organisation that a rule holds back."""
    person = _person(_ACTS)
    asked.demand_parameters()
    given = said({"reason": TEXT}, "reason")
    return json_answer(admit(parse_record_id(record_id), str(given["reason"]), person, exchange()))


@blp.route("/reviews", methods=["GET"])
@blp.doc(
    parameters=[number("days", "how many days ahead; 30 if not said"), PAGE_PARAMETERS[1]],
    responses=answers({200: ("The most overdue first; one page", PageSchema)}, 400, 403),
)
def list_reviews() -> Response:
    """List records of yours whose review is due soon or overdue."""
    person = _person(*_SEES)
    asked.demand_parameters("days", "limit")
    days = asked.integer("days", default=30, highest=_MOST_DAYS)
    limit = asked.page_limit(exchange().limits.page_size)
    return json_answer(page_body(review_queue(person.org, days, limit, exchange()), None))


@inbox_blp.route("/inbox/notices", methods=["GET"])
@inbox_blp.doc(
    parameters=PAGE_PARAMETERS,
    responses=answers({200: ("A page", PageSchema)}, 400, 403),
)
def list_inbox_notices() -> Response:
    """List notices about records that you have and did not answer yet."""
    client = _receiving()
    asked.demand_parameters("after", "limit")
    limit = asked.page_limit(exchange().limits.page_size)
    page = open_notices(client, asked.cursor(), limit, exchange())
    after = None if page.next is None else asked.as_cursor(page.next)
    answer = json_answer(page_body(page.entries, after))
    if after is not None:
        following = url_for("inbox-notices.list_inbox_notices", after=after, limit=limit)
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


@inbox_blp.route("/inbox/notices/<notice_id>", methods=["POST"])
@inbox_blp.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    responses=answers({200: ("Noted; who gave the notice is told", None)}, 400, 403, 404, 409, 415),
)
def post_inbox_notice(notice_id: str) -> Response:
    """Say that your system did as a notice says, or on what basis it keeps the record."""
    client = _receiving()
    asked.demand_parameters()
    notice = parse_record_id(notice_id)  # the same grammar
    given = _object("state", "code", "from")
    state = _one_of(given, "state", ("done", "kept"))
    code = _code(given)
    if state == "kept" and code is None:
        _refuse("/code", "what is kept needs a code: on what basis")
    partner = _text(given, "from", _PARTNER)
    settle_notice(client, notice, exchange(), done=state == "done", reason=code, partner=partner)
    return json_answer({"notice": notice, "state": state, "code": code})


def _person(*roles: str) -> Person:
    person = calling_person()
    demand_role(person, *roles)
    return person


def _receiving() -> Client:
    client = calling_client()
    demand_scope(client, "inbox")
    return client


def _object(*members: str) -> dict[str, Any]:
    given = asked.small_object()
    if set(given) - set(members):
        _refuse("", f"the members are {', '.join(members)}")
    return given


def _one_of(given: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = given.get(name)
    if not isinstance(value, str) or value not in known:
        _refuse(f"/{name}", f"one of: {', '.join(known)}")
    return str(value)


def _text(given: Mapping[str, Any], name: str, grammar: re.Pattern[str]) -> str | None:
    value = given.get(name)
    if value is not None and not (isinstance(value, str) and grammar.fullmatch(value)):
        _refuse(f"/{name}", "not of the grammar that belongs there")
    return value


def _code(given: Mapping[str, Any]) -> str | None:
    if "-" in str(given.get("code")):
        _refuse("/code", "codes are written with underscores: court_order, not court-order")
    return _text(given, "code", _CODE)


def _end(given: Mapping[str, Any]) -> int | None:
    """Return until when it holds; a moment that is past would end what holds, unsaid."""
    if given.get("lift", False) not in (True, False):
        _refuse("/lift", "true or false")
    until = _moment(given, "until")
    if given.get("lift"):
        if until is not None:
            _refuse("/until", "what is lifted has no end")
        return _LONG_AGO_MS
    if until is not None and until <= exchange().now_ms():
        _refuse("/until", 'this is past; to end what holds, give "lift": true')
    return until


def _moment(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    found = moment(value) if isinstance(value, str) else None
    if found is None:
        _refuse(f"/{name}", "a date, or a time such as 2026-03-01T12:00:00Z")
    return found


def _refuse(pointer: str, detail: str) -> NoReturn:
    raise asked.RequestMalformed(
        "the body is not what this call takes", faults=(Fault(pointer, "unknown-value", detail),)
    )
