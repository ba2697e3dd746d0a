"""The calls between gateways: /exchange/v1 and /.well-known/xg-keys.

Owns the HTTP side of the wire specification, and nothing of what an envelope means: bytes go to
the journeys as they came. Reading a mailbox ends no waiting, only a receipt does.

Ruled by docs/spec/wire.md, "HTTP between gateways".

Stays true:
  * A refused envelope gets one generic answer with an incident number, whatever step failed.
  * At most `Edge.max_waiters` requests wait for a receipt, so that threads stay free.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time

from flask import Response, request
from flask_smorest import Blueprint

from gateway.core.errors import Unavailable
from gateway.core.ids import parse_partner_id
from gateway.flow.acknowledge import acknowledge
from gateway.flow.offer import mailbox, receipts
from gateway.flow.partners import own_card
from gateway.flow.take_in import Taken, receipt_of, take_in
from gateway.flow.wake import note
from gateway.web import asked
from gateway.web.describe import answers, header, number, query
from gateway.web.edge import edge, exchange, waiters
from gateway.web.identity import admit_partner, calling_partner
from gateway.web.problems import problem
from gateway.web.serialise import NDJSON, compact, json_answer, lines_answer
from schemas.versions import written

blp = Blueprint("exchange", __name__, url_prefix="/exchange/v1", description="Between gateways.")
blp.before_request(admit_partner)
open_blp = Blueprint("well-known", __name__, description="For anybody.")

ENVELOPE = "application/vnd.exchange-gateway.envelope+json"
RECEIPT = "application/vnd.exchange-gateway.receipt+json"
CARD = "application/vnd.exchange-gateway.card+json"

_MOST_ENVELOPES = 32  # as many as may be unreceipted
_USUAL_ENVELOPES = 8
_MOST_RECEIPTS = 500
_RECEIPTS_BYTES = 8 * 1024 * 1024
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.25


@blp.route("/inbox", methods=["POST"])
@blp.doc(
    parameters=[header("Prefer", "wait=S: wait up to S seconds (20 at most) for the receipt")],
    requestBody={"required": True, "content": {ENVELOPE: {"schema": {"type": "object"}}}},
    responses=answers(
        {200: ("The receipt", None), 202: ("The bytes are durable; a receipt follows", None)},
        *(400, 403, 413, 415, 429, 503),
    ),
)
def post_envelope() -> Response:
    """Deliver one sealed envelope."""
    partner = calling_partner()
    asked.demand_parameters()
    asked.demand_media_type(ENVELOPE)
    raw = asked.read_body(exchange().limits.wire.max_envelope_bytes)
    wait = asked.wait_seconds()
    if not wait:
        return _answer(take_in(raw, partner, exchange()))
    digest = _b64(hashlib.sha256(raw).digest())
    before = receipt_of(digest, partner, exchange())  # of an earlier refusal: not the answer
    taken = take_in(raw, partner, exchange())
    if taken.state != "waiting":
        return _answer(taken)
    return _answer_with(_wait_for_receipt(digest, partner, wait, before), waited=wait)


def _answer(taken: Taken) -> Response:
    if taken.state == "refused":
        more = {"incident": taken.incident} if taken.incident else {}
        return problem(400, "envelope-refused", "The envelope is refused.", more=more)
    return _answer_with(taken.receipt if taken.state == "receipted" else None)


def _answer_with(receipt: bytes | None, *, waited: int = 0) -> Response:
    if receipt is None:
        return json_answer({"state": "waiting"}, 202)
    answer = Response(receipt, content_type=RECEIPT)
    if waited:
        answer.headers["Preference-Applied"] = f"wait={waited}"
    return answer


def _wait_for_receipt(
    digest: str, partner: str, seconds: int, before: bytes | None
) -> bytes | None:
    """Look for the receipt until `seconds` have passed; at once None if too many wait already."""
    places = waiters()
    if not places.acquire(blocking=False):
        return None
    try:
        return _look_for_receipt(digest, partner, seconds, before)
    except Unavailable:  # the bytes are durable: whatever ails us now, 202 is true
        return None
    finally:
        places.release()


def _look_for_receipt(
    digest: str, partner: str, seconds: int, before: bytes | None
) -> bytes | None:
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while (receipt := receipt_of(digest, partner, exchange())) in (None, before):
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
    return receipt


@blp.route("/mailbox", methods=["GET"])
@blp.doc(
    parameters=[
        query(
            "iss", "whose sequence: the id of this gateway, or of whom it carries", required=True
        ),
        number("ep", "the sequence; 0 for the newest", required=True),
        number("after", "the last place you hold", required=True),
        number("limit", "envelopes at most"),
    ],
    responses=answers(
        {200: ("Head and envelopes", None), 304: ("Nothing new since your ETag", None)},
        *(400, 403, 409, 503),
        content_type=NDJSON,
    ),
)
def get_mailbox() -> Response:
    """Read what waits for you: a head line, then one envelope a line, oldest first."""
    partner = calling_partner()
    asked.demand_parameters("iss", "ep", "after", "limit")
    box = mailbox(
        partner,
        parse_partner_id(asked.text("iss")),
        asked.integer("ep", default=None),
        asked.integer("after", default=None),
        asked.integer("limit", default=_USUAL_ENVELOPES, lowest=1, highest=_MOST_ENVELOPES),
        exchange(),
    )
    answer = lines_answer((compact(box.head), *box.envelopes))
    answer.set_etag(box.etag.strip('"'))
    answer.headers["Poll-Interval"] = str(edge().poll_interval_seconds)
    answer.make_conditional(request)
    return answer


@blp.route("/receipts", methods=["POST"])
@blp.doc(
    requestBody={"required": True, "content": {NDJSON: {"schema": {"type": "string"}}}},
    responses=answers({200: ("How many were new", None)}, 400, 403, 413, 415, 422, 503),
)
def post_receipts() -> Response:
    """Bring your receipts for what we sent, one a line."""
    partner = calling_partner()
    asked.demand_parameters()
    asked.demand_media_type(NDJSON)
    raw = asked.read_body(_RECEIPTS_BYTES)
    lines = raw.removesuffix(b"\n").split(b"\n") if raw else []
    if not 0 < len(lines) <= _MOST_RECEIPTS or not all(lines):
        raise asked.RequestMalformed(f"1 to {_MOST_RECEIPTS} receipts, one a line")
    return json_answer({"taken": acknowledge(lines, partner, exchange())})


@blp.route("/receipts", methods=["GET"])
@blp.doc(
    parameters=[number("after", "the number of the last one you hold", required=True)],
    responses=answers({200: ("Receipts with their numbers", None)}, 400, 403, content_type=NDJSON),
)
def get_receipts() -> Response:
    """Fetch our receipts for what you sent, one a line, in the order made."""
    partner = calling_partner()
    asked.demand_parameters("after")
    return lines_answer(receipts(partner, asked.integer("after", default=None), exchange()))


@blp.route("/wake", methods=["POST"])
@blp.doc(responses=answers({202: ("Whether or not we read your mailbox", None)}, 400, 403, 413))
def post_wake() -> Response:
    """Say that something waits for us in your mailbox; the body is empty."""
    partner = calling_partner()
    asked.demand_parameters()
    if asked.read_body(1):
        raise asked.RequestMalformed("this call says nothing but that something waits")
    note(partner, exchange())
    return json_answer({"state": "noted"}, 202)


@blp.route("/card", methods=["GET"])
@blp.doc(
    responses=answers({200: ("The signed card", None)}, 403, content_type=CARD),
)
def get_card() -> Response:
    """Fetch our partner card; it is believed only after its fingerprint was spoken."""
    asked.demand_parameters()
    answer = Response(own_card(exchange()), content_type=CARD)
    answer.headers["Schema-Versions"] = written()
    return answer


@open_blp.route("/.well-known/xg-keys", methods=["GET"])
@open_blp.doc(
    responses=answers({200: ("A JWK set", None)}, 503, content_type="application/jwk-set+json"),
)
def get_keys() -> Response:
    """Our public keys as a JWK set: a hint for tools, never a source of trust."""
    signed = json.loads(own_card(exchange()))
    payload = json.loads(base64.urlsafe_b64decode(signed["payload"] + "=="))
    jwks = [entry["jwk"] for use in ("signing", "encryption") for entry in payload[use]]
    return Response(compact({"keys": jwks}), content_type="application/jwk-set+json")


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
