"""Receipts: what a gateway signs when an envelope is committed, or refused.

Owns the payload of a receipt, its strict reading, and whether one answers what we sent. Leaves
to others: when to make one, and what a receipt moves (flow).

Ruled by docs/spec/wire.md, section 8.

Stays true: a receipt counts only with both signatures of the partner it should come from, and
only for the bytes that it names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Final, Literal

from gateway.core.bodies import DIGEST
from gateway.core.errors import GatewayError, Malformed
from gateway.core.ids import PartnerId, is_name
from gateway.core.limits import WIRE, WireLimits
from keys import jws
from keys.errors import KeysError, NotStrict
from keys.jws import Signed, Signer, Unsigned
from keys.ring import Ring, demand_valid_at
from keys.strict import compact, integer, members, strict_json, text

RECEIPT_TYP: Final = "xg-receipt+jws"
MAX_RECEIPT_BYTES: Final = 64 * 1024
RECEIPT_MEMBERS: Final = (
    *("v", "iss", "aud", "ep", "seq", "digest", "state", "incident"),
    *("code", "at", "upto", "checkpoint"),
)
SEQUENCE: Final = "sequence"  # the only code a refusal ever tells
_TOLD = re.compile(SEQUENCE)
_STATE = re.compile("stored|refused")
_INCIDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_CHECKPOINT = re.compile(r"[^\x00-\x09\x0b-\x1f]{1,16384}")  # a signed note: lines


class MalformedReceipt(Malformed):
    """Not a receipt in its exact form."""

    code: ClassVar[str] = "malformed-receipt"


class ReceiptRefused(GatewayError):
    """A receipt that we do not believe, or that answers nothing we sent."""

    code: ClassVar[str] = "receipt-refused"


class ReceiptSignatureWrong(ReceiptRefused):
    """Not signed by both keys of the partner, valid then and not revoked now."""

    code = "receipt-signature-wrong"


class ReceiptNotOurs(ReceiptRefused):
    """From another partner, for another gateway, or for bytes that we did not send there."""

    code = "receipt-not-ours"


class ReceiptFromTheFuture(ReceiptRefused):
    """Dated later than the clocks of two gateways may differ."""

    code = "receipt-from-the-future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That an envelope is committed, or refused, by `iss`; `digest` names its bytes.

    `upto`: nothing of this `ep` is missing up to that place. `checkpoint`: the newest one of the
    recipient's ledger, None before the first.
    """

    iss: PartnerId
    aud: PartnerId
    ep: int
    seq: int
    digest: str
    state: Literal["stored", "refused"]
    incident: str | None = None  # of a refusal
    code: str | None = None  # of a refusal: `sequence` or nothing
    at: int
    upto: int
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt of exact form whose signatures nobody has verified yet."""

    receipt: Receipt
    signed: Signed = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What we sent: to whom, as whom, where and which bytes."""

    partner: str
    us: str
    ep: int
    seq: int
    digest: str


def lay_out(receipt: Receipt, signers: Sequence[Signer]) -> Unsigned:
    """Return the receipt for its signers."""
    payload = compact({"v": 1, **asdict(receipt)})
    _receipt(payload)
    return Unsigned(RECEIPT_TYP, payload, tuple(signers))


def parse(raw: bytes) -> SignedReceipt:
    """Return the receipt in `raw`, not yet believed. Raises MalformedReceipt."""
    if len(raw) > MAX_RECEIPT_BYTES:
        raise MalformedReceipt("too large")
    try:
        signed = jws.parse(raw, RECEIPT_TYP)
    except KeysError as fault:
        raise MalformedReceipt from fault
    return SignedReceipt(_receipt(signed.payload), signed)


def check(
    parsed: SignedReceipt, sent: Sent, ring: Ring, now: int, limits: WireLimits = WIRE
) -> Receipt:
    """Return the receipt, believed: by both keys of the partner, for exactly what we sent.

    `ring` holds the partner's keys. Raises a ReceiptRefused.
    """
    receipt = parsed.receipt
    said = (receipt.iss, receipt.aud, receipt.ep, receipt.seq, receipt.digest)
    if said != (sent.partner, sent.us, sent.ep, sent.seq, sent.digest):
        raise ReceiptNotOurs
    try:
        demand_valid_at(ring.verify(parsed.signed), receipt.at)
    except KeysError as fault:
        raise ReceiptSignatureWrong from fault
    if receipt.at > now + limits.clock_skew_seconds:
        raise ReceiptFromTheFuture
    return receipt


def _receipt(payload: bytes) -> Receipt:
    try:
        return _read(members(strict_json(payload), *RECEIPT_MEMBERS))
    except NotStrict as fault:
        raise MalformedReceipt(fault.detail) from fault


def _read(found: dict[str, Any]) -> Receipt:
    if integer(found["v"]) != 1 or not (_is_id(found["iss"]) and _is_id(found["aud"])):
        raise NotStrict("not version 1, or not between two gateways")
    stored = text(found["state"], _STATE) == "stored"
    incident, code, checkpoint = found["incident"], found["code"], found["checkpoint"]
    if stored != (incident is None) or (stored and code is not None):
        raise NotStrict("an incident belongs to a refusal, and to nothing else")
    return Receipt(
        iss=PartnerId(found["iss"]),
        aud=PartnerId(found["aud"]),
        ep=integer(found["ep"], 1),
        seq=integer(found["seq"], 1),
        digest=text(found["digest"], DIGEST),
        state="stored" if stored else "refused",
        incident=None if incident is None else text(incident, _INCIDENT),
        code=None if code is None else text(code, _TOLD),
        at=integer(found["at"]),
        upto=integer(found["upto"]),
        checkpoint=None if checkpoint is None else text(checkpoint, _CHECKPOINT),
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and is_name(value)
