"""The pages of partners: invited by card, confirmed by two, tested, paused, resumed, revoked."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from gateway.core.errors import Fault, NotFound
from gateway.core.ids import MalformedId, parse_record_id
from gateway.flow import partners, person_view, propose
from gateway.flow.doctor import examine
from gateway.web.asked import RequestMalformed
from gateway.web.console import frame
from gateway.web.console.door import demand_proof
from gateway.web.console.forms import Form, form_key, tried
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange

_PAGE: Final = 50
_MOST_CARD_CHARS: Final = 1024 * 1024
_ADMINISTRATOR: Final = "administrator"
_EVENTS: Final = {"pause": partners.pause, "resume": partners.resume}


@blp.get("/partners")
def list_partners() -> Response:
    """List partners, with the words of their cards, and our own card to give away."""
    return _listed(Form("card"))


@blp.post("/partners")
def introduce() -> Response:
    """Introduce a partner by its card; nothing is believed yet."""
    frame.demand(_ADMINISTRATOR)

    def act() -> Response:
        form_key()
        raw = field("card").strip()
        if not raw or len(raw) > _MOST_CARD_CHARS:
            fault = Fault("/card", "missing", "Paste the card that the partner gave you.")
            raise RequestMalformed("a card is needed", faults=(fault,))
        try:
            partner, _ = partners.add_card(raw.encode(), exchange(), f"person:{person().name}")
        except partners.CardUnusable as error:
            fault = Fault("/card", error.code, error.detail)
            raise RequestMalformed("this is no card", faults=(fault,)) from error
        return frame.go("console.partner_page", partner=partner)

    return tried(act, _listed, "card")


@blp.post("/partners/<partner>/confirm")
def confirm_partner(partner: str) -> Response:
    """Propose that a card is believed, by the words that were heard; a second person confirms."""
    frame.demand(_ADMINISTRATOR)

    def act() -> Response:
        form_key()
        demand_proof()
        asked = {
            "partner": partner,
            "words": field("words").replace(",", " ").split(),
            "fetch": field("way") == "fetch",
            "pulls": field("way") == "pulls",
        }
        try:
            row = propose.propose(
                "confirm-partner", asked, person(), exchange(), reason="words_heard"
            )
        except partners.FingerprintDiffers as error:
            fault = Fault("/words", error.code, error.detail, error.advice)
            raise RequestMalformed("the words differ", faults=(fault,)) from error
        return frame.go("console.proposal", id_=row.id)

    return tried(act, lambda form: _shown(partner, form), "confirm")


@blp.post("/partners/<partner>/revoke")
def revoke_partner(partner: str) -> Response:
    """Propose that a partner is trusted no more; a second person does it."""
    frame.demand(_ADMINISTRATOR)

    def act() -> Response:
        form_key()
        demand_proof()
        asked = {"partner": partner, "keys_lost": field("keys_lost") == "yes"}
        reason = field("reason")
        row = propose.propose("revoke-partner", asked, person(), exchange(), reason=reason)
        return frame.go("console.proposal", id_=row.id)

    return tried(act, lambda form: _shown(partner, form), "revoke")


@blp.post("/partners/<partner>/channel")
def move_channel(partner: str) -> Response:
    """Pause sending to a partner, or go on."""
    frame.demand(_ADMINISTRATOR)

    def act() -> Response:
        form_key()
        event = _EVENTS.get(field("event"))
        if event is None:
            raise frame.FormRefused
        event(partner, f"person:{person().name}", exchange())
        return frame.go("console.partner_page", partner=partner)

    return tried(act, lambda form: _shown(partner, form), "channel")


@blp.get("/partners/<partner>/test")
def test_partner(partner: str) -> Response:
    """Go the way to a partner in stages, and say which side must act."""
    frame.demand(*frame.OVERSEERS)
    return frame.page("partner_test.html", found=examine(partner, exchange()))


@blp.get("/partners/<partner>")
def partner_page(partner: str) -> Response:
    """Show one partner: its state, and what of ours did not go to it, with why."""
    return _shown(partner, Form())


@blp.get("/partners/<partner>/why")
def why_not(partner: str) -> Response:
    """Lead from a record that somebody names to every rule's answer for this partner."""
    given = request.args.get("record", "").strip()
    try:
        record = parse_record_id(given if ":" in given else f"urn:uuid:{given}")
    except MalformedId:
        fault = Fault("/record", "malformed", "This is no id of a record.")
        error = RequestMalformed("the record is not named by its id", faults=(fault,))
        form = Form("why", typed={"record": [given]}, faults=frame.said(error), error=error)
        answer = _shown(partner, form)
        answer.status_code = 422
        return answer
    return frame.go("console.why", record_id=record, partner=partner)


def _shown(partner: str, form: Form) -> Response:
    found = next((one for one in partners.listing(exchange()) if one.id == partner), None)
    if found is None:
        raise NotFound("no such partner")
    before = request.args.get("before", "")
    rows = person_view.stopped(partner, person(), before, _PAGE, exchange())
    more: dict[str, Any] = {"following": rows[-1]["id"] if len(rows) == _PAGE else None}
    may_change = _ADMINISTRATOR in person().roles
    return frame.page(
        "partner.html", found=found, stopped=rows, form=form, may_change=may_change, **more
    )


def _listed(form: Form) -> Response:
    return frame.page(
        "partners.html",
        partners=partners.listing(exchange()),
        words=partners.own_words(exchange()),
        card=partners.own_card(exchange()),
        form=form,
        may_change=_ADMINISTRATOR in person().roles,
    )
