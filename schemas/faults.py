"""What is wrong with a document, and what was changed in it: the words of the shared schema.

Owns the shapes of faults and changes and the error base of this package.

Stays true:
  * A fault never repeats the offending value: it names the place, a stable code and the mending.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why one value is refused, before its place is known."""

    code: str
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One thing wrong with a document. `pointer` is RFC 6901, into the document as given."""

    pointer: str
    code: str
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a normal form altered; `before` is None where it was filled in."""

    pointer: str
    rule: str
    before: object
    after: object


class SchemaError(Exception):
    """Base of what this package refuses: a stable code, a sentence, how to mend it."""

    def __init__(self, code: str, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.hint = hint

    @property
    def problem(self) -> Problem:
        """The reason without its place."""
        return Problem(self.code, self.detail, self.hint)


class NotNormal(SchemaError):
    """A value has no normal form: malformed, or ambiguous."""


def pointer(base: str, *parts: str | int) -> str:
    """Return the RFC 6901 pointer to `parts` below `base`."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join([base, *(f"/{part}" for part in escaped)])


def pointer_parts(text: str) -> tuple[str, ...]:
    """Return the unescaped parts of an RFC 6901 pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])
