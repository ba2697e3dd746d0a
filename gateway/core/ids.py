"""Id grammar: what an id looks like, and how time-ordered ones are made.

Public ids are UUIDv7 (RFC 9562, 5.7): in time order, since random keys double the cost of an
insert at a million rows. Time and randomness are arguments.
"""

from __future__ import annotations

import re
import uuid
from typing import ClassVar, NewType

from gateway.core.errors import Malformed

PartnerId = NewType("PartnerId", str)
OrgId = NewType("OrgId", str)
RecordId = NewType("RecordId", str)  # urn:uuid:…

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_RECORD_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class MalformedId(Malformed):
    """Not an id of the kind expected here."""

    code: ClassVar[str] = "malformed-id"
    advice: ClassVar[str] = (
        "The id of a record is urn:uuid: and a UUID in lower case; others are 1 to 64 of a-z, 0-9, "
        "dot and hyphen, starting with a-z or 0-9."
    )


def is_name(text: str) -> bool:
    """Return whether `text` has the grammar of partner, organisation and agreement ids."""
    return _NAME.fullmatch(text) is not None


def parse_partner_id(text: str) -> PartnerId:
    """Return `text` as a partner id, e.g. ``fiu.ee``. Raises MalformedId."""
    if not is_name(text):
        raise MalformedId("not a partner id")
    return PartnerId(text)


def parse_org_id(text: str) -> OrgId:
    """Return `text` as an organisation id. Raises MalformedId."""
    if not is_name(text):
        raise MalformedId("not an organisation id")
    return OrgId(text)


def is_record_id(text: str) -> bool:
    """Return whether `text` has the form of a record id."""
    return _RECORD_ID.fullmatch(text) is not None


def parse_record_id(text: str) -> RecordId:
    """Return `text` as a record id, ``urn:uuid:`` and a lower-case UUID. Raises MalformedId."""
    if not _RECORD_ID.fullmatch(text):
        raise MalformedId("not a record id")
    return RecordId(text)


def uuid7(now_ms: int, randomness: bytes) -> str:
    """Return a UUIDv7 of `now_ms` (milliseconds since 1970) and 10 random bytes, in lower case."""
    number = now_ms << 80 | int.from_bytes(randomness[:10], "big")
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(3 << 62) | 2 << 62
    return str(uuid.UUID(int=number))


def first_of(moment_ms: int) -> str:
    """Return the lowest UUIDv7 of a moment: what was made before it is below, the rest is not."""
    return uuid7(moment_ms, bytes(10))


def record_id(now_ms: int, randomness: bytes) -> RecordId:
    """Return a new record id, time-ordered as `uuid7`."""
    return RecordId(f"urn:uuid:{uuid7(now_ms, randomness)}")
