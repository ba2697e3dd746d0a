"""An XML document as a dictionary that paths can be written for.

Owns what becomes of elements: one with children or attributes is an object, its attributes as
``@name``, its own text as ``$``; any other is its text. What repeats is a list only where the
mapping, or the XSD it names, says that it is one: so one entry has the shape of many.

An XSD is held against the whole document, order and presence of elements too; namespaces aside, as
everywhere here: each element counts as in the namespace that the XSD puts it in.

Stays true:
  * An element that repeats where one was declared is a fault, never a guess.
  * A value keeps its text, unless its type says whole number or truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from xml.etree import ElementTree as ET  # as the XSD takes a document; nothing is parsed by it

from adapters.base import AdapterFault, SourceUnmapped
from adapters.drafting import truth, whole
from adapters.safe_json import child
from adapters.safe_xml import Element
from adapters.sources.xsd_cost import too_costly

TYPES: Final = ("text", "whole", "truth")
MOST_FAULTS: Final = 100  # told of one document
_MEND: Final = 'Send it as the XSD has it, or hold values alone against it: [xml] check = "values".'
# What xmlschema raises for a text that is no XSD, beside errors of its own.
_UNSOUND: Final = (ValueError, TypeError, KeyError, OSError, SyntaxError, RecursionError)
_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_ABOUT_THE_SCHEMA: Final = ("schemaLocation", "noNamespaceSchemaLocation")
_MOST_NAMED: Final = 5  # elements that could stand in a place


class SchemaRefused(ValueError):
    """The text is no XSD that can be used. `detail` says why, without repeating it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Types:
    """What a mapping says of elements, by their names below the root: ``order/line/amount``.

    `schema`: the XSD, which then says it instead. `whole`: hold the document against it whole, not
    its values alone.
    """

    lists: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)  # whole | truth | text
    schema: Any = None
    whole: bool = True


def read_schema(text: str) -> Any:
    """Return an XSD. Raises SchemaRefused; it may import and include nothing."""
    from xmlschema import XMLSchemaException  # noqa: PLC0415 - slow to load

    from adapters.sources.xsd import compiled  # noqa: PLC0415

    costly = too_costly(text)
    if costly is not None:
        raise SchemaRefused(f"Not an XSD that is checked soon enough: {costly}.")
    try:
        return compiled(text)
    except (*_UNSOUND, XMLSchemaException) as error:
        line = getattr(error, "position", None)
        where = f" at line {line[0]}" if line else ""
        raise SchemaRefused(
            f"Not an XSD{where} that stands alone ({type(error).__name__})."
        ) from None


def dictionary(root: Element, types: Types) -> object:
    """Return what the root holds. Raises SourceUnmapped with all that is not as declared."""
    declared = None
    if types.schema is not None:
        named = (one for one in types.schema.elements.values() if one.local_name == root.tag)
        declared = next(named, None)
        if declared is None:
            raise SourceUnmapped(_not_in_schema(root.path))
    reading = _Reading(types)
    value = reading.element(root, "", declared, None)
    if not reading.faults and types.schema is not None and types.whole:
        reading.hold_against(types.schema)
    if reading.faults:
        raise SourceUnmapped(*reading.faults[:MOST_FAULTS])
    return value


class _Reading:
    """One document being made a dictionary. `way`: names from below the root to an element."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self.faults: list[AdapterFault] = []
        self._tree: list[ET.Element] = []  # the document as the XSD takes it, the root first
        self._held: dict[int, Element] = {}  # identity of an element there → ours
        self._known: dict[int, dict[str, tuple[Any, bool]]] = {}  # children, by type

    def hold_against(self, schema: Any) -> None:
        """Tell what of the document is not as an XSD says, up to a bound."""
        for error in islice(schema.iter_errors(self._tree[0]), MOST_FAULTS):
            here = self._held.get(id(error.elem), self._held[id(self._tree[0])])
            self.faults.append(_not_as_said(error, here))

    def element(
        self, element: Element, way: str, declared: Any, above: ET.Element | None
    ) -> object:
        """Return the value of one element; `declared`: what the XSD says of it."""
        kind = None if declared is None else declared.type
        made = None if declared is None else self._put(element, declared, above)
        if not element.children and not element.attributes:
            return self._typed(element.text, element.path, way, kind)
        members: dict[str, object] = {}
        for name, text in element.attributes.items():
            place = child(element.path, f"@{name}")
            key, of = _attribute(declared, name)
            if made is not None and key is not None:
                made.set(key, text)
            elif declared is not None and name not in _ABOUT_THE_SCHEMA:
                self.faults.append(_not_in_schema(place))
            members[f"@{name}"] = self._typed(text, place, f"{way}/@{name}".lstrip("/"), of)
        known = None if kind is None else self._children(kind)
        for one in element.children:
            self._child(one, f"{way}/{one.tag}".lstrip("/"), known, members, made)
        if element.text:
            members["$"] = self._typed(element.text, element.path, way, kind)
        return members

    def _put(self, element: Element, declared: Any, above: ET.Element | None) -> ET.Element:
        """Write an element into the document as the XSD takes it."""
        made = ET.Element(declared.name) if above is None else ET.SubElement(above, declared.name)
        made.text = element.text or None
        self._tree.append(made)
        self._held[id(made)] = element
        return made

    def _children(self, kind: Any) -> dict[str, tuple[Any, bool]]:
        if id(kind) not in self._known:
            self._known[id(kind)] = _children(kind)
        return self._known[id(kind)]

    def _child(
        self,
        one: Element,
        way: str,
        known: Mapping[str, tuple[Any, bool]] | None,
        members: dict[str, object],
        above: ET.Element | None,
    ) -> None:
        declared, repeats = None, way in self._types.lists
        if known is not None:
            if one.tag not in known:
                self.faults.append(_not_in_schema(one.path))
                return
            declared, repeats = known[one.tag]
        value = self.element(one, way, declared, above)
        if repeats:
            so_far = members.setdefault(one.tag, [])
            if isinstance(so_far, list):
                so_far.append(value)
        elif one.tag in members:
            self.faults.append(_repeated(one.path, way))
        else:
            members[one.tag] = value

    def _typed(self, text: str, place: str, way: str, kind: Any) -> object:
        if not text:
            return None
        said = self._types.values.get(way, "text")
        if kind is not None:
            simple = _simple(kind)
            if simple is None and not kind.mixed:
                self.faults.append(_not_in_schema(place))
                return None
            # Held against the XSD whole, elements are judged there; attributes have no place there.
            judged = self._types.whole and "@" not in way
            if simple is not None and not judged and not simple.is_valid(text):
                self.faults.append(_unfit(place, "what the XSD says"))
                return None
            said = "text" if simple is None else _said(simple)
        value: object = text
        if said == "whole":
            value = whole(text)
        elif said == "truth":
            value = truth(text)
        if value is None:
            self.faults.append(_unfit(place, f"a {said} value"))
        return value


def _children(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Return the child elements a type knows, by local name; the flag: they may repeat."""
    if not kind.is_complex() or kind.is_simple() or kind.has_simple_content():
        return {}
    found: dict[str, tuple[Any, bool]] = {}
    for one in kind.content.iter_elements():
        name = getattr(one, "local_name", None)
        if name is None:
            continue  # a wildcard names nothing that a path could be written for
        group, repeats = one, False
        while group is not None and not repeats:
            repeats = group.max_occurs is None or group.max_occurs > 1
            group = group.parent if hasattr(group.parent, "max_occurs") else None
        found[name] = (one, repeats or name in found)
    return found


def _attribute(declared: Any, name: str) -> tuple[str | None, Any]:
    """Return the whole name and the type of an attribute that the XSD knows, else None twice."""
    if declared is None:
        return None, None
    for key, one in declared.attributes.items():
        if isinstance(key, str) and key.rpartition("}")[2] == name:
            return key, one.type
    return (f"{_XSI}nil", None) if name == "nil" and declared.nillable else (None, None)


def _simple(kind: Any) -> Any:
    """Return the type that a text has, None where only elements may stand."""
    if kind.is_simple():
        return kind
    return kind.content if kind.has_simple_content() else None


def _said(simple: Any) -> str:
    """Return which of our value types an XSD type is: all but two keep their text."""
    builtin = simple.maps.types
    for name, said in (("integer", "whole"), ("boolean", "truth")):
        if simple.is_derived(builtin[f"{_XS}{name}"]):
            return said
    return "text"


def _not_in_schema(place: str) -> AdapterFault:
    hint = "Send what the XSD describes, or put the new XSD beside the mapping."
    return AdapterFault(place, "not-in-schema", "The XSD of the mapping does not know it.", hint)


def _not_as_said(error: Any, here: Element) -> AdapterFault:
    """Return what an XSD says against an element, in places and names of the XSD alone."""
    expected = [
        str(one.local_name)
        for one in getattr(error, "expected", None) or ()
        if getattr(one, "local_name", None)
    ]
    named = ", ".join(dict.fromkeys(expected[:_MOST_NAMED]))
    more = f" The XSD has {named} there." if named else ""
    index = getattr(error, "index", None)
    if index is None:
        detail = (
            "Not what the XSD says." if here.children else "The value is not what the XSD says."
        )
        return AdapterFault(here.path, "not-of-schema", detail, _MEND)
    if index < len(here.children):
        place = here.children[index].path
        detail = f"It stands where the XSD has none, or something before it is missing.{more}"
        return AdapterFault(place, "not-of-schema", detail, _MEND)
    return AdapterFault(here.path, "not-of-schema", f"Something is missing in it.{more}", _MEND)


def _repeated(place: str, way: str) -> AdapterFault:
    hint = f'If it may repeat, write it in the mapping: [xml] lists = ["{way}"].'
    return AdapterFault(place, "repeated-element", "It stands more than once.", hint)


def _unfit(place: str, wanted: str) -> AdapterFault:
    hint = "Mend it at the source, or its type in the mapping."
    return AdapterFault(place, "wrong-type", f"The value is not {wanted}.", hint)
