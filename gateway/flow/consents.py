"""Consents by message, as our persons ask for, give, withdraw and accept them.

What an arrived consent does is `consented`'s; its clock is kept by `asked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict, Fault, NotFound
from gateway.core.ids import RecordId
from gateway.core.normalise import RecordInvalid
from gateway.core.record import Record
from gateway.flow.acts import entries
from gateway.flow.as_asked import LISTS, as_asked, demand_asked, demand_first, question_of
from gateway.flow.compose import (
    Pen,
    governance_like,
    held_by,
    is_repeated,
    newest_of,
    submit_composed,
    to,
)
from gateway.flow.configuration import Configuration
from gateway.flow.consented import ORIGIN, given, grant, item_name, item_of, taken_back
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.matching import sees
from gateway.flow.originators import originators
from gateway.flow.outcome import Outcome
from gateway.flow.ports import UnitOfWork
from gateway.flow.requests import asked_of, reply_state
from gateway.flow.rows import ItemRow

ASKING: Final = ("contact_point", "duty_officer", "release_officer")
GIVING: Final = ("duty_officer", "release_officer")

Json = dict[str, Any]
_SCOPE: Final = ("use", *LISTS)


class NobodyToAsk(NotFound):
    """The record rests on nothing that a partner sent: nobody else's consent is missing."""

    code: ClassVar[str] = "nobody-to-ask"
    advice: ClassVar[str] = (
        "Where your own organisation is the originator, two people make an item of kind consent: "
        "docs/howto/consent-for-our-own.md."
    )


class ConsentOver(Conflict):
    """This consent was accepted before, replaced or withdrawn."""

    code: ClassVar[str] = "consent-over"
    advice: ClassVar[str] = "`gateway consents list --all` says how it stands; a new one is asked."


def ask(record: str, said: Mapping[str, Any], pen: Pen, exchange: Exchange) -> list[Outcome]:
    """Ask every originator whose consent `record` needs before it goes to ``said["partner"]``.

    Without a partner it is for our own use, as evidence or for other purposes: the originator of
    what came to us is asked. Raises NobodyToAsk, NotFound, Forbidden, RecordInvalid.
    """
    demand_role(pen.person, *ASKING)
    about = held_by(pen.person.org, record, exchange)
    use = said.get("use") or "pass_on"
    partner = said.get("partner")
    purposes = said.get("consent_purposes") or about.governance.get("purposes") or ()
    asked = originators(record, str(partner or exchange.own.id), exchange)
    if not asked:
        raise NobodyToAsk
    return [
        submit_composed(
            "consent_request",
            {
                "use": use,
                "records": ids,
                "recipients": [] if partner is None else [partner],
                "consent_purposes": list(purposes),
                "reason": said.get("reason"),
                "until": said.get("until"),
                "answer_by": said.get("answer_by"),
                "risk": about.body.get("risk") or {"urgency": "routine"},
                "addressees": to(originator),
                "governance": governance_like(about, {}),
            },
            _pen_for(pen, originator),
            exchange,
        )
        for originator, ids in asked.items()
    ]


def _pen_for(pen: Pen, originator: str) -> Pen:
    key = None if pen.key is None else f"{pen.key}.{originator}"
    return Pen(person=pen.person, source=pen.source, key=key)


def give(request: str, said: Mapping[str, Any], pen: Pen, exchange: Exchange) -> Outcome:
    """Answer a consent request: what was asked, or the part of it that `said` names, or no.

    Only records of the person's own organisation can be given. Raises NotFound, Forbidden,
    AlreadyAnswered, ReplyHeld, RecordInvalid (a consent without an end is none, and none is wider
    than its question).
    """
    demand_role(pen.person, *GIVING)
    row = asked_of(request, "consent_request", pen.person, exchange)
    asked, _ = newest_of(request, exchange)
    if not is_repeated(pen, exchange):
        with exchange.store.reading() as work:
            demand_first(row, reply_state(row, work))
        demand_asked(said, asked, exchange.now_ms())
    body: Json = {"request": request, "decision": said.get("decision") or "granted"}
    if body["decision"] == "granted":
        body |= {name: asked.body[name] for name in _SCOPE if asked.body.get(name)}
        body |= {name: said[name] for name in _SCOPE if said.get(name)}
        body["records"] = _ours(body["records"], pen.person, exchange)
        body |= {"until": said.get("until"), "conditions": said.get("conditions")}
    body |= {
        "reason": said.get("reason"),
        "risk": asked.body.get("risk") or {"urgency": "routine"},
        "addressees": to(row.partner),
        "governance": governance_like(asked, {}),
    }
    outcome = submit_composed("consent", body, pen, exchange)
    record, _ = newest_of(str(outcome.record), exchange)
    with exchange.store.writing() as work:
        name = item_name(record.id)
        if not any(item.name == name for item in work.config.items("consent")):
            by = f"person:{pen.person.name}"
            work.ledger.add(entries(given(record, row.partner, by, work, exchange), exchange))
            exchange.commit(work, "consents.give")
    return outcome


def _ours(records: list[str], person: Person, exchange: Exchange) -> list[str]:
    with exchange.store.reading() as work:
        rows = work.records.newest(records)
    own = sorted(
        id_ for id_, row in rows.items() if row.from_partner is None and row.org == person.org
    )
    if not own:
        raise NotFound("none of these records is your organisation's to give")
    return own


def withdraw(consent: str, said: Mapping[str, Any], pen: Pen, exchange: Exchange) -> Outcome:
    """Withdraw a consent that we gave: it ends where it arrives, and what went by it is followed.

    Raises NotFound if the person's organisation gave no such consent, ConsentOver if it was
    withdrawn before.
    """
    demand_role(pen.person, *GIVING)
    ours, sender = newest_of(consent, exchange)
    if sender is not None or ours.org != pen.person.org or ours.type != "consent":
        raise NotFound
    if ours.body["decision"] != "granted":
        raise ConsentOver
    body = {
        "provider_ref": f"withdrawal-{consent}",  # there is one of each consent
        "request": ours.body.get("request"),
        "decision": "withdrawn",
        "replaces": consent,
        "reason": said.get("reason"),
        "risk": {"urgency": "priority"},
        "addressees": ours.body["addressees"],
        "governance": dict(ours.governance),
    }
    # First here: what ends between the two is narrower than what was told, never wider.
    with exchange.store.writing() as work:
        acts = taken_back(ours, f"person:{pen.person.name}", work)
        if acts:
            work.ledger.add(entries(acts, exchange))
            exchange.commit(work, "consents.withdraw")
    try:
        outcome = submit_composed("consent", body, pen, exchange)
    except RecordInvalid as invalid:
        if any(fault.pointer == "/provider_ref" for fault in invalid.faults):
            raise _withdrawn() from None
        raise
    if outcome.state == "duplicate":
        raise _withdrawn()
    return outcome


def _withdrawn() -> ConsentOver:
    return ConsentOver(
        "it was withdrawn before",
        faults=(Fault("/consent", "withdrawn", "It was withdrawn before.", ConsentOver.advice),),
    )


def accept(consent: str, person: Person, exchange: Exchange) -> str:
    """Accept the conditions of a consent that arrived; return the item now in force.

    Raises NotFound, ConsentOver.
    """
    demand_role(person, *GIVING)
    record, sender = newest_of(consent, exchange)
    if sender is None or record.type != "consent" or record.body["decision"] != "granted":
        raise NotFound
    _demand_asked_by(record, sender, person, exchange)
    question = question_of(record, exchange)
    with exchange.store.writing() as work:
        name, item = item_of(consent, sender, work)
        if item is not None:
            raise ConsentOver
        asked = as_asked(record, sender, question, exchange.own.id, work)
        by = f"person:{person.name}"
        acts = [] if asked is None else grant(asked, sender, by, work, exchange)
        if name is None or not acts:
            raise ConsentOver(
                "it allows nothing: its end has passed, its records went, or it is not what was "
                "asked"
            )
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "consents.accept")
    return name


def _demand_asked_by(record: Record, sender: str, person: Person, exchange: Exchange) -> None:
    """Raises NotFound unless the person's organisation asked, or nobody did."""
    request = record.body.get("request")
    if request is not None:
        row = asked_of(RecordId(str(request)), "consent_request", person, exchange, direction="out")
        if row.partner != sender:
            raise NotFound


def in_force(person: Person, exchange: Exchange) -> list[Json]:
    """Return the consents that hold now and are the person's organisation's to see, by name.

    Those it gave itself, those about records that it has, and those that name no record.
    """
    demand_role(person, *ASKING)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        items = [
            (item, records)
            for item in work.config.active("consent")
            if (records := _seen_of(item, person.org, configuration, work)) is not None
        ]
    now = exchange.now_ms()
    return [
        {
            "name": item.name,
            "version": item.version,
            "originator": item.body["originator"],
            "recipients": list(item.body["recipients"]),
            "communities": list(item.body["communities"]),
            "records": records,
            "purposes": list(item.body["purposes"]),
            "use": item.body.get("use", "pass_on"),
            "until": item.valid_until,
            "by_message": item.origin == ORIGIN,
        }
        for item, records in items
        if (item.valid_from or 0) <= now and (item.valid_until is None or now < item.valid_until)
    ]


def _seen_of(
    item: ItemRow, org: str, configuration: Configuration, work: UnitOfWork
) -> list[str] | None:
    """Return the records of a consent that this organisation may see; None: nothing of it.

    Records by the reference of their provider are an administrator's words, for the gateway.
    """
    named = list(item.body["records"])
    originator = item.body["originator"]
    if originator == org:
        return named
    if originator in configuration.organisations:
        return None
    rows = work.records.newest(named)
    seen = [one for one in named if one not in rows or sees(org, rows[one], configuration, work)]
    return seen if seen or not named else None
