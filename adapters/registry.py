"""Which adapters there are: name → class, imported when first used.

Owns one explicit dict. A format is added by a line here; nothing is discovered.
"""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Final

from adapters.base import Adapter

ADAPTERS: Final = MappingProxyType(
    {
        "native": "adapters.sources.native:NativeAdapter",
        "goaml": "adapters.sources.goaml:GoamlAdapter",
        "cybertip": "adapters.sources.cybertip:CybertipAdapter",
        "xarf": "adapters.sources.xarf:XarfAdapter",
    }
)


class AdapterUnknown(LookupError):
    """There is no adapter of that name."""

    code: ClassVar[str] = "adapter-unknown"

    def __init__(self, name: str) -> None:
        near = difflib.get_close_matches(name[:64], ADAPTERS, n=1)
        super().__init__("no adapter of that name")
        self.hint = f"Did you mean `{near[0]}`?" if near else f"One of {', '.join(ADAPTERS)}."


def names() -> tuple[str, ...]:
    """Return the names of all adapters."""
    return tuple(ADAPTERS)


@cache
def adapter(name: str) -> Adapter:
    """Return the adapter of that name. Raises AdapterUnknown."""
    if name not in ADAPTERS:
        raise AdapterUnknown(name)
    module, _, kind = ADAPTERS[name].partition(":")
    made: Adapter = getattr(importlib.import_module(module), kind)()
    return made


def for_media_type(media_type: str) -> str | None:
    """Return the name of the adapter that answers to a content type, None if it takes a mapping.

    Parameters of the content type are ignored.
    """
    plain = media_type.partition(";")[0].strip().lower()
    return next((name for name in ADAPTERS if plain in adapter(name).media_types), None)
