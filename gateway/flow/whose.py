"""Of the records that one envelope brought: which are taken in, and whose each id is.

Stays true:
  * An id belongs to whoever's record is held under it; before that, to the one in the envelope
    whose originator's statement proves it, whatever the sender writes beside it.
  * Of several versions the newest stands; the others come in superseded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.flow.arriving_notices import Known
from gateway.flow.arriving_records import Accepted, is_replaced
from gateway.flow.coming_back import forget, recalls_over
from gateway.flow.directly import by_other_hands, is_removed_elsewhere
from gateway.flow.rows import RecordRow
from gateway.flow.rows_after import ClaimRow, NoticeRow


@dataclass(slots=True)
class Sorted:
    """The records of one envelope, oldest version first, by what becomes of them."""

    fresh: list[Accepted] = field(default_factory=list)
    duplicates: list[Accepted] = field(default_factory=list)
    direct: list[RecordRow] = field(default_factory=list)  # held by other hands: now also direct
    over: list[NoticeRow] = field(default_factory=list)  # recalls after which one comes back
    foreign: list[Accepted] = field(default_factory=list)  # their id is another's
    owners: dict[str, str | None] = field(default_factory=dict)  # by id; None: it is ours
    superseded: list[tuple[str, int]] = field(default_factory=list)  # held, replaced by a fresh one


def sort_out(accepted: Sequence[Accepted], sealed_at: int, known: Known) -> Sorted:
    """Return what becomes of each, by what is held and what else came with it.

    `sealed_at`: the date of the statement, in s.
    """
    owners = _owners(accepted, known)
    found = Sorted(owners=owners)
    seen: set[tuple[str, int]] = set()
    newest = {id_: rows[-1].version for id_, rows in known.versions.items() if rows}
    for one in sorted(accepted, key=lambda one: one.record.version):
        record = one.record
        key = (str(record.id), record.version)
        if owners[record.id] != one.author:
            found.foreign.append(one)
        elif (key not in seen and _comes_back(one, sealed_at, known, found)) or _is_lost(
            one, seen, known
        ):
            found.fresh.append(one)
        elif record.version <= newest.get(record.id, 0):
            found.duplicates.append(one)
            copy = by_other_hands(one, known.versions[record.id])
            if copy is not None and copy.data_key is not None and key not in seen:
                found.direct.append(copy)
        else:
            newest[record.id] = record.version
            found.fresh.append(one)
        seen.add(key)
    fresh = {(str(one.record.id), one.record.version) for one in found.fresh}
    for id_ in dict.fromkeys(one.record.id for one in found.fresh):
        held = known.versions[id_]
        if held and (id_, held[-1].version) not in fresh and is_replaced(held[-1], known):
            found.superseded.append((id_, held[-1].version))
    return found


def _comes_back(one: Accepted, sealed_at: int, known: Known, found: Sorted) -> bool:
    """Return whether it fills a tombstone that recalls left which are over by now."""
    over = recalls_over(one, sealed_at, known)
    forget(over, known)
    found.over += over
    return bool(over)


def _is_lost(one: Accepted, seen: set[tuple[str, int]], known: Known) -> bool:
    """Return whether this brings what was removed here because of other hands alone."""
    record = one.record
    same = [row for row in known.versions[record.id] if row.version == record.version]
    copy = next((row for row in same if row.via is not None), None)
    if copy is None or (str(record.id), record.version) in seen:
        return False
    return is_removed_elsewhere(copy, one.origin, known.notices.get(record.id, []))


def claim(one: Accepted, found: Sorted, now: int) -> ClaimRow:
    """Return the claim that a record makes on the id of another's."""
    return ClaimRow(
        record=one.record.id,
        partner=one.author,
        version=one.record.version,
        holder=found.owners[one.record.id] or "",
        at=now,
    )


def _owners(accepted: Sequence[Accepted], known: Known) -> dict[str, str | None]:
    """Return by id whose record it is; None: ours."""
    owners: dict[str, str | None] = {}
    # Proven ones first: a sender can write any id, but proves only what the originator signed.
    for one in sorted(accepted, key=lambda one: one.proof is None):
        held = known.versions[one.record.id]
        owners.setdefault(one.record.id, held[-1].from_partner if held else one.author)
    return owners
