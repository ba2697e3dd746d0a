"""Our own keys as people see them: life cycle, what runs out, and which partner knows the newest.

Reads public halves alone. Making a key needs the key folder: `gateway keys rotate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.partners import OWN_CARD
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import KeyRow
from keys.ring import ACTIVE, OPEN_AFTER_SECONDS, SEAL, RingKey
from keys.trust import ends_at

WARN_SECONDS: Final = 21 * 24 * 3600  # a successor should be known to partners by then
SIGNING_YEAR_SECONDS: Final = 365 * 24 * 3600
LEAD_DAYS: Final = 7

Json = dict[str, Any]


class RotationUnderWay(Conflict):
    """A new sealing key was made already and has not begun."""

    code: ClassVar[str] = "rotation-under-way"
    advice: ClassVar[str] = "`gateway keys list` says from when on it is used."


def own_keys(exchange: Exchange) -> list[Json]:
    """Return our keys as they were published, the newest first."""
    with exchange.store.reading() as work:
        rows = work.config.keys(exchange.own.id)
    return [_view(row, exchange.now_ms() // 1000) for row in _in_order(rows)]


def _in_order(rows: Sequence[KeyRow]) -> list[KeyRow]:
    return sorted(rows, key=lambda row: (row.use, row.algorithm, -(row.not_before or 0), row.kid))


def _view(row: KeyRow, now: int) -> Json:
    return {
        "kid": row.kid,
        "use": row.use,
        "algorithm": row.algorithm,
        "state": _phase(row, now),
        "not_before": _ms(row.not_before),
        "not_after": _ms(row.not_after),
        "opens_until": (
            _ms(row.not_after + OPEN_AFTER_SECONDS) if row.use == SEAL and row.not_after else None
        ),
    }


def _phase(row: KeyRow, now: int) -> str:
    """Return the state, with what the dates make of an active key."""
    if row.state != ACTIVE:
        return row.state
    if row.not_before is not None and now < row.not_before:
        return "next"
    return "over" if row.not_after is not None and row.not_after <= now else row.state


def _ms(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000


def knowing(exchange: Exchange) -> list[Json]:
    """Return for each partner whether our newest card was sent to it, and receipted."""
    with exchange.store.reading() as work:
        partners = [row for row in work.config.partners() if row.state == "confirmed"]
        made = _made_at(work)
        rows = [(row.id, _sent(row.id, made, work)) for row in partners]
    return [{"partner": partner, "state": state} for partner, state in rows]


def _made_at(work: UnitOfWork) -> int:
    card = next(iter(work.config.active(OWN_CARD)), None)
    return int(card.body.get("made_at", 0)) if card is not None else 0


def _sent(partner: str, made: int, work: UnitOfWork) -> str:
    newest = next(iter(work.deliveries.latest(partner=partner, kind="key-notice", limit=1)), None)
    if newest is None or newest.sealed_at < made:
        return "not_sent"
    return "known" if newest.stored_at is not None else "sent"


def check(exchange: Exchange) -> list[Json]:
    """Return what needs care, the most pressing first: code, what it is about, until when."""
    now = exchange.now_ms() // 1000
    keys = own_keys(exchange)
    found = [*_sealing(keys, now), *_signing(keys, now), *_certificates(exchange, now)]
    if not [one for one in keys if one["use"] == SEAL and one["state"] == "next"]:
        return sorted(found, key=lambda one: one["until"] or 0)
    ignorant = [one["partner"] for one in knowing(exchange) if one["state"] != "known"]
    found += [{"code": "partner-does-not-know", "about": one, "until": None} for one in ignorant]
    return sorted(found, key=lambda one: one["until"] or 0)


def _sealing(keys: Sequence[Json], now: int) -> list[Json]:
    ends = [
        one["not_after"]
        for one in keys
        if one["use"] == SEAL and one["state"] in ("active", "next") and one["not_after"]
    ]
    endless = any(
        one["use"] == SEAL and one["state"] == "active" and not one["not_after"] for one in keys
    )
    last = max(ends, default=0)
    if endless or last > (now + WARN_SECONDS) * 1000:
        return []
    return [{"code": "sealing-key-ends", "about": "HPKE-10-KE", "until": last or None}]


def _signing(keys: Sequence[Json], now: int) -> list[Json]:
    return [
        {
            "code": "signing-key-old",
            "about": one["kid"],
            "until": one["not_before"] + SIGNING_YEAR_SECONDS * 1000,
        }
        for one in keys
        if one["use"] != SEAL
        and one["state"] == "active"
        and one["not_before"]
        and one["not_before"] // 1000 + SIGNING_YEAR_SECONDS < now + WARN_SECONDS
    ]


def _certificates(exchange: Exchange, now: int) -> list[Json]:
    ends = [ends_at(der) for der in exchange.own.tls]
    known = [one for one in ends if one is not None]
    if not known or max(known) > now + WARN_SECONDS:
        return []
    return [{"code": "certificate-ends", "about": "TLS", "until": max(known) * 1000}]


def certificates(exchange: Exchange) -> list[Json]:
    """Return the TLS certificates of our card, in use and next, with their ends."""
    return [{"until": _ms(ends_at(der))} for der in exchange.own.tls]


def demand_no_successor(keys: Sequence[RingKey], now: int) -> None:
    """Raise RotationUnderWay if a sealing key waits for its beginning."""
    for one in keys:
        if one.use == SEAL and one.state == ACTIVE and (one.not_before or 0) > now:
            raise RotationUnderWay


def note_made(kid: str, by: str, exchange: Exchange) -> None:
    """Write down that a key was made."""
    with exchange.store.writing() as work:
        act: Act = ("key", {"kid": kid, "event": "made", "by": by})
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "keys.made")
