"""National systems that are brought what partners sent: one that listens, one that reads files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gateway.flow.bring_files import bring_files
from gateway.flow.bring_push import bring_push
from gateway.flow.exchange import Exchange
from gateway.flow.ports import Answer, NationalSystem
from gateway.transport.folders import FolderTray
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB

URL = "https://cms.example/taken"


@dataclass
class Listening:
    """A system at an address: what it was given, and how it answers each time."""

    answer: Callable[[Mapping[str, Any]], Answer] = lambda _: Answer(status=200, body=b"")
    url: str = URL
    given: list[dict[str, Any]] = field(default_factory=list)
    posts: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.posts.append((body, headers))
        said = json.loads(body)
        self.given.append(said)
        return self.answer(said)

    @property
    def records(self) -> list[str]:
        return [str(one["record"]) for one in self.given if "body" in one]


def status(number: int, body: bytes = b"") -> Callable[[Mapping[str, Any]], Answer]:
    return lambda _: Answer(status=number, body=body)


def listening(world: World, client: str = "analysts", **members: Any) -> tuple[Exchange, Listening]:
    """The hub of this world, and its client as a system that listens."""
    system = Listening()
    return _bound(world, NationalSystem(client=client, endpoint=system, **members)), system


def reading(world: World, folder: Path, client: str = "analysts", **members: Any) -> Exchange:
    """The hub of this world, whose client takes files out of `folder`."""
    tray = FolderTray(folder, client)
    return _bound(world, NationalSystem(client=client, tray=tray, **members))


def _bound(world: World, system: NationalSystem) -> Exchange:
    before = world.network.gateways[HUB]
    bound = replace(before, systems={**before.systems, system.client: system})
    world.network.gateways[HUB] = bound
    return bound


def bring(world: World, exchange: Exchange, client: str = "analysts") -> int:
    """Do what the job of this system does at one tick."""
    way = bring_push if exchange.systems[client].endpoint else bring_files
    return world.run(way, client, exchange)


def files(folder: Path) -> list[str]:
    """What the system sees in its folder."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
