"""What the members of items are made of: names, codes, countries, days, pointers to members.

Owns the fields that several kinds of items have. Leaves the kinds to `items`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

NAME: Final = validate.Regexp(
    r"\A[a-z0-9][a-z0-9.-]{0,63}\Z", error="1 to 64 of a-z, 0-9, dot and hyphen"
)
DIGEST: Final = validate.Regexp(
    r"\A[A-Za-z0-9_-]{43}\Z", error="base64url of a SHA-256, without padding"
)
COUNTRY: Final = validate.Regexp(r"\A[A-Z]{2}\Z", error="two capitals of ISO 3166-1")
LEAST_PEOPLE: Final = 2
_PATTERN: Final = re.compile(r"(/([a-z][a-z0-9_]{0,63}|\*)){1,8}")
_NEVER_REDUCED: Final = frozenset(
    {
        "id", "version", "rendition", "type", "nonce", "schema", "originator", "provider_ref",
        "created", "corrects", "addressees", "governance", "terms", "*",
    }
)  # fmt: skip


def list_of_names(*, required: bool = False) -> fields.List[str]:
    """Return a list of ids."""
    if required:
        return fields.List(fields.String(validate=NAME), required=True)
    return fields.List(fields.String(validate=NAME), load_default=list)


def list_of_texts(limit: int = 64) -> fields.List[str]:
    """Return a list of texts of at most `limit` characters, which may be absent."""
    return fields.List(fields.String(validate=validate.Length(1, limit)), load_default=list)


def needed_texts(limit: int = 64) -> fields.List[str]:
    """Return a list of texts of at most `limit` characters, which must be there."""
    return fields.List(fields.String(validate=validate.Length(1, limit)), required=True)


def list_of_codes(codes: Sequence[str], *, required: bool = False) -> fields.List[str]:
    """Return a list of codes, each one of `codes`."""
    inner = fields.String(validate=validate.OneOf(codes))
    if required:
        return fields.List(inner, required=True)
    return fields.List(inner, load_default=list)


def list_of_countries(*, required: bool = False) -> fields.List[str]:
    """Return a list of countries."""
    inner = fields.String(validate=COUNTRY)
    if required:
        return fields.List(inner, required=True, validate=validate.Length(1, 300))
    return fields.List(inner, load_default=list)


def two_people() -> fields.List[str]:
    """Return the names of the two persons, or more, who agreed."""
    return fields.List(fields.String(validate=NAME), required=True, validate=_two_names)


def _two_names(names: Sequence[str]) -> None:
    if len(set(names)) < LEAST_PEOPLE:
        raise ValidationError("two different people are needed")


def member_patterns(*, required: bool = False) -> fields.List[str]:
    """Return a list of pointers to members that may be left out; `*` is each entry of a list."""
    inner = fields.String(validate=_member_pattern)
    if required:
        return fields.List(inner, required=True, validate=validate.Length(1, 200))
    return fields.List(inner, load_default=list)


def _member_pattern(text: str) -> None:
    """Demand a pointer with `*` for each entry, to a member whose absence widens nothing."""
    if not _PATTERN.fullmatch(text):
        raise ValidationError("a pointer such as /persons/*/addresses; `*` is each entry of a list")
    if text.split("/")[1] in _NEVER_REDUCED:
        raise ValidationError("this member says what may be done with the record, and always goes")


class Day(fields.Field[str]):
    """A day, as TOML or as text; kept as YYYY-MM-DD."""

    def _deserialize(self, value: Any, *_: object, **__: object) -> str:
        try:
            return date.fromisoformat(value if isinstance(value, str) else str(value)).isoformat()
        except ValueError:
            raise ValidationError("not a day: YYYY-MM-DD") from None
