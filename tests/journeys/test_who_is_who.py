"""A public key is one client, one person or one partner, and nobody once its item has ended."""

from __future__ import annotations

import ssl

import pytest

from gateway.core.errors import Conflict, Forbidden, Unidentified
from gateway.flow.identify import (
    Person,
    caller_of_certificate,
    demand_role,
    person_of,
    trusted_certificates,
)
from tests.journeys.gateways import World, certificate_of
from tests.journeys.scenes import NL, NL_ITEMS

PERSON = """
[person.officer-17]
org = "police.nl"
roles = ["release_officer"]
certificates = [{quoted}]
"""


def of_a_person(*also: str) -> str:
    pem = ssl.DER_cert_to_PEM_cert(certificate_of("officer-17"))
    return NL_ITEMS + PERSON.format(quoted=f"'''{pem}'''") + "".join(also)


def test_a_person_is_known_by_the_key_of_the_certificate(world: World) -> None:
    nl = world.network.gateways[NL]
    der = certificate_of("officer-17")
    with pytest.raises(Unidentified):
        caller_of_certificate(der, nl)

    world.configure(nl, of_a_person())

    person = Person("officer-17", "police.nl", frozenset({"release_officer"}))
    assert caller_of_certificate(der, nl) == person == person_of("officer-17", nl)
    assert der in trusted_certificates(nl)


def test_a_person_whose_item_has_ended_is_nobody(world: World) -> None:
    nl = world.network.gateways[NL]
    world.configure(nl, of_a_person())
    world.configure(nl, NL_ITEMS)
    with pytest.raises(Unidentified):
        caller_of_certificate(certificate_of("officer-17"), nl)
    with pytest.raises(Unidentified):
        person_of("officer-17", nl)


def test_the_key_of_a_client_cannot_be_a_person_as_well(world: World) -> None:
    nl = world.network.gateways[NL]
    with nl.store.reading() as work:
        digest = next(iter(nl.configuration(work).clients["police"]["key_digests"]))
    second = PERSON.partition("certificates")[0] + f'key_digests = ["{digest}"]\n'
    with pytest.raises(Conflict):
        world.configure(nl, NL_ITEMS + second)


def test_a_person_without_the_role_may_not() -> None:
    person = Person("officer-17", "police.nl", frozenset({"auditor"}))
    demand_role(person, "release_officer", "auditor")
    with pytest.raises(Forbidden):
        demand_role(person, "release_officer")
