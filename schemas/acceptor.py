"""A quick way through a shape for documents that are in order; marshmallow explains the others.

Owns `load`, which every whole document goes through. From the fields of a shape it makes one
function that takes a document into its normal form or gives up at the first doubt; what it gives up
on is loaded by marshmallow from the beginning, which names all faults. The shapes stay the only
description: nothing is written down twice.

Stays true:
  * What is taken here is what marshmallow would have returned, member for member and in its order.
  * A doubt is never decided here: nothing is refused without marshmallow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from marshmallow import ValidationError, missing

from schemas import shape as shapes
from schemas.containers import Many, Part
from schemas.faults import NotNormal, SchemaFault
from schemas.fields import Coded, Value
from schemas.shape import Shape, the

Take = Callable[[Any], Any]
Make = Callable[[], Any]


class _DoubtError(Exception):
    """Something is not plainly in order."""


def load(shape: Shape, document: object) -> tuple[dict[str, Any], list[SchemaFault]]:
    """Return the document in normal form, or what is wrong with it."""
    try:
        taken: dict[str, Any] = _taking(type(shape))(document)
    except (_DoubtError, NotNormal, ValidationError):
        return shapes.load(shape, document)
    return taken, []


@cache
def _taking(kind: type[Shape]) -> Take:
    """Return what takes objects of this shape. Made once: it takes longer than using it."""
    shape = the(kind)
    members = [_member(str(name), field) for name, field in shape.load_fields.items()]
    known = frozenset(member for member, *_ in members)
    settles = kind.settle is not Shape.settle

    def take(document: Any) -> dict[str, Any]:
        if not isinstance(document, dict) or not document.keys() <= known:
            raise _DoubtError
        taken: dict[str, Any] = {}
        for member, key, taking, null, absent in members:
            if member in document:
                value = document[member]
                taken[key] = null() if value is None else taking(value)
            elif absent is not None:
                taken[key] = absent()
        if settles and any(True for _ in shape.settle(taken, document)):
            raise _DoubtError
        return taken

    return take


def _member(name: str, field: Any) -> tuple[str, str, Take, Make, Make | None]:
    """Return a member's name, its key in the normal form, and what gives its value.

    That is: what takes a value that is there, what stands for null, and for nothing at all.
    """
    absent: Make | None = None
    if field.required:
        absent = _doubt
    elif field.load_default is not missing:
        default = field.load_default
        absent = default if callable(default) else lambda: default
    return (
        str(field.data_key or name),
        str(field.attribute or name),
        _taking_value(field),
        _none if field.allow_none else _doubt,
        absent,
    )


def _none() -> None:
    """Give null, where a member may be null."""


def _doubt() -> NoReturn:
    raise _DoubtError


def _taking_value(field: Any) -> Take:
    """Return what takes one value: by the field's own rule where that is all there is to it."""
    if isinstance(field, Coded) and not field.validators:
        if isinstance(field, Part):
            return _taking(field.of)
        if isinstance(field, Many):
            return _taking_list(field)
        if isinstance(field, Value):
            return field.normal
    whole: Take = field.deserialize
    return whole


def _taking_list(field: Many) -> Take:
    taking = _taking_value(field.inner)
    if field.inner.allow_none:
        raise TypeError("a list of this schema holds no null")
    least, most = field.least, field.most

    def take(value: Any) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise _DoubtError
        if None in value:
            raise _DoubtError
        return field.in_order([taking(one) for one in value])

    return take
