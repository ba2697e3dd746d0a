"""Three gateways that all know each other, on databases of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.store.schema import upgrade
from tests.journeys.gateways import World
from tests.journeys.scenes import AGREEMENT, HUB, ITEMS, NL, VGT
from tests.postgres import Server

# Whose they are, and the client of each: organisation, client, letter of its key digest.
CLIENTS = {
    NL: ("police.nl", "police", "B"),
    HUB: ("europol.eu", "analysts", "C"),
    VGT: ("afp.au", "officers", "D"),
}


def three_gateways(urls: dict[str, str], stack: ExitStack, **settings: Any) -> World:
    """Open three gateways that are introduced and covered by agreements; VGT pulls from both.

    Those without a URL live in memory.
    """
    world = World(**settings)
    for name in CLIENTS:
        exchange: Any = world.add(name, listens=name != VGT, url=urls.get(name, "sqlite://"))
        stack.callback(exchange.store.close)
    gateways = world.network.gateways
    world.introduce(gateways[NL], gateways[HUB])
    world.introduce(gateways[VGT], gateways[NL], one_fetches=True)
    world.introduce(gateways[VGT], gateways[HUB], one_fetches=True)
    for name in CLIENTS:
        world.configure(gateways[name], items_of(name))
    world.work()
    return world


def items_of(name: str) -> str:
    """Return the items of one: itself, its client, an agreement with each of the others."""
    org, client, letter = CLIENTS[name]
    country = "AU" if name == VGT else "NL"
    text = ITEMS.format(org=org, country=country, client=client, digest=letter * 42 + "A")
    for partner in CLIENTS:
        if partner != name:
            both = "-".join(sorted((name, partner))).replace(".", "-")
            text += AGREEMENT.format(name=both, partner=partner)
    return text


def each_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[dict[str, str]]:
    """Yield an empty database for each gateway, of the kind that `request.param` names."""
    short = {name: name.replace(".", "_") for name in CLIENTS}
    if request.param == "sqlite":
        yield {name: f"sqlite:///{folder / file}.db" for name, file in short.items()}
        return
    server: Server = request.getfixturevalue("postgres_server")
    upgrade(server.create("pattern_of_three"))
    yield {name: server.create(f"of_{one}", "pattern_of_three") for name, one in short.items()}
    for one in ("pattern_of_three", *(f"of_{one}" for one in short.values())):
        server.drop(one)
