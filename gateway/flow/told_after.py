"""The message to whoever must be told that their material went on without their leave (R-20).

Laid out before the officer's commit and written in it: a `consent_request` to each originator whose
consent was missing (R-07), asked after the fact. Directive (EU) 2016/680, article 35(2): the
authority that would have had to consent is informed without delay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from gateway.core.ids import OrgId
from gateway.core.policy import Decision
from gateway.core.record import Record
from gateway.flow.booking import Booked, book
from gateway.flow.compose import NATIVE, governance_like, to
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.intake import Candidate, Feed, take_apart
from gateway.flow.originals import Booking
from gateway.flow.originators import originators

_THIRD_PARTY: Final = "R-07"
_WHY: Final = (
    "A life is at stake ({reason}): an officer let a record that rests on yours go without your "
    "consent, under Directive (EU) 2016/680, article 35(2). Consent to it, or refuse."
)

Json = dict[str, Any]


def messages(
    about: Record,
    source: str,
    decided: Sequence[tuple[str, Decision]],
    reason: str,
    person: Person,
    exchange: Exchange,
) -> dict[str, Booked]:
    """Return by originator what to write in the commit that lifts R-07 for these partners.

    `source` is that of the record: the message is submitted through it, as a record of its
    organisation. No unit of work may be open.
    """
    wanted: dict[str, tuple[set[str], set[str]]] = {}
    for partner, decision in decided:
        if not any(one.rule == _THIRD_PARTY and one.outcome == "lifted" for one in decision.trace):
            continue
        for originator, records in originators(str(about.id), partner, exchange).items():
            ids, partners = wanted.setdefault(originator, (set(), set()))
            ids.update(records)
            partners.add(partner)
    made: dict[str, Booked] = {}
    for originator, (ids, partners) in sorted(wanted.items()):
        body = _body(about, originator, sorted(ids), sorted(partners), reason, exchange)
        booked = _booked(body, source, person, exchange)
        if booked is not None:
            made[originator] = booked
    return made


def _body(
    about: Record,
    originator: str,
    records: Sequence[str],
    partners: Sequence[str],
    reason: str,
    exchange: Exchange,
) -> Json:
    why = _WHY.format(reason=reason)
    return {
        "type": "consent_request",
        "provider_ref": f"R-20-{exchange.new_id()}",
        "use": "pass_on",
        "records": list(records),
        "recipients": list(partners),
        "consent_purposes": list(about.governance.get("purposes") or ("operational_analysis",)),
        "reason": why,
        "risk": {"urgency": "urgent", "reason": why},
        "addressees": to(originator),
        "governance": governance_like(about, {}),
    }


def _booked(body: Json, source: str, person: Person, exchange: Exchange) -> Booked | None:
    """Return the message as a submission; None where it is no record, which stops nothing."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    organisation = configuration.organisations.get(person.org, {})
    adapter = exchange.adapters.named(NATIVE, configuration.mappings)
    raw = json.dumps(body, ensure_ascii=False).encode()
    feed = Feed(
        org=OrgId(person.org),
        country=str(organisation.get("country", "")),
        org_class=str(organisation.get("org_class", "")),
        source=source,
        adapter=adapter,
        profile=None,
        media_type="application/json",
    )
    found = take_apart(raw, feed, exchange)
    if not all(isinstance(one, Candidate) for one in found):
        return None
    booking = Booking(
        org=person.org,
        client=f"person:{person.name}",
        source=source,
        format=adapter.name,
        adapter_version=adapter.version,
        raw=raw,
    )
    return book(booking, found, exchange)
