"""The acts of `seal`: what the ledger says of a disclosure, a notice, a decision made again."""

from __future__ import annotations

from gateway.flow.acts import Act
from gateway.flow.rows import EnvelopeRow, ReleaseRow


def disclosed(one: ReleaseRow, row: EnvelopeRow) -> Act:
    """Return the act of disclosing one rendition."""
    return (
        "disclosed",
        {
            "record": one.record,
            "version": one.version,
            "partner": one.partner,
            "rendition": one.rendition,
            "agreement": one.basis,
            "purpose": one.purpose,
            "ep": row.ep,
            "seq": row.seq,
        },
    )


def decided(one: ReleaseRow) -> Act:
    """Return the act of deciding again, when it does not go."""
    return (
        "decided",
        {
            "record": one.record,
            "version": one.version,
            "partner": one.partner,
            "state": one.state,
            "rule": one.code,
            "epoch": one.epoch,
        },
    )


def told(one: ReleaseRow, row: EnvelopeRow) -> Act:
    """Return the act of telling one partner."""
    return (
        "told",
        {
            "notice": one.notice,
            "record": one.record,
            "partner": one.partner,
            "ep": row.ep,
            "seq": row.seq,
        },
    )
