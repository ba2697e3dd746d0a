"""Held releases as people work on them: in groups that wait for the same, with a sample to read.

Owns what an officer may see of them, and a lasting no. A yes is `approving`'s. A group is one
rule, one source and one recipient: ``R-05:cases:hub.eu``.

Stays true:
  * A look at a record is in the ledger, with its justification, before anything of it is shown.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.core.errors import NotFound
from gateway.core.ids import RecordId
from gateway.core.lifecycle import step
from gateway.core.proposal import BasisChanged, parse_reason
from gateway.core.rules import RULES
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_records
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_people import HeldGroup

Json = dict[str, Any]
LARGEST_SET = 500
SAMPLE = 3
MOST_GROUPS = 500
MOST_COUNTED = 5_000  # releases whose reasons are counted for one list, shared by its groups
OFFICERS = ("release_officer", "duty_officer", "data_protection_officer")
DECLINED = "declined"  # code of a release that a person said no to
_TITLES = {rule.id: rule.title for rule in RULES}


@dataclass(frozen=True, slots=True)
class Group:
    """Which held releases: those of one rule, source and recipient."""

    rule: str
    source: str
    partner: str

    @property
    def name(self) -> str:
        """Return its name, as people give it."""
        return f"{self.rule}:{self.source}:{self.partner}"


def parse_group(name: str) -> Group:
    """Return the group of this name. Raises NotFound: a name nobody gave leads nowhere."""
    parts = name.split(":")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - rule, source, partner
        raise NotFound
    return Group(*parts)


def held_rules(row: ReleaseRow) -> tuple[str, ...]:
    """Return the rules that hold this release, as last decided."""
    return tuple(str(one["rule"]) for one in row.trace if one.get("outcome") == "hold")


def groups(person: Person, exchange: Exchange) -> list[Json]:
    """Return what is held in the person's organisation, urgent first, with why and what helps.

    Of each group all reasons of its first releases are counted. Raises Forbidden.
    """
    demand_role(person, *OFFICERS)
    with exchange.store.reading() as work:
        found = work.releases.held_groups(person.org, limit=MOST_GROUPS)
        each = min(LARGEST_SET, MOST_COUNTED // max(len(found), 1))
        held = [_rows(one, person.org, work, limit=each) for one in found]
    return [_group_view(one, rows) for one, rows in zip(found, held, strict=True)]


def _group_view(group: HeldGroup, rows: Sequence[ReleaseRow]) -> Json:
    reasons = _reasons(group.rule, rows)
    commonest = reasons[0] if reasons else {"reason": "", "remedy": ""}
    return {
        "group": Group(group.rule, group.source, group.partner).name,
        "rule": group.rule,
        "title": _TITLES.get(group.rule, ""),
        "source": group.source,
        "partner": group.partner,
        "count": group.count,
        "urgency": group.urgency,
        "since": group.since,
        "reason": commonest["reason"],
        "remedy": commonest["remedy"],
        "reasons": reasons,
        "not_counted": group.count - len(rows),
    }


def _reasons(rule: str, rows: Sequence[ReleaseRow]) -> list[Json]:
    """Return each reason that `rule` has for these, what helps, and of how many; most first."""
    found = Counter(
        (str(one["reason"]), str(one["remedy"]))
        for row in rows
        for one in row.trace
        if one["rule"] == rule
    )
    return [
        {"reason": reason, "remedy": remedy, "count": count}
        for (reason, remedy), count in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    ]


def _rows(
    group: Group | HeldGroup, org: str, work: UnitOfWork, *, limit: int = LARGEST_SET
) -> Sequence[ReleaseRow]:
    return work.releases.held(
        org,
        rule=group.rule,
        source=group.source,
        partner=group.partner,
        after="",
        limit=limit,
    )


def held_set(
    group: Group, wanted: Sequence[str] | None, person: Person, exchange: Exchange
) -> Sequence[ReleaseRow]:
    """Return the releases of a group, or those of it whose records or ids are `wanted`.

    At most `LARGEST_SET`. Raises NotFound if there is none, or one that was named is not held.
    """
    with exchange.store.reading() as work:
        rows = _rows(group, person.org, work)
    if wanted is not None:
        names = frozenset(wanted)
        rows = [row for row in rows if row.id in names or row.record in names]
        if not names <= {row.id for row in rows} | {row.record for row in rows}:
            raise NotFound
    if not rows:
        raise NotFound
    return rows


def sample(group: Group, reason: str, person: Person, exchange: Exchange) -> list[Json]:
    """Open a few records of a group for reading; the same ones for everybody who asks.

    `reason` is the justification code that the ledger keeps. Raises Forbidden, NotFound.
    """
    demand_role(person, *OFFICERS)
    parse_reason(reason)
    rows = held_set(group, None, person, exchange)
    chosen = sorted(rows, key=lambda row: hashlib.sha256(row.id.encode()).digest())[:SAMPLE]
    with exchange.store.writing() as work:
        records = [
            row
            for row in work.records.get([(one.record, one.version) for one in chosen])
            if row.text
        ]
        looks: list[Act] = [
            ("looked", {"record": r.id, "version": r.version, "by": person.name, "reason": reason})
            for r in records
        ]
        work.ledger.add(entries(looks, exchange))
        exchange.commit(work, "holds.sample")
    opened = {one.id: one.body for one in open_records(records, exchange)}
    return [
        {
            "release": row.id,
            "record": row.record,
            "version": row.version,
            "partner": row.partner,
            "held_by": [
                {"rule": one["rule"], "reason": one["reason"], "remedy": one["remedy"]}
                for one in row.trace
                if one["outcome"] == "hold"
            ],
            "body": opened[RecordId(row.record)],
        }
        for row in chosen
        if row.record in opened
    ]


def decline(
    group: Group,
    wanted: Sequence[str] | None,
    reason: str,
    person: Person,
    exchange: Exchange,
) -> int:
    """Say no for good: these versions do not go to this recipient; return how many.

    A new version of a record is decided on afresh. Raises Forbidden, NotFound, BasisChanged.
    """
    demand_role(person, "release_officer", "duty_officer")
    parse_reason(reason)
    rows = held_set(group, wanted, person, exchange)
    stopped = [
        replace(row, state=step("release", "held", "withdraw"), code=DECLINED) for row in rows
    ]
    acts: list[Act] = [
        (
            "declined",
            {
                "record": row.record,
                "version": row.version,
                "partner": row.partner,
                "rule": row.code,
                "by": person.name,
                "reason": reason,
            },
        )
        for row in rows
    ]
    with exchange.store.writing() as work:
        if work.releases.replace(stopped, expect="held") != len(stopped):
            raise BasisChanged
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "holds.decline")
    return len(stopped)
