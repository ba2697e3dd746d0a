"""Why an envelope is refused: a class per step of receiving.

The steps are those of docs/spec/wire.md, section 6; `core.envelope` takes them in order.

Stays true: `step` and `code` go to our ledger only. What the sender learns is `told`: one
generic refusal for all, but for a place that contradicts what we hold.
"""

from __future__ import annotations

from typing import ClassVar

from gateway.core.errors import GatewayError


class EnvelopeRefused(GatewayError):
    """We will not take this envelope."""

    code: ClassVar[str] = "envelope-refused"
    step: ClassVar[int] = 0
    told: ClassVar[str | None] = None  # the code that the sender learns; None: the generic one


class EnvelopeTooLarge(EnvelopeRefused):
    """Larger than any envelope may be."""

    code = "envelope-too-large"
    step = 1


class EnvelopeNotStrict(EnvelopeRefused):
    """Not JSON as the wire format allows it."""

    code = "envelope-not-strict"
    step = 3


class EnvelopeNotExact(EnvelopeRefused):
    """Not in exact form, or a part has the wrong length."""

    code = "envelope-not-exact"
    step = 4


class PartiesWrong(EnvelopeRefused):
    """Not from the caller or one it carries for, or not for us."""

    code = "parties-wrong"
    step = 5


class NoAgreement(EnvelopeRefused):
    """We never had an agreement with the sender."""

    code = "no-agreement"
    step = 6


class OutsideAltered(EnvelopeRefused):
    """The recipient part is not the one that the sender bound to the outside."""

    code = "outside-altered"
    step = 7


class KeyNotOpen(EnvelopeRefused):
    """Sealed to a key that is not ours, or no longer opened with."""

    code = "key-not-open"
    step = 8


class SuiteWrong(EnvelopeRefused):
    """Not the suite pinned for the sender."""

    code = "suite-wrong"
    step = 9


class SealBroken(EnvelopeRefused):
    """Does not open."""

    code = "seal-broken"
    step = 10


class LinesWrong(EnvelopeRefused):
    """What was sealed is not lines and padding as they must be."""

    code = "lines-wrong"
    step = 11


class SignaturesWrong(EnvelopeRefused):
    """Not signed by both keys of the sender, valid then and not revoked now."""

    code = "signatures-wrong"
    step = 12


class PayloadDiffers(EnvelopeRefused):
    """What was signed is no statement, or differs from the outside."""

    code = "payload-differs"
    step = 13


class DatesWrong(EnvelopeRefused):
    """Too old, from the future, or meant to live too long."""

    code = "dates-wrong"
    step = 14


class NotCovered(EnvelopeRefused):
    """The agreement does not cover this kind or purpose."""

    code = "not-covered"
    step = 15


class SequenceWrong(EnvelopeRefused):
    """The place is taken, too far ahead, of an older sequence, or contradicts what we hold."""

    code = "sequence-wrong"
    step = 16
    told = "sequence"


class DigestsDiffer(EnvelopeRefused):
    """The lines are not those that the statement names."""

    code = "digests-differ"
    step = 17
