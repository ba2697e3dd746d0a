"""What happened to a record, event by event: a part of `look`, apart for its size.

Times are milliseconds since 1970, None where they are not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.flow import override
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import EnvelopeRow, ReleaseRow
from gateway.flow.rows_after import NoticeRow
from gateway.flow.rows_people import ProposalRow

Json = dict[str, Any]


def notices_by_id(record: str, work: UnitOfWork) -> Mapping[str, NoticeRow]:
    """Return the notices of a record that went out, by their ids."""
    return {one.id: one for one in work.notices.of_records([record]) if one.state != "waiting"}


def events_of_release(
    release: ReleaseRow,
    envelope: EnvelopeRow | None,
    partner: str,
    notices: Mapping[str, NoticeRow],
) -> list[Json]:
    """Return what happened to one release; of a notice, with what kind of notice it is."""
    about: Json = {"partner": partner, "version": release.version}
    if release.notice:
        about |= {"notice": release.notice, **_kind(notices.get(release.notice))}
    decided = release.state if release.state in ("held", "refused", "withdrawn") else "due"
    events: list[Json] = [
        {"at": release.decided_at, "event": decided, "code": release.code or None, **about}
    ]
    if envelope is not None:
        place = {"ep": envelope.ep, "seq": envelope.seq}
        for event, at in (
            ("sealed", envelope.sealed_at),
            ("handed", envelope.handed_at),
            ("stored", envelope.stored_at),
        ):
            if at is not None:
                events.append({"at": at, "event": event, **about, **place})
    if release.verdict is not None:
        events.append(
            {
                "at": release.verdict_at,
                "event": release.state,
                "verdict": release.verdict,
                "code": release.code or None,
                **about,
            }
        )
    return events


def events_of_overrides(
    record: str, told: Callable[[str], str], work: UnitOfWork, *, names: bool
) -> list[Json]:
    """Return when rules were lifted because a life is at stake, and what became of that.

    `told`: how a partner is called; `names`: with who did it.
    """
    keys = [(row.id, row.version) for row in work.records.versions(record)]
    given = dict.fromkeys(one.proposal for one in work.proposals.approvals(keys) if one.proposal)
    found = [work.proposals.get(id_) for id_ in given]
    return [
        event
        for row in found
        if row is not None and row.act == override.ACT
        for partner in row.body["partners"]
        for event in _override(row, told(partner), names=names)
    ]


def _override(row: ProposalRow, partner: str, *, names: bool) -> list[Json]:
    about = {"partner": partner, "version": row.body["version"], "code": row.body["reason"]}
    begun: Json = {"at": row.proposed_at, "event": "override", **about}
    events = [{**begun, "by": row.proposer} if names else begun]
    if row.settled_at is not None:
        settled: Json = {"at": row.settled_at, "event": f"override_{row.state}", **about}
        events.append({**settled, "by": row.approver} if names else settled)
    return events


def _kind(notice: NoticeRow | None) -> Json:
    return {} if notice is None else {"kind": notice.kind, "lifts": notice.lifts}
