"""Make one draft from one report, and account for every value of the source.

Owns `Sketch`: what goes into the draft is written with its source and rule, what was read is
remembered, and what was not read becomes a loss. So an adapter cannot forget to say what it left.

Stays true:
  * Every value in the draft has a step in the trail, and one that the adapter changed has there
    what it was.
  * A loss names a place of the source, the highest of which nothing was used; never a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from adapters.base import AdapterFault, Draft, Loss, TrailStep
from adapters.safe_json import child
from adapters.safe_xml import Element

NO_PLACE = "no-place"
CUT = " […]"
Change = Callable[[str], object]


class Sketch:
    """A draft in the making."""

    def __init__(self, record_type: str, placeholders: Container[str] = ()) -> None:
        self._placeholders = placeholders  # texts that stand for "nothing known" in this format
        self.body: dict[str, Any] = {}
        self.trail: list[TrailStep] = []
        self.losses: list[Loss] = []
        self.faults: list[AdapterFault] = []
        self.indicators: list[str] = []
        self.used: set[str] = set()  # paths whose own value was read
        self.settled: set[str] = set()  # paths accounted for with all that stands below
        self._open: dict[str, Any] = {"": self.body}  # pointer → what later members go into
        self.constant("/type", record_type)

    def put(
        self,
        target: str,
        value: object,
        sources: str | Element | Sequence[Element],
        rule: str,
        before: str | None = None,
    ) -> None:
        """Write a value at a pointer of the draft; `sources` say what it was made from.

        Of an element whose text the value is not, the trail holds the text; of a path alone, what
        is given as `before`. What stands at the pointer already stays.
        """
        parent, _, name = target.rpartition("/")
        node = self._open.get(parent)
        if node is None:
            node = self._reach(parent, name)
        if isinstance(node, dict):
            node.setdefault(name, value)
        elif int(name) == len(node):
            node.append(value)
        if isinstance(sources, str):
            if sources:
                self.used.add(sources)
            self.trail.append(TrailStep(sources, target, rule, before))
            return
        for one in (sources,) if isinstance(sources, Element) else sources:
            self.used.add(one.path)
            text = one.text if before is None else before
            self.trail.append(TrailStep(one.path, target, rule, text if text != value else None))

    def _reach(self, pointer: str, following: str) -> Any:
        """Return the container at a pointer, made if there is none; `following` goes into it."""
        parent, _, name = pointer.rpartition("/")
        node = self._open.get(parent)
        if node is None:
            node = self._reach(parent, name)
        if isinstance(node, dict):
            made = node.setdefault(name, [] if following.isdigit() else {})
        else:
            if int(name) == len(node):
                node.append([] if following.isdigit() else {})
            made = node[int(name)]
        self._open[pointer] = made
        return made

    def constant(self, target: str, value: object) -> None:
        """Write a value that the format itself says, whatever the document."""
        self.put(target, value, "", "constant")

    def place(self, parts: str) -> str:
        """Return the pointer at which the next part of a list goes, e.g. ``/persons/2``."""
        return f"/{parts}/{len(self.body.get(parts, ()))}"

    def part(self, parts: str, source: str) -> str:
        """Begin the next part of a list and return its pointer; its members follow."""
        here = self.place(parts)
        self.body.setdefault(parts, []).append({})
        self.trail.append(TrailStep(source, here, "part"))
        return here

    def entry(self, pointer: str) -> dict[str, Any]:
        """Return the part at a pointer, e.g. ``/persons/0``."""
        _, parts, index = pointer.split("/")
        found: dict[str, Any] = self.body[parts][int(index)]
        return found

    def point(self, target: str, part: str, source: str) -> None:
        """Write a pointer to a part; what stands at `source` is accounted for member by member."""
        self.put(target, part, source, "part")
        self.used.discard(source)

    def repeat(self, source: str, target: str) -> None:
        """Say that what stands at `source` is in the record already."""
        self.settled.add(source)
        self.trail.append(TrailStep(source, target, "same-part"))

    def words(self, one: Element | None, target: str, most: int) -> bool:
        """Write free text, cut after `most` characters with a mark and a loss."""
        return one is not None and self.joined((one,), target, most)

    def joined(
        self, parts: Iterable[Element], target: str, most: int, *, between: str = " "
    ) -> bool:
        """Write the texts of several elements as one, cut as `words` does; return whether any."""
        said = [one for one in parts if one.text and one.text not in self._placeholders]
        if not said:
            return False
        rule = "joined" if len(said) > 1 else "as-is"
        self.text(target, between.join(one.text for one in said), said, most, rule)
        return True

    def text(
        self, target: str, text: str, sources: Sequence[Element], most: int, rule: str = "joined"
    ) -> None:
        """Write a text made of several elements, cut as `words` does."""
        if len(text) > most:
            text, rule = text[: most - len(CUT)] + CUT, "shortened"
            self.losses.extend(Loss(one.path, "shortened") for one in sources)
        self.put(target, text, sources, rule)

    def lose(self, source: str, code: str) -> None:
        """Say that what stands at `source`, and all below it, was left on purpose."""
        self.used.add(source)
        self.settled.add(source)
        self.losses.append(Loss(source, code))

    def fault(self, source: str, code: str, detail: str, hint: str) -> None:
        """Say what is wrong; a draft with faults is quarantined."""
        self.faults.append(AdapterFault(source, code, detail, hint))

    def take(
        self,
        element: Element | None,
        tag: str,
        target: str,
        rule: str = "as-is",
        change: Change = str,
    ) -> bool:
        """Write the text of a child element, if it has any; return whether it was written.

        A `change` that gives None says that the value is none this adapter can read: a loss.
        """
        one = element.child(tag) if element is not None else None
        if one is None or not one.text or one.children:
            return False
        if one.text in self._placeholders:
            self.lose(one.path, "placeholder")
            return False
        value = change(one.text)
        if value is None:
            self.lose(one.path, "code-unknown")
            return False
        self.put(target, value, one, rule)
        return True

    def finish(self, raw: bytes | None = None) -> Draft:
        """Return the draft."""
        return Draft(
            body=self.body,
            trail=tuple(self.trail),
            losses=tuple(self.losses),
            faults=tuple(self.faults),
            raw=raw,
            indicators=tuple(dict.fromkeys(self.indicators)),
        )


def unused_of_xml(root: Element, used: AbstractSet[str], settled: AbstractSet[str]) -> list[Loss]:
    """Return a loss for each element, or attribute, that nobody read or left on purpose.

    Where nothing of an element was read, one loss names the whole of it.
    """
    losses: list[Loss] = []
    _unused_of_element(root, used, settled, losses)
    return losses


def _unused_of_element(
    element: Element, used: AbstractSet[str], settled: AbstractSet[str], losses: list[Loss]
) -> bool:
    """Collect losses below; return whether anything here or below was read or left."""
    if element.path in settled:
        return True
    below: list[Loss] = []
    touched = _unused_within(element, used, settled, below)
    if element.path in used:
        touched = True
    elif element.text:
        below.append(Loss(element.path, NO_PLACE))
    if touched:
        losses.extend(below)
    elif below:
        losses.append(Loss(element.path, NO_PLACE))
    return touched


def _unused_within(
    element: Element, used: AbstractSet[str], settled: AbstractSet[str], losses: list[Loss]
) -> bool:
    touched = False
    for one in element.children:
        if one.children or one.attributes:
            touched |= _unused_of_element(one, used, settled, losses)
        elif one.path in used or one.path in settled:
            touched = True
        elif one.text:  # most are such: one value, which nobody read
            losses.append(Loss(one.path, NO_PLACE))
    for name in element.attributes:
        place = child(element.path, f"@{name}")
        if place in used:
            touched = True
        else:
            losses.append(Loss(place, NO_PLACE))
    return touched


def unused_of_json(value: object, used: AbstractSet[str], pointer: str = "") -> list[Loss]:
    """Return a loss for each member or entry that nobody read or left on purpose."""
    losses: list[Loss] = []
    _unused_of_value(value, used, pointer, losses)
    return losses


def _unused_of_value(
    value: object, used: AbstractSet[str], pointer: str, losses: list[Loss]
) -> bool | None:
    """Collect losses below; return whether anything here was read. None: nothing stands here."""
    if pointer in used:
        return True
    entries: Iterable[tuple[str | int, object]]
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    elif value is None or value == "":
        return None
    else:
        losses.append(Loss(pointer, NO_PLACE))
        return False
    below: list[Loss] = []
    left = touched = False
    for name, one in entries:
        found = _unused_of_value(one, used, child(pointer, name), below)
        touched |= found is True
        left |= found is False
    if touched:
        losses.extend(below)
        return True
    if not left:
        return None
    losses.append(Loss(pointer, NO_PLACE))
    return False


def truth(text: str) -> bool | None:
    """Return what ``true``, ``1``, ``false`` or ``0`` say; None for anything else."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())


def whole(text: str) -> int | None:
    """Return a whole number of up to 18 digits, None for anything else."""
    return int(text) if re.fullmatch(r"\s*[0-9]{1,18}\s*", text, re.ASCII) else None


def code_of(codes: Mapping[str, str]) -> Change:
    """Return a change that looks a code up in a list, without regard to case."""
    folded = {name.casefold(): code for name, code in codes.items()}
    return lambda text: folded.get(text.strip().casefold())
