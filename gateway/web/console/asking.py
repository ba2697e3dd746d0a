"""The pages of questions: requests with their clocks, and what became of what was given."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from gateway.core.ids import parse_record_id
from gateway.flow import outcomes, requests
from gateway.flow.compose import sources_of
from gateway.web import said
from gateway.web.console import frame
from gateway.web.console.forms import Form, chosen, pen, tried, typed
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange
from schemas import vocab

_PAGE: Final = 50
_NONE: Final = Form()
# Where the forms show members of other names.
_PLACES: Final = {"authorisation_delay": "delay", "authorisation_reasons": "because"}


@blp.get("/requests")
def requests_page() -> Response:
    """List what partners ask of us and we of them, the soonest due first."""
    every = request.args.get("all") == "yes"
    found, following = requests.page(
        "request",
        person(),
        open_only=not every,
        after=said.place(),
        limit=_PAGE,
        exchange=exchange(),
    )
    return frame.page(
        "requests.html", requests=found, following=said.as_place(following), every=every
    )


@blp.get("/requests/<record_id>")
def request_page(record_id: str) -> Response:
    """Show one request with its clock, what was found, and what may be done with it."""
    return _shown(record_id, _NONE)


@blp.post("/requests/<record_id>/answer")
def answer_request(record_id: str) -> Response:
    """Answer it or a part of it, tell a delay, or ask for something clearer."""

    def act() -> Response:
        requests.demand_last_reply(_id(record_id), field("seen"), pen(), exchange())
        requests.answer(_id(record_id), _answer(), pen(), exchange())
        return frame.go("console.request_page", record_id=record_id)

    name = field("form") or "answer"
    return tried(act, lambda form: _shown(record_id, form), name, **_PLACES)


@blp.post("/requests/<record_id>/refuse")
def refuse_request(record_id: str) -> Response:
    """Refuse it, or the part that is named, on a ground of the law."""

    def act() -> Response:
        requests.demand_last_reply(_id(record_id), field("seen"), pen(), exchange())
        part = typed("part")
        refusal = {
            "ground": typed("ground"),
            "concerns": "part" if part else "all",
            "text": part or typed("text"),
        }
        requests.refuse(_id(record_id), refusal, pen(), exchange())
        return frame.go("console.request_page", record_id=record_id)

    return tried(act, lambda form: _shown(record_id, form), "refuse")


@blp.get("/outcomes")
def outcomes_page() -> Response:
    """List outcomes owed by us and to us, and how many never came."""
    return _outcomes(_NONE)


@blp.post("/outcomes/<record_id>")
def give_outcome(record_id: str) -> Response:
    """Tell the originator of a record what became of it."""

    def act() -> Response:
        day = typed("at")
        told = {"code": typed("code"), "at": f"{day}T00:00:00Z" if day else None}
        outcomes.give(_id(record_id), told, pen(), exchange())
        return frame.go("console.outcomes_page")

    return tried(act, _outcomes, record_id)


def _id(given: str) -> str:
    return parse_record_id(given)


def _answer() -> dict[str, Any]:
    """Return what the form says, as members of an answer."""
    partial, delay, clarification = typed("outstanding"), typed("delay"), typed("clarification")
    kind = field("form")
    body = {
        "state": "complete",
        "text": typed("text"),
        "use": chosen("use"),
        "directly_accessible": {"yes": True, "no": False}.get(field("directly_accessible")),
        "evidence": typed("evidence"),
        "outcome_by": typed("outcome_by"),
        "handling": chosen("handling"),
    }
    if kind == "clarify":
        return {**body, "state": "clarification_wanted", "clarification": clarification}
    if kind == "delay":
        late = {"needed": True, "delay": delay, "reasons": typed("because")}
        told = {name: value for name, value in late.items() if value is not None}
        return {**body, "state": "delayed", "authorisation": told}
    return {**body, "state": "partial", "outstanding": partial} if partial else body


def _shown(record_id: str, form: Form) -> Response:
    me = person()
    found = requests.show(_id(record_id), me, exchange())
    may_answer = found["direction"] == "in" and not me.roles.isdisjoint(requests.ANSWERING)
    stale = isinstance(form.error, requests.AnsweredMeanwhile)
    return frame.page(
        "request.html",
        found=found,
        form=form,
        may_answer=may_answer,
        is_open=found["state"] not in ("answered", "refused"),
        said=requests.reply_to(_id(record_id), me, exchange()) if stale and may_answer else None,
        sources=writable_sources(),
        grounds=vocab.REFUSAL_GROUNDS,
        evidence=vocab.EVIDENCE_CONSENTS,
        handling=vocab.HANDLING,
    )


def _outcomes(form: Form) -> Response:
    every = request.args.get("all") == "yes"
    me = person()
    found, following = requests.page(
        "outcome", me, open_only=not every, after=said.place(), limit=_PAGE, exchange=exchange()
    )
    return frame.page(
        "outcomes.html",
        outcomes=found,
        following=said.as_place(following),
        every=every,
        form=form,
        sources=writable_sources(),
        codes=vocab.OUTCOMES,
        counts=outcomes.counts(me, "out", exchange()),
    )


def writable_sources() -> list[str]:
    """Return the sources by which this person may write."""
    with exchange().store.reading() as work:
        return sources_of(person().org, exchange().configuration(work))
