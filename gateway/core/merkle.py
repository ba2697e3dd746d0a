"""The Merkle tree of RFC 6962, section 2.1, over SHA-256. Pure.

Arguments are leaf *hashes* of 32 bytes. Verifying a proof never needs the tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gateway.core.errors import GatewayError


class ProofRefused(GatewayError):
    """The proof does not show what it claims."""

    code: ClassVar[str] = "proof-refused"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree as the roots of its full subtrees, largest first: all that growing it needs."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier after these leaf hashes."""
        size, roots = self.size, list(self.roots)
        for leaf in leaves:
            roots.append(leaf)
            size += 1
            merges = (size & -size).bit_length() - 1
            for _ in range(merges):
                right = roots.pop()
                roots[-1] = node_hash(roots[-1], right)
        return Frontier(size, tuple(roots))

    def root(self) -> bytes:
        """Return the tree head; that of the empty tree is SHA-256 of nothing."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        head = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            head = node_hash(left, head)
        return head


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree head over these leaf hashes."""
    return Frontier().grown(leaves).root()


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at `index`, deepest sibling first. Raises ProofRefused."""
    if not 0 <= index < len(leaves):
        raise ProofRefused("no such leaf")
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*inclusion_proof(leaves[:half], index), root(leaves[half:])]
    return [*inclusion_proof(leaves[half:], index - half), root(leaves[:half])]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes
) -> None:
    """Demand that `leaf` is at `index` of the tree of `size` with this head.

    Raises ProofRefused.
    """
    if not 0 <= index < size:
        raise ProofRefused("the index is outside the tree")
    found = leaf
    for sibling, is_left in _climb(index, size - 1, proof):
        found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    if found != head:
        raise ProofRefused


def _climb(node: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each sibling of a path to the root, and whether it stands on the left.

    `node` and `last` are indices on the lowest level. Source: RFC 9162, 2.1.3.2 and 2.1.4.2.
    """
    for sibling in proof:
        if last == 0:
            raise ProofRefused("the proof is too long")
        is_left = node % 2 == 1 or node == last
        yield sibling, is_left
        if is_left:
            node, last = _skip(node, last, while_bit=0)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofRefused("the proof is too short")


def _skip(node: int, last: int, *, while_bit: int) -> tuple[int, int]:
    """Go up the levels at which this edge of the tree has no sibling."""
    while node and node % 2 == while_bit:
        node, last = node >> 1, last >> 1
    return node, last


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the tree of the first `first` leaves is a beginning of this one."""
    if not 0 < first <= len(leaves):
        raise ProofRefused("no such earlier tree")
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    half = _split(len(leaves))
    if first <= half:
        return [*_subproof(leaves[:half], first, whole=whole), root(leaves[half:])]
    return [*_subproof(leaves[half:], first - half, whole=False), root(leaves[:half])]


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Demand that the tree of `first` leaves is a beginning of that of `second`.

    Raises ProofRefused.
    """
    if not 0 < first <= second:
        raise ProofRefused("not an earlier tree")
    if first == second:
        if proof or first_root != second_root:
            raise ProofRefused
        return
    # A full first tree is a node of the second: its root starts the path and is not sent.
    start, path = (first_root, proof) if first & (first - 1) == 0 else _first_of(proof)
    old = new = start
    for sibling, is_left in _climb(*_skip(first - 1, second - 1, while_bit=1), path):
        if is_left:
            old = node_hash(sibling, old)
        new = node_hash(sibling, new) if is_left else node_hash(new, sibling)
    if old != first_root or new != second_root:
        raise ProofRefused


def _first_of(proof: Sequence[bytes]) -> tuple[bytes, Sequence[bytes]]:
    if not proof:
        raise ProofRefused("the proof is too short")
    return proof[0], proof[1:]
