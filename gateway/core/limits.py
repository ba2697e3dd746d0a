"""Every bound of the gateway, with its unit.

Owns the numbers; `docs/spec/` and `config.example.toml` give the reasons. Limits of the wire
format are part of its specification and cannot be set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from adapters.base import Caps


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLimits:
    """Bounds fixed by the wire specification: both sides must agree on them."""

    max_envelope_bytes: int = 6 * 1024 * 1024
    max_plaintext_bytes: int = 4 * 1024 * 1024  # padded
    max_record_text_bytes: int = 256 * 1024
    max_texts: int = 500  # records, notices or verdicts in one statement
    max_depth: int = 32
    clock_skew_seconds: int = 300  # both directions
    max_validity_seconds: int = 30 * 24 * 3600  # exp - iat
    unreceipted_envelopes: int = 32  # per partner, voids not counted
    places_ahead: int = 64  # a receiver refuses seq > upto + this
    max_card_bytes: int = 256 * 1024


WIRE: Final = WireLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds an administrator may narrow, beside the fixed ones of the wire."""

    wire: WireLimits = field(default_factory=WireLimits)
    caps: Caps = field(default_factory=Caps)  # one submitted document
    max_bulk_records: int = 1_000
    batch_records: int = 100  # in one envelope; the wire allows `max_texts`
    batch_envelopes: int = 32  # asked for in one look into a mailbox
    max_unopened_bytes_per_partner: int = 256 * 1024 * 1024  # then 429
    page_size: int = 100
    refusals_until_stalled: int = 3
    # To one recipient for one purpose from one organisation in 24 hours; more takes two people.
    bulk_records: int = 1_000
    idempotency_seconds: int = 24 * 3600
    envelope_validity_seconds: int = 7 * 24 * 3600
    closed_envelope_seconds: int = 72 * 3600
    quarantine_seconds: int = 90 * 24 * 3600
    quarantine_alarm_seconds: int = 7 * 24 * 3600  # then what still waits there is an alarm
    original_seconds: int = 365 * 24 * 3600
    disclosure_seconds: int = 3650 * 24 * 3600
