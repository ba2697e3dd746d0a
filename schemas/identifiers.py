"""Fields of identifiers: what names an account, a line, a machine or a place on the network.

Owns the fields; their normal forms are in `normal.py`. Each names its rule, which the mapping
trail and `docs/spec/records.md` repeat.
"""

# ruff: noqa: D102 (a method without a docstring does what its base says)

from __future__ import annotations

import re
from typing import Any

from schemas import normal
from schemas.faults import NotNormal
from schemas.fields import Text, Whole
from schemas.shape import view


class Iban(Text):
    """An IBAN."""

    rule = "iban"
    pattern = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$"

    def of(self, value: str) -> str:
        return normal.iban(value)


class Bic(Text):
    """A BIC of ISO 9362."""

    rule = "bic"
    pattern = r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"

    def of(self, value: str) -> str:
        return normal.bic(value)


class Lei(Text):
    """A legal entity identifier of ISO 17442."""

    rule = "lei"
    pattern = r"^[A-Z0-9]{18}[0-9]{2}$"

    def of(self, value: str) -> str:
        return normal.lei(value)


class Phone(Text):
    """A phone number in E.164; a national one is read with the submitter's country."""

    rule = "e164"
    pattern = r"^\+[1-9][0-9]{5,14}$"
    _grammar = re.compile(r"\+[1-9][0-9]{5,14}")

    def of(self, value: str) -> str:
        if view().as_text:
            if not self._grammar.fullmatch(value):
                raise NotNormal("bad-phone", "Not a phone number in E.164.")
            return value
        return normal.phone(value, view().country)


class Email(Text):
    """An e-mail address; its domain in lower case, its local part kept."""

    rule = "email"
    pattern = r"^[^@\s]+@[^@\s]+$"

    def of(self, value: str) -> str:
        return normal.email(value)


class Host(Text):
    """A host name: IDNA (UTS 46), lower case, A-labels."""

    rule = "host"
    pattern = r"^[a-z0-9_.-]+$"

    def of(self, value: str) -> str:
        return normal.host(value)


class Url(Text):
    """The address of a page, as the WHATWG URL standard serialises it."""

    rule = "url"
    pattern = r"^(https?|ftp)://"

    def of(self, value: str) -> str:
        return normal.url(value)


class Ip(Text):
    """An IP address, canonical; IPv4 mapped into IPv6 becomes IPv4."""

    rule = "ip"
    pattern = r"^[0-9a-f.:]+$"

    def of(self, value: str) -> str:
        return normal.ip(value)


class Asn(Whole):
    """The number of an autonomous system."""

    rule = "asn"

    def __init__(self, about: str, **options: Any) -> None:
        super().__init__(about, least=1, most=2**32 - 1, **options)

    def normal(self, value: Any) -> Any:
        return super().normal(normal.asn(value) if isinstance(value, str) else value)


class Port(Whole):
    """The port of a connection; never 0, which no connection has."""

    rule = "port"

    def __init__(self, about: str, **options: Any) -> None:
        super().__init__(about, least=1, most=65_535, **options)

    def normal(self, value: Any) -> Any:
        return super().normal(normal.port(value) if isinstance(value, str) else value)


class CardMasked(Text):
    """A payment card, never whole: first 6 and last 4 digits."""

    rule = "card-mask"
    pattern = r"^[0-9]{6}\*{6}[0-9]{4}$"

    def of(self, value: str) -> str:
        return normal.card(value)


class WalletAddress(Text):
    """An address on a crypto network; its checksum is checked with the network beside it."""

    rule = "wallet"
    pattern = r"^[0-9A-Za-z:_-]+$"
