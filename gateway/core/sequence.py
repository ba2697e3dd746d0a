"""Which places of a sequence are here and which are missing; pure.

`upto`: nothing is missing up to this place. `gaps` are closed ranges above it. Voided places count
as filled. Ruled by docs/spec/wire.md, "Sequence".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filled:
    """What a receiver holds of one sequence. `last` is the highest place seen."""

    upto: int = 0
    last: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    def has(self, seq: int) -> bool:
        """Return whether the place is filled."""
        return seq <= self.last and not any(low <= seq <= high for low, high in self.gaps)

    def with_place(self, seq: int) -> Filled:
        """Return what is held once `seq` is filled too."""
        if self.has(seq):
            return self
        if seq > self.last:
            opened = ((self.last + 1, seq - 1),) if seq > self.last + 1 else ()
            return _settled(seq, (*self.gaps, *opened))
        gaps: list[tuple[int, int]] = []
        for low, high in self.gaps:
            if low <= seq <= high:
                gaps += [part for part in ((low, seq - 1), (seq + 1, high)) if part[0] <= part[1]]
            else:
                gaps.append((low, high))
        return _settled(self.last, tuple(gaps))


def filled(upto: int, last: int, gaps: Sequence[Sequence[int]]) -> Filled:
    """Return `Filled` from the columns of a channel row."""
    return Filled(upto, last, tuple((low, high) for low, high in gaps))


def _settled(last: int, gaps: tuple[tuple[int, int], ...]) -> Filled:
    return Filled(gaps[0][0] - 1 if gaps else last, last, gaps)
