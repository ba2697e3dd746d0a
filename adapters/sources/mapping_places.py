"""What of a mapping could never stand in a record, by the shared schema: told before it is used.

Owns the places that fields and lists name, and constants that nothing lets stand. A misspelt place
of a value makes every record fail; that of a constant would vanish without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.base import AdapterFault
from adapters.safe_json import child
from schemas.places import is_place, nearest_place, types_near

if TYPE_CHECKING:
    from adapters.sources.mapping import RecordForm


def misplaced(form: RecordForm) -> Iterator[AdapterFault]:
    """Yield what is wrong with the type, the places and the constants of one kind of record."""
    types = types_near(form.type)
    if types:
        if re.fullmatch("[a-z_]{1,64}", form.type):  # what is not so is told already
            hint = f"Did you mean `{types[0]}`?" if len(types) == 1 else f"One of {_listed(types)}."
            yield AdapterFault(f"{form.place}/type", "not-in-list", "Not a record type.", hint)
        return
    for section, targets in (
        ("fields", [one.target for one in form.fields]),
        ("each", [one.target for one in form.eaches]),
    ):
        for target in targets:
            if not is_place(form.type, target):
                yield _no_place(child(f"{form.place}/{section}", target), form.type, target)
    yield from _never_written(form)


def _no_place(place: str, record_type: str, target: str) -> AdapterFault:
    near = nearest_place(record_type, target)
    hint = "docs/spec/records.md has all places." if near is None else f"Did you mean `{near}`?"
    return AdapterFault(place, "no-such-place", f"A {record_type} has no such place.", hint)


def _never_written(form: RecordForm) -> Iterator[AdapterFault]:
    """Yield constants of entries, and of references to parts, into which no value is read."""
    filled = [one.target for one in form.fields if one.path is not None]

    def is_filled(entry: str) -> bool:
        return any(one == entry or one.startswith(f"{entry}/") for one in filled)

    for one in form.fields:
        if one.path is not None or not is_place(form.type, one.target):
            continue
        place = child(f"{form.place}/fields", one.target)
        entry = _entry_around(one.target)
        if entry and not is_filled(entry):
            detail = f"It would never be written: nothing is read into {entry}."
            hint = f"Map a value of the source below {entry}, or leave the constant out."
            yield AdapterFault(place, "never-written", detail, hint)
        elif one.part is not None and not is_place(form.type, one.part):
            yield _no_place(f"{place}/const", form.type, one.part)
        elif one.part is not None and not is_filled(one.part):
            detail = f"It would never be written: nothing is read into {one.part}."
            hint = f"Point to a part that has a value, or map one below {one.part}."
            yield AdapterFault(f"{place}/const", "never-written", detail, hint)


def _entry_around(target: str) -> str:
    """Return the innermost entry of a list that a place lies in, empty if in none."""
    parts = target.split("/")
    inner = [number for number, part in enumerate(parts) if part[:1] in set("*0123456789")]
    return "/".join(parts[: inner[-1] + 1]) if inner else ""


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
