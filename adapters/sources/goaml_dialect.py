"""What differs between FIUs that use goAML: code lists, clock, language.

Owns the dialect as data. The generic one maps no code whose meaning an FIU may choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import ClassVar, Final

from adapters.base import AdapterFault

_OFFSET: Final = re.compile(r"Z|[+-][0-9]{2}:[0-9]{2}")


class DialectInvalid(ValueError):
    """The dialect of an FIU is not one; all its faults."""

    code: ClassVar[str] = "dialect-invalid"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one FIU writes goAML. A code missing from a map is left out and named as a loss."""

    name: str = "generic"
    source_kind: str = "fiu"
    utc_offset: str = "Z"  # of times without one, which is how goAML writes them
    language: str = "und"  # of free text, BCP 47; und: nobody said
    report_kinds: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, str] = field(default_factory=dict)  # transmode and funds codes
    channels: Mapping[str, str] = field(default_factory=dict)  # transaction_location
    party_roles: Mapping[str, str] = field(default_factory=dict)  # → sender or receiver
    id_kinds: Mapping[str, str] = field(default_factory=dict)


GENERIC: Final = Dialect(
    report_kinds={
        "STR": "str", "SAR": "sar", "UTR": "utr", "UAR": "uar", "CTR": "ctr", "IFT": "iftr",
        "IFTR": "iftr", "BCR": "bcr", "AIF": "other", "TFR": "other", "PEP": "other",
        "STRM": "str", "ECTR": "ctr",
    },
    channels={"online": "online"},
)  # fmt: skip


def read_dialect(name: str, body: Mapping[str, object]) -> Dialect:
    """Return a dialect from configuration; what it does not say is the generic one's.

    Raises DialectInvalid with all faults.
    """
    faults: list[AdapterFault] = []
    known = {one.name for one in fields(Dialect)} - {"name"}
    values: dict[str, object] = {}
    for member, value in body.items():
        default = getattr(GENERIC, member, None) if member in known else None
        if default is None:
            faults.append(_fault(member, "unknown-field", f"Known are {', '.join(sorted(known))}."))
        elif _is_text(default, value) or _is_code_map(default, value):
            values[member] = value
        else:
            faults.append(_fault(member, "wrong-type", "Write a text, or a table of texts."))
    offset = values.get("utc_offset", "Z")
    if isinstance(offset, str) and not _OFFSET.fullmatch(offset):
        faults.append(_fault("utc_offset", "bad-offset", "Write Z or e.g. +01:00."))
    if faults:
        raise DialectInvalid(*faults)
    merged = {one: values.get(one, getattr(GENERIC, one)) for one in known}
    return Dialect(name=name, **merged)  # type: ignore[arg-type]  # kinds were compared above


def _is_text(default: object, value: object) -> bool:
    return isinstance(default, str) and isinstance(value, str)


def _is_code_map(default: object, value: object) -> bool:
    return (
        isinstance(default, Mapping)
        and isinstance(value, Mapping)
        and all(isinstance(key, str) and isinstance(code, str) for key, code in value.items())
    )


def _fault(member: str, code: str, hint: str) -> AdapterFault:
    return AdapterFault(f"/{member}", code, "Not a setting of a goAML dialect.", hint)
