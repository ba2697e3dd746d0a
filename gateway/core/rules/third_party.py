"""R-07: what came from somebody else, or rests on it, goes on only with their leave.

Whom it came from is never told: their ids, who provided it and the chain are withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.core.facts import Signal, signal_of
from gateway.core.rules.abroad import end_recipients
from gateway.core.rules.base import PASS, Context, Hold, Outcome, Reduce, Rule
from gateway.core.rules.leave import consented_purposes, others, wanted_purposes

_LAW_ENFORCEMENT: Final = frozenset(
    {
        "eu_authority",
        "eu_agency",
        "schengen",
        "third_country",
        "international_organisation",
        "fiu",
    }
)
# To whom the providing FIU lets its material go on without being asked again.
_DISSEMINATION: Final = {
    "none": frozenset[str](),
    "ask": frozenset[str](),
    "fiu_only": frozenset({"fiu"}),
    "law_enforcement": _LAW_ENFORCEMENT,
}
# What these say of a record is that it exists, to those who know it.
_TELLING_NOTHING: Final = frozenset({"outcome", "refusal", "consent_request", "consent"})
_WITHOUT: Final = frozenset({"none", "fiu_only"})  # say so of the FIU's own dispatch as well


def _third_party(context: Context) -> Outcome:
    parties = others(context)
    for party in parties:
        if not party.org:
            return Hold(
                "it rests on a record that this gateway does not hold, so whose it is cannot be "
                "told",
                "Correct derived_from and the roots of grounds, or leave out what cannot be shown.",
            )
        wanted = wanted_purposes(context)
        if not consented_purposes(context, wanted, party.org, party.records):
            return Hold(
                "it rests on material of a third party, and no consent of theirs covers this "
                "recipient and purpose",
                "Ask that originator (`gateway consents ask`); a consent names the recipient or "
                "its community, the record or type, a purpose and an end.",
            )
    if not _units_allow(context):
        return Hold(
            "material of a financial intelligence unit, and its consent does not reach this "
            "recipient",
            "Ask the unit that provided it, and name its consent in fiu_terms.consent_id.",
        )
    if not parties:
        return PASS
    told = (
        *_traces(context, {id_ for party in parties for id_ in party.records}),
        *_addressed(context, {party.org for party in parties}),
    )
    if not told:
        return PASS
    return Reduce(told, "ids and providers of a third party are left out")


def _traces(context: Context, ids: set[str]) -> Iterator[str]:
    """Yield the members that say of whom or on which of their records it rests."""
    body = context.record.body
    for name in ("derived_from", "corroborated_by"):
        for index, one in enumerate(body.get(name) or ()):
            if one in ids:
                yield f"/{name}/{index}"
    for index, ground in enumerate(body.get("grounds") or ()):
        roots = ground.get("roots") or ()
        named = [number for number, root in enumerate(roots) if root.get("record") in ids]
        yield from (f"/grounds/{index}/roots/{number}/record" for number in named)
        if named or ground.get("kind") == "partner_report":
            yield from _providers(ground, f"/grounds/{index}")


def _addressed(context: Context, orgs: set[str]) -> Iterator[str]:
    """Yield the third parties among the recipients: a name there tells as well."""
    for index, entry in enumerate(context.looked.named):
        if entry.get("partner") in orgs or entry.get("org_id") in orgs:
            yield f"/addressees/recipients/{index}"


def _providers(ground: Mapping[str, Any], place: str) -> Iterator[str]:
    if "provider" in ground:
        yield f"{place}/provider"
    for number, root in enumerate(ground.get("roots") or ()):
        if "provider" in root:
            yield f"{place}/roots/{number}/provider"


def _units_allow(context: Context) -> bool:
    """Return whether the units whose material this is, or rests on, let it go there."""
    signals = () if context.record.type in _TELLING_NOTHING else context.facts.signals
    if context.record.type == "financial_signal":
        signals = (signal_of(context.record), *signals)
    return all(_unit_allows(signal, context) for signal in signals)


def _unit_allows(signal: Signal, context: Context) -> bool:
    """Return whether the FIU whose material this is lets it go to every end recipient."""
    if not signal.from_unit:
        return True
    if signal.org in (context.recipient.partner, *context.recipient.orgs):
        return True  # it goes back to whom it came from
    # It is the unit itself that sends it.
    originator = (context.record.body.get("originator") or {}).get("org_id", context.record.org)
    own = signal.org_class == "fiu" and signal.org == originator
    if own and signal.dissemination not in _WITHOUT:
        return True
    allowed = _DISSEMINATION.get(signal.dissemination, frozenset())
    if allowed and all(one.org_class in allowed for one in end_recipients(context)):
        return True
    home = (context.record.org, context.recipient.partner, *context.recipient.orgs)
    return any(
        consent.name == signal.consent
        and consent.org not in home  # neither who asks nor who receives can give it
        and bool(consented_purposes(context, wanted_purposes(context), consent.org))
        for consent in context.facts.consents
    )


RULES = (
    Rule(
        "R-07",
        1,
        "Leave of third parties",
        "Directive (EU) 2016/680 art. 35(1)(c), (e); Directive (EU) 2023/977 art. 6; "
        "Directive (EU) 2024/1640 art. 34",
        _third_party,
        "Hold without leave. With it, Reduce: ids of their records, their names as providers and "
        "the chain are left out.",
        "A consent of everybody whose material it rests on, however far back; for material of a "
        "financial intelligence unit the prior consent of that unit.",
    ),
)
