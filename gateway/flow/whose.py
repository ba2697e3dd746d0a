"""Of the records that one envelope brought: which are taken in, and whose each id is.

Stays true:
  * An id belongs to whoever's record is held under it; before that, to the one in the envelope
    whose originator's statement proves it, whatever the sender writes beside it.
  * Of several versions the newest stands; the others come in superseded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.flow.arriving_notices import Known
from gateway.flow.arriving_records import Accepted
from gateway.flow.rows_after import ClaimRow

ANOTHER_SENDER: Final = "another-sender"  # the id is that of a record which another brought
_REPLACED: Final = frozenset({"current", "restricted", "disputed"})


@dataclass(slots=True)
class Sorted:
    """The records of one envelope, oldest version first, by what becomes of them."""

    fresh: list[Accepted] = field(default_factory=list)
    duplicates: list[Accepted] = field(default_factory=list)
    foreign: list[Accepted] = field(default_factory=list)  # their id is another's
    owners: dict[str, str | None] = field(default_factory=dict)  # by id; None: it is ours
    superseded: list[tuple[str, int]] = field(default_factory=list)  # held, replaced by a fresh one


def sort_out(accepted: Sequence[Accepted], known: Known) -> Sorted:
    """Return what becomes of each, by what is held and what else came with it."""
    owners = _owners(accepted, known)
    found = Sorted(owners=owners)
    newest = {id_: rows[-1].version for id_, rows in known.versions.items() if rows}
    for one in sorted(accepted, key=lambda one: one.record.version):
        record = one.record
        if owners[record.id] != one.author:
            found.foreign.append(one)
        elif record.version <= newest.get(record.id, 0):
            found.duplicates.append(one)
        else:
            newest[record.id] = record.version
            found.fresh.append(one)
    for id_ in dict.fromkeys(one.record.id for one in found.fresh):
        held = known.versions[id_]
        if held and held[-1].state in _REPLACED:
            found.superseded.append((id_, held[-1].version))
    return found


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
