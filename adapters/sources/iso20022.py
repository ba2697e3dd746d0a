"""ISO 20022 payment messages → one `financial_signal` for each transfer.

Reads pain.001, pacs.008, camt.052, camt.053 and camt.054; namespaces are not compared, since they
differ by version. One record holds one transfer: what a statement or batch says of others is
personal data of bystanders, and stays out of the record and out of the original kept with it.

Leaves to `iso20022_cut` where a document is divided, to `iso20022_transfer` what a transfer says,
to `iso20022_choice` which transfers a source takes.

Stays true:
  * A transfer has its number in the whole document in its reference: the same document again is
    the same records, however it was cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from adapters import safe_xml
from adapters.base import AdapterFault, Caps, Draft, Loss, SourceUnreadable
from adapters.safe_json import check_size
from adapters.sources.iso20022_choice import EVERYTHING, Choice, read_choice
from adapters.sources.iso20022_cut import Bounds, Cutter, Transfer, demand_end
from adapters.sources.iso20022_leaves import Level, Shapes, local
from adapters.sources.iso20022_transfer import Found, compose

_MESSAGES: Final = {
    "CstmrCdtTrfInitn": ("pain.001", "PmtInf"),
    "FIToFICstmrCdtTrf": ("pacs.008", ""),
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
}
_DEEPEST_MESSAGE: Final = 5
_HOLDERS: Final = frozenset({"Rpt", "Stmt", "Ntfctn", "PmtInf"})
_DETAILS: Final = frozenset({"TxDtls"})
_ENTRIES: Final = frozenset({"Ntry", "CdtTrfTxInf"})
_NOTHING: Final = frozenset[str]()
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_HEAD: Final = re.compile(rb"<(?:[\w.-]+:)?(?:%s)[\s>]" % "|".join(_MESSAGES).encode())
_DECLARATION: Final = re.compile(r"\A\ufeff?\s*(?:<\?xml[^>]*\?>)?")


class Iso20022Adapter:
    """Reads one payment message; with a choice, the transfers that it takes."""

    name = "iso20022"
    version = "1"
    media_types: Sequence[str] = ("application/iso20022+xml",)

    def __init__(self, choice: Choice = EVERYTHING) -> None:
        self._choice = choice

    def choosing(self, transfers: Mapping[str, Any]) -> Iso20022Adapter:
        """Return the adapter of a source that takes these transfers."""
        return Iso20022Adapter(read_choice(transfers))

    def divided(
        self, head: bytes, tail: bytes, blocks: Iterable[bytes], caps: Caps
    ) -> Iterator[bytes] | None:
        """Return documents that hold all transfers of a long one between them.

        None: it is no payment message, or in UTF-16, and not divided. Raises SourceUnreadable, also
        while the pieces are taken.
        """
        if _HEAD.search(head) is None:
            return None
        demand_end(tail)
        most = Bounds()
        return Cutter(blocks).pieces(
            Bounds(
                transfers=min(most.transfers, caps.max_records),
                bytes=min(most.bytes, caps.max_bytes * 3 // 4),  # a head stands before each piece
                marks=min(most.marks, caps.max_members * 3 // 4),
            )
        )

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield a draft for each transfer taken. Raises SourceUnreadable: nothing is kept."""
        check_size(raw, caps)
        raw = _in_one_byte(raw)
        document = _Document(safe_xml.tree(raw, caps))
        cutter = Cutter([raw])
        entries, count = [], 0
        for entry in cutter.entries():
            entries.append(entry)
            count += len(entry)
            if count > caps.max_records:
                raise _too_many(caps)
        drafts = list(_drafts(document, cutter, entries, self._choice))
        left = (Loss(document.base, "others-not-taken"),) if len(drafts) < count else ()
        for draft in drafts:
            yield _also(draft, left) if left else draft


def _also(draft: Draft, left: tuple[Loss, ...]) -> Draft:
    return Draft(
        body=draft.body,
        trail=draft.trail,
        losses=(*draft.losses, *left),
        faults=draft.faults,
        raw=draft.raw,
        indicators=draft.indicators,
    )


class _Document:
    """The message, in the envelope that it may have come in."""

    def __init__(self, root: ET.Element) -> None:
        found = list(_messages(root, f"/{local(root.tag)}", 1))
        if len(found) != 1:
            detail = "No payment message of ISO 20022 that is read here, or several in one."
            hint = "Send one pain.001, pacs.008, camt.052, camt.053 or camt.054."
            # Not quarantined: it may be a statement of another kind, which names bystanders too.
            fault = AdapterFault(f"/{local(root.tag)}", "not-iso20022", detail, hint)
            raise SourceUnreadable(fault)
        self.element, self.base = found[0]
        self.message, holder = _MESSAGES[local(self.element.tag)]
        space = self.element.tag[1:].partition("}")[0] if self.element.tag[:1] == "{" else ""
        last = space.rpartition(":")[2]
        self.version = last if last.startswith(self.message) else self.message
        self._space = self.element.tag[: -len(local(self.element.tag))]
        self._holders = list(self.element.iter(self._space + holder)) if holder else []
        self.place = f"{self.base}/{holder}" if holder else self.base

    def holder(self, number: int) -> ET.Element:
        """Return the holder of that number."""
        if not 0 <= number < len(self._holders):
            raise _misplaced()
        return self._holders[number]

    def entries(self, count: int) -> list[ET.Element]:
        """Return what is one entry each, as many as were found among the bytes."""
        name = "Ntry" if self.message.startswith("camt") else "CdtTrfTxInf"
        found = list(self.element.iter(self._space + name))
        if len(found) != count:
            raise _misplaced()
        return found


def _messages(element: ET.Element, path: str, depth: int) -> Iterator[tuple[ET.Element, str]]:
    """Yield each message with its path; an envelope may stand around it."""
    if local(element.tag) in _MESSAGES:
        yield element, path
    elif depth < _DEEPEST_MESSAGE:
        for one in element:
            yield from _messages(one, f"{path}/{local(one.tag)}", depth + 1)


def _drafts(
    document: _Document, cutter: Cutter, entries: Sequence[Sequence[Transfer]], choice: Choice
) -> Iterator[Draft]:
    """Yield what `choice` takes of the transfers, which stand in the document in this order."""
    shapes, place = Shapes(), document.place
    head = shapes.level(document.element, document.base, _HOLDERS | _ENTRIES)
    nothing = holder = shapes.level(ET.Element("none"), document.base, _NOTHING)
    holder_number = -1
    for entry, element in zip(entries, document.entries(len(entries)), strict=True):
        if entry[0].holder.number != holder_number:
            holder_number = entry[0].holder.number
            holder = shapes.level(document.holder(holder_number), place, _ENTRIES)
        levels = _levels(entry, element, nothing, shapes, place)
        for transfer, (own, detail) in zip(entry, levels, strict=True):
            found = Found(
                message=document.message,
                version=document.version,
                place=transfer.place,
                head=head.again(),
                holder=holder.again(),
                entry=own.again(),
                detail=detail,
                is_one_of_many=transfer.detail > 0,
            )
            sheet = compose(found, choice.seen_by)
            if choice.takes(sheet.body):
                yield sheet.finish(cutter.document([transfer]), found.levels)


def _levels(
    entry: Sequence[Transfer], element: ET.Element, nothing: Level, shapes: Shapes, place: str
) -> list[tuple[Level, Level]]:
    """Return the entry and the detail of each of its transfers."""
    name = local(element.tag)
    if name != "Ntry":
        return [(nothing.again(), shapes.level(element, f"{place}/{name}", _NOTHING))]
    own = shapes.level(element, f"{place}/Ntry", _DETAILS)
    details = list(element.iter(element.tag[: -len(name)] + "TxDtls"))
    if len(details) not in {0, len(entry)}:
        raise _misplaced()
    below = f"{place}/Ntry/NtryDtls/TxDtls"
    found = [(own, shapes.level(one, below, _NOTHING)) for one in details]
    return found or [(own, nothing.again())]


def _in_one_byte(raw: bytes) -> bytes:
    """Return the document in UTF-8 where it comes in UTF-16: tags are looked for as bytes."""
    if not raw.startswith(_UTF_16):
        return raw
    try:
        text = raw.decode("utf-16")
    except UnicodeDecodeError:
        detail, hint = "The document is not the UTF-16 that it begins as.", "Send UTF-8."
        raise SourceUnreadable(AdapterFault("", "bad-encoding", detail, hint)) from None
    return _DECLARATION.sub("", text, count=1).encode("utf-8", errors="replace")


def _misplaced() -> SourceUnreadable:
    detail = "Transfers stand where the message has none."
    return SourceUnreadable(AdapterFault("", "malformed", detail, "Check it with its XSD."))


def _too_many(caps: Caps) -> SourceUnreadable:
    detail = f"More than {caps.max_records} transfers in one document."
    hint = "Divide it at its transfers."
    return SourceUnreadable(AdapterFault("", "too-many-records", detail, hint))
