"""Envelopes and releases as people look through them: newest first, by what they filter on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select, text

from gateway.flow.rows import EnvelopeRow, ReleaseRow
from gateway.store.session import Session, shape
from gateway.store.tables import envelopes, records, releases

_ENVELOPE: Final = shape(EnvelopeRow, envelopes, absent=("wire",))
_RELEASE: Final = shape(ReleaseRow, releases)

_LATEST: Final = (
    select(*_ENVELOPE.columns).order_by(envelopes.c.id.desc()).limit(bindparam("limit"))
)
_FILTERS: Final = {
    "partner": envelopes.c.partner == bindparam("partner"),
    "state": envelopes.c.state == bindparam("state"),
    "kind": envelopes.c.kind == bindparam("kind"),
    "since": envelopes.c.id >= bindparam("since"),
    "before": envelopes.c.id < bindparam("before"),
}
_STOPPED: Final = (
    select(*_RELEASE.columns)
    .join(records, (records.c.id == releases.c.record) & (records.c.version == releases.c.version))
    .where(
        releases.c.partner == bindparam("partner"),
        text("releases.state IN ('held', 'refused')"),  # as the partial index has it
        releases.c.notice == "",
        records.c.org == bindparam("org"),
    )
    .order_by(releases.c.id.desc())
    .limit(bindparam("limit"))
)
_STOPPED_BEFORE: Final = _STOPPED.where(releases.c.id < bindparam("before"))


class SqlDeliveryStore:
    """`flow.ports.DeliveryStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(
        self,
        *,
        partner: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        since: str = "",
        before: str = "",
        limit: int,
    ) -> Sequence[EnvelopeRow]:
        """Return deliveries; uses ix_envelopes_partner, ix_envelopes_state, ix_envelopes_kind."""
        given = {
            "partner": partner,
            "state": state,
            "kind": kind,
            "since": since,
            "before": before,
        }
        wanted: dict[str, Any] = {name: value for name, value in given.items() if value}
        statement = _LATEST.where(*(_FILTERS[name] for name in wanted))
        return _ENVELOPE.of(self._session.rows(statement, {**wanted, "limit": limit}))

    def stopped(self, org: str, partner: str, *, before: str, limit: int) -> Sequence[ReleaseRow]:
        """Return held and refused releases, newest first; uses ix_releases_stopped."""
        wanted: dict[str, Any] = {"org": org, "partner": partner, "limit": limit}
        if before:
            wanted["before"] = before
        statement = _STOPPED_BEFORE if before else _STOPPED
        return _RELEASE.of(self._session.rows(statement, wanted))
