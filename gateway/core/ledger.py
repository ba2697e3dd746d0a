"""What the ledger says: a closed list of acts, their entries, and the signed tree head. Pure.

An entry holds ids, codes, digests and times: no names, no content. Ruled by docs/spec/wire.md,
"Ledger"; tree heads are C2SP tlog-checkpoints in C2SP signed notes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.core.errors import GatewayError, Malformed
from gateway.core.merkle import leaf_hash
from gateway.core.record import canonical

_PLACE: Final = frozenset({"partner", "ep", "seq", "digest"})
ACTS: Final[Mapping[str, frozenset[str]]] = {
    "configured": frozenset({"item", "change", "by"}),
    "partner": frozenset({"partner", "event", "by"}),
    "channel": frozenset({"partner", "event", "by"}),
    "key": frozenset({"kid", "event", "by"}),  # one of our own
    "submitted": frozenset({"record", "version", "org", "source", "original"}),
    "quarantined": frozenset({"org", "source", "original", "code"}),
    "refused": frozenset({"org", "source", "original", "code"}),
    "replayed": frozenset({"original", "by"}),
    "discarded": frozenset({"original", "by"}),
    "inspected": frozenset({"original", "by", "reason"}),
    "decided": frozenset({"record", "version", "partner", "state", "rule", "epoch"}),
    "disclosed": frozenset(
        {"record", "version", "partner", "rendition", "agreement", "purpose", "ep", "seq"}
    ),
    "sealed": _PLACE | {"kind", "count"},
    "marked": frozenset({"partner", "ep", "seq", "code"}),
    "voided": _PLACE | {"code"},
    "handed": _PLACE,
    "resent": _PLACE | {"by"},  # a person has it sent once more
    "receipt": _PLACE | {"state"},
    "verdict": frozenset({"partner", "record", "version", "state", "code"}),
    "arrived": _PLACE,
    "arrival_refused": frozenset({"partner", "digest", "step", "incident"}),
    "arrival_parked": _PLACE | {"step", "incident"},
    "arrival_retried": _PLACE | {"step", "by"},
    # `partner` sent it, to `recipient`; we carry it within that operational action
    "carried": _PLACE | {"kind", "recipient", "action", "state"},
    "opened": _PLACE | {"kind", "count"},
    "claim": frozenset({"record", "partner", "event", "by"}),  # on an id that is another's here
    "received": frozenset({"partner", "record", "version", "rendition"}),
    "taken": frozenset({"partner", "record", "version", "state", "code"}),
    "handed_on": frozenset({"client", "record", "version"}),
    # a person let in what `rule` held
    "admitted": frozenset({"record", "version", "partner", "rule", "by", "reason"}),
    "settled": frozenset({"client", "record", "version", "state", "code"}),
    "withdrawn": frozenset({"record", "version", "reason", "by"}),
    "asked": frozenset({"kind", "record", "partner", "direction", "due"}),
    "replied": frozenset({"kind", "record", "partner", "direction", "reply", "state", "code"}),
    # a consent of a partner that puts nothing in force and ends nothing; `code` says why
    "allows_nothing": frozenset({"record", "version", "partner", "code"}),
    "cross_checked": frozenset({"record", "partner", "by", "matches"}),
    "expired": frozenset({"kind", "count"}),
    "notified": frozenset(
        {"record", "version", "notice", "kind", "person", "code", "by", "holders"}
    ),
    "told": frozenset({"notice", "record", "partner", "ep", "seq"}),
    "notice_taken": frozenset({"partner", "notice", "record", "version", "kind", "state", "code"}),
    "notice_settled": frozenset({"client", "notice", "state", "code"}),
    "notice_ended": frozenset({"record", "notice", "kind"}),
    # how far one is with a notice that has its record by the hands of `partner`, as that one says
    "further_holder": frozenset({"partner", "notice", "record", "holder", "state", "own_system"}),
    "shredded": frozenset({"record", "version", "notice"}),
    "passed_on": frozenset({"record", "version", "partner", "by"}),
    "copy": frozenset({"record", "version", "copy", "holder", "way", "copies", "by", "state"}),
    # acts of people; how they may sign in, and that they did
    "account": frozenset({"person", "event", "by"}),
    "proposed": frozenset({"proposal", "org", "kind", "digest", "by", "reason"}),
    "approved": frozenset({"proposal", "org", "kind", "digest", "by"}),
    "rejected": frozenset({"proposal", "org", "kind", "digest", "by", "reason"}),
    "lapsed": frozenset({"proposal", "org", "kind", "digest"}),
    "allowed": frozenset({"record", "version", "partner", "rule", "by", "second", "until"}),
    "declined": frozenset({"record", "version", "partner", "rule", "by", "reason"}),
    "looked": frozenset({"record", "version", "by", "reason"}),
    "searched": frozenset({"field", "count", "by", "reason"}),
    # records about one subject: a link that two persons confirmed, and what was promoted on one
    "linked": frozenset({"record", "other", "by", "second"}),
    "unlinked": frozenset({"record", "other", "by", "reason"}),
    "promoted": frozenset(
        {"record", "version", "origin", "ground", "kind", "link", "by", "second"}
    ),
    "fell_back": frozenset({"record", "version", "ground", "code", "holders"}),
    "raised": frozenset({"proposal", "record", "version", "by", "reason"}),
    "informed": frozenset({"whom", "proposal", "record", "version"}),
    "reported": frozenset({"proposal", "record", "version", "partner", "code"}),
    # somebody looked up what was given to whom; `second` where it took two people
    "looked_up": frozenset({"kind", "reason", "by", "second", "count"}),
    "audit_key": frozenset({"event", "holder", "by"}),
}


_CODE: Final = re.compile(r"[!-~]{0,200}")  # what names or describes has spaces or is longer


class ActRefused(GatewayError):
    """Not an act of the ledger, or not with these fields."""

    code: ClassVar[str] = "act-refused"


class EntryMalformed(Malformed):
    """Not an entry of the ledger."""

    code: ClassVar[str] = "entry-malformed"


class NoteMalformed(Malformed):
    """Not a signed tree head."""

    code: ClassVar[str] = "note-malformed"


def entry(act: str, at_ms: int, **fields: str | int | None) -> bytes:
    """Return the entry of one act as canonical JSON. Raises ActRefused for other fields."""
    if ACTS.get(act) != frozenset(fields):
        raise ActRefused(f"{act}: fields differ from those of the act")
    for name, value in fields.items():
        if isinstance(value, str) and not _CODE.fullmatch(value):
            raise ActRefused(f"{act}: {name} is no id, code or digest")
    return canonical({"act": act, "at": at_ms, **fields})


def read_entry(raw: bytes) -> dict[str, Any]:
    """Return an entry as written: `act`, `at` and its fields. Raises EntryMalformed."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise EntryMalformed from None
    if not isinstance(found, dict) or not {"act", "at"} <= found.keys():
        raise EntryMalformed
    return found


def leaf(salt: bytes, written: bytes) -> bytes:
    """Return the leaf hash: SHA-256(0x00 ‖ SHA-256(salt ‖ entry)); the salt has 32 bytes."""
    return leaf_hash(hashlib.sha256(salt + written).digest())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a ledger: whose, how many entries, the root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line of a note: the key's name, its 4-byte hint, the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed signed note; its signatures are not verified."""

    checkpoint: Checkpoint
    body: bytes
    signatures: tuple[NoteSignature, ...]


def body(checkpoint: Checkpoint) -> bytes:
    """Return the bytes to sign: origin, size and root, one a line."""
    encoded = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encoded}\n".encode()


def note_key_id(name: str, public: bytes) -> bytes:
    """Return the key hint of an Ed25519 key: SHA-256(name ‖ LF ‖ 0x01 ‖ key), first 4 bytes."""
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def lay_out(checkpoint: Checkpoint, signatures: Sequence[NoteSignature]) -> str:
    """Return the signed note: body, empty line, one line per signature."""
    lines = [
        f"— {one.name} {base64.b64encode(one.key_id + one.signature).decode()}\n"
        for one in signatures
    ]
    return body(checkpoint).decode() + "\n" + "".join(lines)


_KEY_ID_BYTES: Final = 4
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})\n")
_BODY = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


def parse_note(text: str) -> Note:
    """Return the note in `text`. Raises NoteMalformed."""
    head, separator, tail = text.partition("\n\n")
    head += "\n"
    found = _BODY.fullmatch(head)
    lines = _SIGNATURE.findall(tail)
    if not separator or found is None or not lines or len(_SIGNATURE.sub("", tail)):
        raise NoteMalformed
    try:
        origin, size, encoded = found.groups()
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(encoded, validate=True))
        signatures = tuple(
            NoteSignature(name, raw[:4], raw[4:])
            for name, value in lines
            if len(raw := base64.b64decode(value, validate=True)) > _KEY_ID_BYTES
        )
    except ValueError:
        raise NoteMalformed from None
    if len(signatures) != len(lines):
        raise NoteMalformed
    return Note(checkpoint, head.encode(), signatures)
