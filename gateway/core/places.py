"""Places in a record from which something was taken: between its whole form and what is left.

A rendition says under `withheld` what it lacks, as pointers into the unreduced record. From those
alone a place of the unreduced record can be found in the rendition, and the other way round; so a
pointer into the unreduced record names the same part in every rendition. Pure.

Stays true:
  * What is taken later changes no pointer that was given before.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.record import join_pointer, split_pointer


def here(whole: str, withheld: Iterable[str]) -> str | None:
    """Return where `whole`, a place of the unreduced record, stands now; None: it was taken."""
    gone = {split_pointer(pointer) for pointer in withheld}
    parts = split_pointer(whole)
    found = []
    for depth, part in enumerate(parts):
        if parts[: depth + 1] in gone:
            return None
        before = _taken(gone, parts[:depth])
        shifted = part.isdecimal() and before
        found.append(str(int(part) - sum(one < int(part) for one in before)) if shifted else part)
    return join_pointer(found)


def whole_of(place: str, withheld: Iterable[str]) -> str:
    """Return the place in the unreduced record of what stands at `place` now."""
    gone = {split_pointer(pointer) for pointer in withheld}
    found: list[str] = []
    for part in split_pointer(place):
        before = _taken(gone, tuple(found))
        if part.isdecimal() and before:
            index = int(part)
            for one in sorted(before):
                index += one <= index
            found.append(str(index))
        else:
            found.append(part)
    return join_pointer(found)


def _taken(gone: set[tuple[str, ...]], above: tuple[str, ...]) -> set[int]:
    """Return the indices that were taken from the array at `above`."""
    return {
        int(parts[-1])
        for parts in gone
        if len(parts) == len(above) + 1 and parts[:-1] == above and parts[-1].isdecimal()
    }
