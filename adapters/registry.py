"""Which adapters ship, by name; each is imported when first used.

One explicit dict: XML and phone tables cost time to load, and most processes need one format.
Declared mappings are not here: they are configuration, compiled by `sources.declared`.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from typing import ClassVar, Final

from adapters.base import Adapter

_ADAPTERS: Final = {
    "native": ("adapters.sources.native", "NativeAdapter"),
    "goaml": ("adapters.sources.goaml", "GoamlAdapter"),
    "cybertip": ("adapters.sources.cybertip", "CybertipAdapter"),
    "xarf": ("adapters.sources.xarf", "XarfAdapter"),
    "iso20022": ("adapters.sources.iso20022", "Iso20022Adapter"),
}


class AdapterUnknown(Exception):
    """There is no adapter of that name. `hint` names the nearest ones."""

    code: ClassVar[str] = "adapter-unknown"

    def __init__(self, name: str) -> None:
        super().__init__("there is no adapter of that name")
        near = difflib.get_close_matches(name, _ADAPTERS) or sorted(_ADAPTERS)
        self.hint = f"known adapters: {', '.join(near)}, or mapping:NAME"


def names() -> tuple[str, ...]:
    """Return the names of all adapters that ship."""
    return tuple(_ADAPTERS)


@cache
def adapter(name: str) -> Adapter:
    """Return the adapter `name`; the same object each time. Raises AdapterUnknown."""
    if name not in _ADAPTERS:
        raise AdapterUnknown(name)
    module, class_name = _ADAPTERS[name]
    made: Adapter = getattr(import_module(module), class_name)()
    return made


def for_media_type(media_type: str) -> str | None:
    """Return the name of the adapter that answers to a content type, None if none does.

    Parameters of the content type are ignored.
    """
    plain = media_type.partition(";")[0].strip().lower()
    return next((name for name in _ADAPTERS if plain in adapter(name).media_types), None)
