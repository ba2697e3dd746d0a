"""What makes the ways to and from national systems insecure or contradictory, for `security`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.core.errors import Fault
from gateway.settings.secrets import others_write
from gateway.settings.sections import NationalSystemSection, PulledSourceSection, Settings


def national_faults(settings: Settings) -> Iterator[Fault]:
    """Yield everything that is wrong with [national_systems.NAME] and [pulled_sources.NAME]."""
    longest = settings.worker.lease_seconds
    folders: dict[Path, str] = {}
    for name, system in settings.national_systems.items():
        place = f"national_systems.{name}"
        yield from _one_way(place, system)
        yield from _pair(place, system.certificate_file, system.key_file)
        yield from own_folder(f"{place}.directory", system.directory, folders)
        if settings.relay.timeout_seconds >= longest:
            detail = "needs worker.lease_seconds longer than relay.timeout_seconds"
            yield Fault(place, "settings-contradict", detail)
    for name, source in settings.pulled_sources.items():
        place = f"pulled_sources.{name}"
        yield from _one_way_in(place, source)
        yield from _pair(place, source.certificate_file, source.key_file)
        yield from own_folder(f"{place}.directory", source.directory, folders)


def _one_way_in(place: str, source: PulledSourceSection) -> Iterator[Fault]:
    if bool(source.url) == (source.directory is not None):
        detail = "must have url or directory, and not both"
        yield Fault(place, "settings-contradict", detail)
    if source.url and source.ca_file is None:
        detail = "must name the authority that signs the server's certificate: no other is believed"
        yield Fault(f"{place}.ca_file", "insecure-setting", detail)
    if not source.client:
        detail = "must name the client in whose name the gateway submits"
        yield Fault(f"{place}.client", "setting-value", detail)


def _one_way(place: str, system: NationalSystemSection) -> Iterator[Fault]:
    if bool(system.url) == (system.directory is not None):
        detail = "must have url or directory, and not both: one way for one system"
        yield Fault(place, "settings-contradict", detail)
    if system.url and system.server_certificates_file is None:
        detail = "must name the certificates that the system may show: no authority is believed"
        yield Fault(f"{place}.server_certificates_file", "insecure-setting", detail)


def _pair(place: str, certificate: Path | None, key: Path | None) -> Iterator[Fault]:
    if (certificate is None) != (key is None):
        detail = "and certificate_file go together"
        yield Fault(f"{place}.key_file", "settings-contradict", detail)


def own_folder(pointer: str, path: Path | None, taken: dict[Path, str]) -> Iterator[Fault]:
    """Yield what is wrong with a folder shared with one system; `taken` are those of others."""
    if path is None:
        return
    if others_write(path):
        detail = "everybody can write into the folder, and so speak for the system"
        yield Fault(pointer, "loose-permissions", detail, "chmod o-w; share it by a group")
    known = taken.setdefault(path.resolve(), pointer)
    if known != pointer:
        yield Fault(pointer, "settings-contradict", f"is the folder of {known}")
