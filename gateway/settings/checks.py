"""What a value of a setting must look like: one marshmallow field per idea.

Owns the bounds of single values and the words that say what is wrong with one. The words never
repeat the value: somebody may have put a secret there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields

from gateway.core.deadlines import zone
from gateway.core.ids import is_name

MISSING = "is missing, and has no default"
_LONGEST_LINE = 200
_LONGEST_PATH = 1_000
_MOST_ENTRIES = 64
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")  # as the environment gives what is no UTF-8
_MAILBOX = r"(?:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190})?"
_LINE = re.compile(r"[^\x00-\x1f\x7f]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_LINK_LOCAL = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))


class Check(fields.Field[Any]):
    """Base of all checks; `takes_text` says that an override is the text itself, not TOML."""

    takes_text: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__(error_messages={"required": MISSING, "null": MISSING})

    def read(self, value: object) -> object:
        """Return the value as the settings hold it. Raises ValidationError."""
        raise NotImplementedError

    def _deserialize(self, value: object, *_: object, **__: object) -> object:
        return self.read(value)


class Line(Check):
    """One line of text of bounded length, of a pattern if one is given."""

    def __init__(
        self,
        *,
        longest: int = _LONGEST_LINE,
        pattern: str | None = None,
        form: str = "",
    ) -> None:
        super().__init__()
        self._longest = longest
        self._pattern = re.compile(pattern) if pattern is not None else _LINE
        self._form = form or "one line of text without control characters"

    def read(self, value: object) -> str | None:
        text = _text(value)
        if len(text) > self._longest or not self._pattern.fullmatch(text):
            raise ValidationError(f"must be {self._form}, at most {self._longest} characters")
        return text


class MaybeLine(Line):
    """One line of text, or nothing, which is then None."""

    def read(self, value: object) -> str | None:
        return super().read(value) if value != "" else None


class Name(Check):
    """An id of the grammar of partners and organisations."""

    def read(self, value: object) -> str:
        text = _text(value)
        if not is_name(text):
            raise ValidationError("must be 1 to 64 of a-z, 0-9, dot and hyphen, no dot in front")
        return text


class OneOf(Check):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        super().__init__()
        self._words = words

    def read(self, value: object) -> str:
        if _text(value) not in self._words:
            raise ValidationError(f"must be one of {', '.join(self._words)}")
        return str(value)


class Zone(Check):
    """A time zone of the IANA database, as this machine knows it."""

    def read(self, value: object) -> str:
        """Return its name."""
        if not isinstance(value, str):
            raise ValidationError("is not a text")
        try:
            zone(value)
        except LookupError as error:
            raise ValidationError("is no time zone of this machine") from error
        return value


class Address(Line):
    """The address of a mailbox, or nothing."""

    def __init__(self) -> None:
        super().__init__(pattern=_MAILBOX, form="an address as alarms@gateway.example, or nothing")


class Addresses(Check):
    """Addresses of mailboxes."""

    takes_text: ClassVar[bool] = False

    def read(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > _MOST_ENTRIES:
            raise ValidationError('must be a list, as ["duty@gateway.example"]')
        if not all(isinstance(one, str) and re.fullmatch(_MAILBOX, one) and one for one in value):
            raise ValidationError("must hold addresses as duty@gateway.example")
        return tuple(value)


class Https(Check):
    """An https address without a query, or nothing."""

    def read(self, value: object) -> str:
        text = _text(value)
        try:
            parts = urlsplit(text)
            plain = parts.scheme == "https" and parts.hostname and (parts.port or 1) > 0
        except ValueError:
            plain = False
        if text and (not plain or parts.query or parts.fragment or parts.username):
            raise ValidationError("must be https://HOST:PORT, without user, query or fragment")
        return text.rstrip("/")


class Whole(Check):
    """A whole number within bounds; underscores may group its digits."""

    takes_text = False

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.least = least
        self.most = most

    def read(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("must be a whole number")
        if not self.least <= value <= self.most:
            raise ValidationError(f"must lie between {self.least:_} and {self.most:_}")
        return value


class Number(Check):
    """A number within bounds, with or without a fraction."""

    takes_text = False

    def __init__(self, least: float, most: float) -> None:
        super().__init__()
        self.least = least
        self.most = most

    def read(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("must be a number")
        if not self.least <= value <= self.most:  # not-a-number lies nowhere
            raise ValidationError(f"must lie between {self.least:g} and {self.most:g}")
        return float(value)


class Flag(Check):
    """True or false."""

    takes_text = False

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class OwnPath(Check):
    """A path, taken from the folder of the settings file if it is relative; maybe nothing."""

    def __init__(self, *, may_be_empty: bool = False) -> None:
        super().__init__()
        self._may_be_empty = may_be_empty

    def read(self, value: object) -> str:
        text = _text(value)
        if not text and not self._may_be_empty:
            raise ValidationError("must name a path")
        if "-----BEGIN" in text or not _LINE.fullmatch(text) or len(text) > _LONGEST_PATH:
            raise ValidationError("must name a path; what the file holds does not belong here")
        return text


class SecretPath(OwnPath):
    """The path of a file that holds a secret."""


class Paths(Check):
    """Several paths."""

    takes_text = False

    def read(self, value: object) -> tuple[str, ...]:
        return tuple(OwnPath().read(each) for each in _list(value))


class Networks(Check):
    """Networks in CIDR form."""

    takes_text = False

    def __init__(self, *, ours_to_reach: bool = False) -> None:
        super().__init__()
        self._ours_to_reach = ours_to_reach

    def read(self, value: object) -> tuple[str, ...]:
        return tuple(self._one(_text(each)) for each in _list(value))

    def _one(self, text: str) -> str:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            raise ValidationError("must list networks, as 192.0.2.0/24") from None
        if self._ours_to_reach and network.prefixlen == 0:
            raise ValidationError("must not allow every address")
        if self._ours_to_reach and any(
            network.version == local.version and network.overlaps(local) for local in _LINK_LOCAL
        ):
            raise ValidationError(
                "must not allow link-local addresses: metadata services live there"
            )
        return str(network)


class NamesByLanguage(Check):
    """One name in several languages, by language tag."""

    takes_text = False

    def read(self, value: object) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or not value:
            raise ValidationError('must be a table of names by language, as { en = "Name" }')
        if not all(isinstance(tag, str) and _LANGUAGE.fullmatch(tag) for tag in value):
            raise ValidationError("must have language tags on the left, as en or nl")
        return {str(tag): _line(name) for tag, name in value.items()}


def _line(value: object) -> str:
    text = _text(value)
    if not text or len(text) > _LONGEST_LINE or not _LINE.fullmatch(text):
        raise ValidationError(f"must have names of one line, at most {_LONGEST_LINE} characters")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValidationError("must be text in quotes")
    if _HALF_CHARACTER.search(value):
        raise ValidationError("must be text in UTF-8")
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise ValidationError(
            f"must be a list in square brackets, of at most {_MOST_ENTRIES} entries"
        )
    return value
