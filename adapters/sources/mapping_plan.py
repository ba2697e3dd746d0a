"""What is worked out once of a mapping, for all the records it is applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.base import TrailStep
from adapters.sources.mapping import RecordForm
from adapters.sources.mapping_fields import Each, Mapped
from adapters.sources.mapping_layout import Layouts, Place


@dataclass(frozen=True, slots=True)
class Field:
    """One field, with what is worked out once. `member`: of the start, where its path is no more.

    `as_is`: a text is taken over as it stands. `alike`: as `Value.field`.
    """

    number: int
    mapped: Mapped
    rule: str
    place: Place | None  # None: it has a star
    member: str | None
    as_is: bool
    alike: int | None

    @classmethod
    def of(cls, number: int, mapped: Mapped) -> Field:
        """Return the field with that number."""
        steps = mapped.path.steps if mapped.path is not None else None
        single = steps[0] if steps is not None and len(steps) == 1 else None
        return cls(
            number=number,
            mapped=mapped,
            rule=mapped.rule,
            place=None if "*" in mapped.target else _plain_place(mapped.target),
            member=single if isinstance(single, str) else None,
            as_is=not mapped.convert and mapped.lookup is None,
            alike=None if mapped.scope else number,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """One kind of record of a mapping, with what is worked out once for all of them."""

    form: RecordForm
    read_by: TrailStep
    fields: Mapping[str, tuple[Field, ...]]  # by scope
    eaches: Mapping[str, tuple[Each, ...]]  # by scope
    orders: Mapping[str, int]
    places: Mapping[str, Place]  # of targets without a star
    layouts: Layouts

    @classmethod
    def of(cls, form: RecordForm, read_by: TrailStep) -> Plan:
        """Return the plan of a kind; `read_by` begins the trail of each record."""
        scopes = ["", *(each.target for each in form.eaches)]
        targets = [one.target for one in form.fields] + [one.part or "" for one in form.fields]
        return cls(
            form=form,
            read_by=read_by,
            fields={
                scope: tuple(
                    Field.of(number, one)
                    for number, one in enumerate(form.fields)
                    if one.scope == scope
                )
                for scope in scopes
            },
            eaches={
                scope: tuple(each for each in form.eaches if each.scope == scope)
                for scope in scopes
            },
            orders={each.target: each.order for each in form.eaches},
            places={target: _plain_place(target) for target in targets if "*" not in target},
            layouts=Layouts(),
        )


def _plain_place(target: str) -> Place:
    """Return the place of a target without a star."""
    return tuple((0, int(part), 0) if part.isdigit() else part for part in target.split("/")[1:])
