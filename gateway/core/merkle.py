"""The Merkle tree of RFC 6962, section 2.1, over SHA-256. Pure.

Arguments are leaf *hashes* of 32 bytes. Verifying a proof never needs the tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
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
    """Raises ProofRefused unless `leaf` is at `index` of the tree of `size` with this head."""
    if not 0 <= index < size:
        raise ProofRefused("the index is outside the tree")
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if node % 2 or node == last:
            found = node_hash(sibling, found)
            while not node % 2 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or found != head:
        raise ProofRefused


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
    """Raises ProofRefused unless the tree of `first` leaves is a beginning of that of `second`."""
    if not 0 < first <= second:
        raise ProofRefused("not an earlier tree")
    if first == second:
        if proof or first_root != second_root:
            raise ProofRefused
        return
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        raise ProofRefused("the proof is too short")
    node, last = first - 1, second - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if node % 2 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node % 2 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or old != first_root or new != second_root:
        raise ProofRefused
