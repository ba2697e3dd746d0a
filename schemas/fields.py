"""One field class per idea: what one value of the shared schema may be, and its normal form.

Owns texts, numbers, codes, references and containers; identifiers are in `identifiers.py`.
Every field carries the sentence that `docs/spec/records.md` prints, and knows its JSON Schema.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from schemas import moments, normal
from schemas.codes import COUNTRIES, MINOR_UNITS
from schemas.faults import Change, NotNormal, Problem, pointer
from schemas.shape import Shape, changes, the
from schemas.vocab import UNKNOWN

_PROBLEMS = {
    "required": Problem("required", "This member is needed.", "Add it."),
    "null": Problem("null", "Null is not a value here.", "Leave the member out."),
}


class Coded(fields.Field[Any]):
    """Base of all fields: its refusals are Problems with stable codes."""

    rule: ClassVar[str] = "as-is"
    wanted: ClassVar[str] = "A text is needed here."

    def __init__(self, about: str, **options: Any) -> None:
        super().__init__(metadata={"about": about}, **options)

    @property
    def about(self) -> str:
        return str(self.metadata["about"])

    def make_error(self, key: str, **_: Any) -> ValidationError:
        problem = _PROBLEMS.get(key) or Problem("wrong-type", self.wanted)
        return ValidationError([problem])

    def changes(self, before: Any, after: Any, here: str) -> Iterator[Change]:
        """Yield what differs between the value as given and its normal form."""
        if before != after or type(before) is not type(after):
            yield Change(here, self.rule, before, after)

    def shape(self, *, strict: bool) -> dict[str, Any]:
        """Return the JSON Schema; `strict`: of the normal form, else of what is taken in."""
        raise NotImplementedError


class Value(Coded):
    """A value with a normal form of its own."""

    def normal(self, value: Any) -> Any:
        """Return the normal form. Raises NotNormal."""
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        try:
            return self.normal(value)
        except NotNormal as refused:
            raise ValidationError([refused.problem]) from refused

    def _wrong(self) -> NotNormal:
        return NotNormal("wrong-type", self.wanted)


class Text(Value):
    """Words: NFC, no control characters, at most `most` characters."""

    rule = "text"
    pattern: ClassVar[str] = ""  # of the normal form, for the published schema

    def __init__(self, about: str, *, most: int = 256, **options: Any) -> None:
        super().__init__(about, **options)
        self.most = most

    def normal(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise self._wrong()
        if len(value) > 2 * self.most + 64:  # before any work on it; the rest after
            raise self._too_long()
        clean = normal.text(value)
        if not clean:
            raise NotNormal("empty", "An empty text says nothing.", "Leave the member out.")
        found = self.of(clean)
        if len(found) > self.most:
            raise self._too_long()
        return found

    def of(self, value: str) -> str:
        """Return the normal form of a text that is already clean."""
        return value

    def _too_long(self) -> NotNormal:
        return NotNormal("too-long", f"At most {self.most} characters fit here.", "Shorten it.")

    def shape(self, *, strict: bool) -> dict[str, Any]:
        shape: dict[str, Any] = {"type": "string", "minLength": 1}
        shape["maxLength"] = self.most if strict else 2 * self.most + 64
        if strict and self.pattern:
            shape["pattern"] = self.pattern
        return shape


class Token(Text):
    """A technical name or reference: no white space inside, kept as it is otherwise."""

    pattern = r"^[^\s]+$"

    def of(self, value: str) -> str:
        if re.search(r"\s", value):
            raise NotNormal("bad-token", "No white space here.", "Remove it.")
        return value


class Name(Text):
    """An id of a partner, organisation or agreement."""

    pattern = r"^[a-z0-9][a-z0-9.-]{0,63}$"
    _grammar = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")

    def of(self, value: str) -> str:
        if not self._grammar.fullmatch(value):
            raise NotNormal(
                "bad-name", "Not an id.", "1 to 64 of a-z, 0-9, dot and hyphen, e.g. fiu.example."
            )
        return value


class RecordId(Text):
    """The id of a record, as the gateway that made it gave it."""

    pattern = r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    _grammar = re.compile(pattern[1:-1])

    def of(self, value: str) -> str:
        if not self._grammar.fullmatch(value):
            raise NotNormal("bad-record-id", "Not a record id.", "urn:uuid: and a lower-case UUID.")
        return value


class Pointer(Text):
    """A JSON pointer (RFC 6901) to a part of the same record, e.g. ``/persons/0``.

    In a reduced form of a record it keeps the index of the whole one.
    """

    pattern = r"^/[a-z_]+/(0|[1-9][0-9]*)$"
    _grammar = re.compile(r"/[a-z_]+/(?:0|[1-9][0-9]{0,4})")

    def __init__(self, about: str, *, into: Sequence[str] = (), **options: Any) -> None:
        super().__init__(about, **options)
        self.into = tuple(into)

    def of(self, value: str) -> str:
        if not self._grammar.fullmatch(value):
            raise NotNormal("bad-pointer", "Not a pointer to a part.", "Write e.g. /persons/0.")
        if self.into and value.split("/")[1] not in self.into:
            raise NotNormal(
                "bad-pointer",
                "Parts of that kind cannot stand here.",
                "One of: " + ", ".join(self.into) + ".",
            )
        return value


class MemberPointer(Text):
    """A JSON pointer (RFC 6901) to any member of a record."""

    pattern = r"^(/[^/]*)+$"

    def of(self, value: str) -> str:
        if not value.startswith("/"):
            raise NotNormal("bad-pointer", "Not a JSON pointer.", "Write e.g. /persons/0/names.")
        return value


class Choice(Text):
    """One code of a closed list."""

    def __init__(self, about: str, *, of: Sequence[str], **options: Any) -> None:
        super().__init__(about, **options)
        self.codes = tuple(of)

    def of(self, value: str) -> str:
        if value not in self.codes:
            near = difflib.get_close_matches(value[:64].lower(), self.codes, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else "One of: " + ", ".join(self.codes[:12])
            raise NotNormal("not-in-list", "Not a code of this list.", hint)
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:
        return {"enum": list(self.codes)}


class Truth(Value):
    """True or false."""

    wanted = "True or false is needed here."

    def normal(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise self._wrong()
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:
        return {"type": "boolean"}


class Whole(Value):
    """A whole number between two bounds; digits in a text are taken as the number."""

    rule = "integer"
    wanted = "A whole number is needed here."

    def __init__(
        self, about: str, *, least: int = 0, most: int = 2**53 - 1, **options: Any
    ) -> None:
        super().__init__(about, **options)
        self.least, self.most = least, most

    def normal(self, value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,16}\s*", value, re.ASCII):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong()
        if not self.least <= value <= self.most:
            raise NotNormal("out-of-range", f"From {self.least} to {self.most}.")
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:
        shape = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return shape if strict else {"anyOf": [shape, {"type": "string"}]}


class Instant(Text):
    """A time: RFC 3339 in UTC with Z."""

    rule = "utc"
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"

    def of(self, value: str) -> str:
        return moments.instant(value)


class LocalTime(Text):
    """A time as it stood on the clock there: RFC 3339, with its offset if known."""

    rule = "local-time"
    pattern = (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
        r"([+-][0-9]{2}:[0-9]{2})?$"
    )

    def of(self, value: str) -> str:
        return moments.local_time(value)


class PartialDate(Text):
    """A date with the precision it has: year, month or day."""

    rule = "date"
    pattern = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"

    def of(self, value: str) -> str:
        return moments.partial_date(value)


class Day(Text):
    """A date to the day."""

    rule = "date"
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

    def of(self, value: str) -> str:
        return moments.whole_date(value)


class Duration(Text):
    """A span of time: ISO 8601, days down to seconds."""

    pattern = r"^P([0-9]{1,4}D)?(T([0-9]{1,4}H)?([0-9]{1,4}M)?([0-9]{1,4}S)?)?$"
    _grammar = re.compile(pattern[1:-1], re.ASCII)

    def of(self, value: str) -> str:
        if not self._grammar.fullmatch(value) or value[-1] in "PT":
            raise NotNormal("bad-duration", "Not a span of time.", "Write e.g. PT8H or P3D.")
        return value


class Amount(Value):
    """An amount of money as a decimal text; its decimals are checked against the currency."""

    rule = "amount"
    wanted = 'An amount is a decimal text, e.g. "1234.50"; never a float.'

    def normal(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self._wrong()
        if isinstance(value, int) and abs(value) >= 10**18:
            raise NotNormal("out-of-range", "No such amount.")
        text = normal.text(str(value)[:64])
        return moments.amount(text, "")

    def shape(self, *, strict: bool) -> dict[str, Any]:
        shape = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$"}
        return shape if strict else {"anyOf": [{"type": "string"}, {"type": "integer"}]}


class Currency(Text):
    """A currency of ISO 4217, or an asset of the list beside it."""

    rule = "upper-case"
    pattern = r"^[A-Z]{3,4}$"

    def of(self, value: str) -> str:
        code = value.upper()
        if code not in MINOR_UNITS:
            raise NotNormal("not-in-list", "Not a currency of ISO 4217.", "Write e.g. EUR.")
        return code


class Country(Text):
    """A country of ISO 3166-1 alpha-2; `unknown` where the field allows it."""

    rule = "upper-case"

    def __init__(self, about: str, *, or_unknown: bool = False, **options: Any) -> None:
        super().__init__(about, **options)
        self.or_unknown = or_unknown

    def of(self, value: str) -> str:
        if self.or_unknown and value.lower() == UNKNOWN:
            return UNKNOWN
        code = value.upper()
        if code not in COUNTRIES:
            hint = "Two letters, e.g. NL" + ("; or `unknown`." if self.or_unknown else ".")
            raise NotNormal("not-in-list", "Not a country of ISO 3166-1 alpha-2.", hint)
        return code

    def shape(self, *, strict: bool) -> dict[str, Any]:
        shape = super().shape(strict=strict)
        return {**shape, "pattern": "^([A-Z]{2}|unknown)$"} if strict else shape


class Subdivision(Text):
    """A subdivision of ISO 3166-2, e.g. ``PH-CEB``: its country and form are checked."""

    rule = "upper-case"
    pattern = r"^[A-Z]{2}-[A-Z0-9]{1,3}$"

    def of(self, value: str) -> str:
        code = value.upper()
        if not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", code) or code[:2] not in COUNTRIES:
            raise NotNormal("bad-subdivision", "Not of ISO 3166-2.", "Write e.g. PH-CEB.")
        return code


class Language(Text):
    """A language tag of BCP 47."""

    rule = "bcp47"
    pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"

    def of(self, value: str) -> str:
        return normal.language(value)


class Digest(Text):
    """32 bytes as base64url without padding."""

    pattern = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
    _grammar = re.compile(pattern[1:-1])

    def of(self, value: str) -> str:
        if not self._grammar.fullmatch(value):
            raise NotNormal("bad-digest", "Not 32 bytes in base64url.", "43 characters.")
        return value


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
        super().__init__(inner, about=about, **options)
        self.least, self.most, self.as_set = least, most, as_set

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > self.most:
            raise ValidationError([Problem("too-many", f"At most {self.most} fit here.")])
        if len(value) < self.least:
            raise ValidationError([Problem("too-few", f"At least {self.least} are needed.")])
        loaded = super()._deserialize(value, attr, data, **options)
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
        super().__init__(of, about=about, **options)
        self.of = of

    @property
    def schema(self) -> Shape:
        return the(self.of)

    def changes(self, before: Any, after: Any, here: str) -> Iterator[Change]:
        yield from changes(self.schema, before, after, here)


class Parameters(Value):
    """Named settings of a rule: texts, whole numbers, true or false. Up to 32, flat."""

    wanted = "An object of texts, whole numbers and truths is needed here."

    def normal(self, value: Any) -> Any:
        if not isinstance(value, Mapping) or len(value) > 32:
            raise self._wrong()
        for name, one in value.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
                raise NotNormal("bad-name", "Names here are a-z, 0-9 and underscore.")
            short = isinstance(one, str) and len(one) <= 256
            if not short and not (isinstance(one, int) and abs(one) < 2**53):
                raise self._wrong()
        return {name: normal.text(v) if isinstance(v, str) else v for name, v in value.items()}

    def shape(self, *, strict: bool) -> dict[str, Any]:
        kinds = {"type": ["string", "integer", "boolean"]}
        return {"type": "object", "maxProperties": 32, "additionalProperties": kinds}


class OpenObject(Value):
    """An object whose members another page rules."""

    wanted = "An object is needed here."

    def normal(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise self._wrong()
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:
        return {"type": "object"}
