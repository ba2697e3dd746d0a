"""Adapters by name: the shipped ones, and the declared ones of the configuration.

Also what the shipped community profiles demand, as the release rules take it. Implements
`flow.ports.Adapters` for `wiring`. A declared mapping is compiled once per version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from adapters import registry
from adapters.base import Adapter
from adapters.partners import PROFILES
from gateway.core.errors import Fault, GatewayError
from gateway.core.lists import Demands
from gateway.flow.rows import ItemRow

MAPPING_PREFIX = "mapping:"
_COMMUNITIES = MappingProxyType(
    {
        name: Demands(name=name, requires=profile.requires, carries=profile.carries)
        for name, profile in PROFILES.items()
    }
)


class AdapterUnusable(GatewayError):
    """There is no adapter of that name, or the mapping it stands for does not compile."""

    code = "adapter-unusable"


@dataclass
class KnownAdapters:
    """`flow.ports.Adapters`: the shipped ones by name, declared ones compiled once per version."""

    _compiled: dict[tuple[str, str], Adapter] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Return the names of the shipped ones."""
        return registry.names()

    def named(self, name: str, mappings: Mapping[str, ItemRow]) -> Adapter:
        """Return the adapter `name`, or the declared one ``mapping:NAME``."""
        if not name.startswith(MAPPING_PREFIX):
            try:
                return registry.adapter(name)
            except registry.AdapterUnknown as error:
                raise AdapterUnusable(f"{error}; {error.hint}") from None
        item = mappings.get(name.removeprefix(MAPPING_PREFIX))
        if item is None:
            raise AdapterUnusable("there is no active mapping of that name")
        key = (item.name, item.digest)
        if key not in self._compiled:
            self._compiled[key] = self.compile(item.name, item.body)
        return self._compiled[key]

    def communities(self) -> Mapping[str, Demands]:
        """Return what each community demands, by its name."""
        return _COMMUNITIES

    def compile(self, name: str, body: Mapping[str, Any]) -> Adapter:
        """Compile a mapping. Raises AdapterUnusable with all faults."""
        from adapters.sources import declared, mapping  # noqa: PLC0415 - loaded when first used

        try:
            return declared.compile(body, name=f"{MAPPING_PREFIX}{name}")
        except mapping.MappingInvalid as invalid:
            faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in invalid.faults)
            raise AdapterUnusable("the mapping does not compile", faults=faults) from None
