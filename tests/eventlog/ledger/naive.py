"""The Merkle tree straight from RFC 6962, section 2.1: slow, whole, and written apart from the project's own.

Run as a program (`python -m tests.eventlog.ledger.naive`) it writes `vectors.json` anew.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).with_name("vectors.json")
SIZES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 21, 33)
"""Sizes of which there are vectors; whole powers of two, just above, just below, and ragged ones."""
FULL = 9
"""Up to this size every proof there is, above it a few."""


def entry(number: int) -> bytes:
    """The data of a leaf; the first is empty, as RFC 6962 allows."""
    return b"doorstep" * (number % 3) + bytes(range(number))


def mth(entries: list[bytes]) -> bytes:
    """Merkle Tree Hash: MTH({}) = SHA-256(), MTH({d(0)}) = SHA-256(0x00 || d(0)), else of both halves."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) of section 2.1.2."""
    return subproof(m, entries, whole=True)


def subproof(m: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of section 2.1.2."""
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def vectors() -> dict[str, Any]:
    """Roots, inclusion and consistency proofs of all sizes; hashes in base64."""
    entries = [entry(number) for number in range(max(SIZES))]
    inclusion, consistency = [], []
    for size in SIZES:
        tree = entries[:size]
        positions = range(size) if size <= FULL else (0, size // 2, size - 1)
        inclusion += [{"position": at, "size": size, "proof": _encoded(path(at, tree))} for at in positions]
        olds = range(1, size + 1) if size <= FULL else (1, size // 2, size - 1)
        consistency += [{"old_size": old, "size": size, "proof": _encoded(proof(old, tree))} for old in olds]
    return {
        "leaf_hashes": _encoded([mth([one]) for one in entries]),
        "roots": {str(size): _encoded([mth(entries[:size])])[0] for size in range(max(SIZES) + 1)},
        "inclusion": inclusion,
        "consistency": consistency,
    }


def as_text() -> str:
    """The vectors as they are committed, one proof a line."""
    made = vectors()
    parts = []
    for name, value in made.items():
        if isinstance(value, dict):
            lines = [f"{json.dumps(key)}: {json.dumps(one)}" for key, one in value.items()]
            parts.append(f'"{name}": {{\n' + ",\n".join(lines) + "\n}")
        else:
            parts.append(f'"{name}": [\n' + ",\n".join(json.dumps(one) for one in value) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _encoded(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


if __name__ == "__main__":
    VECTORS.write_text(as_text(), encoding="utf-8")
