"""What a disclosure rests on, beyond the decision itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.core.facts import Consent, Recipient, Signal, ThirdParty, in_force, signal_of
from gateway.core.lists import Transfer
from gateway.core.record import Record
from gateway.core.rules.abroad import allows, is_derogation


def legal_basis(record: Record) -> str | None:
    """Return the law the record is processed under, as one line; None if none was set."""
    basis = record.governance.get("legal_basis") or {}
    article = f"art. {basis['article']}" if basis.get("article") else ""
    parts = (basis.get("instrument"), article, basis.get("national_ref"))
    return ", ".join(str(part) for part in parts if part) or None


def consents_for(
    record: Record,
    recipient: Recipient,
    consents: Sequence[Consent],
    now_ms: int,
    rests_on: Sequence[ThirdParty] = (),
    units: Sequence[Signal] = (),
) -> tuple[str, ...]:
    """Return the consents, as ``name@version``, that reach this record and recipient now.

    Those of its originator, of whoever it passed through before, of whose material it rests on,
    however far back, and of the units of its financial signals (`units`: those it rests on).
    """
    chain = record.governance.get("originator_chain") or ()
    givers = {str(record.org), *(str(link.get("org_id")) for link in chain)}
    below = {party.org: frozenset(map(str, party.records)) for party in rests_on}
    own = (signal_of(record),) if record.type == "financial_signal" else ()
    of_units = {signal.consent for signal in (*own, *units) if signal.consent}
    return tuple(
        f"{one.name}@{one.version}"
        for one in consents
        if one.state == "granted"
        and in_force(one.valid_from, one.valid_until, now_ms)
        and _names(one, recipient)
        and (
            (one.org in givers and _covers(one, record))
            or (one.org in below and _covers(one, record, below[one.org]))
            or one.name in of_units
        )
    )


def _names(consent: Consent, recipient: Recipient) -> bool:
    return recipient.partner in consent.recipients or (
        bool(recipient.community) and recipient.community in consent.communities
    )


def _covers(consent: Consent, record: Record, rests_on: frozenset[str] = frozenset()) -> bool:
    """Return whether it is for this record, or for all that it rests on of that originator."""
    return (
        record.id in consent.records
        or record.body.get("provider_ref") in consent.records
        or record.type in consent.types
        or (bool(rests_on) and rests_on <= frozenset(consent.records))
    )


def transfer_approvals(
    record: Record, partner: str, ground: str | None, transfers: Sequence[Transfer], now_ms: int
) -> list[dict[str, Any]]:
    """Return who allows transfers of this type to this partner, as approvals of R-19.

    Nobody where it leaves on no ground, or on a derogation alone: people approve that per record.
    """
    if ground is None or all(map(is_derogation, ground.split(","))):
        return []
    return [
        {"rule": "R-19", "by": sorted(one.by)}
        for one in transfers
        if allows(one, partner, record.type, now_ms)
    ]


_SHOWN: Final = ("rule", "version", "outcome", "reason", "remedy")


def short_trace(trace: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a trace without its empty members: most rules pass, and say no more."""
    return [{name: one[name] for name in _SHOWN if one.get(name)} for one in trace]
