"""Reading: what is agreed with partners, and what a changed agreement would do, before it is.

Writes nothing; a change is proposed by `propose` and made by two people.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict, NotFound
from gateway.flow.configuring import preview_asked
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.rows import ItemRow

KIND: Final = "agreement"
CHANGING: Final = "administrator"
LAST: Final = 500  # records that the preview of a page looks at

Json = dict[str, Any]


class ChangedMeanwhile(Conflict):
    """This was changed after you opened it."""

    code: ClassVar[str] = "changed-meanwhile"
    advice: ClassVar[str] = "Compare both versions below; sending it again replaces the newer one."


def listing(exchange: Exchange, *, ended_too: bool) -> list[Json]:
    """Return agreements by name."""
    with exchange.store.reading() as work:
        rows = work.config.items(KIND)
    return [view(row) for row in rows if ended_too or row.state == "active"]


def shown(name: str, exchange: Exchange) -> Json:
    """Return one agreement as it stands now. Raises NotFound."""
    row = _row(name, exchange)
    if row is None:
        raise NotFound("there is no agreement of that name")
    return view(row)


def view(row: ItemRow) -> Json:
    """Return one agreement as people see it."""
    return {
        "name": row.name,
        "version": row.version,
        "state": row.state,
        "origin": row.origin,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "approved_by": list(row.approved_by),
        "body": dict(row.body),
    }


def demand_version(name: str, seen: int, exchange: Exchange) -> None:
    """Raise ChangedMeanwhile unless `seen` is the newest version; 0: there is none yet."""
    row = _row(name, exchange)
    if (row.version if row else 0) != seen:
        raise ChangedMeanwhile


def preview(asked: Json, person: Person, exchange: Exchange) -> Json:
    """Return what a change would do to the newest records of the person's organisation.

    Raises Forbidden, ConfigurationRefused with its faults, OfAFile.
    """
    demand_role(person, CHANGING)
    return preview_asked(asked, person, exchange, last=LAST).json()


def _row(name: str, exchange: Exchange) -> ItemRow | None:
    with exchange.store.reading() as work:
        return next((row for row in work.config.items(KIND) if row.name == name), None)
