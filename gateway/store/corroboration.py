"""Records about one subject: links that persons confirmed, and promotions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, insert, select, update

from gateway.flow.rows_corroboration import PromotionRow, SubjectLinkRow
from gateway.store.session import Session, chunks, shape, values_of
from gateway.store.tables_after import (
    ENDED_LINK,
    STANDING_LINK,
    STANDING_PROMOTION,
    promotions,
    subject_links,
)

_LINK: Final = shape(SubjectLinkRow, subject_links)
_PROMOTION: Final = shape(PromotionRow, promotions)

_LINKS: Final = select(*_LINK.columns).where(STANDING_LINK).order_by(subject_links.c.id)
_LINKS_FROM: Final = _LINKS.where(subject_links.c.record.in_(bindparam("ids", expanding=True)))
_LINKS_TO: Final = _LINKS.where(subject_links.c.other.in_(bindparam("ids", expanding=True)))
_END_LINK: Final = (
    update(subject_links)
    .where(subject_links.c.id == bindparam("b_id"), STANDING_LINK)
    .values(ended_at=bindparam("b_at"), ended_by=bindparam("b_by"))
)
_ALL_LINKS: Final = select(*_LINK.columns)
_CONFIRMED_SINCE: Final = _ALL_LINKS.where(subject_links.c.at >= bindparam("since"))
_ENDED_SINCE: Final = _ALL_LINKS.where(subject_links.c.ended_at >= bindparam("since"), ENDED_LINK)
_PROMOTIONS: Final = select(*_PROMOTION.columns).order_by(promotions.c.id)
_OF_RECORDS: Final = _PROMOTIONS.where(promotions.c.record.in_(bindparam("ids", expanding=True)))
_FROM_ORIGINS: Final = _PROMOTIONS.where(promotions.c.origin.in_(bindparam("ids", expanding=True)))
_ON_GROUND: Final = _PROMOTIONS.where(
    promotions.c.ground == bindparam("ground"), STANDING_PROMOTION
)
_STANDING: Final = _PROMOTIONS.where(
    promotions.c.id > bindparam("after"), STANDING_PROMOTION
).limit(bindparam("limit"))
_FALL: Final = (
    update(promotions)
    .where(promotions.c.id == bindparam("b_id"), STANDING_PROMOTION)
    .values(state="fallen", code=bindparam("b_code"), fell_at=bindparam("b_at"))
)


class SqlCorroborationStore:
    """`flow.ports.CorroborationStore` in SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_link(self, row: SubjectLinkRow) -> None:
        """Insert."""
        self._session.run(insert(subject_links), values_of(subject_links, row))

    def links(self, records: Sequence[str]) -> Sequence[SubjectLinkRow]:
        """Return those that stand; uses ix_subject_links_record and ix_subject_links_other."""
        found = {
            row.id: row
            for some in chunks(records)
            for statement in (_LINKS_FROM, _LINKS_TO)
            for row in _LINK.of(self._session.rows(statement, {"ids": some}))
        }
        return [found[id_] for id_ in sorted(found)]

    def end_link(self, id_: str, *, by: str, now_ms: int) -> bool:
        """Let a link end; whether it still stood."""
        return bool(self._session.run(_END_LINK, {"b_id": id_, "b_by": by, "b_at": now_ms}))

    def changed_links(self, since: int) -> Sequence[SubjectLinkRow]:
        """Return those; uses ix_subject_links_at and ix_subject_links_ended."""
        found = {
            row.id: row
            for statement in (_CONFIRMED_SINCE, _ENDED_SINCE)
            for row in _LINK.of(self._session.rows(statement, {"since": since}))
        }
        return [found[id_] for id_ in sorted(found)]

    def add_promotion(self, row: PromotionRow) -> None:
        """Insert."""
        self._session.run(insert(promotions), values_of(promotions, row))

    def promotions(self, records: Sequence[str]) -> Sequence[PromotionRow]:
        """Return all of these promoted records; uses index ix_promotions_record."""
        return self._of(_OF_RECORDS, records)

    def promoted_from(self, origins: Sequence[str]) -> Sequence[PromotionRow]:
        """Return all that was promoted from these; uses index ix_promotions_origin."""
        return self._of(_FROM_ORIGINS, origins)

    def leaning_on(self, ground: str) -> Sequence[PromotionRow]:
        """Return standing ones on this ground; uses index ix_promotions_ground."""
        return _PROMOTION.of(self._session.rows(_ON_GROUND, {"ground": ground}))

    def standing(self, *, after: str, limit: int) -> Sequence[PromotionRow]:
        """Return standing ones in order of id; uses index ix_promotions_standing."""
        return _PROMOTION.of(self._session.rows(_STANDING, {"after": after, "limit": limit}))

    def fall(self, ids: Sequence[str], code: str, *, now_ms: int) -> int:
        """Let these fall back that still stand. Returns how many did."""
        values = [{"b_id": id_, "b_code": code, "b_at": now_ms} for id_ in ids]
        return self._session.run(_FALL, values)

    def _of(self, statement: Select[Any], ids: Sequence[str]) -> Sequence[PromotionRow]:
        return sorted(
            (
                row
                for some in chunks(ids)
                for row in _PROMOTION.of(self._session.rows(statement, {"ids": some}))
            ),
            key=lambda row: row.id,
        )
