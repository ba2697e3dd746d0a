"""What a partner's verdicts say became of what we sent it: records, and notices about them."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.bodies import VerdictItem
from gateway.core.lifecycle import VERDICT_EVENT, may, step
from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.reporting import hear as hear_of_notice
from gateway.flow.rows import ReleaseRow


def hear(item: VerdictItem, partner: str, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Apply one verdict of the partner to our release of that record, or of that notice."""
    event = VERDICT_EVENT[item.state]
    act: Act = (
        "verdict",
        {
            "partner": partner,
            "record": item.id,
            "version": item.version,
            "state": item.state,
            "code": item.code,
        },
    )
    if item.id is None:
        return [act]
    hear_of_notice(item, partner, work, exchange)
    for release in work.releases.of_record(item.id):
        if release.partner != partner or release.version != item.version or release.notice:
            continue
        moved = _moved(release, item, event, exchange.now_ms())
        if moved is not None:
            work.releases.replace([moved], expect=release.state)
    return [act]


def _moved(
    release: ReleaseRow, item: VerdictItem, event: str | None, now: int
) -> ReleaseRow | None:
    state = release.state
    if state == "sealed":  # the verdict overtook its receipt
        state = step("release", state, "receipt")
    if event is not None and may("release", state, event):
        state = step("release", state, event)
    elif state not in ("accepted", "rejected", "parked", "stored", "gone"):
        return None
    return replace(
        release,
        state=state,
        verdict=item.state,
        verdict_at=now,
        code=item.code or release.code,
    )
