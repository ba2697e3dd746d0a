"""The quarantine as a workbench: what waits for the same, tried anew, replayed together.

Owns the groups (one source, adapter version and cause), the look at an original that a person
takes to mend its mapping, replaying a whole group, and the alarm about what waits too long.

Stays true:
  * Who opens an original is in the ledger, with the reason, before anything of it is shown.
  * A group is replayed only by who knows how many it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

from adapters.base import Adapter
from gateway.core.errors import Conflict, NotFound
from gateway.core.proposal import parse_reason
from gateway.flow.acts import entries
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.outcome import Outcome
from gateway.flow.ports import UnitOfWork
from gateway.flow.replay import feed_of, feed_of_original, read_original, replay
from gateway.flow.rows import OriginalRow, QuarantineGroup
from gateway.flow.try_out import Tried, try_out

MOST_GROUPS: Final = 500
_PAGE: Final = 200

Json = dict[str, Any]


class CountDiffers(Conflict):
    """What waits is not as many as was said."""

    code: ClassVar[str] = "count-differs"
    advice: ClassVar[str] = "Look at the group again, and send the count that it has now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which of what waits; None: any."""

    org: str | None = None
    source: str | None = None
    cause: str | None = None
    stage: str | None = None
    adapter_version: str | None = None

    def takes(self, row: OriginalRow) -> bool:
        """Return whether an original is one of them."""
        wanted = asdict(self)
        return all(value is None or getattr(row, name) == value for name, value in wanted.items())


def groups(org: str | None, exchange: Exchange) -> list[Json]:
    """Return what waits for the same, the largest groups first.

    `version_now` is the version its source's adapter has now: where it differs from the group's,
    something was mended since.
    """
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        found = work.records.quarantine_groups(org=org, limit=MOST_GROUPS)
    return [_group(one, configuration, exchange) for one in found]


def _group(one: QuarantineGroup, configuration: Configuration, exchange: Exchange) -> Json:
    now = exchange.now_ms()
    version = None
    source = configuration.sources.get(one.source)
    if source is not None and str(source["org"]) == one.org:
        version = feed_of(one.source, configuration, exchange).adapter.version
    return {
        **asdict(one),
        "oldest_seconds": (now - one.oldest) // 1000,
        "version_now": version,
        "overdue": is_overdue(one, now, exchange),
    }


def waiting(chosen: Chosen, exchange: Exchange, *, after: str = "") -> Iterator[OriginalRow]:
    """Yield what waits and is chosen, oldest first; `after`: only what came after that one."""
    while True:
        with exchange.store.reading() as work:
            rows = work.records.quarantined(org=chosen.org, after=after, limit=_PAGE)
        yield from (row for row in rows if chosen.takes(row))
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def replay_all(
    chosen: Chosen, count: int, by: str, exchange: Exchange, *, most: int | None = None
) -> list[Json]:
    """Replay all that is chosen, each in a commit of its own, if there are `count` of them.

    `most`: of these only the oldest so many. Raises CountDiffers before anything is done.
    """
    ids = [row.id for row in waiting(chosen, exchange)]
    if len(ids) != count:
        raise CountDiffers(f"{len(ids)} wait, not {count}")
    return [one for id_ in ids[:most] for one in replay_one(id_, by, exchange)]


def replay_one(id_: str, by: str, exchange: Exchange, *, named: bool = False) -> list[Json]:
    """Replay one original; what another person took out meanwhile is passed over.

    `named`: somebody asked for this one, and is told if it is not there. Raises NotFound.
    """
    try:
        outcomes = replay([id_], by, exchange)
    except NotFound:
        if named:
            raise
        outcomes = [Outcome(state="gone", original=id_)]
    return [{"replayed": id_, **outcome.json()} for outcome in outcomes]


def try_original(
    id_: str, reason: str, by: str, exchange: Exchange, *, org: str | None, adapter: Adapter | None
) -> tuple[bytes, list[Tried]]:
    """Return the bytes of one that waits, and what would become of them. Changes nothing of it.

    `adapter`: in place of the one in force. `reason` is the justification code that the ledger
    keeps. Raises NotFound.
    """
    parse_reason(reason)
    with exchange.store.reading() as work:
        row = work.records.original(id_)
    if row is None or row.state != "quarantined" or org not in (None, row.org):
        raise NotFound("not in quarantine")
    feed = feed_of_original(row, exchange, adapter=adapter)
    with exchange.store.writing() as work:
        act = ("inspected", {"original": id_, "by": by, "reason": reason})
        work.ledger.add(entries([act], exchange))
        exchange.commit(work, "workbench.inspected")
    raw = read_original(row, exchange)
    return raw, try_out(raw, feed, exchange)


def is_overdue(group: QuarantineGroup, now: int, exchange: Exchange) -> bool:
    """Return whether the oldest of a group waits longer than it should."""
    return now - group.oldest > exchange.limits.quarantine_alarm_seconds * 1000


def tell(work: UnitOfWork, exchange: Exchange) -> list[Json]:
    """Return what waits by stage and cause, as the status and the metrics have it.

    Whoever may read the status sees it, so it names no source.
    """
    now = exchange.now_ms()
    found: dict[tuple[str, str], Json] = {}
    for one in work.records.quarantine_groups(org=None, limit=MOST_GROUPS):
        key = (one.stage or "", one.cause or "")
        told = found.setdefault(
            key,
            {
                "stage": key[0],
                "cause": key[1],
                "count": 0,
                "oldest_seconds": 0,
                "erased_in_seconds": (one.first_erased - now) // 1000,
                "overdue": False,
            },
        )
        told["count"] += one.count
        told["oldest_seconds"] = max(told["oldest_seconds"], (now - one.oldest) // 1000)
        left = (one.first_erased - now) // 1000
        told["erased_in_seconds"] = max(0, min(told["erased_in_seconds"], left))
        told["overdue"] |= is_overdue(one, now, exchange)
    return list(found.values())


def overdue_now(exchange: Exchange) -> list[Json]:
    """Return the groups that wait too long, for whoever rings the bell."""
    with exchange.store.reading() as work:
        return [one for one in tell(work, exchange) if one["overdue"]]
