"""The tree of the ledger: published vectors, good and corrupted, and proofs of our own."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.merkle import (
    Frontier,
    ProofRefused,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parents[1] / "data" / "vectors" / "merkle"


def vectors(kind):
    found = sorted((VECTORS / kind).glob("*.json"))
    assert found
    return [pytest.param(json.loads(path.read_text()), id=path.stem) for path in found]


def raw(text):
    return base64.b64decode(text or "")


def expect(vector, call):
    if vector["wantErr"]:
        with pytest.raises(ProofRefused):
            call()
    else:
        call()


@pytest.mark.parametrize("vector", vectors("inclusion-1"))
def test_a_published_inclusion_proof_is_judged_as_published(vector):
    expect(
        vector,
        lambda: verify_inclusion(
            raw(vector["leafHash"]),
            vector["leafIdx"],
            vector["treeSize"],
            [raw(node) for node in vector["proof"] or ()],
            raw(vector["root"]),
        ),
    )


@pytest.mark.parametrize("vector", vectors("consistency-1"))
def test_a_published_consistency_proof_is_judged_as_published(vector):
    expect(
        vector,
        lambda: verify_consistency(
            vector["size1"],
            vector["size2"],
            raw(vector["root1"]),
            raw(vector["root2"]),
            [raw(node) for node in vector["proof"] or ()],
        ),
    )


def leaves(count):
    return [leaf_hash(bytes([index])) for index in range(count)]


def head_by_definition(hashes):
    """RFC 6962, 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node_hash(head_by_definition(hashes[:half]), head_by_definition(hashes[half:]))


def test_every_leaf_of_every_small_tree_can_be_proven_and_no_other():
    for size in range(1, 20):
        tree = leaves(size)
        assert root(tree) == head_by_definition(tree)
        for index in range(size):
            proof = inclusion_proof(tree, index)
            verify_inclusion(tree[index], index, size, proof, root(tree))
            for wrong in set(range(size)) - {index}:
                with pytest.raises(ProofRefused):
                    verify_inclusion(tree[index], wrong, size, proof, root(tree))


def test_every_earlier_tree_is_a_beginning_and_a_changed_one_is_not():
    for second in range(1, 20):
        tree = leaves(second)
        changed = [leaf_hash(b"changed"), *tree[1:]]
        for first in range(1, second + 1):
            proof = consistency_proof(tree, first)
            verify_consistency(first, second, root(tree[:first]), root(tree), proof)
            with pytest.raises(ProofRefused):
                verify_consistency(first, second, root(changed[:first]), root(tree), proof)


@given(st.lists(st.integers(0, 12), max_size=8))
def test_a_tree_grown_in_any_steps_has_the_same_head(steps):
    tree = leaves(sum(steps))
    grown, done = Frontier(), 0
    for step in steps:
        grown = grown.grown(tree[done : done + step])
        done += step
    assert grown.size == len(tree)
    assert grown.root() == head_by_definition(tree)


def test_there_is_no_proof_of_what_is_not_in_the_tree():
    for index in (-1, 3):
        with pytest.raises(ProofRefused):
            inclusion_proof(leaves(3), index)
    for first in (0, 4):
        with pytest.raises(ProofRefused):
            consistency_proof(leaves(3), first)
