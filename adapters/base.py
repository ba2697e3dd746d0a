"""The contract of an adapter, bytes in, drafts out; and of a rendering, a record in, bytes out.

Owns the shapes that pass between an adapter and the gateway's `core`. An adapter is pure: it
reads no file, asks no network and knows no clock. It gives drafts in the *shape* of the shared
schema but with the values as found; normal forms and checks are `core.normalise`'s.

Stays true:
  * Every value of a draft can be traced to a path in the source (`TrailStep`), and everything
    of the source that found no place is named (`Loss`), without repeating the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Bounds on one document that somebody sends us."""

    max_bytes: int = 8 * 1024 * 1024
    max_depth: int = 32
    max_members: int = 100_000  # JSON members plus array entries, XML elements, CSV cells
    max_string_chars: int = 65_536
    max_number_digits: int = 40
    max_columns: int = 512
    max_records: int = 1_000  # drafts from one document


@dataclass(frozen=True, slots=True)
class AdapterFault:
    """One thing wrong with the source: where, a stable code, a sentence, how to mend it."""

    pointer: str
    code: str
    detail: str
    hint: str = ""


class SourceUnreadable(Exception):
    """The bytes are not what the format says: malformed, too large, wrongly encoded, too deep.

    Nothing of such a document is kept.
    """

    code: ClassVar[str] = "malformed"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__("; ".join(sorted({fault.code for fault in faults})))
        self.faults = faults


class MediaRefused(SourceUnreadable):
    """The format, or something in the document, carries imagery. Refused for good (R-02)."""

    code: ClassVar[str] = "imagery"


class SourceUnmapped(Exception):
    """Well formed, but this adapter cannot make a draft of it: quarantined, can be replayed."""

    code: ClassVar[str] = "unmapped"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__("; ".join(sorted({fault.code for fault in faults})))
        self.faults = faults


class TrailStep(NamedTuple):
    """One value's way: from a path of the source to a pointer of the draft, by a named rule.

    `before` is the value as found where the adapter itself changed it, None where it took it over.
    """

    source: str
    target: str
    rule: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Something in the source that has no place in the record. `code` says why it was left."""

    source: str
    code: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as an adapter understood it, before normal forms and checks.

    `body` has the shape of the shared schema (`schemas/`), values still as found: strings,
    ints, bools, None, lists, dicts. `faults` are those the adapter met while mapping this
    record; a draft with faults is quarantined, never stored. `raw` is the slice of the source
    that holds this record where the format divides cleanly (a line of NDJSON), else None: then
    the whole document is the original. `indicators` are codes a source profile may key on.
    `unreadable`: this slice is not what the format says; it is refused and nothing of it is kept.
    """

    body: dict[str, Any]
    trail: Sequence[TrailStep] = ()
    losses: Sequence[Loss] = ()
    faults: Sequence[AdapterFault] = ()
    raw: bytes | None = None
    indicators: Sequence[str] = field(default_factory=tuple)
    unreadable: bool = False


class Adapter(Protocol):
    """Reads one foreign format. Stateless; one object serves every request."""

    @property
    def name(self) -> str:
        """The name used in `Source` settings and commands, e.g. ``goaml``."""

    @property
    def version(self) -> str:
        """Changes whenever the same bytes could give another draft."""

    @property
    def media_types(self) -> Sequence[str]:
        """Content types this adapter answers to."""

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the drafts of one document.

        Raises SourceUnreadable (nothing may be kept), MediaRefused, or SourceUnmapped (the
        whole document is quarantined).
        """


@runtime_checkable
class Choosing(Protocol):
    """An adapter of documents about many, of which a source takes what it was set up for."""

    def choosing(self, transfers: Mapping[str, Any]) -> Adapter:
        """Return the adapter that takes what `transfers` of the source describes."""


@runtime_checkable
class Dividing(Protocol):
    """An adapter of documents that may be too long for one reading, and can be divided."""

    def divided(
        self, head: bytes, tail: bytes, blocks: Iterable[bytes], caps: Caps
    ) -> Iterator[bytes] | None:
        """Return documents within the bounds that hold all of a long one between them.

        `head` and `tail` are its first and last bytes, `blocks` all of them. None: it is not one
        that is divided. The same bytes are divided at the same places. Raises SourceUnreadable,
        also while the pieces are taken.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A record of a partner as a national system gets it, its terms first."""

    terms_in_words: Sequence[Mapping[str, str]]  # id, text, source
    terms: Mapping[str, Any]
    record: str
    version: int
    type: str
    sender: str
    urgency: str
    label: str  # of the Traffic Light Protocol 2.0, at least as strict as all that is laid on it
    body: Mapping[str, Any] = field(repr=False)

    @property
    def handling(self) -> frozenset[str]:
        """The handling codes it came under."""
        return frozenset((self.body.get("governance") or {}).get("handling") or ())


@dataclass(frozen=True, slots=True)
class Rendered:
    """A record written in a foreign format, and everything of it that found no place there.

    The source of a loss is a pointer into the record.
    """

    body: bytes = field(repr=False)
    losses: Sequence[Loss] = ()


class Rendering(Protocol):
    """Writes what is handed on in one format. Stateless and pure.

    It says the terms first, names every loss, and never marks anything as wider than it came.
    """

    @property
    def name(self) -> str:
        """The name used in settings and commands, e.g. ``stix``."""

    @property
    def media_type(self) -> str:
        """What a system is told that it gets."""

    @property
    def holds_terms(self) -> bool:
        """Whether the format has a place where the terms are read before the rest."""

    def render(self, handed: Handed) -> Rendered:
        """Write it. Raises RenderingRefused."""


class RenderingRefused(Exception):
    """The format has no place for what must be said with this record."""

    code: ClassVar[str] = "rendering-refused"
