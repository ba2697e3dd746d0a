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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from adapters.base import AdapterFault, Caps, SourceUnreadable
from adapters.safe_json import check_size, child

ENCODINGS: Final = ("utf-8", "utf-16", "iso-8859-1", "us-ascii")
_MOST_ATTRIBUTES: Final = 512  # of one element
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
    _named: dict[str, list[Element]] | None = field(default=None, repr=False, compare=False)

    def named(self, tag: str) -> Sequence[Element]:
        """Return the children of that name; of an element that is complete."""
        if self._named is None:
            self._named = {}
            for one in self.children:
                self._named.setdefault(one.tag, []).append(one)
        return self._named.get(tag, ())

    def child(self, tag: str) -> Element | None:
        """Return the first child of that name; of an element that is complete."""
        found = self.named(tag)
        return found[0] if found else None

    def all(self, *way: str) -> Iterator[Element]:
        """Yield every element at the end of a way of names; of an element that is complete."""
        found: Sequence[Element] = (self,)
        for tag in way:
            if len(found) == 1:
                found = found[0].named(tag)
            else:
                found = [one for above in found for one in above.named(tag)]
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
    _check_bytes(raw, caps)
    quick = _quick(raw, caps)
    copied = None if quick is None else _copied(quick, caps)
    return _carefully(raw, caps) if copied is None else copied


def tree(raw: bytes, caps: Caps) -> ET.Element:
    """Return the tree of the standard library for a document. Raises SourceUnreadable.

    The same documents are refused as by `load`; this is the quick way to many parts of one kind.
    """
    _check_bytes(raw, caps)
    quick = _quick(raw, caps)
    if quick is not None:
        return quick
    _carefully(raw, caps)
    return ET.fromstring(raw)  # noqa: S314 - unusual, and yet without a document type


def _carefully(raw: bytes, caps: Caps) -> Element:
    """Return the root of any document, or say what is wrong with it. Raises SourceUnreadable."""
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


def _quick(raw: bytes, caps: Caps) -> ET.Element | None:
    """Return the tree of an ordinary document, None for one to be read with all care.

    The parser here is in C from end to end. It is given nothing with a document type, and what it
    made is looked over; whatever is unusual, or wrong, is left to the other way, which alone says
    what.
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw or b"\x00" in raw:
        return None
    marks = raw.count(b"<")
    if marks > 2 * raw.count(b"</") + raw.count(b"/>") + raw.count(b"<?") + raw.count(b"<!"):
        return None  # elements that nobody closes: how deep they stand is seen at once
    try:
        root = ET.fromstring(raw)  # noqa: S314 - without a document type there are no entities
    except (ParseError, ValueError, LookupError):
        return None
    # No document has more elements than marks, more attributes than signs, longer texts than bytes.
    counts = marks + raw.count(b"=") > caps.max_members
    measures = len(raw) > caps.max_string_chars and (
        max(map(len, raw.split(b"<"))) > caps.max_string_chars
    )
    level, members = [root], 0
    for _ in range(caps.max_depth):
        if counts:
            members += len(level) + sum([len(one.attrib) for one in level])
        if members > caps.max_members or (measures and _is_long(level, caps)):
            return None
        level = [below for one in level for below in one]
        if not level:
            return root
    return None


def _copied(root: ET.Element, caps: Caps) -> Element | None:
    """Return a copy of a tree, None if what stands between elements is too long."""
    made = Element(_local(root.tag), _by_local_name(root.attrib), [], (root.text or "").strip())
    made.path = f"/{made.tag}"
    waiting = [(root, made)] if len(root) else []
    for one, copy in waiting:  # grows meanwhile
        tags = [_local(inner.tag) for inner in one]
        total = None if len(set(tags)) == len(tags) else Counter(tags)
        seen: Counter[str] = Counter()
        between, start, children = one.text or "", f"{copy.path}/", copy.children
        for tag, inner in zip(tags, one, strict=True):
            path = start + tag
            if total is not None and total[tag] > 1:
                path = f"{path}/{seen[tag]}"
                seen[tag] += 1
            text, attributes = inner.text, inner.attrib
            below = Element(
                tag,
                _by_local_name(attributes) if attributes else {},
                [],
                text.strip() if text else "",
                path,
            )
            children.append(below)
            if len(inner):
                waiting.append((inner, below))
            if inner.tail:
                between += inner.tail
        if len(between) > caps.max_string_chars:
            return None
        copy.text = between.strip()
    return made


def _is_long(elements: list[ET.Element], caps: Caps) -> bool:
    """Return whether a text or attribute here may be longer than allowed."""
    most = caps.max_string_chars
    return any(
        (one.text is not None and len(one.text) > most)
        or (one.tail is not None and len(one.tail) > most)
        or (one.attrib and any(len(value) > most for value in one.attrib.values()))
        for one in elements
    )


def _check_bytes(raw: bytes, caps: Caps) -> None:
    check_size(raw, caps)
    _check_encoding(raw)
    measure(raw, caps)


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
    if raw.count(b"=") > _MOST_ATTRIBUTES and _MANY_ATTRIBUTES.search(
        raw if b"\x00" not in raw else raw.replace(b"\x00", b"")
    ):
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
