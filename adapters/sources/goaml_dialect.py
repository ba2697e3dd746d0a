"""What differs between FIUs that use goAML: code lists, clock, language.

Owns the dialect as data. The generic one maps no code whose meaning an FIU may choose.

Stays true:
  * A dialect gives codes of the shared schema only; all its mistakes are named at once.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.base import AdapterFault
from schemas import normal, vocab
from schemas.codes import COUNTRIES
from schemas.faults import NotNormal

_OFFSET: Final = re.compile(r"Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9]")


class DialectInvalid(Exception):
    """The dialect of an FIU is not one; all its faults."""

    code: ClassVar[str] = "dialect-invalid"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__("; ".join(sorted({fault.code for fault in faults})))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one FIU writes goAML. A code missing from a map is left out and named as a loss."""

    name: str = "generic"
    source_kind: str = "fiu"
    # Of times without an offset, which is how goAML writes them: Z, +01:00, or Europe/Amsterdam.
    clock: str = "Z"
    language: str = "und"  # of free text, BCP 47; und: nobody said
    report_kinds: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, str] = field(default_factory=dict)  # transmode_code
    channels: Mapping[str, str] = field(default_factory=dict)  # transaction_location
    party_roles: Mapping[str, str] = field(default_factory=dict)  # → sender or receiver
    id_kinds: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)  # those not of ISO 3166-1 alpha-2

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


GENERIC: Final = Dialect(
    report_kinds={
        "STR": "str", "STRM": "str", "SAR": "sar", "UTR": "utr", "UAR": "uar", "CTR": "ctr",
        "ECTR": "ctr", "IFT": "iftr", "IFTR": "iftr", "BCR": "bcr", "AIF": "other",
        "TFR": "other", "PEP": "other",
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
    "countries": COUNTRIES,
}


def read_dialect(name: str, body: Mapping[str, object]) -> Dialect:
    """Return a dialect from configuration; what it does not say is the generic one's.

    Raises DialectInvalid with all faults.
    """
    known = {one.name for one in fields(Dialect)} - {"name"}
    faults: list[AdapterFault] = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,31}", name):
        faults.append(AdapterFault("", "bad-name", "Not a name of a dialect.", "e.g. fiu.nl"))
    for member, value in body.items():
        fault = _check(member, value) if member in known else "unknown-field"
        if fault:
            faults.append(_fault(member, fault))
    if faults:
        raise DialectInvalid(*faults)
    merged = {one: body.get(one, getattr(GENERIC, one)) for one in known}
    return Dialect(name=name, **merged)  # type: ignore[arg-type]  # kinds were checked above


def _check(member: str, value: object) -> str:
    """Return what is wrong with one setting, nothing if it is right."""
    if isinstance(getattr(GENERIC, member), str):
        if not isinstance(value, str):
            return "wrong-type"
        return _check_text(member, value)
    if not isinstance(value, Mapping) or not all(
        isinstance(part, str) for pair in value.items() for part in pair
    ):
        return "wrong-type"
    return "" if all(code in _CODES[member] for code in value.values()) else "not-in-list"


def _check_text(member: str, value: str) -> str:
    if member == "clock":
        return "" if _OFFSET.fullmatch(value) or _is_zone(value) else "bad-clock"
    if member == "language":
        return "" if _is_language(value) else "bad-language"
    return "" if value in _CODES[member] else "not-in-list"


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


_HINTS: Final = {
    "unknown-field": "Known are " + ", ".join(sorted(one.name for one in fields(Dialect))) + ".",
    "wrong-type": "Write a text, or a table of texts.",
    "not-in-list": "Give codes of the shared schema.",
    "bad-clock": "Write Z, an offset such as +01:00, or a zone such as Europe/Amsterdam.",
    "bad-language": "Write a tag of BCP 47, e.g. nl.",
}


def _fault(member: str, code: str) -> AdapterFault:
    pointer = "/" + member.replace("~", "~0").replace("/", "~1")
    return AdapterFault(pointer, code, "Not a setting of a goAML dialect.", _HINTS[code])
