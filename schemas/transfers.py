"""Which transfers of a payment message a source takes: part of an item of kind `source`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schemas import vocab

_CRITERIA: Final = ("references", "accounts", "countries", "at_least", "at_most")
_AMOUNT: Final = validate.Regexp(r"\A[0-9]{1,15}(\.[0-9]{1,5})?\Z", error="e.g. 150 or 150.00")
_COUNTRY: Final = validate.Regexp(r"\A[A-Z]{2}\Z", error="two capitals of ISO 3166-1")


def _texts(most: int) -> fields.List[str]:
    return fields.List(fields.String(validate=validate.Length(1, most)), load_default=list)


class Transfers(Schema):
    """Those that meet every criterion given."""

    class Meta:
        """What is not named is refused."""

        unknown = RAISE

    seen_by = fields.String(required=True, validate=validate.OneOf(vocab.SIGNAL_SOURCES))
    all = fields.Boolean(load_default=False)
    references = _texts(200)
    accounts = _texts(64)
    countries = fields.List(fields.String(validate=_COUNTRY), load_default=list)
    at_least = fields.String(load_default=None, allow_none=True, validate=_AMOUNT)
    at_most = fields.String(load_default=None, allow_none=True, validate=_AMOUNT)

    @validates_schema
    def _says_which(self, data: Mapping[str, Any], **_: object) -> None:
        given = any(data.get(name) for name in _CRITERIA)
        if data.get("all", False) == given:
            raise ValidationError(
                "say which transfers are taken, or all = true; a statement names bystanders", "all"
            )
