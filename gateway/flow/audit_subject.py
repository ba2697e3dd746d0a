"""The journey of two people who ask what was given to others about one person.

Opens every block of the audit, one after another, with the key that the two hold together, and
lays the disclosures in which the person was spoken of beside what became of them. Works for what
was erased as well: nothing of the records is read.

Stays true:
  * The look stands in the ledger, with its reason and both people, before it is answered.
  * A possible match is told apart from a proven one, and never taken for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.core.errors import Forbidden, GatewayError
from gateway.core.subjects import Wanted
from gateway.flow.acts import entries
from gateway.flow.disclosures import demand_reason, described, note_look
from gateway.flow.exchange import Exchange
from gateway.flow.rows_after import SubjectsRow
from gateway.flow.subject_blocks import Found, Opener, look_up

Json = dict[str, Any]
PAGE: Final = 200  # blocks in memory at a time


class OrganisationNotNamed(GatewayError):
    """The gateway serves several organisations, and each answers for what it gave itself."""

    code: ClassVar[str] = "organisation-not-named"
    advice: ClassVar[str] = "Name one with --org."


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found, and in how much: `shut` blocks belong to an audit key that stayed shut.

    Each disclosure is as `disclosures.described` says it, with `about`: as whom the person was
    spoken of, by what the person was found, and whether a notice took the person out since.
    """

    proven: Sequence[Json]
    possible: Sequence[Json]
    blocks: int
    shut: int
    since: int | None  # when the oldest block was sealed; None: there is none
    at: int
    org: str | None


def audit_subject(
    whom: Wanted,
    keys: Opener,
    reason: str,
    exchange: Exchange,
    *,
    org: str | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Findings:
    """Return everything that was given to others about one person.

    `tell` hears how many blocks were opened. Raises ReasonRefused, OrganisationNotNamed,
    Forbidden while a share of the key has no holder, and BlockDamaged.
    """
    demand_reason(reason)
    if not keys.assigned:
        raise Forbidden("a share of the audit key has no holder yet: hand both over to two people")
    mine = answering(org, exchange)
    found: dict[str, list[Found]] = {}
    blocks = shut = 0
    since: int | None = None
    for some in _blocks(exchange):
        since = some[0].at if since is None else since
        for one in look_up(some, whom.marks, keys):
            found.setdefault(one.disclosure, []).append(one)
        shut += sum(row.kid not in keys.kids for row in some)
        blocks += len(some)
        tell(blocks)
    proven, possible = _laid_out(found, whom, mine, exchange)
    first, second = keys.holders
    count = len(proven) + len(possible)
    note_look("subject", reason, first, count, exchange, second=second)
    return Findings(
        proven=proven,
        possible=possible,
        blocks=blocks,
        shut=shut,
        since=since,
        at=exchange.now_ms(),
        org=mine,
    )


def note_hand_over(to: str, by: str, exchange: Exchange) -> None:
    """Write down that a share of the audit key has another holder, by staff number."""
    with exchange.store.writing() as work:
        fields = {"event": "handed-over", "holder": to, "by": by}
        work.ledger.add(entries([("audit_key", fields)], exchange))
        exchange.commit(work, "audit_subject.handed_over")


def answering(org: str | None, exchange: Exchange) -> str | None:
    """Return the organisation that answers for what it gave. Raises OrganisationNotNamed."""
    with exchange.store.reading() as work:
        known = sorted(exchange.configuration(work).organisations)
    if org is None and len(known) > 1:
        raise OrganisationNotNamed
    if org is not None and org not in known:
        raise OrganisationNotNamed("no organisation of that name is served here")
    return org or next(iter(known), None)


def _blocks(exchange: Exchange) -> Iterator[Sequence[SubjectsRow]]:
    after = ""
    while True:
        with exchange.store.reading() as work:
            some = work.disclosures.subjects(after=after, limit=PAGE)
        if some:
            yield some
        if len(some) < PAGE:
            return
        after = some[-1].id


def _laid_out(
    found: dict[str, list[Found]], whom: Wanted, org: str | None, exchange: Exchange
) -> tuple[list[Json], list[Json]]:
    proven: list[Json] = []
    possible: list[Json] = []
    with exchange.store.reading() as work:
        rows = [row for row in work.disclosures.get(sorted(found)) if row.org in (org, "")]
        for row, shown in zip(rows, described(rows, work), strict=True):
            sure = [one for one in found[row.id] if whom.proved_by(one.marks)]
            kept = sure or found[row.id]
            about = [_about(one, shown["removed"]) for one in kept]
            (proven if sure else possible).append({**shown, "about": about})
    return proven, possible


def _about(one: Found, removed: Collection[str]) -> Json:
    return {
        "place": one.place,
        "category": one.category,
        "kinds": list(one.kinds),
        "found_by": sorted({field for field, _ in one.marks}),
        "removed": one.place in removed,
    }
