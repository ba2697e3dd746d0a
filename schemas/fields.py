"""One field class per idea: what one value of the shared schema may be, and its normal form.

Owns the base of all fields, texts, numbers, codes and references. Beside it: `quantities.py`
(times, money), `identifiers.py` (accounts, lines, hosts), `containers.py` (lists and objects).
Every field carries the sentence that `docs/spec/records.md` prints, and knows its JSON Schema.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from schemas import normal
from schemas.faults import Change, NotNormal, Problem
from schemas.vocab import UNKNOWN

_PROBLEMS = {
    "required": Problem("required", "This member is needed.", "Add it."),
    "null": Problem("null", "Null is not a value here.", "Leave the member out."),
}


class Coded(fields.Field[Any]):
    """Base of all fields: its refusals are Problems with stable codes."""

    rule: ClassVar[str] = "as-is"
    wanted: ClassVar[str] = "A text is needed here."

    def __init__(self, about: str = "", **options: Any) -> None:
        super().__init__(**{"metadata": {"about": about}, **options})

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

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002
        data: Any,  # noqa: ARG002
        **_: Any,
    ) -> Any:
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

    It counts the parts of the text it stands in: a reduced form of a record is counted anew.
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
        self._known = frozenset(self.codes)

    def normal(self, value: Any) -> Any:
        if type(value) is str and value in self._known:
            return value  # a code as it is written needs no cleaning
        return super().normal(value)

    def of(self, value: str) -> str:
        if value not in self.codes:
            near = difflib.get_close_matches(value[:64].lower(), self.codes, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else "One of: " + ", ".join(self.codes[:12])
            raise NotNormal("not-in-list", "Not a code of this list.", hint)
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:  # noqa: ARG002
        return {"enum": list(self.codes)}


class Truth(Value):
    """True or false."""

    wanted = "True or false is needed here."

    def normal(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise self._wrong()
        return value

    def shape(self, *, strict: bool) -> dict[str, Any]:  # noqa: ARG002
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


class Country(Text):
    """A country of ISO 3166-1 alpha-2; `unknown` where the field allows it."""

    rule = "country"

    def __init__(self, about: str, *, or_unknown: bool = False, **options: Any) -> None:
        super().__init__(about, **options)
        self.or_unknown = or_unknown

    def of(self, value: str) -> str:
        if self.or_unknown and value.lower() == UNKNOWN:
            return UNKNOWN
        try:
            return normal.country(value)
        except NotNormal as refused:
            if not self.or_unknown:
                raise
            hint = f"{refused.hint} Or `unknown`."
            raise NotNormal(refused.code, refused.detail, hint) from None

    def shape(self, *, strict: bool) -> dict[str, Any]:
        shape = super().shape(strict=strict)
        return {**shape, "pattern": "^([A-Z]{2}|unknown)$"} if strict else shape


class Subdivision(Text):
    """A subdivision of ISO 3166-2, e.g. ``PH-CEB``: its country and form are checked."""

    rule = "subdivision"
    pattern = r"^[A-Z]{2}-[A-Z0-9]{1,3}$"

    def of(self, value: str) -> str:
        return normal.subdivision(value)


class Language(Text):
    """A language tag of BCP 47."""

    rule = "bcp47"
    pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"

    def of(self, value: str) -> str:
        return normal.language(value)


class Digest(Text):
    """32 bytes as base64url without padding."""

    rule = "digest"
    pattern = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"

    def of(self, value: str) -> str:
        return normal.digest(value)
