"""How the classes of the shared schema read a document: all faults at once, each with its place.

Owns the base `Shape`, the view a document is read in, the flattening of faults and the list of
changes that normal forms made. Leaves to `fields` what one value may be.

Stays true:
  * A `Shape` is built once per process: `the(shape)`; building one takes longer than using it.
  * Unknown members are refused with the nearest known name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar

from marshmallow import RAISE, Schema, ValidationError, validates_schema

from schemas.faults import Change, Problem, SchemaFault, pointer


@dataclass(frozen=True, slots=True)
class View:
    """How a document is read.

    `country` helps to read national phone numbers. `as_text`: a record as somebody else signed
    it; tables that differ from release to release (phone lengths, public suffixes) do not judge
    it, since its values were judged where it was made. `withheld` are the members that this
    form of it does not show, as the parts of their pointers.
    """

    country: str | None = None
    as_text: bool = False
    withheld: frozenset[tuple[str, ...]] = frozenset()


_SUBMISSION = View()
_VIEW: ContextVar[View] = ContextVar("view", default=_SUBMISSION)


def view() -> View:
    """Return the view of the document being read."""
    return _VIEW.get()


@contextmanager
def reading(chosen: View) -> Iterator[None]:
    """Read documents in the view `chosen`."""
    token = _VIEW.set(chosen)
    try:
        yield
    finally:
        _VIEW.reset(token)


@dataclass(frozen=True, slots=True)
class Cross:
    """A fault between members of one object: the way to the member, and what is wrong."""

    way: tuple[str | int, ...]
    problem: Problem


class Shape(Schema):
    """Base of every object of the shared schema."""

    # Members that `settle` fills from others, with the name of the rule.
    derived: ClassVar[Mapping[str, str]] = {}

    class Meta:
        """Unknown members are refused."""

        unknown = RAISE

    def __init__(self) -> None:
        super().__init__()
        known = tuple(str(field.data_key or name) for name, field in self.fields.items())
        # marshmallow types these as str, and passes on whatever is there.
        messages: dict[str, Any] = self.error_messages
        messages["unknown"] = Unknown(known)
        messages["type"] = Problem("wrong-type", "An object is needed here.", "Write {…}.")

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:  # noqa: ARG002
        """Yield what is wrong between members; put those in normal form that need a sibling.

        `members` are those that passed on their own; `given` are all, as they came. Whether a
        member is missing is asked of `given`, so that one defect is one fault.
        """
        yield from ()

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _settle(self, data: dict[str, Any], original: object, **_: object) -> None:
        if not isinstance(original, Mapping):
            return
        messages: dict[Any, Any] = {}
        for cross in self.settle(data, original):
            node = messages
            for part in cross.way[:-1]:
                node = node.setdefault(part, {})
            node.setdefault(cross.way[-1], []).append(cross.problem)
        if messages:
            raise ValidationError(messages)


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown member; the hint is made when its name is known."""

    known: tuple[str, ...]

    def named(self, name: str) -> Problem:
        """Return the problem for the member `name`."""
        near = difflib.get_close_matches(name[:64], self.known, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else "Remove it; it has no place here."
        return Problem("unknown-field", "The shared schema has no such member.", hint)


S = TypeVar("S", bound=Shape)


@cache
def the(shape: type[S]) -> S:
    """Return the one object of a shape."""
    return shape()


def members_of(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield each member of a shape: its name in the document, and its field."""
    yield from _members(type(shape))


@cache
def _members(kind: type[Shape]) -> tuple[tuple[str, Any], ...]:
    return tuple((str(field.data_key or name), field) for name, field in the(kind).fields.items())


def load(shape: Shape, document: object) -> tuple[dict[str, Any], list[SchemaFault]]:
    """Return the document in normal form, or what is wrong with it."""
    try:
        loaded: dict[str, Any] = shape.load(document)  # type: ignore[arg-type]
    except ValidationError as refused:
        return {}, list(_flatten(refused.messages, ""))
    return loaded, []


def _flatten(messages: Any, place: str) -> Iterator[SchemaFault]:
    if isinstance(messages, Mapping):
        for name, below in messages.items():
            yield from _flatten(below, place if name == "_schema" else pointer(place, name))
        return
    for message in messages if isinstance(messages, Sequence) else (messages,):
        if isinstance(message, Unknown):
            message = message.named(place.rpartition("/")[2])  # noqa: PLW2901
        yield SchemaFault(place, message.code, message.detail, message.hint)


def changes(shape: Shape, before: Any, after: Any, place: str = "") -> Iterator[Change]:
    """Yield each value that differs between a document and its normal form, with the rule."""
    if before == after:
        return  # nearly everywhere; no normal form makes a number of a truth, or the reverse
    for member, field in members_of(shape):
        if member not in after:
            continue
        if member not in before:
            if after[member] is not None:
                rule = shape.derived.get(member, "default")
                yield Change(pointer(place, member), rule, None, after[member])
        elif before[member] != after[member]:
            yield from field.changes(before[member], after[member], pointer(place, member))
