"""An act of two persons: `confirm-link`, that two records speak of the same subject (R-11).

For where no exact identifier shows it. What was looked at is what is confirmed: these versions and
these parts; what becomes of the link afterwards is `linked`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.core.confirming import has_part, part_like
from gateway.core.errors import NotFound
from gateway.core.promotion import LINKABLE
from gateway.core.proposal import ActUnknown, BasisChanged
from gateway.core.record import Record
from gateway.flow.acts import Act
from gateway.flow.again import decide_again
from gateway.flow.alike import opened, visible
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.linked import link_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.promoting import NotPromotable, texts
from gateway.flow.rows_corroboration import SubjectLinkRow
from gateway.flow.rows_people import ProposalRow
from gateway.flow.two_people import Body, TwoPeopleAct

_OTHER_PART: Final = "other_part"


def _complete(asked: Body, person: Person, exchange: Exchange) -> Body:
    given = {name: value for name, value in asked.items() if name != _OTHER_PART}
    record, other, part = texts(given, "record", "other", "part")
    if record == other:
        raise NotPromotable("a record is linked with another one")
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = {row.id: row for row in visible([record, other], person.org, configuration, work)}
        standing = [one for one in work.corroboration.links([record]) if one.other == other]
    own = rows.get(record)
    if own is None or other not in rows or own.org != person.org or own.from_partner is not None:
        raise NotFound
    if standing:
        raise NotPromotable("this link is confirmed already")
    both = opened([own, rows[other]], exchange)
    _demand_part(part, both[record].record, "part")
    return {
        "record": record,
        "version": own.version,
        "other": other,
        "other_version": rows[other].version,
        "part": part,
        _OTHER_PART: _other_part(asked, both[record].record, part, both[other].record),
    }


def _demand_part(part: str, record: Record, name: str) -> None:
    if not has_part(record, part):
        raise NotPromotable(
            f"{name} is a place in the record, such as /persons/0, in {', '.join(LINKABLE)}"
        )


def _other_part(asked: Body, record: Record, part: str, other: Record) -> str:
    """Return which part of the other record is meant: as asked, else the only one it can be."""
    given = asked.get(_OTHER_PART)
    if given is None:
        found = part_like(record, part, other)
        if found is None:
            raise NotPromotable("it could be several parts of the other record: name other_part")
        return found
    if not isinstance(given, str):
        raise ActUnknown("other_part is a text")
    _demand_part(given, other, _OTHER_PART)
    return given


def _execute(row: ProposalRow, exchange: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    link = _link(row, exchange)

    def commit(work: UnitOfWork) -> Sequence[Act]:
        rows = visible([link.record, link.other], link.org, exchange.configuration(work), work)
        seen = {link.record: link.version, link.other: link.other_version}
        if {one.id: one.version for one in rows} != seen:
            raise BasisChanged("one of the two records was corrected or withdrawn meanwhile")
        work.corroboration.add_link(link)
        for one in rows:
            decide_again(one.id, one.version, work)
        said = {"record": link.record, "other": link.other}
        return [("linked", {**said, "by": link.proposer, "second": link.approver})]

    return commit


def _link(row: ProposalRow, exchange: Exchange) -> SubjectLinkRow:
    """Return the link with what it is confirmed on. Raises BasisChanged."""
    body = row.body
    with exchange.store.reading() as work:
        held = visible([body["record"], body["other"]], row.org, exchange.configuration(work), work)
    both = opened(held, exchange)
    link = SubjectLinkRow(
        id=exchange.new_id(),
        org=row.org,
        record=body["record"],
        version=body["version"],
        other=body["other"],
        other_version=body["other_version"],
        part=body["part"],
        other_part=body[_OTHER_PART],
        proposer=row.proposer,
        approver=str(row.approver),
        at=exchange.now_ms(),
    )
    ends = ((link.record, link.version), (link.other, link.other_version))
    if any(id_ not in both or both[id_].row.version != version for id_, version in ends):
        raise BasisChanged("one of the two records was corrected or withdrawn meanwhile")
    return link_of(link, both[link.record].record, both[link.other].record, exchange)


CONFIRM_LINK: Final[TwoPeopleAct] = TwoPeopleAct(complete=_complete, execute=_execute)
