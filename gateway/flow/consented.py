"""A consent that arrived takes effect: an item in force, with the signed record as its proof.

Called inside the commit of `open`, and when a person accepts conditions. The epoch grows, so that
`reconsider` looks at everything that waited for it, or went by it. At its end it is ended by
`expire`, as a withdrawal ends it, so that the same follows.

Stays true:
  * A partner consents for its own records only; what it names besides is left out, and so is
    what was not asked for, where it answers a question.
  * A consent without an end is none; conditions in words bind before a person accepted them, so
    until then it allows nothing.
  * What was withdrawn never comes back: a later consent is a new one.
  * What changes nothing has an entry of the ledger all the same, which says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.core.deadlines import moment
from gateway.core.record import Record, canonical
from gateway.flow.acts import Act, entries
from gateway.flow.as_asked import as_asked
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ItemRow
from keys.suite import digest

ORIGIN: Final = "message"
# Why a consent allows nothing, in the ledger.
OVER: Final = "ended-before"  # what it names was ended, or never held
CONDITIONS: Final = "conditions"  # until a person accepts them
NOT_ASKED: Final = "not-asked"
PAST: Final = "past"
NO_RECORDS: Final = "no-records"  # none that it names is of its author and held here


def take_effect(
    record: Record, partner: str, question: Record | None, work: UnitOfWork, exchange: Exchange
) -> list[Act]:
    """Put in force what this consent of `partner` grants, or end what it withdraws.

    `question` is ours that it names, if it names one that we hold.
    """
    decision = str(record.body["decision"])
    if decision == "withdrawn":
        return _end(record, partner, work) or [_nothing(record, partner, OVER)]
    if decision != "granted":
        return [_nothing(record, partner, decision)]
    if record.body.get("conditions"):
        return [_nothing(record, partner, CONDITIONS)]
    asked = as_asked(record, partner, question, exchange.own.id, work)
    if asked is None:
        return [_nothing(record, partner, NOT_ASKED)]
    done = grant(asked, partner, f"partner:{partner}", work, exchange)
    return done or [_nothing(record, partner, _why(asked, partner, work, exchange))]


def _why(record: Record, partner: str, work: UnitOfWork, exchange: Exchange) -> str:
    until = moment(record.body.get("until"))
    if until is None or until <= exchange.now_ms():
        return PAST
    over = record.body.get("replaces") or _was_ended(record.id, partner, work)
    return OVER if over else NO_RECORDS


def _nothing(record: Record, partner: str, code: str) -> Act:
    about = {"record": record.id, "version": record.version, "partner": partner}
    return ("allows_nothing", {**about, "code": code})


def grant(record: Record, partner: str, by: str, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Put the consent in force; nothing happens where it allows nothing. Returns what was done.

    One for evidence or another purpose that names nobody is for us, who asked.
    """
    own = [
        id_
        for id_, row in work.records.newest(list(record.body.get("records") or ())).items()
        if row.from_partner == partner
    ]
    if _was_ended(record.id, partner, work):  # what it replaces ends with it
        return end_of(record.body.get("replaces"), partner, work)
    name, before = item_of(record.body.get("replaces"), partner, work)
    if name is None:
        name = item_name(record.id)
    elif before is not None and before.state != "active":
        return []
    content = _content(record, partner, own, exchange.own.id, before)
    return _put(name, content, record, by, work, exchange, is_new=before is None)


def given(record: Record, asker: str, by: str, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Put in force here what a consent of our own allows, so that what we send says so.

    With conditions it is not: whether `asker` accepted them is not known here.
    """
    if record.body["decision"] != "granted" or record.body.get("conditions"):
        return []
    own = list(record.body.get("records") or ())
    content = _content(record, str(record.org), own, asker, None)
    return _put(item_name(record.id), content, record, by, work, exchange, is_new=True)


def taken_back(consent: Record, by: str, work: UnitOfWork) -> list[Act]:
    """End here what a consent of our own allowed, or would allow once it is noted."""
    name = item_name(consent.id)
    held = next((item for item in work.config.items("consent") if item.name == name), None)
    if held is None and not consent.body.get("conditions"):
        # The process died before `given`: who repeats that call must find that it is over.
        held = _never_in_force(name, consent.id, str(consent.org))
    elif held is None or held.state != "active":
        return []
    work.config.put(replace(held, state="ended", approved_by=(by,)))
    return [("configured", {"item": f"consent/{name}", "change": "ended", "by": by})]


def _content(
    record: Record, originator: str, own: Sequence[str], asker: str, before: ItemRow | None
) -> dict[str, Any]:
    body = record.body
    named = list(body.get("recipients") or ())
    for_asker = body.get("use") != "pass_on" and not named and not body.get("communities")
    return {
        "originator": originator,
        "recipients": [asker] if for_asker else named,
        "communities": list(body.get("communities") or ()),
        "records": sorted(own),
        "purposes": list(body.get("consent_purposes") or ()),
        "types": [],
        "use": str(body.get("use")),
        "messages": [*(before.body["messages"] if before is not None else ()), record.id],
    }


def _put(
    name: str,
    content: dict[str, Any],
    record: Record,
    by: str,
    work: UnitOfWork,
    exchange: Exchange,
    *,
    is_new: bool,
) -> list[Act]:
    until = moment(record.body.get("until"))
    if until is None or until <= exchange.now_ms() or not content["records"]:
        return []
    row = ItemRow(
        kind="consent",
        name=name,
        version=0,
        change=0,
        body=content,
        digest=digest(canonical([content, None, until])),
        origin=ORIGIN,
        state="active",
        valid_from=None,
        valid_until=until,
        approved_by=(by,),
    )
    work.config.put(row)
    change = "added" if is_new else "changed"
    return [("configured", {"item": f"consent/{name}", "change": change, "by": by})]


def _end(record: Record, partner: str, work: UnitOfWork) -> list[Act]:
    """End what was granted; what comes only after its withdrawal is noted as over before it is."""
    message = record.body.get("replaces")
    acts = end_of(message, partner, work)
    if acts or not isinstance(message, str) or work.records.newest([message]):
        return acts
    if any(one.body["originator"] == partner for one in _history(message, work)):
        return []
    name, by = item_name(message), f"partner:{partner}"
    work.config.put(replace(_never_in_force(name, message, partner), approved_by=(by,)))
    return [("configured", {"item": f"consent/{name}", "change": "ended", "by": by})]


def _was_ended(message: str, partner: str, work: UnitOfWork) -> bool:
    """Return whether its giver took this consent back, before or after it came."""
    return any(
        (one.state, *one.approved_by) == ("ended", f"partner:{partner}")
        and one.body["originator"] == partner
        for one in _history(message, work)
    )


def _history(message: str, work: UnitOfWork) -> Sequence[ItemRow]:
    return work.config.history("consent", item_name(message))


def end_of(message: object, partner: str, work: UnitOfWork) -> list[Act]:
    """End what this consent record of `partner` allowed; nothing if it allowed nothing."""
    name, held = item_of(message, partner, work)
    by = f"partner:{partner}"
    if name is None or (held is not None and held.state != "active"):
        return []
    if held is None:  # it waits for a person to accept it: that is over, too
        held = _never_in_force(name, str(message), partner)
    work.config.put(replace(held, state="ended", approved_by=(by,)))
    return [("configured", {"item": f"consent/{name}", "change": "ended", "by": by})]


def end_expired(lease: Lease, exchange: Exchange) -> int:
    """End the consents whose end has come, of whatever origin; return how many did."""
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        over = [one for one in work.config.active("consent") if _is_over(one, now)]
    if not over:
        return 0
    with exchange.store.writing() as work:
        lease.demand(work)
        still = [one for one in work.config.active("consent") if _is_over(one, now)]
        acts: list[Act] = []
        for item in still:
            work.config.put(replace(item, state="ended", approved_by=("gateway",)))
            name = f"consent/{item.name}"
            acts.append(("configured", {"item": name, "change": "ended", "by": "gateway"}))
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "expire.consents")
    return len(still)


def _is_over(item: ItemRow, now: int) -> bool:
    return item.valid_until is not None and item.valid_until <= now


def _never_in_force(name: str, message: str, partner: str) -> ItemRow:
    content = {
        "originator": partner,
        "recipients": [],
        "communities": [],
        "records": [],
        "purposes": [],
        "types": [],
        "use": "pass_on",
        "messages": [message],
    }
    return ItemRow(
        kind="consent",
        name=name,
        version=0,
        change=0,
        body=content,
        digest=digest(canonical([content, None, None])),
        origin=ORIGIN,
        state="ended",
        valid_from=None,
        valid_until=None,
    )


def item_of(message: object, partner: str, work: UnitOfWork) -> tuple[str | None, ItemRow | None]:
    """Return name and newest version of the item that this consent record of `partner` made.

    Without an item the name it would have; without such a record of the partner's, nothing.
    """
    if not isinstance(message, str):
        return None, None
    for item in work.config.items("consent"):
        ours = item.origin == ORIGIN and item.body["originator"] == partner
        if ours and message in item.body["messages"]:
            return item.name, item
    row = work.records.newest([message]).get(message)
    if row is None or row.from_partner != partner or row.type != "consent":
        return None, None
    return item_name(message), None


def item_name(message: str) -> str:
    """Return the name of the item that a consent record makes."""
    return "consent-" + message.removeprefix("urn:uuid:")
