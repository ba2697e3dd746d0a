"""What differs between FIUs that use goAML: code lists, dates, clock, language, patterns, schema.

Owns the dialect as data, and reading it from what an administrator wrote. The generic one maps no
code whose meaning an FIU may choose.

Ruled by docs/reference/goaml.md.

Stays true:
  * A dialect gives codes of the shared schema only; all its mistakes are named at once.
  * The same text of a dialect has the same digest, which becomes part of the adapter's version.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.base import AdapterFault
from adapters.patterns import Pattern
from adapters.safe_json import child
from adapters.sources import goaml_forms
from adapters.sources.goaml_forms import DateForm
from schemas import normal, vocab
from schemas.codes import COUNTRIES
from schemas.faults import NotNormal

PLACE: Final = "place"  # what goods become that lie somewhere: a house
_OFFSET: Final = re.compile(r"Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9]")
_WAY: Final = re.compile(r"[A-Za-z_]\w{0,63}(?:/[A-Za-z_]\w{0,63}){0,7}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_ENTRIES: Final = 1_000
_MOST_CHARS: Final = 256


class DialectInvalid(Exception):
    """The dialect of an FIU is not one; all its faults."""

    code: ClassVar[str] = "dialect-invalid"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__("; ".join(sorted({fault.code for fault in faults})))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """Where the FIU's own XSD lies on this machine, and the digest of the one that is meant."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one FIU writes goAML. A code missing from a map is left out and named as a loss."""

    name: str = "generic"
    digest: str = ""  # of what was written, nothing for the generic one
    source_kind: str = "fiu"
    # Of times without an offset, which is how goAML writes them: Z, +01:00, or Europe/Amsterdam.
    clock: str = "Z"
    date_form: DateForm = field(default_factory=lambda: DateForm(goaml_forms.OF_GOAML))
    language: str = "und"  # of free text, BCP 47; und: nobody said
    placeholders: frozenset[str] = frozenset({"-", "--", "---"})  # texts that say nothing
    report_kinds: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, str] = field(default_factory=dict)  # transmode_code
    channels: Mapping[str, str] = field(default_factory=dict)  # transaction_location
    party_roles: Mapping[str, str] = field(default_factory=dict)  # → sender or receiver
    id_kinds: Mapping[str, str] = field(default_factory=dict)
    relation_roles: Mapping[str, str] = field(default_factory=dict)  # of holders and relatives
    goods: Mapping[str, str] = field(default_factory=dict)  # item_type → a means of transport
    countries: Mapping[str, str] = field(default_factory=dict)  # those not of ISO 3166-1 alpha-2
    patterns: Mapping[str, Pattern] = field(default_factory=dict)  # end of a path → form
    schema: SchemaFile | None = None

    def offset_at(self, local: datetime) -> str | None:
        """Return the offset of a time on this FIU's clocks, None if it has none or two."""
        if _OFFSET.fullmatch(self.clock):
            return self.clock
        zone = ZoneInfo(self.clock)
        first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        if first is None or first != second:
            return None
        seconds = int(first.total_seconds())
        sign = "-" if seconds < 0 else "+"
        return f"{sign}{abs(seconds) // 3600:02}:{abs(seconds) // 60 % 60:02}"

    def country(self, text: str) -> str | None:
        """Return a country of ISO 3166-1 alpha-2, None for a code that is none."""
        code = text.strip().upper()
        code = self.countries.get(code, code)
        return code if code in COUNTRIES else None

    def says(self, text: str) -> bool:
        """Return whether a text says anything: it is not empty, and no placeholder."""
        return bool(text) and text not in self.placeholders


GENERIC: Final = Dialect(
    report_kinds={
        "STR": "str", "STRM": "str", "SAR": "sar", "UTR": "utr", "UAR": "uar", "CTR": "ctr",
        "ECTR": "ctr", "IFT": "iftr", "IFTR": "iftr", "BCR": "bcr", "AIF": "other",
        "AIFT": "other", "TFR": "other", "PEP": "other",
    },
    channels={"online": "online"},
    countries={"UK": "GB"},
)  # fmt: skip

_CODES: Final[Mapping[str, Container[str]]] = {
    "source_kind": vocab.SIGNAL_SOURCES,
    "report_kinds": vocab.REPORT_KINDS,
    "instruments": vocab.INSTRUMENTS,
    "channels": vocab.CHANNELS,
    "party_roles": ("sender", "receiver"),
    "id_kinds": vocab.ID_KINDS,
    "relation_roles": vocab.RELATION_ROLES,
    "goods": (*vocab.TRANSPORT_KINDS, PLACE),
    "countries": COUNTRIES,
}
_TEXTS: Final = ("source_kind", "clock", "date_form", "language")
_KNOWN: Final = frozenset(one.name for one in fields(Dialect)) - {"name", "digest"}


def read_dialect(name: str, body: Mapping[str, object]) -> Dialect:
    """Return a dialect from configuration; what it does not say is the generic one's.

    Does not look whether the file of a schema is there. Raises DialectInvalid with all faults.
    """
    faults: list[AdapterFault] = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,31}", name):
        faults.append(_fault("", "bad-name"))
    for member, value in body.items():
        place = child("", member)
        faults += _check(member, value, place) if member in _KNOWN else [
            _fault(place, "unknown-field")
        ]  # fmt: skip
    if faults:
        raise DialectInvalid(*faults)
    members: dict[str, Any] = {one: body.get(one, getattr(GENERIC, one)) for one in _KNOWN}
    if "date_form" in body:
        members["date_form"] = DateForm(str(body["date_form"]))
    if "placeholders" in body:
        members["placeholders"] = GENERIC.placeholders | frozenset(members["placeholders"])
    if "schema" in body:
        members["schema"] = SchemaFile(**members["schema"])
    members["patterns"] = {
        way: goaml_forms.pattern(text) for way, text in members["patterns"].items()
    }
    written = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return Dialect(name=name, digest=hashlib.sha256(written.encode()).hexdigest()[:16], **members)


def _check(member: str, value: object, place: str) -> list[AdapterFault]:
    """Return what is wrong with one setting."""
    code = ""
    if member in _TEXTS:
        code = _wrong_text(member, value) if isinstance(value, str) else "wrong-type"
    elif member == "placeholders":
        code = "" if isinstance(value, list) and all(map(_is_short, value)) else "wrong-list"
    elif member == "schema":
        code = "" if _is_schema(value) else "bad-schema"
    elif not isinstance(value, Mapping):
        code = "wrong-type"
    elif len(value) > _MOST_ENTRIES:
        code = "too-many"
    else:
        codes = {str(name): _wrong_entry(member, name, entry) for name, entry in value.items()}
        return [_fault(child(place, name), code) for name, code in codes.items() if code]
    return [_fault(place, code)] if code else []


def _is_schema(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == {"path", "sha256"}
        and all(map(_is_short, value.values()))
        and value["path"].startswith("/")
        and _SHA256.fullmatch(value["sha256"]) is not None
    )


def _is_short(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_CHARS


def _wrong_text(member: str, value: str) -> str:
    if member == "clock":
        return "" if _OFFSET.fullmatch(value) or _is_zone(value) else "bad-clock"
    if member == "date_form":
        return "" if _holds(DateForm, value) else "bad-form"
    if member == "language":
        return "" if _is_language(value) else "bad-language"
    return "" if value in _CODES[member] else "not-in-list"


def _wrong_entry(member: str, name: str, entry: object) -> str:
    if not _is_short(name) or not isinstance(entry, str):
        return "wrong-type"
    if member != "patterns":
        return "" if entry in _CODES[member] else "not-in-list"
    if not _WAY.fullmatch(name):
        return "bad-way"
    return "" if _holds(goaml_forms.pattern, entry) else "bad-pattern"


def _holds(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return False
    return True


def _is_language(tag: str) -> bool:
    try:
        normal.language(tag)
    except NotNormal:
        return False
    return True


_WRONG: Final = {
    "bad-name": ("Not a name of a dialect.", "Write e.g. fiu.nl."),
    "unknown-field": (
        "Not a setting of a goAML dialect.",
        "Known are " + ", ".join(sorted(_KNOWN)) + ".",
    ),
    "wrong-type": ("Not of the kind that this setting has.", "Write a text, or a table of texts."),
    "wrong-list": ("Not a list of texts.", 'Write e.g. ["N/A", "UNKNOWN"].'),
    "too-many": ("More entries than a table may have.", f"At most {_MOST_ENTRIES}."),
    "not-in-list": (
        "Not a code of the shared schema.",
        "Give codes that docs/spec/records.md has.",
    ),
    "bad-clock": (
        "Not a clock.",
        "Write Z, an offset such as +01:00, or a zone such as Europe/Amsterdam.",
    ),
    "bad-form": (
        "Not a form of a date with its time.",
        "Use YYYY, MM, DD, hh, mm and ss once each, e.g. DD/MM/YYYY hh:mm:ss.",
    ),
    "bad-language": ("Not a language.", "Write a tag of BCP 47, e.g. nl."),
    "bad-way": ("Not the end of a path.", "Write e.g. transaction/transactionnumber."),
    "bad-pattern": (
        "Not a pattern that may be used here.",
        "Use letters, classes such as [0-9], at most three counts that vary, and |; no groups.",
    ),
    "bad-schema": (
        "Not a file with its digest.",
        'Write { path = "/etc/gateway/fiu.xsd", sha256 = "64 digits of 0-9 a-f" }.',
    ),
}


def _fault(pointer: str, code: str) -> AdapterFault:
    return AdapterFault(pointer, code, *_WRONG[code])
