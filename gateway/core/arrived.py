"""From a record text that a partner signed to a record, or what is wrong with it.

Owns the schema check of what comes in. Leaves to `envelope` and `statement` whether the partner
really sent it, and to the release rules whether we may keep it. The text itself is kept as it
came: its signature covers those bytes.

Stays true:
  * Whatever the bytes, the answer is a record or ArrivedInvalid.
"""

from __future__ import annotations

from typing import ClassVar

from adapters import safe_json
from adapters.base import Caps, SourceUnreadable
from gateway.core.errors import Fault, GatewayError
from gateway.core.ids import MalformedId, OrgId, RecordId, parse_record_id
from gateway.core.limits import WireLimits
from gateway.core.record import Record
from schemas.reading import load_record_text

_WIRE = WireLimits()
_CAPS = Caps(max_bytes=_WIRE.max_record_text_bytes, max_depth=_WIRE.max_depth, max_number_digits=16)


class ArrivedInvalid(GatewayError):
    """The record text of a partner does not follow the shared schema."""

    code: ClassVar[str] = "arrived-invalid"


def claimed_id(text: bytes) -> tuple[str | None, int | None]:
    """Return id and version as far as a text that failed its schema names them properly."""
    try:
        body = safe_json.load(text, _CAPS)
    except SourceUnreadable:
        return None, None
    if not isinstance(body, dict):
        return None, None
    id_, version = body.get("id"), body.get("version")
    if not isinstance(id_, str) or type(version) is not int or not 0 < version < 2**31:
        return None, None
    try:
        return parse_record_id(id_), version
    except MalformedId:
        return None, None


def parse_arrived(text: bytes, org: OrgId) -> Record:
    """Return the record in a sealed text. Raises ArrivedInvalid with all faults.

    `org` is the organisation it belongs to here: the originator's or the sender's.
    """
    try:
        body = safe_json.load(text, _CAPS)
    except SourceUnreadable as refused:
        faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in refused.faults)
        raise ArrivedInvalid(faults=faults) from None  # the cause may quote the text
    wrong = load_record_text(body, sealed=True)
    if wrong or not isinstance(body, dict):
        raise ArrivedInvalid(
            faults=tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in wrong)
        )
    return Record(
        id=RecordId(body["id"]), version=body["version"], type=body["type"], org=org, body=body
    )
