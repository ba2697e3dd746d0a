"""What became of what was given: outcomes owed by us and to us, and how many never came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.flow.compose import Pen, governance_like, newest_of, submit_composed, to
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.outcome import Outcome
from gateway.flow.requests import LOOKING, asked_of
from gateway.flow.rows_asked import AskedCount

Json = dict[str, Any]
GIVING: Final = ("contact_point", "duty_officer", "release_officer", "analyst")


def counts(person: Person, direction: str, exchange: Exchange) -> list[Json]:
    """Return outcomes per partner and operational action, the share unanswered beside.

    `direction`: ``out`` counts what partners owe us, ``in`` what we owe them. Unanswered is what
    is past its day without an outcome; what is not due yet counts neither way.
    """
    demand_role(person, *LOOKING)
    with exchange.store.reading() as work:
        found = work.asked.counts(person.org, "outcome", direction, now_ms=exchange.now_ms())
    groups: dict[tuple[str, str | None], list[AskedCount]] = {}
    for one in found:
        groups.setdefault((one.partner, one.action), []).append(one)
    return [
        {"partner": partner, "operational_action": action, **_counted(rows)}
        for (partner, action), rows in sorted(
            groups.items(), key=lambda pair: (pair[0][0], pair[0][1] or "")
        )
    ]


def _counted(rows: list[AskedCount]) -> Json:
    answered = sum(one.count for one in rows if one.state == "answered")
    over = sum(one.count for one in rows if one.over)
    codes: dict[str, int] = {}
    for one in rows:
        if one.state == "answered" and one.code:
            codes[one.code] = codes.get(one.code, 0) + one.count
    closed = answered + over
    return {
        "asked": sum(one.count for one in rows),
        "answered": answered,
        "unanswered": over,
        "share_unanswered": round(over / closed, 4) if closed else None,
        "codes": dict(sorted(codes.items())),
    }


def give(record: str, said: Mapping[str, Any], pen: Pen, exchange: Exchange) -> Outcome:
    """Tell the originator what became of a record it sent. Raises NotFound, RecordInvalid."""
    demand_role(pen.person, *GIVING)
    about, sender = newest_of(record, exchange)
    if sender is None:
        raise NotFound
    asked_of(record, "outcome", pen.person, exchange)
    body = {
        "record": record,
        "record_version": about.version,
        "derived_from": [record],
        "code": said.get("code"),
        "at": said.get("at"),
        "missing": list(said.get("missing") or ()),
        "addressees": to(sender),
        "governance": governance_like(about, {}),
    }
    return submit_composed("outcome", body, pen, exchange)
