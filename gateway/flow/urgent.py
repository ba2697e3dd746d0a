"""The urgent path as people use it: lift rules for the sake of a life, and watch the receipts.

An urgent release must be receipted within fifteen minutes of the decision that it may go. After
that the duty contact of the partner's card is shown, and the alarm stands in the status, in the
metrics and in the log until the receipt is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gateway.core.errors import StaleDecision
from gateway.core.proposal import act_kind, demand_proposer
from gateway.flow import override
from gateway.flow.acts import entries
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.ports import UnitOfWork
from gateway.flow.propose import new_proposal, proposed
from gateway.flow.rows_people import ProposalRow, UrgentRow
from gateway.flow.submit import TRIES
from gateway.flow.told_after import messages

RECEIPT_CLOCK_MS: Final = 15 * 60 * 1000
URGENT: Final = 1  # threat to life, urgent
MOST_SHOWN: Final = 1_000
SOME: Final = 50  # proposals in memory at a time
READERS: Final = ("duty_officer", "release_officer", "contact_point", "data_protection_officer")

Json = dict[str, Any]


def lift(
    record: str,
    partners: Sequence[str],
    reason: str,
    person: Person,
    exchange: Exchange,
    *,
    fields: Sequence[str] = (),
    raised: bool = False,
) -> ProposalRow:
    """Let a record go to these partners at once (R-20); return what a second person confirms.

    `raised`: the officer says that a life is at stake, which the record does not. Whose consent is
    missing (R-07) is told by a message to its gateway, in the same commit. Raises Forbidden,
    NotFound, NotOverridable, NothingToOverride, ReasonMalformed, GoneAlready, BasisChanged.
    """
    demand_proposer(act_kind(override.ACT), person.roles)
    asked: Json = {"record": record, "partners": partners, "fields": fields, "reason": reason}
    asked["raise"] = raised
    body = override.OVERRIDE_CONFIRM.complete(asked, person, exchange)
    row = new_proposal(override.ACT, body, person, exchange, reason=reason)
    for _ in range(TRIES - 1):
        try:
            _lift(row, person, exchange)
        except StaleDecision:
            continue  # configuration changed while the messages were laid out
        return row
    _lift(row, person, exchange)
    return row


def _lift(row: ProposalRow, person: Person, exchange: Exchange) -> None:
    held, about, decided = override.told_of(row.body, person.name, exchange)
    told = messages(about, held.source, decided, row.body["reason"], person, exchange)
    with exchange.store.writing() as work:
        work.proposals.add(row)
        acts = [proposed(row), *override.begin(row, work, exchange)]
        for originator, message in told.items():
            message.write(work, exchange)
            acts.append(override.informed_partner(row, originator))
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "urgent.lift")


def already(
    record: str, partners: Sequence[str], reason: str, person: Person, exchange: Exchange
) -> ProposalRow | None:
    """Return the override of this person that stands for the same already, if it is still open."""
    after = ""
    with exchange.store.reading() as work:
        while page := work.proposals.page(person.org, open_only=True, after=after, limit=SOME):
            for row in page:
                body = row.body
                if (row.act, row.proposer) == (override.ACT, person.name) and (
                    body["record"],
                    body["partners"],
                    body["reason"],
                ) == (record, sorted(set(partners)), reason):
                    return row
            after = page[-1].id
    return None


def waiting(person: Person, exchange: Exchange) -> list[Json]:
    """Return urgent releases of the person's organisation without a receipt, the oldest first.

    Raises Forbidden.
    """
    demand_role(person, *READERS)
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = work.releases.urgent(up_to=URGENT, limit=MOST_SHOWN)
    return [_view(row, now, configuration) for row in rows if row.org == person.org]


def _view(row: UrgentRow, now: int, configuration: Configuration) -> Json:
    return {
        "record": row.record,
        "version": row.version,
        "partner": row.partner,
        "state": "handed" if row.handed_at is not None else row.state,
        "since": row.since,
        "receipt_due": row.since + RECEIPT_CLOCK_MS,
        "overdue": is_overdue(row, now),
        "duty": configuration.duty_of(row.partner),
    }


def is_overdue(row: UrgentRow, now: int) -> bool:
    """Return whether the receipt of an urgent release should be here by now."""
    return now >= row.since + RECEIPT_CLOCK_MS


def alarms(work: UnitOfWork, configuration: Configuration, now: int) -> list[Json]:
    """Return one alarm per partner whose receipt for something urgent is overdue."""
    late: dict[str, list[UrgentRow]] = {}
    for row in work.releases.urgent(up_to=URGENT, limit=MOST_SHOWN):
        if is_overdue(row, now):
            late.setdefault(row.partner, []).append(row)
    return [
        {
            "partner": partner,
            "urgent_overdue": len(rows),
            "oldest_seconds": (now - rows[0].since) // 1000,
            "duty": configuration.duty_of(partner),
        }
        for partner, rows in sorted(late.items())
    ]


def alarms_now(exchange: Exchange) -> list[Json]:
    """Return the alarms of this moment, for whoever rings the bell."""
    with exchange.store.reading() as work:
        return alarms(work, exchange.configuration(work), exchange.now_ms())
