"""Records about an exchange. `outcome`: what became of a record, coded, always allowed back.

It holds no personal data: codes, ids and pointers only.
"""

from __future__ import annotations

from typing import ClassVar

from schemas import vocab
from schemas.containers import Many
from schemas.fields import Choice, MemberPointer, RecordId, Whole
from schemas.quantities import Instant
from schemas.record import RecordBase


class Outcome(RecordBase):
    """What became of a record at its recipient."""

    kind: ClassVar[str] = "outcome"

    record = RecordId("The record it is about.", required=True)
    record_version = Whole("Its version.", least=1, most=1_000_000)
    code = Choice("What became of it.", of=vocab.OUTCOMES, required=True)
    at = Instant("When.")
    missing = Many(
        "Members that would have helped.",
        MemberPointer("A member of that record.", most=256),
        most=100,
    )
