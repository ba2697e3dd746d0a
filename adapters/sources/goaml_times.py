"""Times of a goAML report: which instant a text means by the dialect's form and clock."""

from __future__ import annotations

from adapters.drafting import Sketch
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import Dialect


def write_time(
    sketch: Sketch, dialect: Dialect, one: Element, target: str, local: str = ""
) -> bool:
    """Write a time, by the dialect's clock where it has no offset; as the clock stood at `local`.

    A time that cannot be read, or that the clock shows twice or never, is a fault of the draft.
    """
    form = dialect.date_form
    found = form.time(one.text)
    if found is None:
        detail = "Not a time as this FIU writes one, or before the year 1753."
        sketch.fault(one.path, "bad-time", detail, f"Write it as {form.form}.")
        return False
    if found.offset:
        written = one.text if form.is_iso else found.local + found.offset
        rule = "as-is" if form.is_iso else f"form-of-dialect:{dialect.name}"
        sketch.put(target, written, one, rule)
        return True
    offset = dialect.offset_at(found.moment)
    if offset is None:
        detail = "The FIU's clock shows this time twice or never: it is changed that night."
        sketch.fault(one.path, "ambiguous-time", detail, "Add the offset, e.g. +01:00.")
        return False
    written = one.text if form.is_iso else found.local
    rule = f"clock-of-dialect:{dialect.name}:{dialect.clock}"
    sketch.put(target, written + offset, one, rule)
    if local:
        sketch.put(local, written, one, "as-is" if form.is_iso else rule)
    return True
