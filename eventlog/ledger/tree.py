"""The Merkle tree as one flat run of hashes that only grows at its end.

Nodes lie in the order in which they become complete: a leaf's hash, then every node that this leaf completes. A tree of
n leaves is exactly the first `count(n)` hashes, so growing is appending, and cutting back to an older size is
truncating; nothing that was written is ever written again. (The same order as Go's sumdb/tlog.)
"""

import mmap
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, Protocol

from eventlog.ledger.verifier import EMPTY_ROOT, HASH, node_hash

_PIECE: Final = 1024 * HASH


class Nodes(Protocol):
    """Where the hashes lie: bytes that can be sliced."""

    def __getitem__(self, where: slice, /) -> bytes | bytearray:
        """The bytes of a slice."""
        ...


def count(size: int) -> int:
    """How many hashes a tree of `size` leaves has."""
    return 2 * size - size.bit_count()


def place(level: int, number: int) -> int:
    """Where the `number`th (from 0) complete node of a level lies; level 0 holds the leaves."""
    last_leaf = ((number + 1) << level) - 1
    return count(last_leaf) + level


class Growth:
    """Works out the hashes that new leaves append. It needs only the right edge of the tree."""

    def __init__(self, size: int, peaks: list[bytes]) -> None:
        """Go on from a tree of `size` leaves, whose complete subtrees have these roots, largest first."""
        if len(peaks) != size.bit_count():
            message = f"a tree of {size} has {size.bit_count()} peaks, not {len(peaks)}"
            raise ValueError(message)
        self.size = size
        self._peaks = peaks

    @property
    def peaks(self) -> list[bytes]:
        """A copy of the right edge."""
        return list(self._peaks)

    def add(self, leaves: Iterable[bytes]) -> bytes:
        """Append leaf hashes; what follows the hashes that were there."""
        grown, peaks, size = [], self._peaks, self.size
        for leaf in leaves:
            node, left = leaf, size
            grown.append(node)
            while left & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                grown.append(node)
                left >>= 1
            peaks.append(node)
            size += 1
        self.size = size
        return b"".join(grown)

    def root(self) -> bytes:
        """The root at this size."""
        return fold(self._peaks)


def fold(peaks: list[bytes]) -> bytes:
    """The root over complete subtrees, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


class Tree:
    """A tree of `size` leaves over its hashes: roots at any size up to that, and proofs."""

    def __init__(self, nodes: Nodes | mmap.mmap, size: int) -> None:
        """`nodes` must hold at least `count(size)` hashes."""
        self._nodes = nodes
        self.size = size

    def node(self, level: int, number: int) -> bytes:
        """A complete node's hash."""
        at = HASH * place(level, number)
        return bytes(self._nodes[at : at + HASH])

    def leaf(self, position: int) -> bytes:
        """The hash of the leaf at a position, from 0."""
        return self.node(0, position)

    def pieces(self) -> Iterator[bytes]:
        """All its hashes, in the order in which they lie, some at a time."""
        end = HASH * count(self.size)
        for at in range(0, end, _PIECE):
            yield bytes(self._nodes[at : min(at + _PIECE, end)])

    def peaks(self, size: int) -> list[bytes]:
        """The roots of the complete subtrees of the tree at a size, largest first."""
        found, begin = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                found.append(self.node(level, begin >> level))
                begin += 1 << level
        return found

    def root(self, size: int | None = None) -> bytes:
        """The root at a size; of the whole tree without one."""
        size = self._checked(self.size if size is None else size)
        return fold(self.peaks(size))

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The proof that the leaf at a position (from 0) is in the tree of a size (RFC 6962, 2.1.1)."""
        if not 0 <= position < self._checked(size):
            message = f"there is no leaf {position} in a tree of {size}"
            raise ValueError(message)
        proof, begin, end = [], 0, size
        while end - begin > 1:
            middle = begin + _split(end - begin)
            if position < middle:
                proof.append(self._subtree(middle, end))
                end = middle
            else:
                proof.append(self._subtree(begin, middle))
                begin = middle
        return proof[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the tree at a size extends the one at an older size (RFC 6962, 2.1.2)."""
        if not 0 < old <= self._checked(size):
            message = f"there is no proof from {old} leaves to {size}"
            raise ValueError(message)
        proof, begin, end, whole = [], 0, size, True
        while old != end:
            middle = begin + _split(end - begin)
            if old <= middle:
                proof.append(self._subtree(middle, end))
                end = middle
            else:
                proof.append(self._subtree(begin, middle))
                begin, whole = middle, False
        if not whole:
            proof.append(self._subtree(begin, end))
        return proof[::-1]

    def _subtree(self, begin: int, end: int) -> bytes:
        """The root of the leaves from `begin` (a multiple of the largest power of two that fits) to `end`."""
        peaks = []
        while begin < end:
            level = (end - begin).bit_length() - 1
            peaks.append(self.node(level, begin >> level))
            begin += 1 << level
        return fold(peaks)

    def _checked(self, size: int) -> int:
        if not 0 <= size <= self.size:
            message = f"the tree has {self.size} leaves: nothing is known of {size}"
            raise ValueError(message)
        return size


def _split(width: int) -> int:
    """The largest power of two smaller than the width."""
    return 1 << ((width - 1).bit_length() - 1)


def tree_of(leaves: Iterable[bytes]) -> Tree:
    """A tree in memory over leaf hashes."""
    growth = Growth(0, [])
    nodes = growth.add(leaves)
    return Tree(nodes, growth.size)
