"""Renderings by name: how a record that a partner sent is written for a national system.

A new format is one module and one line here. What holds for every format is in `render`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from adapters.base import Handed, Rendered, Rendering, RenderingRefused

NATIVE: Final = "native"
NO_EVIDENCE: Final = "H1"

_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        NATIVE: "adapters.renderings.native:NATIVE_JSON",
        "stix": "adapters.renderings.stix:STIX",
    }
)


class RenderingUnknown(LookupError):
    """There is no rendering of that name."""


def names() -> tuple[str, ...]:
    """Return the names of all, the native one first."""
    return tuple(_PLACES)


def rendering(name: str) -> Rendering:
    """Return one, imported when first used. Raises RenderingUnknown."""
    if name not in _PLACES:
        raise RenderingUnknown(f"no rendering of that name; there are {', '.join(_PLACES)}")
    module, _, attribute = _PLACES[name].partition(":")
    found: Rendering = getattr(import_module(module), attribute)
    return found


def render(
    handed: Handed, name: str, *, known: Callable[[str], Rendering] = rendering
) -> tuple[Rendering, Rendered]:
    """Write a record in the format `name`. Raises RenderingRefused, RenderingUnknown.

    What may not serve as evidence goes into no format in which it could be read without its terms.
    """
    found = known(name)
    if NO_EVIDENCE in handed.handling and not found.holds_terms:
        raise RenderingRefused(
            f"{name} has no place for the terms, and the record came under {NO_EVIDENCE}"
        )
    return found, found.render(handed)
