"""Labels of the Traffic Light Protocol (TLP 2.0) and our handling codes, each as the other. Pure.

Owns the table. A label is read as codes at least as strict, and codes are written as a label at
least as strict: on the way there and back nothing gets wider. TLP is no classification, so no
marking follows from it.

Stays true:
  * A stricter label never lays fewer codes and restrictions than a wider one.
  * What is not known is the strictest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from schemas.vocab import TLP_LABELS

RED: Final = "TLP:RED"
AMBER_STRICT: Final = "TLP:AMBER+STRICT"
AMBER: Final = "TLP:AMBER"
GREEN: Final = "TLP:GREEN"
CLEAR: Final = "TLP:CLEAR"
LABELS: Final = TLP_LABELS  # the strictest first
LABELLED: Final = frozenset({"knowledge_product"})  # types that carry a label
_OF_TLP_1: Final = {"TLP:WHITE": CLEAR}


@dataclass(frozen=True, slots=True)
class Laid:
    """What a label lays on a record: handling codes, and kinds of restrictions."""

    handling: frozenset[str]
    restrictions: frozenset[str] = frozenset()

    def covers(self, other: Laid) -> bool:
        """Return whether this is at least as strict."""
        return self.handling >= other.handling and self.restrictions >= other.restrictions


# H3 for RED: that only the persons spoken to may know is for people to judge. A court is outside
# every community, so only CLEAR goes there without asking.
_LAID: Final = {
    CLEAR: Laid(frozenset({"H0"})),
    GREEN: Laid(frozenset({"H0", "H1"})),
    AMBER: Laid(frozenset({"H0", "H1", "H2"})),
    AMBER_STRICT: Laid(frozenset({"H0", "H1", "H2"}), frozenset({"transfer"})),
    RED: Laid(frozenset({"H0", "H1", "H2", "H3"}), frozenset({"transfer"})),
}
# Every code has a purpose list and asks before passing on: without a label of its own a record is
# for the recipient's organisation alone.
_WITHOUT_A_LABEL: Final = AMBER_STRICT


def label_of(text: str) -> str:
    """Return the label that a text names, however it is spelt; RED for whatever is none."""
    name = "".join(text.split()).upper()
    name = name if name.startswith("TLP:") else f"TLP:{name}"
    name = _OF_TLP_1.get(name, name)
    return name if name in _LAID else RED


def codes_of(label: str) -> Laid:
    """Return what a label lays on a record."""
    return _LAID[label_of(label)]


def label_for(
    handling: Iterable[str], restrictions: Iterable[str] = (), *, label: str | None = None
) -> str:
    """Return the widest label that lays all of this; never wider than `label`, its own so far."""
    asked = Laid(frozenset(handling), frozenset(restrictions))
    widest = LABELS.index(_WITHOUT_A_LABEL if label is None else label_of(label))
    fitting = [one for one in LABELS[: widest + 1] if _LAID[one].covers(asked)]
    return fitting[-1] if fitting else RED
