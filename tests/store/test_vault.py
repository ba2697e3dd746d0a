"""What the vault closes opens again only there, only whole, and only with its data key."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_rows import a_record, its_key

from gateway.flow.rows import DataKey, Sealed
from gateway.flow.vault import (
    ORIGINAL,
    TEXT,
    TRAIL,
    Closing,
    ContentDamaged,
    Opening,
    Vault,
    data_key_of,
)
from gateway.store.work import SqlStore
from keys.agent import LocalKeyAgent
from keys.memory import MemoryKeys

ID = "urn:uuid:00000000-0000-7000-8000-000000000001"
NAME = "Ülle Näidis"


class Randomness:
    """Fresh bytes, as a gateway has them; says how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def bytes(self, count: int) -> bytes:
        self.asked.append(count)
        return os.urandom(count)


class CountingAgent(LocalKeyAgent):
    """Counts how often each list is asked for."""

    calls = 0

    def wrap(self, origin, data_keys):
        self.calls += 1
        return super().wrap(origin, data_keys)

    def unwrap(self, origin, wrapped):
        self.calls += 1
        return super().unwrap(origin, wrapped)


def an_agent(seed: bytes = b"one") -> CountingAgent:
    keys = MemoryKeys(seed)
    return CountingAgent(keys, keys)


@pytest.fixture
def agent() -> CountingAgent:
    return an_agent()


@pytest.fixture
def vault(agent: CountingAgent) -> Vault:
    return Vault(agent, Randomness())


def text_of(number: int, plaintext: bytes = NAME.encode()) -> Closing:
    return Closing(data_key=f"k{number}", table=TEXT, id=ID, version=number, plaintext=plaintext)


def opening(part: Closing, sealed: Sealed, key: DataKey) -> Opening:
    return Opening(sealed=sealed, data_key=key, table=part.table, id=part.id, version=part.version)


def test_parts_open_again_in_their_order_and_share_keys_by_id(vault: Vault) -> None:
    parts = [
        text_of(1),
        replace(text_of(1), table=TRAIL, plaintext=b""),
        text_of(2, b"two"),
        replace(text_of(3), table=ORIGINAL, id="o-1", version=1, plaintext=b"<raw/>"),
    ]
    sealed, keys = vault.close("police", parts)
    assert [key.id for key in keys] == ["k1", "k2", "k3"]
    assert {key.kek for key in keys} == {"police"}
    by_id = {key.id: key for key in keys}
    back = [opening(p, s, by_id[p.data_key]) for p, s in zip(parts, sealed, strict=True)]
    assert vault.open(back) == [part.plaintext for part in parts]
    assert vault.open(back[::-1]) == [part.plaintext for part in parts][::-1]


def test_a_whole_batch_costs_one_call_of_the_agent_per_origin(
    vault: Vault, agent: CountingAgent
) -> None:
    parts = [text_of(n) for n in range(200)]
    sealed, keys = vault.close("police", parts)
    assert agent.calls == 1
    more, theirs = vault.close("fiu.ee", [text_of(999)])
    agent.calls = 0
    vault.open(
        [opening(p, s, k) for p, s, k in zip(parts, sealed, keys, strict=True)]
        + [opening(text_of(999), more[0], theirs[0])]
    )
    assert agent.calls == 2


def test_nothing_to_do_asks_nobody(vault: Vault, agent: CountingAgent) -> None:
    assert vault.close("police", []) == ([], [])
    assert vault.open([]) == []
    assert vault.tags("ref", []) == []
    assert agent.calls == 0


def test_the_same_text_never_looks_the_same_twice(vault: Vault) -> None:
    parts = [text_of(n) for n in range(50)] + [replace(text_of(1), table=TRAIL)]
    sealed, keys = vault.close("police", parts)
    assert len({each.content for each in sealed}) == 51
    assert len({each.content[:12] for each in sealed}) == 51
    assert len({key.wrapped for key in keys}) == 50
    assert all(NAME.encode() not in each.content for each in sealed)


CHANGES = {
    "another table": {"table": TRAIL},
    "another record": {"id": ID[:-1] + "2"},
    "another version": {"version": 2},
    "a moved border": {"id": f"{ID}\x1f1", "version": 1},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_content_moved_elsewhere_does_not_open(vault: Vault, change: dict[str, object]) -> None:
    (sealed,), (key,) = vault.close("police", [text_of(1)])
    here = opening(text_of(1), sealed, key)
    assert vault.open([here]) == [NAME.encode()]
    with pytest.raises(ContentDamaged):
        vault.open([replace(here, **change)])  # type: ignore[arg-type]


def test_another_key_or_origin_opens_nothing(vault: Vault) -> None:
    (sealed, _), (key, other) = vault.close("police", [text_of(1), text_of(2)])
    here = opening(text_of(1), sealed, key)
    for wrong in (other, replace(key, kek="customs"), replace(key, wrapped=b"short")):
        with pytest.raises(ContentDamaged):
            vault.open([replace(here, data_key=wrong)])
    with pytest.raises(ContentDamaged):
        Vault(an_agent(b"another gateway"), Randomness()).open([here])


SEALED, KEYS = Vault(an_agent(), Randomness()).close("police", [text_of(1)])


@given(st.integers(0, len(SEALED[0].content) * 8 - 1))
def test_one_changed_bit_does_not_open(bit: int) -> None:
    content = bytearray(SEALED[0].content)
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ContentDamaged):
        Vault(an_agent(), Randomness()).open([opening(text_of(1), Sealed(bytes(content)), KEYS[0])])


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27])
def test_cut_content_does_not_open(vault: Vault, length: int) -> None:
    cut = Sealed(SEALED[0].content[:length])
    with pytest.raises(ContentDamaged) as damaged:
        vault.open([opening(text_of(1), cut, KEYS[0])])
    assert NAME not in str(damaged.value)


def test_tags_are_equal_for_equal_values_of_one_purpose_and_gateway_only(vault: Vault) -> None:
    one, same, other = vault.tags("ref", ["A-1", b"A-1", "A-2"])
    assert one == same != other
    assert vault.tags("link.iban", ["A-1"]) != [one]
    assert Vault(an_agent(b"another gateway"), Randomness()).tags("ref", ["A-1"]) != [one]
    assert "A-1" not in one


def test_erasing_the_data_key_in_the_store_is_the_end_of_the_text(
    vault: Vault, store: SqlStore
) -> None:
    (text,), keys = vault.close("police", [text_of(1)])
    row = a_record(1, id=ID, text=text, trail=None, data_key="k1")
    with store.writing() as work:
        work.records.add(data_keys=keys, records=[row])
        work.commit()
    with store.reading() as work:
        (found,) = work.records.get([(ID, 1)])
    key = data_key_of(found)
    assert key == keys[0]
    assert found.text is not None
    assert vault.open([opening(text_of(1), found.text, key)]) == [NAME.encode()]
    with store.writing() as work:
        work.records.erase_data_keys(["k1"])
        work.commit()
    with store.reading() as work:
        (found,) = work.records.get([(ID, 1)])
    assert data_key_of(found) is None
    assert data_key_of(replace(found, data_key=None)) is None
    assert its_key(found) != key
