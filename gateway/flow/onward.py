"""What a partner's record must be to go on to another partner: whole, unchanged, and allowed to.

Decided as every release, by the rules, with three differences: a person has named the recipient
(R-21), nothing can be left out, since the originator's signature covers the whole text, and the
terms under which it came must allow it (R-07).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from gateway.core.decision import Decision, RuleResult
from gateway.core.errors import Conflict, NotFound
from gateway.core.facts import Facts, Recipient
from gateway.core.looked import look
from gateway.core.notice import ADDED_HANDLING
from gateway.core.record import Record
from gateway.core.rules import RULES
from gateway.core.rules.base import Context, Hold, Refuse
from gateway.core.rules.leave import consented_purposes
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_texts
from gateway.flow.rows import RecordRow
from keys.suite import digest

ONWARD_RULES: Final = tuple(rule for rule in RULES if rule.id != "R-21")
_THIRD_PARTY: Final = "R-07"
_ASKING: Final = frozenset(ADDED_HANDLING) - {"H1"}  # H1 is about evidence alone


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A text as its originator sealed it, and the statement that proves it."""

    text: bytes
    proof: bytes


def unchanged(row: RecordRow, exchange: Exchange) -> Unchanged | None:
    """Return the text of a received record; None if it was changed or erased here."""
    if row.text is None or row.wrapped is None:
        return None
    (text,) = open_texts([row], exchange)
    if digest(text) != row.sha256:
        return None
    with exchange.store.reading() as work:
        key = (row.from_partner or "", row.sha256)
        proof = work.follow.evidence([key]).get(key)
        arrival = work.arrivals.get(row.statement) if row.statement and proof is None else None
    if arrival is not None:
        proof = arrival.statement
    return None if proof is None else Unchanged(text, proof)


def onward(
    decision: Decision,
    record: Record,
    recipient: Recipient,
    facts: Facts,
    now_ms: int,
) -> Decision:
    """Return the decision of the rules, narrowed by what holds for passing on."""
    if decision.state != "due":
        return decision
    stopped = _stopped(decision, record, recipient, facts, now_ms)
    if stopped is None:
        return decision
    word = "refuse" if isinstance(stopped, Refuse) else "hold"
    result = RuleResult(
        _THIRD_PARTY, 1, word, stopped.reason, stopped.remedy, "Directive (EU) 2016/680 art. 35"
    )
    return replace(
        decision,
        verdict=stopped,
        rule=_THIRD_PARTY,
        reductions=(),
        terms=None,
        trace=(*(one for one in decision.trace if one.rule != _THIRD_PARTY), result),
    )


def _stopped(
    decision: Decision,
    record: Record,
    recipient: Recipient,
    facts: Facts,
    now_ms: int,
) -> Hold | Refuse | None:
    if decision.reductions:
        return Hold(
            "something in it may not go to this partner, and it can only be passed on whole",
            "Ask the originator to release it to this partner itself.",
        )
    said = record.body.get("terms") or {}
    terms = str(said.get("pass_on", "ask"))
    named = terms == "list" and not {recipient.partner, *recipient.orgs}.isdisjoint(
        said.get("pass_on_to") or ()
    )
    context = Context(record, recipient, facts, now_ms, "out", look(record))
    wanted = decision.terms.purposes if decision.terms else ()
    consented = consented_purposes(context, wanted, record.org)
    if terms in ("nobody", "list") and not named and not consented:
        return Refuse(
            "its originator does not allow to pass it on",
            "Ask the originator to release it to this partner itself.",
        )
    if not consented and (not named or facts.added_handling & _ASKING):
        return Hold(
            "it is passed on only with the consent of its originator, and none is in force",
            "Ask the originator for a consent that names this partner, the record, a purpose and "
            "an end.",
        )
    return None


class OurOwn(Conflict):
    """This is a record of ours: there is nobody's word to keep it by, or to pass it on."""

    code: ClassVar[str] = "our-own"


def demand_received(record: str, org: str, instead: str, work: UnitOfWork) -> None:
    """Refuse a record of this organisation itself, and say what to do `instead`.

    Raises OurOwn. Another organisation's is left to `received_row`: it looks like none.
    """
    row = work.records.newest([record]).get(record)
    if row is not None and row.from_partner is None and row.org == org:
        raise OurOwn(f"this is a record of ours: {instead}")


def received_row(record: str, version: int | None, work: UnitOfWork) -> RecordRow:
    """Return a version (None: the newest) of a record that a partner sent. Raises NotFound."""
    rows = work.records.versions(record)
    found = [row for row in rows if version in (None, row.version)]
    if not found or found[-1].from_partner is None:
        raise NotFound
    return found[-1]
