"""What an administrator of one organisation does with its adapters, mappings and quarantine.

Owns who may: the role ``administrator``, and only what is of the person's own organisation. What
is done is `try_out`'s, `checking`'s and `workbench`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from adapters.base import Adapter
from gateway.core.errors import NotFound
from gateway.core.profile import read_profile
from gateway.flow import look, workbench
from gateway.flow.checking import check, sources_of, tally
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.profiling import profiled, summed
from gateway.flow.replay import feed_of
from gateway.flow.try_out import Tried, try_out

ROLE: Final = "administrator"
MOST_CHECKED: Final = 1_000  # originals of one call
MOST_REPLAYED: Final = 500
_MOST_TOLD: Final = 200

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A mapping as somebody wrote it: the name it is to have, and its body."""

    name: str
    body: Mapping[str, Any]

    def compiled(self, exchange: Exchange) -> Adapter:
        """Return its adapter. Raises AdapterUnusable with all faults."""
        return exchange.adapters.compile(self.name, self.body)


def groups(person: Person, exchange: Exchange) -> list[Json]:
    """Return what waits in the quarantine of the person's organisation. Raises Forbidden."""
    demand_role(person, ROLE)
    return workbench.groups(person.org, exchange)


def replay_group(
    chosen: Mapping[str, str], count: int | None, person: Person, exchange: Exchange
) -> Json:
    """Say how many are chosen; replay them if `count` is that many.

    Raises Forbidden, CountDiffers.
    """
    demand_role(person, ROLE)
    which = workbench.Chosen(org=person.org, **chosen)
    if count is None:
        waiting = sum(1 for _ in workbench.waiting(which, exchange))
        return {"count": waiting, "outcomes": []}
    if count > MOST_REPLAYED:
        raise workbench.CountDiffers(f"at most {MOST_REPLAYED} in one call; choose fewer")
    found = workbench.replay_all(which, count, f"person:{person.name}", exchange)
    return {"count": count, "outcomes": found}


def group_page(
    chosen: Mapping[str, str], after: str, limit: int, person: Person, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return what waits and is chosen, oldest first, and where to go on. Raises Forbidden."""
    demand_role(person, ROLE)
    which = workbench.Chosen(org=person.org, **chosen)
    rows = list(islice(workbench.waiting(which, exchange, after=after), limit + 1))
    shown = [look.original_view(row) for row in rows[:limit]]
    return shown, rows[limit - 1].id if len(rows) > limit else None


def replay_oldest(
    chosen: Mapping[str, str], count: int, person: Person, exchange: Exchange
) -> list[Json]:
    """Replay what is chosen if `count` is how many there are: the oldest, as many as one call may.

    Raises Forbidden, CountDiffers.
    """
    demand_role(person, ROLE)
    which = workbench.Chosen(org=person.org, **chosen)
    by = f"person:{person.name}"
    return workbench.replay_all(which, count, by, exchange, most=MOST_REPLAYED)


def original(id_: str, person: Person, exchange: Exchange) -> Json:
    """Return where one that waits came from and what failed, and who reads its source now.

    Nothing that stands in it. Raises Forbidden, NotFound.
    """
    demand_role(person, ROLE)
    found = look.quarantine_show(id_, person.org, exchange)
    with exchange.store.reading() as work:
        source = exchange.configuration(work).sources.get(found["source"])
    adapter = str(source["adapter"]) if source and source["org"] == person.org else None
    return {**found, "adapter": adapter}


def replay_original(id_: str, person: Person, exchange: Exchange) -> list[Json]:
    """Replay one that waits. Raises Forbidden, NotFound."""
    demand_role(person, ROLE)
    look.quarantine_show(id_, person.org, exchange)
    return workbench.replay_one(id_, f"person:{person.name}", exchange, named=True)


def try_document(
    document: bytes, source: str, written: Written | None, person: Person, exchange: Exchange
) -> list[Tried]:
    """Return what would become of a document at a source. Stores nothing.

    Raises Forbidden, NotFound, AdapterUnusable.
    """
    demand_role(person, ROLE)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    adapter = None if written is None else written.compiled(exchange)
    feed = feed_of(source, configuration, exchange, adapter=adapter)
    if feed.org != person.org:
        raise NotFound("the source of this original is no longer configured")
    return try_out(document, feed, exchange)


def try_original(
    original: str, reason: str, written: Written | None, person: Person, exchange: Exchange
) -> tuple[bytes, list[Tried]]:
    """Return the bytes of one that waits and what would become of them; the look is kept.

    Raises Forbidden, NotFound, AdapterUnusable.
    """
    demand_role(person, ROLE)
    adapter = None if written is None else written.compiled(exchange)
    return workbench.try_original(
        original, reason, person.name, exchange, org=person.org, adapter=adapter
    )


def check_mapping(written: Written, person: Person, exchange: Exchange) -> Json:
    """Return what a mapping would do to the first originals of its sources, counts first.

    Raises Forbidden, NotFound, AdapterUnusable.
    """
    demand_role(person, ROLE)
    adapter = written.compiled(exchange)
    sources = sources_of(adapter.name, person.org, exchange)
    counted = tally(sources, exchange)
    told: list[Json] = []
    for one in check(adapter, sources, exchange):
        counted.count(one)
        if one.effect != "same" and len(told) < _MOST_TOLD:
            told.append(one.json())
        if counted.looked_at >= MOST_CHECKED:
            break
    return {"version": adapter.version, **counted.json(), "effects": told}


def try_profile(
    body: Mapping[str, Any], source: str, document: bytes, person: Person, exchange: Exchange
) -> Json:
    """Return what a source profile gives to the records of a document, and what holds them.

    Raises Forbidden, NotFound, ProfileInvalid.
    """
    demand_role(person, ROLE)
    profile = read_profile("tried", 1, body)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    feed = feed_of(source, configuration, exchange)
    if feed.org != person.org:
        raise NotFound("the source of this original is no longer configured")
    summary, found = summed(profiled(document, feed, profile, exchange))
    return {**summary.json(), "effects": [one.json() for one in found]}
