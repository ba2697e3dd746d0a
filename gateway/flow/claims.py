"""The journey of a record id that two partners use: a person says whose it is.

What came first stays until then, and the other is rejected (`whose`): neither text shows who made
the id up. The claim is an alarm, and stays one until it is settled.

Ruled by docs/adr/0009-an-id-that-two-partners-use.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from gateway.core.errors import Conflict, NotFound
from gateway.core.lifecycle import step
from gateway.flow.acts import Act, entries
from gateway.flow.aftermath import aftermath
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.former import ANOTHER_SENDER
from gateway.flow.own_systems import tell_clients
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import follow
from gateway.flow.rows_after import ClaimRow, NoticeRow
from gateway.flow.telling import stop

_MOST_SHOWN: Final = 500  # of each partner

Json = dict[str, Any]


def claims(exchange: Exchange) -> list[Json]:
    """Return the ids that wait for a person, by record; times in milliseconds."""
    with exchange.store.reading() as work:
        rows = work.follow.claims(limit=_MOST_SHOWN)
    return [
        {
            "record": row.record,
            "held_from": row.holder or exchange.own.id,
            "claimed_by": row.partner,
            "version": row.version,
            "at": row.at,
        }
        for row in rows
    ]


def give(record: str, partner: str, by: str, exchange: Exchange) -> None:
    """Let the id be that partner's: what another sent under it is destroyed here.

    National systems that have it are told. The partner can then send a newer version. Those whom
    it was passed on to have it still, and hear what its former owner says of it. Raises NotFound
    without such a claim, Conflict for a record of ours.
    """
    with exchange.store.reading() as work:
        claim = _open(record, partner, work)
        versions = work.records.versions(record)
        said = [one for one in work.notices.of_records([record]) if one.state == "applied"]
    former = versions[-1].from_partner
    if former is None:
        raise Conflict("this is a record of ours: its id is nobody else's")
    if any(one.keeps for one in said):
        raise Conflict("it is kept for a court here: the id can be given when that has ended")
    notice = NoticeRow(
        id=f"urn:uuid:{exchange.new_id()}",
        record=record,
        version=versions[-1].version,
        kind="recall",
        person=None,
        code=ANOTHER_SENDER,
        from_partner=None,
        until=None,
        at=exchange.now_ms() // 1000 * 1000,
        state="applied",
    )
    after = aftermath(notice, versions, (), exchange)
    with exchange.store.writing() as work:
        acts = after.write(work)
        # What the former sender laid on its record is not laid on the other's.
        work.notices.move(said, step("notice", "applied", "replace"))
        work.notices.add([notice])
        tell_clients(notice, work, exchange)
        stop(notice, work)
        follow(notice, work, exchange)
        work.records.hand_over(record, partner)
        given = replace(claim, holder=former, given=versions[-1].version)
        _settle(given, "given", by, acts, work, exchange)
        exchange.commit(work, "claims.given")


def dismiss(record: str, partner: str, by: str, exchange: Exchange) -> None:
    """Say that the id is not that partner's: all stays as it is. Raises NotFound."""
    with exchange.store.writing() as work:
        _settle(_open(record, partner, work), "dismissed", by, [], work, exchange)
        exchange.commit(work, "claims.dismissed")


def _open(record: str, partner: str, work: UnitOfWork) -> ClaimRow:
    found = work.follow.claim(record, partner)
    if found is None:
        raise NotFound
    return found


def _settle(
    claim: ClaimRow, event: str, by: str, acts: list[Act], work: UnitOfWork, exchange: Exchange
) -> None:
    if not work.follow.settle_claim(claim, now_ms=exchange.now_ms()):
        raise Conflict("this claim was settled before")
    fields = {"record": claim.record, "partner": claim.partner, "event": event, "by": by}
    work.ledger.add(entries([("claim", fields), *acts], exchange))


def alarms(work: UnitOfWork, configuration: Configuration, now: int) -> list[Json]:
    """Return one alarm per partner that uses ids of others, by partner."""
    found: dict[str, list[ClaimRow]] = {}
    for row in work.follow.claims(limit=_MOST_SHOWN):
        found.setdefault(row.partner, []).append(row)
    return [
        {
            "partner": partner,
            "count": len(rows),
            "oldest_seconds": (now - min(row.at for row in rows)) // 1000,
            "duty": configuration.duty_of(partner),
        }
        for partner, rows in sorted(found.items())
    ]


def alarms_now(exchange: Exchange) -> list[Json]:
    """Return the alarms of this moment, for whoever rings the bell."""
    with exchange.store.reading() as work:
        return alarms(work, exchange.configuration(work), exchange.now_ms())
