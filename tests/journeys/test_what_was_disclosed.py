"""Each rendition that is sealed leaves a row of its own, and a block that only two people open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.subjects import wanted
from gateway.flow.exchange import Exchange
from gateway.flow.rows_after import DisclosureRow
from gateway.flow.rows_people import ApprovalRow
from gateway.flow.subject_blocks import BlockDamaged, Found, _opened, _sealed_key, look_up
from keys.memory import MemoryKeys
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed

PIET = wanted({"persons": [{"names": [{"full": "Piet Proef"}], "dob": "1988-03-04"}]})
ANNA = wanted({"persons": [{"names": [{"full": "Anna Voorbeeld"}], "dob": "2014-05-06"}]})
KEYS = MemoryKeys(NL.encode())


def with_people(**changes: Any) -> dict[str, Any]:
    """A case about a suspect; somebody of unknown category stands before him, and stays here."""
    body = addressed("case", HUB, **changes)
    text = json.dumps(body).replace("/persons/1", "/persons/2").replace("/persons/0", "/persons/1")
    moved: dict[str, Any] = json.loads(text)
    suspect, victim = moved["persons"]
    suspect |= {"names": [{"full": "Piet Proef"}], "dob": "1988-03-04"}
    bystander = {
        "category": "unknown", "names": [{"full": "Anna Voorbeeld"}], "dob": "2014-05-06"
    }  # fmt: skip
    return {**moved, "persons": [bystander, suspect, victim]}


@pytest.fixture
def nl(world: World) -> Exchange:
    return world.network.gateways[NL]


def disclosed(exchange: Exchange) -> list[DisclosureRow]:
    with exchange.store.reading() as work:
        return list(work.disclosures.page(None, limit=99))


def found(exchange: Exchange, question: Any = PIET) -> list[Found]:
    with exchange.store.reading() as work:
        blocks = work.disclosures.subjects(after="", limit=99)
    return list(look_up(blocks, question.marks, KEYS.audit()))


def test_the_row_says_to_whom_on_which_ground_and_what_was_left_out(
    world: World, nl: Exchange
) -> None:
    outcome = world.push(nl, with_people())[0]
    yes = ApprovalRow(
        id="a-1", record=str(outcome.record), version=1, partner=HUB, rule="text",
        by=("officer-1", "officer-2"),
    )  # fmt: skip
    over = ApprovalRow(
        id="a-2", record=str(outcome.record), version=1, partner=HUB, rule="R-05",
        by=("officer-1",), until=world.clock.ms,
    )  # fmt: skip
    with nl.store.writing() as work:
        work.proposals.add_approvals([yes, over])
        work.commit()
    world.work()

    (row,) = disclosed(nl)
    with nl.store.reading() as work:
        (release,) = work.releases.of_envelope(row.envelope)
    assert (row.release, row.rendition) == (release.id, release.rendition)
    assert (row.partner, row.org, row.type) == (HUB, "police.nl", "case")
    assert (row.recipient_class, row.recipient_country) == ("eu_authority", "NL")
    assert (row.agreement, row.purpose) == ("nl-hub@1", "operational_analysis")
    assert row.legal_basis == "Directive (EU) 2016/680, art. 8"
    assert row.approvals == ({"rule": "text", "by": ["officer-1", "officer-2"]},)
    assert {cut["pointer"] for cut in row.withheld} >= {"/persons/0"}
    assert row.terms["pass_on"] == "ask"
    assert row.terms["contact"] == {"name": "Duty desk", "phone": "+31700000000"}  # as it was sent
    assert {one["rule"]: one["outcome"] for one in row.trace}["R-09"] == "reduce"


def test_the_consents_that_reach_the_recipient_are_named_with_their_version(
    world: World, nl: Exchange
) -> None:
    consent = """
[consent.to-the-hub]
originator = "police.nl"
recipients = ["hub.eu"]
types = ["case"]
purposes = ["operational_analysis"]
valid_until = 2208988800000
[consent.to-another]
originator = "police.nl"
recipients = ["agency.au"]
types = ["case"]
purposes = ["operational_analysis"]
valid_until = 2208988800000
"""
    world.configure(nl, NL_ITEMS + consent)
    body = with_people()
    body["governance"]["handling"] = ["H2"]
    world.push(nl, body)
    world.work()

    assert [row.consents for row in disclosed(nl)] == [("to-the-hub@1",)]


def test_two_people_find_who_was_spoken_of_and_no_other_is_shown(
    world: World, nl: Exchange
) -> None:
    world.push(nl, with_people())
    world.work()

    (row,) = disclosed(nl)
    (piet,) = found(nl)
    assert (piet.disclosure, piet.place, piet.category) == (row.id, "/persons/1", "suspect")
    assert {"names", "dob", "identities"} <= set(piet.kinds)
    assert PIET.proved_by(piet.marks)
    assert found(nl, ANNA) == []  # the hub got nothing about her


def test_a_block_opens_in_no_other_place(world: World, nl: Exchange) -> None:
    world.push(nl, with_people())
    world.work()
    with nl.store.reading() as work:
        (block,) = work.disclosures.subjects(after="", limit=9)
    for changed in (
        {"envelope": "another"},
        {"block": block.block[:-1] + bytes([block.block[-1] ^ 1])},
        {"block": bytes([block.block[0] ^ 1]) + block.block[1:]},
    ):
        members = {name: getattr(block, name) for name in ("id", "envelope", "kid", "at", "block")}
        with pytest.raises(BlockDamaged):
            list(look_up([type(block)(**{**members, **changed})], PIET.marks, KEYS.audit()))


def test_a_block_of_another_key_is_left_alone(world: World, nl: Exchange) -> None:
    world.push(nl, with_people())
    world.work()
    with nl.store.reading() as work:
        blocks = work.disclosures.subjects(after="", limit=9)

    assert list(look_up(blocks, PIET.marks, MemoryKeys(b"another").audit())) == []


def test_an_open_block_names_nobody_and_two_of_them_share_no_mark(
    world: World, nl: Exchange
) -> None:
    for number in (1, 2):
        world.push(nl, with_people(provider_ref=f"case-{number}"))
        world.work()
    with nl.store.reading() as work:
        blocks = work.disclosures.subjects(after="", limit=9)
    keys = KEYS.audit()
    ceks = keys.open([_sealed_key(block) for block in blocks])
    opened = [_opened(block, cek) for block, cek in zip(blocks, ceks, strict=True)]

    marks = [
        {
            mark
            for some in content["disclosures"].values()
            for one in some
            if one["place"] == "/persons/1"
            for mark in one["marks"]
        }
        for content in opened
    ]
    assert [len(some) for some in marks] == [7, 7]
    assert marks[0].isdisjoint(marks[1])
    assert [value for value in PLANTED if value in json.dumps(opened)] == []


def test_what_was_voided_and_sealed_again_stays_two_disclosures(world: World, nl: Exchange) -> None:
    world.network.down = {HUB}
    outcome = world.push(nl, with_people())[0]
    world.work(nl)
    world.configure(nl, NL_ITEMS.replace("nl-hub", "nl-hub-new"))
    world.work(nl)
    world.configure(nl, NL_ITEMS)
    world.work(nl)

    assert releases(nl, outcome.record)[HUB] == "sealed"
    rows = disclosed(nl)
    assert len({row.envelope for row in rows}) == len(rows) >= 2
    assert {row.release for row in rows} == {rows[0].release}
    assert {one.disclosure for one in found(nl)} == {row.id for row in rows}


def test_what_speaks_of_nobody_leaves_a_row_and_no_block(world: World, nl: Exchange) -> None:
    body = addressed("hosting_report", HUB)
    world.push(nl, body)
    world.work()

    assert [row.type for row in disclosed(nl)] == ["hosting_report"]
    assert found(nl) == []


PLANTED = ("Piet", "Proef", "1988-03-04", "proef_88", "proef88@mail.example", "88001234")


def test_the_database_and_the_workers_keys_cannot_say_who_was_disclosed(
    world: World, nl: Exchange
) -> None:
    """Neither a planted value, nor any tag or key that the worker has, is found in the rows."""
    outcome = world.push(nl, with_people())[0]
    world.work()
    with nl.store.writing() as work:  # what erasing the record leaves
        record = work.records.newest([str(outcome.record)])[str(outcome.record)]
        work.records.erase_data_keys([str(record.data_key)])
        work.records.set_state(record.id, record.version, "erased")
        work.commit()
    with nl.store.reading() as work:
        (block,) = work.disclosures.subjects(after="", limit=9)
        rows = work.disclosures.page(None, limit=9)
    kept = block.block + repr((block.id, block.envelope, block.kid, rows)).encode()

    values = [*PLANTED, *(value for _, value in PIET.marks)]
    purposes = ["links", "ref", "content", *{field for field, _ in PIET.marks}]
    tags = [tag for purpose in purposes for tag in nl.vault.tags(purpose, values)]
    assert [one for one in (*values, *tags) if one.encode() in kept] == []
    assert nl.agent.open([_sealed_key(block)]) == [None]
    assert found(nl)  # and yet two people find it
