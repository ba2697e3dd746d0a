"""What a gateway sends can be read and proved without any line of ours."""

from __future__ import annotations

import json

from keys.memory import MemoryKeys
from keys.ring import SIGN
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed
from tests.second_reader import open_envelope, payload_believed_by_jwcrypto


def test_an_envelope_on_its_way_is_opened_and_proved_by_readers_that_are_not_ours(
    world: World,
) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    pushed = [world.push(nl, addressed("case", HUB, provider_ref=ref))[0] for ref in "AB"]
    before = len(world.network.delivered)
    world.work(nl, hub)
    envelope = world.network.delivered[before]

    kid = json.loads(envelope)["recipients"][0]["header"]["kid"]
    _, seed = MemoryKeys(HUB.encode()).seed(kid)
    statement, *texts = open_envelope.lines_of(envelope, seed)
    signers = [one.key for one in MemoryKeys(NL.encode()).public_keys() if one.use == SIGN]
    open_envelope.check(statement, texts, *(one.raw for one in signers))
    said = payload_believed_by_jwcrypto(statement, [one.jwk for one in signers])

    assert (said["iss"], said["aud"], said["kind"], said["rk"]) == (NL, HUB, "records", kid)
    assert {json.loads(text)["id"] for text in texts} == {one.record for one in pushed}
