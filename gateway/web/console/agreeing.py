"""The pages of what is agreed: agreements with their preview, and consents asked and given."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from flask import Response, request

from gateway.core.errors import Fault, NotFound
from gateway.core.ids import MalformedId, parse_record_id
from gateway.flow import agreements, consent_questions, consents, partners, propose
from gateway.flow.configuring import preview_of
from gateway.web import said
from gateway.web.asked import RequestMalformed
from gateway.web.console import frame
from gateway.web.console.asking import writable_sources
from gateway.web.console.door import demand_proof
from gateway.web.console.forms import Form, chosen, form_key, pen, tried, typed
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange
from schemas import vocab
from schemas.reading import TYPES

_PAGE: Final = 50
_DAY_MS: Final = 86_400_000
_LISTS: Final = ("types", "purposes")
_LINES: Final = ("crime_areas", "members")
_WORDS: Final = ("partner", "direction", "operational_action", "carrier")


@blp.get("/agreements")
def agreements_page() -> Response:
    """List what is agreed with partners."""
    every = request.args.get("all") == "yes"
    found = agreements.listing(exchange(), ended_too=every)
    return frame.page("agreements.html", agreements=found, every=every, may_change=_may_change())


@blp.get("/agreements/new")
def new_agreement() -> Response:
    """Ask for a new agreement."""
    frame.demand(agreements.CHANGING)
    return _agreement(None, Form("agreement"))


@blp.get("/agreements/<name>")
def agreement_page(name: str) -> Response:
    """Show one agreement, and let an administrator propose a change of it."""
    found = agreements.shown(name, exchange())
    return _agreement(found, Form("agreement", typed=_as_typed(found)))


@blp.post("/agreements")
def propose_agreement() -> Response:
    """Show what a change would do, or propose it to a second person."""
    frame.demand(agreements.CHANGING)

    def act() -> Response:
        form_key()
        asked = _asked()
        agreements.demand_version(asked["name"], _seen(), exchange())
        if field("do") == "preview":
            would = agreements.preview(asked, person(), exchange())
            return _again(_sent_form(), would)
        demand_proof()
        reason = field("reason")
        row = propose.propose("configure", asked, person(), exchange(), reason=reason)
        return frame.go("console.proposal", id_=row.id)

    return tried(act, _again, "agreement", **_places())


@blp.get("/proposals/<id_>/preview")
def proposal_preview(id_: str) -> Response:
    """Show what a proposed change would do to the newest records."""
    row = propose.shown(id_, person(), exchange())
    would = preview_of(row, exchange(), last=agreements.LAST).json()
    return frame.page("would.html", would=would, proposal=row.id)


def _may_change() -> bool:
    return agreements.CHANGING in person().roles


def _places() -> dict[str, str]:
    """Return where the form shows the members of the item, as a fault names it."""
    start = f"agreement_{field('name')}#_"
    names = (*_LISTS, *_LINES, *_WORDS)
    return {**{f"{start}{name}": name for name in names}, f"agreement_{field('name')}": "name"}


def _sent_form() -> Form:
    return Form("agreement", field("form_key"), request.form.to_dict(flat=False))


def _again(form: Form, would: dict[str, Any] | None = None) -> Response:
    try:
        found = agreements.shown(field("name"), exchange())
    except NotFound:
        found = None
    return _agreement(found, form, would)


def _agreement(
    found: dict[str, Any] | None, form: Form, would: dict[str, Any] | None = None
) -> Response:
    changed = isinstance(form.error, agreements.ChangedMeanwhile)
    return frame.page(
        "agreement.html",
        found=found,
        form=form,
        would=would,
        changed=changed,
        version=found["version"] if found else 0,
        may_change=_may_change() and (found is None or _by_hand(found)),
        types=sorted(TYPES),
        purposes=vocab.PURPOSES,
        known=[one.id for one in partners.listing(exchange())],
    )


def _by_hand(found: dict[str, Any]) -> bool:
    """Return whether it may be changed here: what a file declares is changed in its file."""
    return not (found["origin"] == "file" and found["state"] == "active")


def _as_typed(found: dict[str, Any]) -> dict[str, list[str]]:
    body = found["body"]
    typed_: dict[str, list[str]] = {"name": [found["name"]]}
    typed_ |= {name: list(body[name]) for name in _LISTS}
    typed_ |= {name: ["\n".join(body[name] or ())] for name in _LINES if body.get(name)}
    typed_ |= {name: [body[name]] for name in _WORDS if body.get(name)}
    for name, less in (("valid_from", 0), ("valid_until", 1)):
        if found[name] is not None:
            at = datetime.fromtimestamp(found[name] / 1000 - less, UTC)
            typed_[name] = [at.date().isoformat()]
    return typed_


def _asked() -> dict[str, Any]:
    """Return what the form says, as an act `configure` takes it."""
    body: dict[str, Any] = {name: chosen(name) for name in _LISTS}
    for name in _LINES:
        lines = [one.strip() for one in field(name).splitlines() if one.strip()]
        if lines or name == "crime_areas":
            body[name] = lines
    body |= {name: typed(name) for name in _WORDS if typed(name)}
    until = _day("valid_until")
    ends = field("do") == "end"
    return {
        "change": "end" if ends else "apply",
        "kind": agreements.KIND,
        "name": field("name").strip(),
        "body": {} if ends else body,
        "valid_from": _day("valid_from"),
        "valid_until": None if until is None else until + _DAY_MS,  # the day is included
    }


def _seen() -> int:
    given = field("version")
    return int(given) if given.isdecimal() and len(given) < len("1000000") else -1


def _day(name: str) -> int | None:
    given = typed(name)
    if given is None:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        fault = Fault(f"/{name}", "date", "A day, as 2027-12-31.")
        raise RequestMalformed("a day is not one", faults=(fault,)) from None
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


@blp.get("/consents")
def consents_page() -> Response:
    """List consents that are asked for, and those in force."""
    return _consents(Form("ask", typed={"record": [request.args.get("record", "")]}))


@blp.post("/consents")
def ask_consent() -> Response:
    """Ask every originator whose consent a record needs."""

    def act() -> Response:
        asked = {
            "partner": typed("partner"),
            "use": typed("use"),
            "reason": typed("reason"),
            "until": _end_of("until"),
            "answer_by": _end_of("answer_by"),
        }
        named = {name: value for name, value in asked.items() if value is not None}
        consents.ask(_record("record"), named, pen(), exchange())
        return frame.go("console.consents_page")

    return tried(act, _consents, "ask", records="record", recipients="partner")


@blp.get("/consents/<record_id>")
def consent_page(record_id: str) -> Response:
    """Show one consent that is asked for, and what was said to it."""
    return _consent(record_id, Form())


@blp.post("/consents/<record_id>/give")
def give_consent(record_id: str) -> Response:
    """Say yes until a day, under conditions or none, or no."""
    if typed("decision") != "refused":
        demand_proof()  # what is passed on by a yes does not come back

    def act() -> Response:
        decision = {
            "decision": typed("decision"),
            "until": _end_of("until"),
            "conditions": typed("conditions"),
            "reason": typed("reason"),
        }
        named = {name: value for name, value in decision.items() if value is not None}
        consents.give(parse_record_id(record_id), named, pen(), exchange())
        return frame.go("console.consent_page", record_id=record_id)

    return tried(act, lambda form: _consent(record_id, form), "give")


@blp.post("/consents/<record_id>/accept")
def accept_consent(record_id: str) -> Response:
    """Accept the conditions of a consent that came."""
    demand_proof()

    def act() -> Response:
        form_key()
        shown = consent_questions.show(parse_record_id(record_id), person(), exchange())
        consents.accept(str(shown["reply"]), person(), exchange())
        return frame.go("console.consent_page", record_id=record_id)

    return tried(act, lambda form: _consent(record_id, form), "accept")


@blp.post("/consents/<record_id>/withdraw")
def withdraw_consent(record_id: str) -> Response:
    """Withdraw a consent that we gave."""

    def act() -> Response:
        shown = consent_questions.show(parse_record_id(record_id), person(), exchange())
        consents.withdraw(str(shown["reply"]), {"reason": typed("reason")}, pen(), exchange())
        return frame.go("console.consent_page", record_id=record_id)

    return tried(act, lambda form: _consent(record_id, form), "withdraw")


def _consents(form: Form) -> Response:
    me = person()
    every = request.args.get("all") == "yes"
    asked, following = consent_questions.page(
        me, open_only=not every, after=said.place(), limit=_PAGE, exchange=exchange()
    )
    asks = not me.roles.isdisjoint(consents.ASKING)
    return frame.page(
        "consents.html",
        consents=asked,
        following=said.as_place(following),
        every=every,
        in_force=consents.in_force(me, exchange()) if asks else [],
        asks=asks,
        form=form,
        sources=writable_sources(),
        uses=vocab.CONSENT_USES,
        known=[one.id for one in partners.listing(exchange())],
    )


def _consent(record_id: str, form: Form) -> Response:
    found = consent_questions.show(parse_record_id(record_id), person(), exchange())
    gives = not person().roles.isdisjoint(consents.GIVING)
    return frame.page(
        "consent.html",
        found=found,
        form=form,
        gives=gives,
        sources=writable_sources(),
    )


def _record(name: str) -> str:
    given = field(name).strip()
    try:
        return parse_record_id(given if ":" in given else f"urn:uuid:{given}")
    except MalformedId:
        fault = Fault(f"/{name}", "malformed", "This is no id of a record.")
        raise RequestMalformed("the record is not named by its id", faults=(fault,)) from None


def _end_of(name: str) -> str | None:
    """Return the last second of a day that was typed, as records write it."""
    day = _day(name)
    if day is None:
        return None
    return datetime.fromtimestamp((day + _DAY_MS) / 1000 - 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
