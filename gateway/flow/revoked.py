"""The journey of a partner trusted no more: nothing new goes to it, what it has is recalled.

`revoke` is one commit, which moves the epoch: from then on the rules refuse the partner, and what
is sealed for it is voided. The recalls are written by `reconsider`, record by record, and leave as
every notice.

Stays true:
  * Of a revoked partner only receipts, verdicts, voids and notices are taken: it can say that it
    destroyed something, and give nothing new.
  * Where its keys are lost, nothing is sealed to them and nothing signed by them is believed: what
    it holds stays in the table of holders, unanswered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.core.errors import NotFound
from gateway.core.lifecycle import step
from gateway.core.notice import PARTNER_REVOKED
from gateway.flow.acts import Act, entries
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.partners import note_partner
from gateway.flow.ports import UnitOfWork
from gateway.flow.telling import tell_some
from gateway.flow.unconsented import held_by

REVOKED: Final = "revoked"
BATCH: Final = 100


def revoke(partner: str, by: str, exchange: Exchange, *, keys_lost: bool = False) -> None:
    """Trust `partner` no more; it can never be confirmed again under this id.

    `keys_lost`: others may have its keys, so nothing is sealed to them or believed any more.
    Raises NotFound; Conflict for one that was revoked before.
    """
    with exchange.store.writing() as work:
        act = revoke_in(partner, by, work, exchange.now_ms(), keys_lost=keys_lost)
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "partners.revoke")


def revoke_in(partner: str, by: str, work: UnitOfWork, now: int, *, keys_lost: bool) -> Act:
    """Revoke in a commit of the caller; return the act to be ledgered."""
    row = {one.id: one for one in work.config.partners()}.get(partner)
    if row is None:
        raise NotFound("no such partner")
    state = step("partner", row.state, "revoke")
    work.config.put_partner(replace(row, state=state))
    if keys_lost:
        keys = work.config.keys(partner)
        work.config.put_keys([replace(key, state=REVOKED, revoked_at=now // 1000) for key in keys])
        work.config.replace_credentials("partner", partner, [])
    note_partner(partner, {"state": state, "keys_lost": keys_lost, "by": by}, work)
    event = "revoked-keys-lost" if keys_lost else state
    return ("partner", {"partner": partner, "event": event, "by": by})


def is_revoked(partner: str, configuration: Configuration) -> bool:
    """Return whether this is a partner trusted no more."""
    row = configuration.partners.get(partner)
    return row is not None and row.state == REVOKED


def recall_all(
    partner: str, since: int, configuration: Configuration, lease: Lease, exchange: Exchange
) -> int:
    """Recall whatever `partner` holds, if it was revoked after epoch `since`; return how much.

    Raises LeaseLost, StaleDecision: what was told by then is not told again.
    """
    if not is_revoked(partner, configuration):
        return 0
    with exchange.store.reading() as work:
        changes = [one.change for one in work.config.items("partner") if one.name == partner]
    if max(changes, default=0) <= since:
        return 0
    recalled, after = 0, ""
    while True:
        with exchange.store.reading() as work:
            records = work.releases.records_at(partner, after=after, limit=BATCH)
        if not records:
            return recalled
        after = records[-1]
        with exchange.store.writing() as work:
            lease.demand(work)
            work.demand_epoch(configuration.epoch)
            acts = _recall(partner, records, work, exchange)
            if acts:
                work.ledger.add(entries(acts, exchange))
                exchange.commit(work, "reconsider.revoked")
        recalled += len(acts)


def _recall(
    partner: str, records: Sequence[str], work: UnitOfWork, exchange: Exchange
) -> list[Act]:
    """Tell the partner of each record of ours; another partner's is that partner's to recall."""
    ours = {id_ for id_, row in work.records.newest(records).items() if row.from_partner is None}
    return [
        tell_some("recall", PARTNER_REVOKED, one.record, one.version, (partner,), work, exchange)
        for one in held_by(partner, [id_ for id_ in records if id_ in ours], work)
    ]
