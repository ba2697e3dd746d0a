"""Two real gateways on loopback, made afresh, introduced to each other, and removed at the end.

Folders, certificates, items and commands are the demonstration's; what differs is the pace: the
settings that the service has by default, and no worker while something else is measured.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks import caller, samples
from benchmarks.durability import demand_durable
from gateway.cli.demo.processes import import_all
from gateway.cli.demo.stage import Place, Stage, answered, set_up
from gateway.settings import Settings, load

# The defaults of config.example.toml, where the demonstration has other values.
AS_SHIPPED: Final = {
    "GATEWAY__LISTEN__WORKERS": "2",
    "GATEWAY__LISTEN__THREADS": "8",
    "GATEWAY__SEAL__BATCH_RECORDS": "100",
}
_PATIENCE_SECONDS: Final = 25.0
_LOOK_SECONDS: Final = 0.1


class NotReadyError(Exception):
    """The gateways did not come up in time."""


@dataclass
class Ground:
    """Where figures are measured: a folder, two gateways, and how to reach them."""

    stage: Stage
    durable: Mapping[str, Any] = field(default_factory=dict)

    @property
    def national(self) -> Place:
        """Return the gateway that is pushed to and that sends."""
        return self.stage.national

    @property
    def hub(self) -> Place:
        """Return the gateway that receives."""
        return self.stage.hub

    @property
    def folder(self) -> Path:
        """Return a folder for the raw loops, on the file system of the gateways' databases."""
        return self.stage.folder

    def settings(self, place: Place) -> Settings:
        """Return the settings a process of this gateway runs with."""
        return load(place.config, {**os.environ, **AS_SHIPPED})

    def connect(self) -> caller.Connection:
        """Return a new connection to the national gateway, as one of its national systems."""
        certificate, key = self.national.client_files(samples.CLIENT)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(self.national.folder / "tls" / "certificate.pem")
        return caller.Connection(self.national.port, context)


@contextmanager
def gateways(output: Path) -> Iterator[Ground]:
    """Make two gateways in a folder below `output`; end and remove them with the block."""
    import_all()
    output.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=output.resolve()))
    try:
        ground = Ground(set_up(folder))
        try:
            _found(ground)
            _introduce(ground)
            url = ground.settings(ground.national).database_url()
            ground.durable = demand_durable(url, folder, os.environ)
            yield ground
        finally:
            ground.stage.processes.stop_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _found(ground: Ground) -> None:
    places = (ground.national, ground.hub)
    for child in [place.start("init") for place in places]:
        answered(child)
    for child in [
        place.start("agreements", "apply", str(place.folder / "items")) for place in places
    ]:
        answered(child)
    for place in places:
        _run(place, "web")


def _introduce(ground: Ground) -> None:
    """Exchange cards, and let the workers run until each has proven its sealing key."""
    pairs = ((ground.national, ground.hub), (ground.hub, ground.national))
    for here, there in pairs:
        card = there.ask("partners", "card")
        path = there.folder / "card.jws"
        path.write_text(card["card"])
        here.ask("partners", "add", str(path))
        here.ask("partners", "confirm", there.id, "--words", " ".join(card["words"]))
    for place in (ground.national, ground.hub):
        _run(place, "worker")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not all(_is_proven(here, there) for here, there in pairs):
        if time.monotonic() > deadline:
            raise NotReadyError(f"no introduction\n{ground.national.tail()}\n{ground.hub.tail()}")
        time.sleep(_LOOK_SECONDS)
    for place in (ground.national, ground.hub):
        place.stop("worker")


def _is_proven(here: Place, there: Place) -> bool:
    views = here.ask("partners", "list")
    return any(view["id"] == there.id and view["sealing_key_proven"] for view in views)


def _run(place: Place, name: str) -> None:
    words = (name, "--config", str(place.config))
    log = place.folder / f"{name}.log"
    place.running[name] = place.processes.start(words, log=log, settings=AS_SHIPPED)
