"""What a route item must be: one way, and selecting something. A part of `schemas.items`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError

_HOW_IT_CAME: Final = frozenset({"from_partners", "agreements"})


def demand_one_way(route: Mapping[str, Any]) -> None:
    """Raise ValidationError unless a route goes one way and selects something on it."""
    named = {name for name, value in route["when"].items() if value}
    if bool(route["partners"]) == bool(route["clients"]):
        raise ValidationError("name partners or clients: a route goes one way", "clients")
    if route["partners"] and (route["otherwise"] or named & _HOW_IT_CAME):
        raise ValidationError("how a record came says nothing about who may get it", "when")
    if route["otherwise"] and named:
        raise ValidationError("what no other route selects cannot be narrowed", "when")
    if route["clients"] and not route["otherwise"] and not named:
        raise ValidationError("selects nothing; say what, or otherwise = true", "when")
