"""Fields that hold other values: lists, objects of a shape, and the two open objects.

An open object is one whose members another page rules; it is bounded all the same.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from schemas import normal
from schemas.faults import Change, NotNormal, Problem, pointer
from schemas.fields import Coded, Value
from schemas.shape import Shape, changes, the

_MOST_PARAMETERS, _PARAMETER_CHARS = 32, 256
_OPEN_DEPTH = 8


class Many(fields.List[Any], Coded):
    """A list of values, at most `most`; with `as_set` in one order and without repeats."""

    wanted = "A list is needed here."
    rule = "set"

    def __init__(
        self,
        about: str,
        inner: Coded,
        *,
        least: int = 0,
        most: int = 100,
        as_set: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(inner, metadata={"about": about}, **options)
        self.least, self.most, self.as_set = least, most, as_set

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise ValidationError([Problem("too-many", f"At most {self.most} fit here.")])
        if len(value) < self.least:
            raise ValidationError([Problem("too-few", f"At least {self.least} are needed.")])
        return self.in_order(super()._deserialize(value, attr, data, **options))

    def in_order(self, loaded: list[Any]) -> list[Any]:
        """Return loaded values as they are kept: a set in the order of its codes, else as given."""
        if not self.as_set:
            return loaded
        codes = getattr(self.inner, "codes", None)
        return sorted(set(loaded), key=codes.index if codes else str)

    def changes(self, before: Any, after: Any, here: str) -> Iterator[Change]:
        if self.as_set:
            yield from super().changes(before, after, here)
            return
        inner: Any = self.inner
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from inner.changes(one, other, pointer(here, index))


class Part(fields.Nested, Coded):
    """An object of its own shape."""

    wanted = "An object is needed here."

    def __init__(self, about: str, of: type[Shape], **options: Any) -> None:
        super().__init__(of, metadata={"about": about}, **options)
        self.of = of

    @property
    def schema(self) -> Shape:
        shape: Shape = the(self.of)
        return shape

    def changes(self, before: Any, after: Any, here: str) -> Iterator[Change]:
        yield from changes(self.schema, before, after, here)


class Parameters(Value):
    """Named settings of a rule: texts, whole numbers, true or false. Up to 32, flat."""

    wanted = "An object of texts, whole numbers and truths is needed here."

    def normal(self, value: Any) -> Any:
        if not isinstance(value, Mapping) or len(value) > _MOST_PARAMETERS:
            raise self._wrong()
        for name, one in value.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
                raise NotNormal("bad-name", "Names here are a-z, 0-9 and underscore.")
            short = isinstance(one, str) and len(one) <= _PARAMETER_CHARS
            if not short and not (isinstance(one, int) and abs(one) < 2**53):
                raise self._wrong()
        return {name: normal.text(v) if isinstance(v, str) else v for name, v in value.items()}

    def shape(self, *, strict: bool) -> dict[str, Any]:  # noqa: ARG002
        kinds = {"type": ["string", "integer", "boolean"]}
        return {"type": "object", "maxProperties": _MOST_PARAMETERS, "additionalProperties": kinds}


class OpenObject(Value):
    """An object whose members another page rules."""

    wanted = "An object without floats, at most 8 levels deep, is needed here."

    def normal(self, value: Any) -> Any:
        if not isinstance(value, dict) or not _is_exact(value, 0):
            raise self._wrong()
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "object"}


def _is_exact(value: object, depth: int) -> bool:
    """Return whether a JSON value holds no float and is at most 8 levels deep."""
    if depth > _OPEN_DEPTH or isinstance(value, float):
        return False
    if isinstance(value, dict):
        return all(_is_exact(member, depth + 1) for member in value.values())
    if isinstance(value, list):
        return all(_is_exact(one, depth + 1) for one in value)
    return True
