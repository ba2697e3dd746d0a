"""Adapters by name: the shipped ones, and the declared ones of the configuration.

Also what the shipped community profiles demand, as the release rules take it. Implements
`flow.ports.Adapters` for `wiring`. A declared mapping, and a dialect of goAML with its schema, is
compiled once per version.

Stays true:
  * The XSD of an FIU is used only while it is the one whose digest the dialect names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from adapters import registry, renderings
from adapters.base import Adapter, Handed, Rendered, RenderingRefused
from adapters.partners import PROFILES
from gateway.core.errors import Fault, GatewayError
from gateway.core.lists import Demands
from gateway.flow.rows import ItemRow

if TYPE_CHECKING:
    from adapters.sources.goaml_dialect import SchemaFile
    from adapters.sources.goaml_schema import ReportSchema

MAPPING_PREFIX = "mapping:"
GOAML_PREFIX = "goaml:"
MAX_SCHEMA_BYTES: Final = 4 * 1024 * 1024
_COMMUNITIES = MappingProxyType(
    {
        name: Demands(name=name, requires=profile.requires, carries=profile.carries)
        for name, profile in PROFILES.items()
    }
)


class AdapterUnusable(GatewayError):
    """There is no adapter of that name, or the mapping it stands for does not compile."""

    code = "adapter-unusable"


class CannotBeRendered(GatewayError):
    """The record cannot be written in that format, or there is no such format."""

    code = "rendering-refused"
    advice = "Take it as native JSON, which has a place for everything."


@dataclass
class KnownAdapters:
    """`flow.ports.Adapters`: the shipped ones by name, declared ones compiled once per version."""

    _compiled: dict[tuple[str, str], Adapter] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Return the names of the shipped ones."""
        return registry.names()

    def named(self, name: str, mappings: Mapping[str, ItemRow]) -> Adapter:
        """Return the adapter `name`, or one of the configuration: ``mapping:…``, ``goaml:…``."""
        if not name.startswith((MAPPING_PREFIX, GOAML_PREFIX)):
            try:
                return registry.adapter(name)
            except registry.AdapterUnknown as error:
                raise AdapterUnusable(f"{error}; {error.hint}") from None
        item = mappings.get(name.removeprefix(MAPPING_PREFIX))
        if item is None:
            raise AdapterUnusable("there is no active mapping or dialect of that name")
        key = (name, item.digest)
        if key not in self._compiled:
            make = self.goaml if name.startswith(GOAML_PREFIX) else self._in_force
            self._compiled[key] = make(item.name, item.body)
        return self._compiled[key]

    def communities(self) -> Mapping[str, Demands]:
        """Return what each community demands, by its name."""
        return _COMMUNITIES

    def render(self, handed: Handed, name: str) -> tuple[str, Rendered]:
        """Return the media type and what the rendering `name` makes. Raises CannotBeRendered."""
        try:
            rendering, rendered = renderings.render(handed, name)
        except (RenderingRefused, renderings.RenderingUnknown) as error:
            raise CannotBeRendered(str(error)) from None
        return rendering.media_type, rendered

    def compile(self, name: str, body: Mapping[str, Any]) -> Adapter:
        """Compile a mapping that is to be used from now on. Raises AdapterUnusable with all faults.

        A place that no record has is one of them.
        """
        return self._compiled_of(name, body, by_schema=True)

    def _in_force(self, name: str, body: Mapping[str, Any]) -> Adapter:
        return self._compiled_of(name, body, by_schema=False)

    def _compiled_of(self, name: str, body: Mapping[str, Any], *, by_schema: bool) -> Adapter:
        from adapters.sources import declared, mapping  # noqa: PLC0415 - loaded when first used

        try:
            return declared.compile(body, name=f"{MAPPING_PREFIX}{name}", by_schema=by_schema)
        except mapping.MappingInvalid as invalid:
            faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in invalid.faults)
            raise AdapterUnusable("the mapping does not compile", faults=faults) from None

    def goaml(self, name: str, body: Mapping[str, Any]) -> Adapter:
        """Return the goAML adapter of a dialect. Raises AdapterUnusable with all faults."""
        from adapters.sources import goaml, goaml_dialect  # noqa: PLC0415 - loaded when first used

        try:
            dialect = goaml_dialect.read_dialect(name, body)
        except goaml_dialect.DialectInvalid as invalid:
            faults = tuple(Fault(f.pointer, f.code, f.detail, f.hint) for f in invalid.faults)
            raise AdapterUnusable("the dialect is not one", faults=faults) from None
        schema = None if dialect.schema is None else _schema(dialect.schema)
        return goaml.GoamlAdapter(dialect, schema)


def _schema(named: SchemaFile) -> ReportSchema:
    """Return the XSD that a dialect names, compiled. Raises AdapterUnusable."""
    from adapters.sources import goaml_schema  # noqa: PLC0415 - loaded when first used

    try:
        with Path(named.path).open("rb") as file:
            raw = file.read(MAX_SCHEMA_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a path with a null character
        raise _schema_fault("path", "no-such-file", "This file cannot be read.") from None
    if len(raw) > MAX_SCHEMA_BYTES:
        raise _schema_fault("path", "too-large", f"More than {MAX_SCHEMA_BYTES} bytes.")
    if hashlib.sha256(raw).hexdigest() != named.sha256:
        raise _schema_fault("sha256", "another-file", "The file has another digest.")
    try:
        return goaml_schema.ReportSchema(raw.decode("utf-8-sig"))
    except (goaml_schema.SchemaUnusable, UnicodeDecodeError):
        raise _schema_fault("path", "schema-unusable", "Not an XSD for a goAML report.") from None


_SCHEMA_HINTS: Final = {
    "no-such-file": "Give the whole path of a file that the gateway's account may read.",
    "too-large": "Give the XSD of one FIU.",
    "another-file": "Look whether it is the XSD that you mean, then write its `sha256sum`.",
    "schema-unusable": "Give one XSD in UTF-8 that defines `report` and includes no other.",
}


def _schema_fault(member: str, code: str, detail: str) -> AdapterUnusable:
    fault = Fault(f"/schema/{member}", code, detail, _SCHEMA_HINTS[code])
    return AdapterUnusable("the schema of the dialect cannot be used", faults=(fault,))
