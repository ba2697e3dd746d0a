"""Read XML that a stranger wrote: the only XML parser of the gateway.

Owns strictness: no document type, hence no entity but the five of XML itself; declared encodings
of a closed list; bounds on depth, elements and text, checked while the parser runs.

Stays true:
  * Whatever the bytes, the answer is a tree or SourceUnreadable, in time linear in their length.
  * A path names an element as the document has it, in the notation of RFC 6901; an index follows
    the name only where siblings share it: ``/report/transaction/1/amount_local``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from adapters.base import AdapterFault, Caps, SourceUnreadable
from adapters.safe_json import check_size, child

ENCODINGS: Final = ("utf-8", "utf-16", "iso-8859-1", "us-ascii")
_SIGNS_PER_MEMBER: Final = 2  # equals signs stand in texts as well
# The beginning of an element, with more attributes than 512. No part of it can match two ways.
_MANY_ATTRIBUTES: Final = re.compile(
    rb"<[^\s=<>\"'/]++"
    rb"(?:\s++[^\s=<>\"'/]++\s*+=\s*+(?:\"[^<\"]*+\"|'[^<']*+')){513}"
)
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED: Final = re.compile(r"""\A<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_DECLARATION_BYTES: Final = 1024  # however much white space a declaration has


@dataclass(slots=True)
class Element:
    """One element: its local name, its own text, its attributes, its children, its path.

    Namespaces are dropped: the formats read here tell elements apart by place. Of attributes with
    one local name each keeps its namespace, ``{…}id``, save one that has none.
    """

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""
    path: str = ""
    _first: dict[str, Element] | None = field(default=None, repr=False, compare=False)

    def child(self, tag: str) -> Element | None:
        """Return the first child of that name; of an element that is complete."""
        if self._first is None:
            self._first = {one.tag: one for one in reversed(self.children)}
        return self._first.get(tag)

    def all(self, *way: str) -> Iterator[Element]:
        """Yield every element at the end of a way of names."""
        found = [self]
        for tag in way:
            found = [one for above in found for one in above.children if one.tag == tag]
        return iter(found)

    def at(self, *way: str) -> Element | None:
        """Return the first element at the end of a way of names."""
        return next(self.all(*way), None)

    def walk(self) -> Iterator[Element]:
        """Yield this element and every one below."""
        yield self
        for one in self.children:
            yield from one.walk()


def load(raw: bytes, caps: Caps) -> Element:
    """Return the root element of an XML document. Raises SourceUnreadable."""
    check_size(raw, caps)
    _check_encoding(raw)
    measure(raw, caps)
    quick = _quick(raw, caps)
    if quick is not None:
        return quick
    growing = _Growing(caps)
    parser = DefusedXMLParser(
        target=growing, forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    try:
        parser.feed(raw)
        parser.close()
    except DefusedXmlException:
        raise SourceUnreadable(
            AdapterFault(
                "",
                "document-type",
                "The document declares a document type or entities.",
                "Leave <!DOCTYPE …> out.",
            )
        ) from None  # the original repeats the declaration
    except (ParseError, ValueError, LookupError) as error:
        line, column = getattr(error, "position", (0, 0))
        raise SourceUnreadable(
            AdapterFault(
                "",
                "malformed",
                f"Not XML at line {line}, column {column}.",
                "Check the document with an XML formatter.",
            )
        ) from None  # the original may quote the document
    _name_paths(growing.root)
    return growing.root


def _quick(raw: bytes, caps: Caps) -> Element | None:
    """Return the root of an ordinary document, None for one to be read with all care.

    The parser here is in C from end to end. It is given nothing with a document type, and what it
    made is looked over while it is copied; whatever is unusual, or wrong, is left to the other way,
    which alone says what.
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw or b"\x00" in raw:
        return None
    closing = 2 * raw.count(b"</") + raw.count(b"/>") + raw.count(b"<?") + raw.count(b"<!")
    if raw.count(b"<") > closing:
        return None  # elements that nobody closes: how deep they stand is seen at once
    try:
        found = ET.fromstring(raw)  # noqa: S314 - without a document type there are no entities
    except (ParseError, ValueError, LookupError):
        return None
    return _looked_over(found, min(len(raw), caps.max_string_chars), caps)


def _looked_over(found: ET.Element, longest: int, caps: Caps) -> Element | None:
    """Return a copy of a tree, level by level, None if it passes a bound."""
    root = Element(_local(found.tag), {})
    root.path = f"/{root.tag}"
    left, level = caps.max_members - 1, [(found, root)]
    for _ in range(caps.max_depth):
        below: list[tuple[ET.Element, Element]] = []
        for one, made in level:
            if one.attrib:
                made.attributes = _by_local_name(one.attrib)
                left -= len(made.attributes)
                if max(map(len, one.attrib.values())) > longest:
                    return None
            text = (one.text or "") + _copied(one, made, below) if len(one) else one.text or ""
            if len(text) > longest:
                return None
            made.text = text.strip()
        left -= len(below)
        if left < 0 or not below:
            return root if left >= 0 else None
        level = below
    return None


def _copied(one: ET.Element, made: Element, below: list[tuple[ET.Element, Element]]) -> str:
    """Begin the children of an element, their paths with them; return what stands between."""
    tags = [_local(inner.tag) for inner in one]
    start = f"{made.path}/"
    if len(set(tags)) == len(tags):
        children = [Element(tag, {}, [], "", start + tag) for tag in tags]
    else:
        total, seen = Counter(tags), Counter[str]()
        children = []
        for tag in tags:
            path = start + tag
            if total[tag] > 1:
                path = f"{path}/{seen[tag]}"
                seen[tag] += 1
            children.append(Element(tag, {}, [], "", path))
    made.children = children
    below.extend(zip(one, children, strict=True))
    return "".join([inner.tail for inner in one if inner.tail])


def tree(raw: bytes, caps: Caps) -> ET.Element:
    """Return the tree of the standard library for a document. Raises SourceUnreadable.

    The same documents are refused as by `load`, which is asked whenever anything is unusual: this
    is only the quick way for many small documents of one kind.
    """
    check_size(raw, caps)
    _check_encoding(raw)
    measure(raw, caps)
    if b"<!" in raw or b"\x00" in raw:
        load(raw, caps)  # a document type stops here; nothing else does
    try:
        root = ET.fromstring(raw)  # noqa: S314 - without a document type there are no entities
    except (ParseError, ValueError, LookupError):
        load(raw, caps)
        raise
    can_be_long = max(map(len, raw.split(b"<"))) > caps.max_string_chars
    level, depth, members = [root], 0, 0
    while level:
        depth, members = depth + 1, members + len(level)
        if depth > caps.max_depth or members > caps.max_members:
            load(raw, caps)
            break
        if can_be_long and _is_long(level, caps):
            load(raw, caps)
            break
        level = [below for one in level for below in one]
    return root


def _is_long(elements: list[ET.Element], caps: Caps) -> bool:
    """Return whether a text or attribute here may be longer than allowed."""
    most = caps.max_string_chars
    return any(
        (one.text is not None and len(one.text) > most)
        or (one.tail is not None and len(one.tail) > most)
        or (one.attrib and any(len(value) > most for value in one.attrib.values()))
        for one in elements
    )


def _check_encoding(raw: bytes) -> None:
    """Refuse an encoding that is not of the list, or is declared otherwise than marked."""
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    head = raw[:_DECLARATION_BYTES].decode(
        "utf-16" if marked == "utf-16" else "utf-8-sig", errors="replace"
    )
    declared = _DECLARED.match(head)
    if declared is None and head.startswith("<?xml") and "?>" not in head:
        raise SourceUnreadable(
            AdapterFault("", "bad-encoding", "The XML declaration does not end.", "Shorten it.")
        )
    name = declared[1].lower() if declared else marked or "utf-8"
    if name not in ENCODINGS or (marked and name != marked) or (name == "utf-16" and not marked):
        raise SourceUnreadable(
            AdapterFault(
                "",
                "bad-encoding",
                "The declared encoding is not one we read, or not the one the bytes have.",
                f"Write one of {', '.join(ENCODINGS)}, and declare it.",
            )
        )


def measure(raw: bytes, caps: Caps) -> None:
    """Refuse more marks than elements and attributes may need, before the parser sees them.

    A comment counts as an element here. In UTF-16 a null byte stands between the two of ``</``.
    """
    opening = raw.count(b"<") - raw.count(b"</") - raw.count(b"<\x00/")
    if opening > caps.max_members or raw.count(b"=") > _SIGNS_PER_MEMBER * caps.max_members:
        raise SourceUnreadable(
            AdapterFault(
                "",
                "too-many-members",
                f"More than {caps.max_members} elements and attributes.",
                "Send fewer reports in one document.",
            )
        )
    if _MANY_ATTRIBUTES.search(raw if b"\x00" not in raw else raw.replace(b"\x00", b"")):
        raise SourceUnreadable(
            AdapterFault(
                "",
                "too-many-members",
                "More attributes in one element than any format has.",
                "Send what stands in attributes as elements.",
            )
        )


class _Growing:
    """What the parser calls: builds the tree and stops as soon as a bound is passed."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._sizes: list[int] = []
        self._count = 0
        self.found: Element | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        caps = self._caps
        self._count += 1 + len(attributes)
        if self._count > caps.max_members:
            raise self._refusal(
                "too-many-members",
                f"More than {caps.max_members} elements and attributes.",
                "Send fewer reports in one document.",
            )
        if len(self._open) >= caps.max_depth:
            raise self._refusal(
                "too-deep", f"Elements stand more than {caps.max_depth} deep.", "Flatten it."
            )
        if any(len(value) > caps.max_string_chars for value in attributes.values()):
            raise self._too_long()
        element = Element(_local(tag), _by_local_name(attributes))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.found = element
        self._open.append(element)
        self._texts.append([])
        self._sizes.append(0)

    def end(self, _tag: str) -> None:
        self._sizes.pop()
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def data(self, text: str) -> None:
        if not self._open:
            return
        self._sizes[-1] += len(text)
        if self._sizes[-1] > self._caps.max_string_chars and not text.isspace():
            raise self._too_long()
        self._texts[-1].append(text)

    def close(self) -> None:
        """End of the document; the parser has refused an empty one."""

    @property
    def root(self) -> Element:
        if self.found is None:
            raise self._refusal("malformed", "The document is empty.", "Send one document.")
        return self.found

    def _too_long(self) -> SourceUnreadable:
        return self._refusal(
            "too-long",
            f"A text of more than {self._caps.max_string_chars} characters.",
            "Shorten it; files do not belong in a record.",
        )

    def _refusal(self, code: str, detail: str, hint: str) -> SourceUnreadable:
        place = "".join(f"/{one.tag}" for one in self._open[:8])
        return SourceUnreadable(AdapterFault(place, code, detail, hint))


def _local(name: str) -> str:
    return name.rpartition("}")[2] if name[:1] == "{" else name


def _by_local_name(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes without their namespaces, and those with them that would hide another."""
    named = {_local(name): value for name, value in attributes.items()}
    if len(named) == len(attributes):
        return named
    shared = Counter(map(_local, attributes))
    return {
        _local(name) if shared[_local(name)] == 1 else name: value
        for name, value in attributes.items()
    }


def _name_paths(root: Element) -> None:
    """Write each element's path; depth was bounded while the tree grew."""
    root.path = child("", root.tag)
    waiting = [root]
    while waiting:
        element = waiting.pop()
        total = Counter(one.tag for one in element.children)
        seen: Counter[str] = Counter()
        for one in element.children:
            one.path = child(element.path, one.tag)
            if total[one.tag] > 1:
                one.path = child(one.path, seen[one.tag])
                seen[one.tag] += 1
        waiting.extend(element.children)
