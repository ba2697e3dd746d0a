"""An act of two persons on records about one subject: `promote` (R-11).

Where no identifier shows that it is one subject, a link says so (`confirming`). A promotion lets a
financial signal, or a case held for resting on money alone, stand as an assertion: a case is
written that rests on an independent ground of another kind as well.

Who submitted is a machine of the organisation, and nobody can tell who stood behind it: so one
person proposes and another approves, and one of the two at least is not the submitter.

Stays true:
  * What was looked at is what is executed: same versions, same ground, same part in common.
  * The signal itself stays as it is; whatever happens to the promotion, it is a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from adapters.base import Draft, TrailStep
from gateway.core.errors import GatewayError, NotFound
from gateway.core.ids import OrgId
from gateway.core.normalise import Identity, Normalised, RecordInvalid, normalise
from gateway.core.promotion import (
    CONFIRMED,
    PROMOTABLE,
    SameSubject,
    by_identifier,
    in_common,
    promoted,
    rests_already,
    without_suspected_payers,
)
from gateway.core.proposal import ActUnknown, BasisChanged
from gateway.core.record import compact
from gateway.flow.acts import Act
from gateway.flow.again import decide_again
from gateway.flow.alike import Opened, opened, visible
from gateway.flow.booking import Booked, book
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.intake import Candidate
from gateway.flow.originals import Booking
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_corroboration import PromotionRow, SubjectLinkRow
from gateway.flow.rows_people import ProposalRow
from gateway.flow.telling import announce
from gateway.flow.two_people import Body, TwoPeopleAct

APPROVER: Final = "release_officer"  # what the record says of who confirmed it: a role, no name
Json = dict[str, Any]


class NotPromotable(GatewayError):
    """This record cannot be promoted on that ground; the reason says what is missing."""

    code: ClassVar[str] = "not-promotable"
    advice: ClassVar[str] = "See what would carry it: gateway links list --record RECORD."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basis:
    """What a promotion rests on, as it stands now."""

    origin: Opened
    ground: Opened
    kind: str
    same: SameSubject
    number: int  # which case of the signal it becomes
    fallen: bool  # it names the ground already, and fell back on it
    made_of: tuple[str, int]  # the signal it was made of; of a case as submitted, itself

    def body(self) -> Json:
        """Return what is proposed."""
        return {
            "record": self.origin.row.id,
            "version": self.origin.row.version,
            "ground": self.ground.row.id,
            "ground_version": self.ground.row.version,
            "kind": self.kind,
            "link": {"by": self.same.by, "on": self.same.field, "part": self.same.pointer},
        }


def _complete(asked: Body, person: Person, exchange: Exchange) -> Body:
    record, ground = texts(asked, "record", "ground")
    basis = _basis(record, ground, person.org, exchange)
    if not basis.fallen:
        _normalised(basis, exchange)  # what could not be written is not proposed
    return basis.body()


def texts(asked: Body, *names: str) -> list[str]:
    """Return these members, which are all there are. Raises ActUnknown."""
    if set(asked) != set(names) or any(not isinstance(asked[name], str) for name in names):
        raise ActUnknown(f"the members are {', '.join(names)}, each of them a text")
    return [asked[name] for name in names]


def _basis(record: str, ground: str, org: str, exchange: Exchange) -> _Basis:
    """Look at both records. Raises NotFound, NotPromotable."""
    if record == ground:
        raise NotPromotable("a record is no ground for itself")
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        earlier = work.corroboration.promoted_from([record])
        rows = {
            row.id: row
            for row in visible(
                [record, ground, *(one.record for one in earlier)], org, configuration, work
            )
        }
        row = rows.get(record)
        if row is None or ground not in rows or row.org != org or row.from_partner is not None:
            raise NotFound
        origin = record
        for one in earlier:  # a signal that has become a case gets no second one
            case = rows.get(one.record)
            if case is not None and one.origin_version == row.version:
                origin = case.id
        before = work.corroboration.promotions([origin])
        made_of = next(
            ((one.origin, one.origin_version) for one in before if one.origin != one.record),
            (origin, rows[origin].version),
        )
        links = work.corroboration.links([record, origin, made_of[0]])
        signal = work.records.newest([made_of[0]]).get(made_of[0])
        if signal is None or signal.version != made_of[1]:
            raise NotPromotable("the signal it was made of was corrected: promote that one")
    both = opened([rows[origin], rows[ground]], exchange)
    beside = both[ground]
    _demand_independent(both[origin], beside)
    on_it = [one for one in before if one.ground == ground]
    fallen = bool(on_it) and on_it[-1].state == "fallen"
    if rests_already(both[origin].record, beside.record) and not fallen:
        raise NotPromotable(
            "it names this ground already"
            if on_it
            else "it names this ground already: what may "
            "be missing is that a second person confirms the link (gateway links confirm)"
        )
    return _Basis(
        origin=both[origin],
        ground=beside,
        kind=str(beside.kind),
        same=_same_subject(both[origin], beside, links),
        number=1 + len({one.record for one in earlier}),
        fallen=fallen,
        made_of=made_of,
    )


def _demand_independent(origin: Opened, ground: Opened) -> None:
    if origin.row.type not in PROMOTABLE:
        raise NotPromotable("only a financial_signal or a case is promoted")
    if ground.kind is None:
        raise NotPromotable("the ground is financial at its roots, or cannot be traced to them")
    financial = {
        id_
        for id_ in origin.rests_on
        if all(one.kind == "financial" for one in origin.known.get(id_, ()))
    }
    if ground.rests_on & {origin.record.id, *financial}:
        raise NotPromotable("the ground rests on the financial information itself")


def _same_subject(origin: Opened, ground: Opened, links: Sequence[SubjectLinkRow]) -> SameSubject:
    same = by_identifier(in_common(origin.record, ground.record))
    if same is not None:
        return same
    for link in links:
        if link.other == ground.row.id:
            return SameSubject(by=CONFIRMED, field=CONFIRMED, pointer=link.part)
    raise NotPromotable(
        "nothing shows that it is the same subject: no exact identifier is shared, and no link "
        "was confirmed by two persons (gateway links confirm)"
    )


def _normalised(basis: _Basis, exchange: Exchange) -> Normalised:
    """Return the case in normal form. Raises NotPromotable with what stands in the way."""
    origin = basis.origin.record
    body = promoted(origin, basis.ground.record, basis.kind, basis.same, APPROVER, basis.number)
    body = without_suspected_payers(body, _signals(basis, exchange))
    originator = origin.body["originator"]
    now = datetime.fromtimestamp(exchange.now_ms() / 1000, tz=UTC)
    identity = Identity(
        id=exchange.new_record_id(),
        version=1,
        org_id=OrgId(originator["org_id"]),
        country=originator["country"],
        org_class=originator["org_class"],
        created=now,
    )
    source = f"record:{origin.id}@{origin.version}"
    draft = Draft(
        body=body,
        trail=[
            TrailStep(source, "", "promotion"),
            TrailStep(f"record:{basis.ground.row.id}", "/grounds", "promotion"),
        ],
    )
    try:
        return normalise(draft, profile=None, identity=identity, received=now)
    except RecordInvalid as invalid:
        raise NotPromotable("the case would not be valid", faults=invalid.faults) from None


def _signals(basis: _Basis, exchange: Exchange) -> dict[str, Any]:
    """Return the bodies of the financial signals that the origin is or rests on."""
    origin = basis.origin
    with exchange.store.reading() as work:
        rows = [
            row
            for row in work.records.newest(sorted(origin.rests_on)).values()
            if row.text is not None and row.type == "financial_signal"
        ]
    found = {id_: one.record.body for id_, one in opened(rows, exchange).items()}
    if origin.row.type == "financial_signal":
        found[origin.row.id] = origin.record.body
    return found


def _execute(row: ProposalRow, exchange: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    try:
        basis = _basis(row.body["record"], row.body["ground"], row.org, exchange)
    except NotPromotable as reason:
        raise BasisChanged(reason.detail) from None
    if basis.body() != row.body:
        raise BasisChanged("one of the two records is not the version that was read any more")
    booked = None if basis.fallen else _booked(basis, exchange)

    def commit(work: UnitOfWork) -> Sequence[Act]:
        _demand_unchanged(basis, work)
        if booked is None:
            record, version = basis.origin.row.id, basis.origin.row.version
            decide_again(record, version, work)
            announce("promote", record, version, work, exchange)  # they were told that it fell
        else:
            record, version = booked.records[0].id, booked.records[0].version
            booked.write(work, exchange)
            decide_again(record, version, work)  # it was laid out before it stood on the link
        return [_promote(basis, record, version, row, work, exchange)]

    return commit


def _booked(basis: _Basis, exchange: Exchange) -> Booked:
    """Prepare the case like a submission of the same source, with the same original."""
    origin = basis.origin.row
    with exchange.store.reading() as work:
        original = work.records.original(origin.original) if origin.original else None
    booked = book(
        Booking(
            org=origin.org,
            client=original.client if original else "",
            source=origin.source,
            format=original.format if original else "native",
            adapter_version=original.adapter_version if original else "",
            raw=compact({"promoted": origin.id, "version": origin.version}),
            original=original,
        ),
        [Candidate(normalised=_normalised(basis, exchange), raw=None)],
        exchange,
    )
    if [one.state for one in booked.outcomes] != ["stored"]:
        raise BasisChanged("the reference of the case is taken")
    booked.replayed = None  # the original is only named, not read again
    written = booked.records[0]
    first = min(origin.received_at, basis.ground.row.received_at)  # the clock of R-14 runs on
    # What the submitter sends again is what it was, so that it counts as sent already.
    tag = origin.content_tag if written.id == origin.id else written.content_tag
    booked.records[0] = replace(written, received_at=first, content_tag=tag)
    return booked


def _demand_unchanged(basis: _Basis, work: UnitOfWork) -> None:
    now = work.records.newest([basis.origin.row.id, basis.ground.row.id])
    for seen in (basis.origin.row, basis.ground.row):
        row = now.get(seen.id)
        if row is None or (row.version, row.state) != (seen.version, seen.state):
            raise BasisChanged("one of the two records was corrected or withdrawn meanwhile")


def _promote(
    basis: _Basis,
    record: str,
    version: int,
    row: ProposalRow,
    work: UnitOfWork,
    exchange: Exchange,
) -> Act:
    ground = basis.ground.row
    work.corroboration.add_promotion(
        PromotionRow(
            id=exchange.new_id(),
            org=row.org,
            record=record,
            version=version,
            origin=basis.made_of[0],
            origin_version=basis.made_of[1],
            ground=ground.id,
            ground_version=ground.version,
            kind=basis.kind,
            link=basis.same.field,
            proposer=row.proposer,
            approver=str(row.approver),
            at=exchange.now_ms(),
            state="standing",
        )
    )
    return (
        "promoted",
        {
            "record": record,
            "version": version,
            "origin": basis.made_of[0],
            "ground": ground.id,
            "kind": basis.kind,
            "link": basis.same.field,
            "by": row.proposer,
            "second": row.approver,
        },
    )


PROMOTE: Final[TwoPeopleAct] = TwoPeopleAct(complete=_complete, execute=_execute)
