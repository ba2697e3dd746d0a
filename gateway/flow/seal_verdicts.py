"""Verdicts that are to be sealed → what one envelope of them says. A part of `seal`."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.bodies import VerdictItem, Verdicts
from gateway.flow.enveloping import Content
from gateway.flow.rows import VerdictRow


def content(verdicts: Sequence[VerdictRow]) -> Content:
    """Return what an envelope of these says."""
    items = tuple(
        VerdictItem(
            ep=row.ep,
            seq=row.seq,
            id=row.record,
            version=row.version,
            state=row.state,
            code=row.code,
        )
        for row in verdicts
    )
    return Content(kind="verdict", body=Verdicts(items=items), count=len(items))
