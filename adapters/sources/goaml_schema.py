"""Hold a goAML report against its FIU's own XSD, which the product does not ship.

Owns compiling the XSD and saying what a report breaks in it, in places and kinds. A schema is
given as text and includes no other: nothing is fetched.

Stays true:
  * No fault repeats a value of the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final
from xml.etree import ElementTree as ET  # of a document that `safe_xml` has let pass

from adapters.base import AdapterFault
from adapters.safe_json import child

if TYPE_CHECKING:
    from adapters.safe_xml import Element

_MOST_FAULTS: Final = 50
_HINT: Final = "Send it as the schema of this FIU has it."
_STEP: Final = re.compile(r"(?:\w+:|\{[^}]*\})?([\w.-]+)(?:\[([0-9]+)\])?")
_KINDS: Final = (
    ("Enumeration", "Not one of the values that the schema lists."),
    ("Pattern", "Not of the pattern that the schema demands."),
    ("Length", "Shorter or longer than the schema allows."),
    ("Inclusive", "Smaller or greater than the schema allows."),
    ("Exclusive", "Smaller or greater than the schema allows."),
    ("Digits", "More digits than the schema allows."),
    ("Group", "An element is missing, or stands where the schema has none."),
    ("Atomic", "Not a value of the type that the schema says."),
)


class SchemaUnusable(Exception):
    """The XSD cannot be compiled."""

    code: ClassVar[str] = "schema-unusable"


class ReportSchema:
    """The XSD of one FIU, compiled. Raises SchemaUnusable."""

    def __init__(self, text: str) -> None:
        from xmlschema import XMLSchemaException  # noqa: PLC0415 - slow to load

        from adapters.sources.xsd import compiled  # noqa: PLC0415

        try:
            self._schema: Any = compiled(text)
        except (XMLSchemaException, ET.ParseError, ValueError, RecursionError):
            raise SchemaUnusable from None  # the original quotes the schema at length
        if "report" not in self._schema.elements:
            raise SchemaUnusable

    def faults(self, raw: bytes, report: Element) -> Iterator[AdapterFault]:
        """Yield what a report breaks, up to a bound; `raw` is what `report` was read from."""
        root = ET.fromstring(raw)  # noqa: S314 - `safe_xml.load` has read the same bytes
        for error in islice(self._schema.iter_errors(root), _MOST_FAULTS):
            kind = type(error.validator).__name__
            detail = next((told for mark, told in _KINDS if mark in kind), "Not of the schema.")
            yield AdapterFault(
                _place(str(error.path or ""), report), "not-of-schema", detail, _HINT
            )


def _place(path: str, report: Element) -> str:
    """Return our name of the element that an XPath names."""
    steps = [found for one in path.split("/") if one and (found := _STEP.fullmatch(one))]
    here = report
    for step in steps[1:]:
        same = [one for one in here.children if one.tag == step[1]]
        at = int(step[2] or 1) - 1
        if not 0 <= at < len(same):
            return child(here.path, step[1])
        here = same[at]
    return here.path
